import type { Command } from 'commander';
import { maxThumbprintCount } from '../../thumbprint/thumbprint-list.ts';
import { thumbprintNotice } from '../../thumbprint/thumbprint.ts';
import type { CommandShell } from '../shell.ts';
import { listThumbprints } from './list.ts';
import { addWriteOptions } from '../accounts/options.ts';
import { addThumbprintOptions, type ThumbprintOptions } from './options.ts';
import type { RefreshOptions } from './refresh-options.ts';
import { refreshThumbprints } from './refresh.ts';

/** Defines `thumbprints list` and `thumbprints refresh`. */
export function addThumbprints(command: Command, shell: CommandShell): void {
  command
    .description(`Shows or refreshes the thumbprints of an account's IAM OIDC providers. ${thumbprintNotice}`)
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif thumbprints list
  $ aws-wif thumbprints refresh --account 111111111111 --tag auto-refresh=true --dry-run`,
    );
  addList(command, shell);
  addRefresh(command, shell);
}

function addList(command: Command, { run, openAccount }: CommandShell): void {
  const list = command
    .command('list')
    .summary("compare providers' thumbprints with their issuers' certificates")
    .description(
      "Compares each OIDC provider's thumbprints with the current ones: the last certificate that the host of the issuer's " +
        `keys serves and, if it is another host, that of the issuer itself. ${thumbprintNotice}`,
    );
  addThumbprintOptions(list, 'only providers', 'OIDC providers:')
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

function addRefresh(command: Command, { run, ...outside }: CommandShell): void {
  const refresh = command
    .command('refresh')
    .summary('add current thumbprints to providers')
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
  addWriteOptions(addThumbprintOptions(refresh, 'providers', 'OIDC providers (--tag or --provider-arn is required):'))
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
