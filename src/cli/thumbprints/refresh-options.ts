import { isThumbprintCount } from '../../thumbprint/refresh-event.ts';
import { maxThumbprintCount } from '../../thumbprint/thumbprint-list.ts';
import { parseProviderArn, type Account } from '../../trust/oidc-provider.ts';
import type { WriteOptions } from '../accounts/options.ts';
import { openTerminal, requireConsent } from '../terminal/confirm.ts';
import { readAll, wrongUsage } from '../terminal/failure.ts';
import { readSelection, type Selection, type ThumbprintOptions } from './options.ts';

export interface RefreshOptions extends ThumbprintOptions, WriteOptions {
  readonly account?: string;
  readonly maxThumbprints?: string;
}

/** What is to be refreshed, checked as far as it can be without asking anybody. */
export interface RefreshTask {
  readonly account: Account;
  readonly selection: Selection;
  readonly maxThumbprints: number;
}

/** Returns what the options ask for. Throws wrong usage for what cannot be meant, and if no provider is selected. */
export function readRefreshOptions(options: RefreshOptions): RefreshTask {
  const [account, , maxThumbprints] = readAll(
    () => readAccount(options),
    () => readSelection(options) ?? requireSelection(options, undefined),
    () => readCount(options),
    () => {
      requireConsent(options, openTerminal());
    },
  );
  return { account, selection: requireSelection(options, account), maxThumbprints };
}

function readAccount({ account, partition }: RefreshOptions): Account {
  if (account !== undefined && /^\d{12}$/.test(account)) return { accountId: account, partition };
  throw wrongUsage(
    account === undefined ? '--account is missing.' : `--account is "${account}".`,
    'the 12-digit ID of the AWS account that the credentials must belong to.',
  );
}

function requireSelection(options: RefreshOptions, account: Account | undefined): Selection {
  const selection = readSelection(options);
  if (selection === undefined) {
    throw wrongUsage(
      'Neither --tag nor --provider-arn is given.',
      'the providers to refresh; without them, none is selected.',
    );
  }
  const other = selection.arns?.find(
    arn => account !== undefined && parseProviderArn(arn)?.accountId !== account.accountId,
  );
  if (other === undefined) return selection;
  throw wrongUsage(
    `--provider-arn ${other} is in another account.`,
    `providers in --account ${account?.accountId ?? ''}.`,
  );
}

function readCount({ maxThumbprints = '' }: RefreshOptions): number {
  const count = /^\d$/.test(maxThumbprints) ? Number(maxThumbprints) : undefined;
  if (isThumbprintCount(count)) return count;
  throw wrongUsage(`--max-thumbprints is "${maxThumbprints}".`, `a whole number from 1 to ${maxThumbprintCount}.`);
}
