import type { Command } from 'commander';
import { maxThumbprintCount } from '../../thumbprint/thumbprint-list.ts';
import { thumbprintNotice } from '../../thumbprint/thumbprint.ts';
import type { CommandShell } from '../shell.ts';
import { addWriteOptions } from '../accounts/options.ts';
import {
  addThumbprintOptions,
  openTrustedIssuers,
  readSelection,
  readRefreshOptions,
  type ThumbprintOptions,
  type Selection,
  type RefreshOptions,
} from './options.ts';
import { planChanges, readProviders } from '../../account/state.ts';
import type { ProviderReader, ProviderState } from '../../account/iam.ts';
import { examineProviders, selectProviders, judgeRefresh, planRefresh } from '../../thumbprint/refresh.ts';
import { askAccount, announceTarget, type OpenAccount } from '../accounts/open.ts';
import type { Report } from '../terminal/report.ts';
import { missingProvider, reportList, reportRefresh } from './report.ts';
import type { Problem } from '../../problem.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { planRun } from '../accounts/run.ts';
import { writeRuns } from '../accounts/write.ts';
import { asFailure, holdResult, readAll } from '../terminal/failure.ts';

/** Defines `thumbprints`. */
export function addThumbprints(command: Command): void {
  command
    .description(`Shows or refreshes the thumbprints of an account's IAM OIDC providers. ${thumbprintNotice}`)
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif thumbprints list
  $ aws-wif thumbprints refresh --account 111111111111 --tag auto-refresh=true --dry-run`,
    );
}

/** Defines `thumbprints list`. */
export function addList(command: Command, { run, openAccount }: CommandShell): void {
  command.description(
    "Compares each OIDC provider's thumbprints with the current ones: the last certificate that the host of the issuer's " +
      `keys serves and, if it is another host, that of the issuer itself. ${thumbprintNotice}`,
  );
  addThumbprintOptions(command, 'only providers', 'OIDC providers:')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif thumbprints list
  $ aws-wif thumbprints list --tag auto-refresh=true --json
  $ aws-wif thumbprints list --provider-arn arn:aws:iam::111111111111:oidc-provider/idp.example.com --ca-file ca.pem

Exit code 1: a provider lacks a current thumbprint, or an issuer's certificate is not valid. Issuers are read directly, not through a proxy, and only on public addresses. Needs iam:ListOpenIDConnectProviders and iam:GetOpenIDConnectProvider.`,
    )
    .action((options: ThumbprintOptions) => run(() => listThumbprints(options, openAccount)));
}

/** Defines `thumbprints refresh`. */
export function addRefresh(command: Command, { run, ...outside }: CommandShell): void {
  command
    .description(
      'Adds the current thumbprint to the providers that lack it and removes the oldest beyond --max-thumbprints; with 1 it ' +
        `replaces the list. Without --tag or --provider-arn it selects nothing. ${thumbprintNotice}`,
    )
    .optionsGroup('AWS account:')
    .option('--account <id>', 'AWS account that the credentials must belong to (required)')
    .optionsGroup('OIDC providers (--tag or --provider-arn is required):')
    .option(
      '--max-thumbprints <number>',
      'number of thumbprints that a provider keeps, 1 to 5',
      String(maxThumbprintCount),
    );
  addWriteOptions(addThumbprintOptions(command, 'providers', 'OIDC providers (--tag or --provider-arn is required):'))
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif thumbprints refresh --account 111111111111 --tag auto-refresh=true --dry-run
  $ aws-wif thumbprints refresh --account 111111111111 --tag auto-refresh=true --max-thumbprints 3 --yes

Needs iam:ListOpenIDConnectProviders, iam:GetOpenIDConnectProvider and iam:UpdateOpenIDConnectProviderThumbprint. To run it on a schedule, deploy infra/cloudformation/thumbprint-refresher.yaml.`,
    )
    .action((options: RefreshOptions) => run(() => refreshThumbprints(options, outside)));
}

const everything: Selection = { arns: undefined, fits: () => true };

/** Returns the thumbprints of providers beside what their issuers show; nothing is changed. */
async function listThumbprints(options: ThumbprintOptions, openAccount: OpenAccount): Promise<Report> {
  const { partition, profile } = options;
  const [selection = everything, issuers] = readAll(
    () => readSelection(options),
    await holdResult(openTrustedIssuers(options)),
  );
  // Whose account it is does not matter if nothing is written; each ARN says it.
  const account = { partition, accountId: '' };
  const target = { account, profile, assumeRoleArn: undefined };
  const providers = await askAccount('', async () => readSelected(selection, await openAccount(target)));
  const examined = await examineProviders(providers, issuers, maxThumbprintCount);
  return reportList(examined, findMissing(selection, providers).map(missingProvider));
}

/** Returns the providers that are selected; those named by ARN are read alone, since listing may not be allowed. */
function readSelected({ arns, fits }: Selection, iam: ProviderReader): Promise<readonly ProviderState[]> {
  return arns === undefined ? selectProviders(iam, fits) : readProviders(arns, iam);
}

/** Returns the ARNs that were named and are not there. */
export function findMissing({ arns = [] }: Selection, found: readonly ProviderState[]): readonly string[] {
  return arns.filter(arn => found.every(one => one.arn !== arn));
}

/** Plans, asks, saves and writes; returns what became of each provider. */
async function refreshThumbprints(
  options: RefreshOptions,
  { openAccount, nowMs }: Pick<CommandShell, 'openAccount' | 'nowMs'>,
): Promise<Report> {
  const { account, selection, issuers, maxThumbprints } = await readRefreshOptions(options);
  const opened = await announceTarget({ account, profile: options.profile, assumeRoleArn: undefined }, openAccount);
  const providers = await askAccount(account.accountId, () => readSelected(selection, opened.iam));
  const examined = await examineProviders(providers, issuers, maxThumbprints);
  const changes = planChanges({ account, roles: [], providers }, planRefresh(examined));
  const planned = planRun(opened, { changes });
  const [run = planned] = await writeRuns([planned], { options, nowMs, rules: { independent: true } });
  const explain = (thrown: unknown): Problem => {
    const [problem] = [...explainIamFailure(thrown, account.accountId).problems, ...asFailure(thrown).problems];
    return problem ?? { code: 'InternalError', found: String(thrown), expected: '', remedy: '' };
  };
  const outcomes = judgeRefresh(examined, run.outcomes, explain);
  return reportRefresh(run, outcomes, findMissing(selection, providers).map(missingProvider));
}
