import { Option, type Command } from 'commander';
import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import type { RoleArn } from '../../session/match-role-arn.ts';
import { partitions, type Account, type Partition } from '../../trust/oidc-provider.ts';
import { collect } from '../connections/options.ts';
import { readAll, refuseIf, wrongUsage, type CliFailure } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import { nameCount } from '../terminal/layout.ts';

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
  const expected = 'the AWS account that the credentials must belong to.';
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

/** A line of an accounts file: an account, and the role to assume in it if one is named. */
export interface ListedAccount {
  readonly account: Account;
  readonly roleArn: string | undefined;
}

/**
 * Returns the accounts of an accounts file: a line for each with its twelve digits and, behind white space or a comma, the ARN
 * of the role to assume in it. Empty lines and comments (`#` at the beginning of a line, or behind white space) do not count.
 * Throws one failure with the mistakes of all lines: anything else in a line, a role of another account or partition, an
 * account that is named twice.
 */
export function parseAccountsFile(text: string, partition: Partition): readonly ListedAccount[] {
  const seen = new Set<string>();
  const mistakes: string[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const listed = lines.flatMap((line, index) => {
    const [accountId, ...rest] = readWords(line);
    if (accountId === undefined) return [];
    const read = readLine(accountId, rest, partition);
    const mistake = typeof read === 'string' ? read : seen.has(accountId) ? 'repeats an account' : undefined;
    seen.add(accountId);
    if (typeof read === 'object' && mistake === undefined) return [read];
    mistakes.push(`line ${index + 1} ${mistake ?? ''}`);
    return [];
  });
  if (mistakes.length > 0) throw refuseLines(mistakes);
  if (listed.length > 0) return listed;
  throw wrongUsage('The file given with --accounts-file lists no account.', expected);
}

function readWords(line: string): readonly string[] {
  const words = line.split(/[\s,]/).filter(Boolean);
  const comment = words.findIndex(word => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
}

const expected =
  'one line per account: its 12-digit ID, then the ARN of a role in that account to assume; nothing else.';

/** What is wrong is named without what stands there: a file of something else may hold secrets. */
function readLine(accountId: string, rest: readonly string[], partition: Partition): ListedAccount | string {
  if (!/^\d{12}$/.test(accountId)) return 'does not start with a 12-digit account ID';
  const [text, ...more] = rest;
  if (more.length > 0) return 'has more than an account ID and a role ARN';
  if (text === undefined) return { account: { accountId, partition }, roleArn: undefined };
  const role = parseRoleArn(text);
  if (!isRoleArn(role)) return 'has something other than a role ARN after the account ID';
  if (role.accountId !== accountId) return `names a role in account ${role.accountId}, not in ${accountId}`;
  if (role.partition !== partition)
    return `names a role in partition ${role.partition}, but --partition is ${partition}`;
  return { account: { accountId, partition }, roleArn: role.text };
}

const maxLines = 10;

function refuseLines(mistakes: readonly string[]): CliFailure {
  const more = mistakes.length > maxLines ? `; and ${nameCount(mistakes.length - maxLines, 'more line')}` : '';
  return wrongUsage(
    `In the file given with --accounts-file, ${mistakes.slice(0, maxLines).join('; ')}${more}.`,
    expected,
  );
}
