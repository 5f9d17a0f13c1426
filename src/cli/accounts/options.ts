import { Option, type Command } from 'commander';
import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import type { RoleArn } from '../../session/match-role-arn.ts';
import { partitions, type Account, type Partition } from '../../trust/oidc-provider.ts';
import { collect } from '../connections/options.ts';
import { readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { nameCount } from '../terminal/layout.ts';
import { parseAccountsFile } from './accounts-file.ts';

export interface AccountOptions {
  readonly account?: readonly string[];
  readonly partition: Partition;
}

/** Adds the options that name AWS accounts. */
export function addAccountOptions(command: Command, what: string): Command {
  return command
    .optionsGroup('AWS account:')
    .option('--account <id>', what, collect)
    .addOption(new Option('--partition <partition>', 'partition of the account').choices(partitions).default('aws'));
}

/** Returns the accounts that are named, each once. Throws for every one that is not an account id. */
export function readAccounts({ account: ids = [], partition }: AccountOptions): readonly Account[] {
  return readAll(
    ...[...new Set(ids)].map(accountId => () => {
      if (/^\d{12}$/.test(accountId)) return { accountId, partition };
      throw wrongUsage(`--account is "${accountId}".`, 'a 12-digit AWS account ID, without dashes.');
    }),
  );
}

/** Returns the accounts that are named. Throws if none is; `expected` says what it is needed for. */
export function requireAccounts(options: AccountOptions, expected: string): readonly Account[] {
  const accounts = readAccounts(options);
  if (accounts.length > 0) return accounts;
  throw wrongUsage('--account is missing.', expected);
}

export interface CredentialOptions {
  readonly profile?: readonly string[];
  readonly assumeRole?: string;
}

export interface AccountsFileOptions extends AccountOptions, CredentialOptions {
  readonly accountsFile?: string;
}

/** Adds the option that names a file of accounts. */
export function addAccountsFileOption(command: Command): Command {
  return command
    .optionsGroup('AWS account:')
    .option(
      '--accounts-file <file>',
      'instead of --account: a file with one account ID and the ARN of the role to assume per line',
    );
}

/** Returns the text of the accounts file; undefined if none is named. */
export async function readAccountsFile({ accountsFile }: AccountsFileOptions): Promise<string | undefined> {
  return accountsFile === undefined ? undefined : readInputFile('--accounts-file', accountsFile);
}

/** Returns the accounts of the options or of the accounts file, whose text is read, on the terms of `readTargets`. */
export function readManyTargets(
  options: AccountsFileOptions,
  readText: () => string | undefined,
): readonly AccountTarget[] {
  if (options.accountsFile === undefined) return readNamedTargets(options);
  const { profile: profiles = [], assumeRole, partition } = options;
  const [listed] = readAll(
    () => parseAccountsFile(readText() ?? '', partition),
    () => readAccounts(options),
    () => {
      requireRole(options);
    },
    refuseIf(
      profiles.length > 1,
      `--profile is given ${profiles.length} times with --accounts-file.`,
      'at most one --profile, which may assume the roles in the file.',
    ),
  );
  const bare = listed.filter(({ roleArn }) => roleArn === undefined && assumeRole === undefined);
  if (bare.length > 0 && listed.length > 1) {
    throw wrongUsage(
      `The file given with --accounts-file names no role for ${bare.map(one => one.account.accountId).join(', ')}.`,
      "a role ARN on each account's line, or --assume-role with {account} in it.",
    );
  }
  return listed.map(({ account: one, roleArn }) => ({
    account: one,
    profile: profiles[0],
    assumeRoleArn: roleArn ?? fillRole(assumeRole, one),
  }));
}

/** An account, and where the credentials for it come from; the SDK's usual chain if nothing is said. */
export interface AccountTarget {
  readonly account: Account;
  readonly profile: string | undefined;
  readonly assumeRoleArn: string | undefined;
}

/** Adds the options that say with which credentials accounts are changed. */
export function addCredentialOptions(command: Command): Command {
  return command
    .optionsGroup('AWS account:')
    .option('--profile <name>', 'AWS profile; for several accounts, one for each, in the order of --account', collect)
    .option('--assume-role <arn>', 'role to assume in each account, like arn:aws:iam::{account}:role/admin');
}

/**
 * Returns the accounts that are named with their credentials, on the terms of `readTargets`. Throws if none is named.
 */
export function readNamedTargets(options: AccountOptions & CredentialOptions): readonly AccountTarget[] {
  const expected = 'the AWS account that the credentials must belong to; no other account is changed.';
  const [accounts] = readAll(
    () => requireAccounts(options, expected),
    () => {
      requireRole(options);
    },
    () => {
      requireCredentials(new Set(options.account).size, options);
    },
  );
  return readTargets(accounts, options);
}

/** Throws for a role to assume that is none in any account. */
function requireRole({ assumeRole }: CredentialOptions): void {
  if (assumeRole !== undefined) parseRole(assumeRole.replaceAll('{account}', '111111111111'));
}

/** Throws if several accounts would be changed with the same credentials. */
function requireCredentials(count: number, { profile: profiles = [], assumeRole }: CredentialOptions): void {
  if (assumeRole === undefined && count > 1 && profiles.length === 0) {
    throw wrongUsage(
      `--account is given ${count} times, but there is only one set of credentials.`,
      'one --profile for each account, or --assume-role with {account} in it.',
    );
  }
  const isShared = assumeRole !== undefined && profiles.length === 1;
  if (isShared || [0, count].includes(profiles.length) || count === 0) return;
  throw wrongUsage(
    `--account is given ${nameCount(count, 'time')}, --profile ${nameCount(profiles.length, 'time')}.`,
    'one --profile for each --account, in the same order; or a single --profile that may use --assume-role in each account.',
  );
}

/**
 * Returns accounts with their credentials. Throws if several accounts would be changed with the same credentials, and for a
 * role of another account or partition.
 */
export function readTargets(accounts: readonly Account[], options: CredentialOptions): readonly AccountTarget[] {
  const { profile: profiles = [], assumeRole } = options;
  requireCredentials(accounts.length, options);
  return accounts.map((account, index) => ({
    account,
    profile: assumeRole !== undefined && profiles.length === 1 ? profiles[0] : profiles[index],
    assumeRoleArn: fillRole(assumeRole, account),
  }));
}

function parseRole(text: string): RoleArn {
  const role = parseRoleArn(text);
  if (isRoleArn(role)) return role;
  throw wrongUsage(`--assume-role is ${role.found}.`, role.expected, role.remedy);
}

function fillRole(template: string | undefined, account: Account): string | undefined {
  if (template === undefined) return undefined;
  const role = parseRole(fillAccount(template, account));
  if (role.accountId === account.accountId && role.partition === account.partition) return role.text;
  throw wrongUsage(
    `--assume-role is ${role.text}, but --account is ${account.accountId} in partition ${account.partition}.`,
    'a role in that account; {account} is replaced by its ID.',
  );
}

/** Returns a text with the account's id instead of `{account}`. */
export function fillAccount(template: string, { accountId }: Account): string {
  return template.replaceAll('{account}', accountId);
}

/** What a command that writes to IAM is told besides. */
export interface WriteOptions {
  readonly saveFolder?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds the options of what writes to IAM. */
export function addWriteOptions(command: Command): Command {
  return command
    .optionsGroup('Changes:')
    .option('--save-folder <folder>', 'where to save documents before changing them (default: ~/.aws-wif/saved)')
    .option('--dry-run', 'show the changes without making them')
    .option('--yes', 'change without asking');
}
