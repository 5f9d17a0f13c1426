import type { Command } from 'commander';
import type { Account } from '../../trust/oidc-provider.ts';
import { readAccounts, type AccountsFileOptions } from '../accounts/options.ts';
import { collect } from '../connections/options.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { nameList } from '../terminal/layout.ts';

/** What of the options is for files with trust policies, instead of accounts. */
export interface TrustFileOptions extends AccountsFileOptions {
  readonly file?: readonly string[];
}

/** Adds the option that names files with trust policies; `what` says what they are for. */
export function addTrustFileOption(command: Command, what: string): Command {
  return command.option(
    '--file <file>',
    `${what}, - for standard input; repeatable: a policy, the output of aws iam get-role, list-roles or get-account-authorization-details, a CloudFormation template, or the output of terraform show -json`,
    collect,
  );
}

/** Returns the account that the roles of files belong to if the files don't say so. Throws if several are named. */
export function readFileAccount(options: AccountsFileOptions): Account | undefined {
  const [account, ...others] = readAccounts(options);
  if (others.length === 0) return account;
  throw wrongUsage(
    '--account is given more than once with --file.',
    'at most one --account, which the roles in the files belong to.',
  );
}

/** Returns what to know about an account that is named, and that no role in the files belongs to: a role's own ARN counts. */
export function explainFileAccount(
  account: Account | undefined,
  roles: readonly { readonly arn: string | undefined }[],
): readonly string[] {
  const ids = [...new Set(roles.map(({ arn }) => arn?.split(':')[4]))];
  if (account === undefined || ids.length === 0 || ids.includes(undefined) || ids.includes(account.accountId))
    return [];
  return [
    `--account ${account.accountId} has no effect: every role in the files has an ARN, and none is of that account (${nameList(ids.map(String))}).`,
  ];
}
