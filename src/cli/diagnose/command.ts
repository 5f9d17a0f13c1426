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
  namesConnection,
  readNamedConnections,
  type ConnectionOptions,
  type NamedConnections,
} from '../connections/options.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { RoleArn } from '../../session/match-role-arn.ts';
import { readControlPolicy, type KnownControlPolicy } from '../../trust/control-policies/read-control-policy.ts';
import { asFailure, holdResult, readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';
import { maxListBytes, readInputFile } from '../terminal/input-file.ts';
import { reportTrusts } from './report.ts';
import { describeConnections } from '../connections/describe.ts';
import type { CommandShell } from '../shell.ts';
import { readConnectionCallers, readTokenCaller, type Caller } from '../connections/callers.ts';
import { addOriginOptions, readOrigin, type OriginOptions } from './judge.ts';
import {
  parseRoleOption,
  readLiveTrust,
  readPolicyFile,
  type FileQuestion,
  type FileTrust,
  type RoleName,
} from './read-trust.ts';
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
  const readToken = await holdResult(readTokenFile(options));
  const readPolicy = await holdResult(readTrustFile(options));
  const readPolicies = await holdResult(readControlPolicies(options));
  const [, named, durationSeconds, origin, { role, account }, token, file, controlPolicies] = readAll(
    () => {
      requireQuestion(options);
    },
    () => readNamedConnections(options),
    () => readSessionSeconds(options.durationSeconds, '--duration-seconds', 900),
    () => readOrigin(options, options.partition),
    () => readRole(options),
    readToken,
    readPolicy,
    readPolicies,
  );
  const callers = named === undefined ? token && [token] : await askCallers(named, options, shell);
  const { trusts, skipped } = file ?? (await readLive(role, account, options, shell));
  return reportTrusts({ callers, trusts, skipped, controlPolicies, durationSeconds, origin }, shell.nowMs());
}

async function askCallers(
  named: NamedConnections,
  options: DiagnoseOptions,
  { openAzureDevOps }: CommandShell,
): Promise<readonly Caller[]> {
  return readConnectionCallers(await describeConnections(named, options.issuer ?? 'both', openAzureDevOps), options);
}

async function readTokenFile({ tokenFile }: DiagnoseOptions): Promise<Caller | undefined> {
  return tokenFile === undefined ? undefined : readTokenCaller(await readInputFile('--token-file', tokenFile));
}

async function readTrustFile({ trustPolicyFile, ...options }: DiagnoseOptions): Promise<FileTrust | undefined> {
  if (trustPolicyFile === undefined) return undefined;
  const text = await readInputFile('--trust-policy-file', trustPolicyFile, maxListBytes);
  const question = readRole(options);
  return readPolicyFile(text, question).catch((thrown: unknown) => {
    throw asFailure(thrown).inFile(trustPolicyFile);
  });
}

async function readControlPolicies({
  controlPolicyFile: files = [],
}: DiagnoseOptions): Promise<readonly KnownControlPolicy[]> {
  const held = await Promise.all(files.map(async file => holdResult(readControlPolicyFile(file))));
  return readAll(...held);
}

async function readControlPolicyFile(file: string): Promise<KnownControlPolicy> {
  return readControlPolicy(await readInputFile('--control-policy-file', file), file);
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
  const { tokenFile, role, trustPolicyFile, assumeRole, account } = options;
  readAll(
    refuseIf(
      tokenFile !== undefined && namesConnection(options),
      'Both --token-file and a service connection are given.',
      'only one: a file with an ID token, or the options that name a connection. Without either, diagnose shows who may assume the role.',
    ),
    refuseIf(
      role === undefined && trustPolicyFile === undefined,
      'Neither --role nor --trust-policy-file is given.',
      "a role's ARN or name, or a file with a trust policy.",
    ),
    refuseIf(
      assumeRole !== undefined && account === undefined && role?.startsWith('arn:') !== true,
      '--assume-role is given without an account.',
      "--account, or the role's ARN as --role.",
    ),
  );
}

/** Returns the role and the account that are named. Throws if they do not belong together. */
function readRole(options: DiagnoseOptions): FileQuestion {
  const [role, accounts] = readAll(
    (): FileQuestion['role'] => (options.role === undefined ? undefined : parseRoleOption(options.role)),
    () => readAccounts(options),
    refuseIf((options.account?.length ?? 0) > 1, '--account is given several times.', "one --account, the role's."),
  );
  const [account] = accounts;
  if (role !== undefined && 'text' in role && account !== undefined && account.accountId !== role.accountId) {
    throw wrongUsage(
      `--account is ${account.accountId}, but the role is ${role.text}.`,
      'the same account, or no --account.',
    );
  }
  return { role, account };
}

/** The account of the role, whether it is named besides or not. */
function readTarget(account: Account, options: DiagnoseOptions): AccountTarget {
  const [target] = readTargets([account], options);
  if (target !== undefined) return target;
  throw wrongUsage('No account is named.', "the role's account.");
}
