import type { Command } from 'commander';
import { openTarget } from '../accounts/open.ts';
import {
  addAccountOptions,
  addCredentialOptions,
  readAccounts,
  readTargets,
  type AccountOptions,
  type AccountTarget,
  type CredentialOptions,
} from '../accounts/options.ts';
import { addConnectionOptions, readNamedConnections, type ConnectionOptions } from '../connections/options.ts';
import type { RoleArn } from '../../session/role-arn.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { judgeCallers } from './report.ts';
import { describeConnections } from '../connections/describe.ts';
import type { CommandShell } from '../shell.ts';
import { readConnectionCallers, readTokenCaller } from '../connections/callers.ts';
import { parseRoleOption, readLiveTrust, readPolicyFile } from './read-trust.ts';
import type { Report } from '../terminal/report.ts';

export interface DiagnoseOptions extends ConnectionOptions, AccountOptions, CredentialOptions {
  readonly tokenFile?: string;
  readonly role?: string;
  readonly trustPolicyFile?: string;
}

/** Adds `diagnose`. */
export function addDiagnose(program: Command, shell: CommandShell): void {
  const command = program
    .command('diagnose')
    .summary('explain whether a role lets a token or a connection in')
    .description(
      'Says which statement and condition of a trust policy decides about an ID token or a service connection, what is weak ' +
        'in the policy, and what to do. A token is decoded, not verified, and never printed.',
    )
    .option('--token-file <file>', 'file with an ID token');
  addCredentialOptions(
    addAccountOptions(
      addConnectionOptions(command, 'the one that the connection is on; offline, all that can be derived')
        .option('--role <arn>', 'ARN of the role: its trust policy and the OIDC providers are read from IAM')
        .option('--trust-policy-file <file>', 'file with a trust policy'),
      "AWS account of the role, with --trust-policy-file (default: the policy's own)",
    ),
  )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif diagnose --token-file token.jwt --role arn:aws:iam::111111111111:role/deploy
  $ aws-wif diagnose --token-file token.jwt --trust-policy-file trust-policy.json --account 111111111111
  $ aws-wif diagnose --role arn:aws:iam::111111111111:role/deploy \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws

Exit code 1: the token or connection is not let in, or the policy has a weakness that is more than low. 3: only AWS
can tell.`,
    )
    .action((options: DiagnoseOptions) => shell.run(() => diagnose(options, shell)));
}

async function diagnose(options: DiagnoseOptions, shell: CommandShell): Promise<Report> {
  const [, named, role, [account, ...others]] = readAll(
    () => {
      requireOne(options);
    },
    () => readNamedConnections(options),
    () => (options.role === undefined ? undefined : parseRoleOption(options.role)),
    () => readAccounts(options),
  );
  if (others.length > 0) throw wrongUsage('Several accounts are given.', 'one --account: that of the role.');
  if (role !== undefined && account !== undefined && account.accountId !== role.accountId) {
    throw wrongUsage(
      `--account ${account.accountId} is not that of ${role.text}.`,
      'the same account, or no --account.',
    );
  }
  const callers =
    named === undefined
      ? [readTokenCaller(await readInputFile('--token-file', options.tokenFile ?? ''))]
      : readConnectionCallers(
          await describeConnections(named, options.issuer ?? 'both', shell.openAzureDevOps),
          options,
        );
  const trust =
    role === undefined
      ? readPolicyFile(await readInputFile('--trust-policy-file', options.trustPolicyFile ?? ''), account)
      : await readLiveTrust(role, await openTarget(readTarget(role, options), shell.openAccount));
  return judgeCallers(callers, trust, shell.nowMs());
}

/** Who asks, and what decides: one of each. */
function requireOne(options: DiagnoseOptions): void {
  const { tokenFile, role, trustPolicyFile } = options;
  const named = readNamedConnections(options) !== undefined;
  if ((tokenFile === undefined) !== named) {
    throw wrongUsage(
      named
        ? 'Both --token-file and a service connection are given.'
        : 'Neither --token-file nor a service connection is given.',
      'either a file with an ID token, or the options that name a connection.',
    );
  }
  if ((role === undefined) !== (trustPolicyFile === undefined)) return;
  throw wrongUsage(
    role === undefined
      ? 'Neither --role nor --trust-policy-file is given.'
      : 'Both --role and --trust-policy-file are given.',
    'either the ARN of a role, or a file with a trust policy.',
  );
}

/** The account of the role, whether it is named besides or not. */
function readTarget({ accountId, partition }: RoleArn, options: DiagnoseOptions): AccountTarget {
  const [target] = readTargets([{ accountId, partition }], options);
  if (target !== undefined) return target;
  throw wrongUsage('No account is named.', 'the account of the role.');
}
