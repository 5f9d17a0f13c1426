import { isThumbprintCount } from '../../thumbprint/refresh-event.ts';
import { mostThumbprints } from '../../thumbprint/thumbprint-list.ts';
import { parseProviderArn, type Account } from '../../trust/oidc-provider.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { readSelection, type Selection, type ThumbprintOptions } from './options.ts';

export interface RefreshOptions extends ThumbprintOptions {
  readonly account?: string;
  readonly maxThumbprints?: string;
  readonly saveFolder?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What is to be refreshed, checked as far as it can be without asking anybody. */
export interface RefreshTask {
  readonly account: Account;
  readonly selection: Selection;
  readonly most: number;
}

/** Returns what the options ask for. Throws wrong usage for what cannot be meant, and where no provider is selected. */
export function readRefreshOptions(options: RefreshOptions): RefreshTask {
  const account = readAccount(options);
  return { account, selection: requireSelection(options, account), most: readMost(options) };
}

function readAccount({ account, partition }: RefreshOptions): Account {
  if (account !== undefined && /^\d{12}$/.test(account)) return { accountId: account, partition };
  throw wrongUsage(
    account === undefined ? '--account is missing.' : `--account is "${account}".`,
    'the twelve digits of the AWS account that the credentials must be of.',
  );
}

function requireSelection(options: RefreshOptions, { accountId }: Account): Selection {
  const selection = readSelection(options);
  if (selection === undefined) {
    throw wrongUsage(
      'Neither --tag nor --provider-arn is given.',
      'the providers to refresh; none is selected otherwise.',
    );
  }
  const other = selection.arns?.find(arn => parseProviderArn(arn)?.accountId !== accountId);
  if (other === undefined) return selection;
  throw wrongUsage(`--provider-arn ${other} is of another account.`, `providers of --account ${accountId}.`);
}

function readMost({ maxThumbprints = '' }: RefreshOptions): number {
  const most = /^\d$/.test(maxThumbprints) ? Number(maxThumbprints) : undefined;
  if (isThumbprintCount(most)) return most;
  throw wrongUsage(`--max-thumbprints is "${maxThumbprints}".`, `a whole number from 1 to ${mostThumbprints}.`);
}
