import { Option, type Command } from 'commander';
import { partitions, type Account, type Partition } from '../../trust/oidc-provider.ts';
import { collect } from '../connections/options.ts';
import { wrongUsage } from '../terminal/failure.ts';

export interface AccountOptions {
  readonly account?: readonly string[];
  readonly partition: Partition;
}

/** Adds the options that name AWS accounts. */
export function addAccountOptions(command: Command, what: string): Command {
  return command
    .option('--account <id>', what, collect)
    .addOption(new Option('--partition <partition>', 'partition of the account').choices(partitions).default('aws'));
}

/** Returns the accounts that are named, each once. Throws where one is none. */
export function readAccounts({ account: ids = [], partition }: AccountOptions): readonly Account[] {
  return [...new Set(ids)].map(accountId => {
    if (/^\d{12}$/.test(accountId)) return { accountId, partition };
    throw wrongUsage(`--account is "${accountId}".`, 'the twelve digits of an AWS account id, without dashes.');
  });
}
