import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import type { Account, Partition } from '../../trust/oidc-provider.ts';
import type { CliFailure } from '../terminal/failure.ts';
import { wrongUsage } from '../terminal/failure.ts';

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
  const more = mistakes.length > maxLines ? `; and ${mistakes.length - maxLines} more lines` : '';
  return wrongUsage(
    `In the file given with --accounts-file, ${mistakes.slice(0, maxLines).join('; ')}${more}.`,
    expected,
  );
}
