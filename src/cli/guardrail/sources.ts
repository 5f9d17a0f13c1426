import type { Command } from 'commander';
import type { CommandShell } from '../shell.ts';
import {
  addAccountOptions,
  addAccountsFileOption,
  addCredentialOptions,
  readAccountsFile,
  readManyTargets,
  type AccountsFileOptions,
  type AccountTarget,
} from '../accounts/options.ts';
import { holdResult, readAll, wrongUsage } from '../terminal/failure.ts';
import { readInventory, type Inventory } from './inventory.ts';

/** Which accounts are read, and whether a policy is checked against them. */
export interface SourceOptions extends AccountsFileOptions {
  readonly check?: boolean;
  readonly managementAccount?: string;
}

export const checkedAccount = 'with --check: AWS account to read; repeatable';

/** Adds the options that name the accounts to read. */
export function addSourceOptions(command: Command, what: string): Command {
  addCredentialOptions(addAccountsFileOption(addAccountOptions(command, what)));
  return command
    .option('--management-account <id>', "the organization's management account, which no control policy affects")
    .optionsGroup('Check:')
    .option('--check', 'show which roles and identities of the accounts the policy would deny, instead of printing it');
}

/** Returns the accounts to read; none if none are asked for. */
export async function holdTargets(
  options: SourceOptions,
  isRequired: boolean,
): Promise<() => readonly AccountTarget[]> {
  const readText = await holdResult(readAccountsFile(options));
  return () => {
    const { check, account, accountsFile } = options;
    const [targets] = readAll(
      () => {
        if (isRequired || check === true) return readManyTargets(options, readText());
        if (account === undefined && accountsFile === undefined) return [];
        throw wrongUsage('Accounts are given without --check.', 'add --check, or leave the accounts out.');
      },
      () => {
        requireAccountId(options);
      },
    );
    return targets;
  };
}

function requireAccountId({ managementAccount }: SourceOptions): void {
  if (managementAccount === undefined || /^\d{12}$/.test(managementAccount)) return;
  throw wrongUsage(`--management-account is "${managementAccount}".`, 'an AWS account id of 12 digits.');
}

/** Reads the accounts; undefined if none are asked for. */
export async function readSources(
  targets: readonly AccountTarget[],
  { openAccount }: Pick<CommandShell, 'openAccount'>,
  withTags: boolean,
): Promise<Inventory | undefined> {
  return targets.length === 0 ? undefined : readInventory(targets, openAccount, withTags);
}
