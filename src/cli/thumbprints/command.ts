import { type Command, Option } from 'commander';
import { maxThumbprintCount, type Issuers } from '../../thumbprint/thumbprint-list.ts';
import { thumbprintNotice } from '../../thumbprint/thumbprint.ts';
import type { CommandShell } from '../shell.ts';
import { addWriteOptions, type WriteOptions } from '../accounts/options.ts';
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
import { asFailure, holdResult, readAll, CliFailure, wrongUsage } from '../terminal/failure.ts';
import { WifError } from '../../errors.ts';
import { readAuthorities } from '../../host/authorities.ts';
import { isSelected, parseTagFilter, isThumbprintCount } from '../../thumbprint/refresh-event.ts';
import { parseProviderArn, partitions, type Partition, type Account } from '../../trust/oidc-provider.ts';
import { collect } from '../connections/options.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { checkConsent } from '../terminal/questions.ts';

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

/** The options that both subcommands have. */
export interface ThumbprintOptions {
  readonly tag?: readonly string[];
  readonly providerArn?: readonly string[];
  readonly partition: Partition;
  readonly profile?: string;
  readonly caFile?: readonly string[];
  readonly allowLoopback?: boolean;
}

/** Which providers are asked for. */
export interface Selection {
  /** Undefined where all of the account's are looked at. */
  readonly arns: readonly string[] | undefined;
  readonly fits: (provider: ProviderState) => boolean;
}

/** Adds the options that name providers, and how their issuers are trusted. */
export function addThumbprintOptions(command: Command, what: string, group: string): Command {
  return command
    .optionsGroup(group)
    .option(
      '--tag <key=value>',
      `${what} with a tag; repeatable: values of one key are alternatives, different keys must all match`,
      collect,
    )
    .option('--provider-arn <arn>', `${what} by ARN; repeatable`, collect)
    .option('--ca-file <file>', 'additional CAs to trust (PEM); repeatable', collect)
    .optionsGroup('AWS account:')
    .addOption(new Option('--partition <partition>', 'partition of the account').choices(partitions).default('aws'))
    .option('--profile <name>', "AWS profile (default: the SDK's default chain)")
    .addOption(new Option('--allow-loopback', 'read issuers on this machine, for tests').hideHelp());
}

/** Returns the providers that are named; undefined if none is. Throws for a tag or an ARN that is none. */
export function readSelection({ tag = [], providerArn = [], partition }: ThumbprintOptions): Selection | undefined {
  const [filters] = readAll(
    () => readAll(...tag.map(text => () => readFilter(text))),
    ...providerArn.map(arn => () => {
      requireProviderArn(arn, partition);
    }),
  );
  if (providerArn.length > 0) return { arns: [...new Set(providerArn)], fits: ({ arn }) => providerArn.includes(arn) };
  return filters.length === 0 ? undefined : { arns: undefined, fits: ({ tags }) => isSelected(tags, filters) };
}

function readFilter(text: string): ReturnType<typeof parseTagFilter> & object {
  const filter = parseTagFilter(text);
  if (filter !== undefined) return filter;
  throw wrongUsage(`--tag is "${text}".`, 'key=value, or only a key.');
}

/** Returns a reader of issuers that trusts the public CAs and those of --ca-file. */
export async function openTrustedIssuers({ caFile = [], allowLoopback = false }: ThumbprintOptions): Promise<Issuers> {
  const held = await Promise.all(caFile.map(path => holdResult(readCaFile(path))));
  const ca = readAll(...held).flat();
  const { openIssuers } = await import('../../host/issuer/issuer.ts');
  return openIssuers({ ca, allowLoopback });
}

async function readCaFile(path: string): Promise<readonly string[]> {
  const text = await readInputFile('--ca-file', path);
  try {
    return readAuthorities(text, `The file given with --ca-file, ${path},`);
  } catch (thrown) {
    throw thrown instanceof WifError ? new CliFailure(2, thrown.faults, thrown) : thrown;
  }
}

function requireProviderArn(arn: string, partition: Partition): void {
  const parts = parseProviderArn(arn);
  if (parts?.partition === partition) return;
  throw wrongUsage(
    `--provider-arn is "${arn}".`,
    `an OIDC provider's ARN in partition ${partition}, like arn:${partition}:iam::111111111111:oidc-provider/example.com.`,
  );
}

export interface RefreshOptions extends ThumbprintOptions, WriteOptions {
  readonly account?: string;
  readonly maxThumbprints?: string;
}

/** What is to be refreshed, checked as far as it can be without asking anybody. */
export interface RefreshTask {
  readonly account: Account;
  readonly selection: Selection;
  readonly issuers: Issuers;
  readonly maxThumbprints: number;
}

/** Returns what the options ask for. Throws wrong usage for what cannot be meant, and if no provider is selected. */
export async function readRefreshOptions(options: RefreshOptions): Promise<RefreshTask> {
  const [account, selection, issuers, maxThumbprints] = readAll(
    () => readAccount(options),
    () => requireSelection(options),
    await holdResult(openTrustedIssuers(options)),
    () => readCount(options),
    checkConsent(options),
  );
  return { account, selection, issuers, maxThumbprints };
}

function readAccount({ account, partition }: RefreshOptions): Account {
  if (account !== undefined && /^\d{12}$/.test(account)) return { accountId: account, partition };
  throw wrongUsage(
    account === undefined ? '--account is missing.' : `--account is "${account}".`,
    'the 12-digit ID of the AWS account that the credentials must belong to.',
  );
}

function requireSelection(options: RefreshOptions): Selection {
  const selection = readSelection(options);
  if (selection === undefined) {
    throw wrongUsage(
      'Neither --tag nor --provider-arn is given.',
      'the providers to refresh; without them, none is selected.',
    );
  }
  const { account } = options;
  const other = selection.arns?.find(arn => account !== undefined && parseProviderArn(arn)?.accountId !== account);
  if (other === undefined) return selection;
  throw wrongUsage(`--provider-arn ${other} is in another account.`, `providers in --account ${account ?? ''}.`);
}

function readCount({ maxThumbprints = '' }: RefreshOptions): number {
  const count = /^\d$/.test(maxThumbprints) ? Number(maxThumbprints) : undefined;
  if (isThumbprintCount(count)) return count;
  throw wrongUsage(`--max-thumbprints is "${maxThumbprints}".`, `a whole number from 1 to ${maxThumbprintCount}.`);
}
