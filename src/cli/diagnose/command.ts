import type { Command } from 'commander';
import { openOwnAccount, openTarget } from '../accounts/open.ts';
import { readSessionSeconds } from '../accounts/role-options.ts';
import {
  addAccountOptions,
  addCredentialOptions,
  readAccounts,
  readTargets,
  type AccountOptions,
  type AccountTarget,
  type CredentialOptions,
} from '../accounts/options.ts';
import {
  addConnectionOptions,
  collect,
  readNamedConnections,
  type ConnectionOptions,
  type NamedConnections,
} from '../connections/options.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { RoleArn } from '../../session/match-role-arn.ts';
import { readControlPolicy, type KnownControlPolicy } from '../../trust/control-policies/read-control-policy.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';
import { maxListBytes, readInputFile, requireOneStandardInput } from '../terminal/input-file.ts';
import { reportTrusts } from './report.ts';
import { describeConnections } from '../connections/describe.ts';
import type { CommandShell } from '../shell.ts';
import { readConnectionCallers, readTokenCaller, type Caller } from '../connections/callers.ts';
import { addOriginOptions, readOrigin, type OriginOptions } from './network.ts';
import { parseRoleOption, readLiveTrust, readPolicyFile, type FileTrust, type RoleName } from './read-trust.ts';
import type { Report } from '../terminal/report.ts';

export interface DiagnoseOptions extends ConnectionOptions, AccountOptions, CredentialOptions, OriginOptions {
  readonly tokenFile?: string;
  readonly role?: string;
  readonly trustPolicyFile?: string;
  readonly controlPolicyFile?: readonly string[];
  readonly durationSeconds?: string;
}

/** Defines `diagnose`. */
export function addDiagnose(command: Command, shell: CommandShell): void {
  command
    .description(
      'Shows which statement and condition of a trust policy decides about an ID token or a service connection, weaknesses ' +
        'in the policy, and what to do. Without a token or a connection, it shows who may assume the role. A token is decoded, ' +
        'not verified, and never printed.',
    )
    .optionsGroup('Token, instead of a service connection:')
    .option('--token-file <file>', 'file with an ID token, - for standard input')
    .option('--duration-seconds <seconds>', 'a session duration that the role should allow');
  addOriginOptions(command);
  addCredentialOptions(
    addAccountOptions(
      addConnectionOptions(command, "the connection's current issuer; offline, all that can be derived")
        .optionsGroup('Trust policy (--role or --trust-policy-file is required):')
        .option(
          '--role <role>',
          "the role's ARN, or its name in the credentials' account: reads its trust policy and the OIDC providers from IAM; with --trust-policy-file, selects a role in the file",
        )
        .option(
          '--trust-policy-file <file>',
          'file with trust policies, - for standard input: a policy, the output of aws iam get-role, list-roles or ' +
            'get-account-authorization-details, a CloudFormation template, or the output of terraform show -json',
        )
        .option(
          '--control-policy-file <file>',
          "file with a resource control policy that applies to the role's account, or the output of aws organizations describe-policy; repeatable",
          collect,
        ),
      "the role's AWS account, with --trust-policy-file (default: that of the policy's providers)",
    ),
  )
    .addHelpText('after', examples)
    .action((options: DiagnoseOptions) => shell.run(() => diagnose(options, shell)));
}

const examples = `
Examples:
  $ aws-wif diagnose --token-file token.jwt --role arn:aws:iam::111111111111:role/deploy
  $ aws-wif diagnose --role arn:aws:iam::111111111111:role/deploy
  $ aws-wif diagnose --role arn:aws:iam::111111111111:role/deploy --source-vpce vpce-0123456789abcdef0
  $ aws-wif diagnose --token-file token.jwt --trust-policy-file trust-policy.json --account 111111111111
  $ aws-wif diagnose --role arn:aws:iam::111111111111:role/deploy \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws

Exit code 1: the token or connection is denied, or the policy has a weakness above low. 3: only AWS can decide.`;

async function diagnose(options: DiagnoseOptions, shell: CommandShell): Promise<Report> {
  const [, named, role, account, durationSeconds, origin] = readAll(
    () => {
      requireQuestion(options);
    },
    () => readNamedConnections(options),
    () => (options.role === undefined ? undefined : parseRoleOption(options.role)),
    () => readOneAccount(options),
    () => readSessionSeconds(options.durationSeconds, '--duration-seconds', 900),
    () => readOrigin(options, options.partition),
  );
  requireSameAccount(account, role);
  const callers = await readCallers(named, options, shell);
  const controlPolicies = await readControlPolicies(options);
  const { trusts, skipped } =
    options.trustPolicyFile === undefined
      ? await readLive(role, account, options, shell)
      : await readPolicyFile(await readInputFile('--trust-policy-file', options.trustPolicyFile, maxListBytes), {
          account,
          role,
        });
  return reportTrusts({ callers, trusts, skipped, controlPolicies, durationSeconds, origin }, shell.nowMs());
}

async function readControlPolicies({
  controlPolicyFile: files = [],
}: DiagnoseOptions): Promise<readonly KnownControlPolicy[]> {
  const policies: KnownControlPolicy[] = [];
  for (const file of files) {
    policies.push(readControlPolicy(await readInputFile('--control-policy-file', file), file));
  }
  return policies;
}

async function readCallers(
  named: NamedConnections | undefined,
  options: DiagnoseOptions,
  shell: CommandShell,
): Promise<readonly Caller[] | undefined> {
  if (named === undefined) {
    return options.tokenFile === undefined
      ? undefined
      : [readTokenCaller(await readInputFile('--token-file', options.tokenFile))];
  }
  return readConnectionCallers(
    await describeConnections(named, options.issuer ?? 'both', shell.openAzureDevOps),
    options,
  );
}

async function readLive(
  role: RoleArn | RoleName | undefined,
  account: Account | undefined,
  options: DiagnoseOptions,
  { openAccount }: CommandShell,
): Promise<FileTrust> {
  if (role === undefined) throw wrongUsage('--role is missing.', "a role's ARN or name.");
  const target = 'text' in role ? { accountId: role.accountId, partition: role.partition } : account;
  const opened =
    target === undefined
      ? await openOwnAccount({ partition: options.partition, profile: options.profile?.[0] }, openAccount)
      : await openTarget(readTarget(target, options), openAccount);
  return { trusts: [await readLiveTrust(role, opened)], skipped: [] };
}

/** What decides, and at most one of those who may ask. */
function requireQuestion(options: DiagnoseOptions): void {
  const { tokenFile, role, trustPolicyFile, assumeRole, account, controlPolicyFile: files = [] } = options;
  requireOneStandardInput({
    '--token-file': tokenFile,
    '--trust-policy-file': trustPolicyFile,
    '--control-policy-file': files.find(one => one === '-'),
  });
  if (files.filter(one => one === '-').length > 1) {
    throw wrongUsage(
      '--control-policy-file is - several times.',
      'standard input for only one of them, a file for the others.',
    );
  }
  if (tokenFile !== undefined && readNamedConnections(options) !== undefined) {
    throw wrongUsage(
      'Both --token-file and a service connection are given.',
      'only one: a file with an ID token, or the options that name a connection. Without either, diagnose shows who may assume the role.',
    );
  }
  if (role === undefined && trustPolicyFile === undefined) {
    throw wrongUsage(
      'Neither --role nor --trust-policy-file is given.',
      "a role's ARN or name, or a file with a trust policy.",
    );
  }
  if (assumeRole === undefined || account !== undefined || role?.startsWith('arn:') === true) return;
  throw wrongUsage('--assume-role is given without an account.', "--account, or the role's ARN as --role.");
}

function readOneAccount(options: AccountOptions): Account | undefined {
  const [account, ...others] = readAccounts(options);
  if (others.length === 0) return account;
  throw wrongUsage('--account is given several times.', "one --account, the role's.");
}

function requireSameAccount(account: Account | undefined, role: RoleArn | RoleName | undefined): void {
  if (role !== undefined && 'text' in role && account !== undefined && account.accountId !== role.accountId) {
    throw wrongUsage(
      `--account is ${account.accountId}, but the role is ${role.text}.`,
      'the same account, or no --account.',
    );
  }
}

/** The account of the role, whether it is named besides or not. */
function readTarget(account: Account, options: DiagnoseOptions): AccountTarget {
  const [target] = readTargets([account], options);
  if (target !== undefined) return target;
  throw wrongUsage('No account is named.', "the role's account.");
}
