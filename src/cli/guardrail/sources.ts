import type { Command } from 'commander';
import type { CommandShell } from '../shell.ts';
import {
  addAccountOptions,
  addAccountsFileOption,
  addCredentialOptions,
  readAccounts,
  readAccountsFile,
  readManyTargets,
  type AccountTarget,
} from '../accounts/options.ts';
import { holdResult, readAll, refuseIf } from '../terminal/failure.ts';
import { addTrustFileOption, readFileAccount, type TrustFileOptions } from '../trust-files/file-options.ts';
import { readInventory, type Inventory } from './inventory.ts';

/** Which accounts are read, and whether a policy is checked against them. */
export interface SourceOptions extends TrustFileOptions {
  readonly check?: boolean;
  readonly managementAccount?: string;
}

export const checkedAccount = 'with --check: AWS account to read; repeatable';

/** Adds the options that name the accounts to read. */
export function addSourceOptions(command: Command, what: string): Command {
  addCredentialOptions(addAccountsFileOption(addAccountOptions(command, what)));
  return command
    .option(
      '--management-account <id>',
      "with --check: the organization's management account, which no control policy affects",
    )
    .optionsGroup('Check:')
    .option('--check', 'show which roles and identities of the accounts the policy would deny, instead of printing it');
}

/** Adds the option that names files to check instead of accounts. */
export function addCheckedFileOption(command: Command): Command {
  return addTrustFileOption(command, 'with --check, instead of reading accounts: file with trust policies');
}

/** Returns the accounts to read; none if none are asked for, or files. */
export async function holdTargets(
  options: SourceOptions,
  isRequired: boolean,
): Promise<() => readonly AccountTarget[]> {
  const readText = await holdResult(readAccountsFile(options));
  return () => {
    const { check, file, managementAccount = '' } = options;
    const reads = isRequired || check === true;
    const [targets] = readAll(
      () => (reads && file === undefined ? readManyTargets(options, readText) : []),
      () => (file === undefined ? readAccounts(options) : readFileAccount(options)),
      refuseIf(
        !/^(?:\d{12})?$/.test(managementAccount),
        `--management-account is "${managementAccount}".`,
        'an AWS account ID of 12 digits.',
      ),
    );
    return targets;
  };
}

/** Reads the files or the accounts; undefined if none are asked for. */
export async function readSources(
  targets: readonly AccountTarget[],
  { openAccount }: Pick<CommandShell, 'openAccount'>,
  { withTags, options }: { readonly withTags: boolean; readonly options: SourceOptions },
): Promise<Inventory | undefined> {
  if (options.file === undefined)
    return targets.length === 0 ? undefined : readInventory(targets, openAccount, withTags);
  // The library for YAML is loaded only then.
  const { readFileInventory } = await import('./file-inventory.ts');
  return readFileInventory(options.file, readFileAccount(options));
}
