import { readAccount } from '../../account/read-account.ts';
import type { AccountState } from '../../account/state.ts';
import { askAccount, announceTarget, type OpenedAccount } from '../accounts/open.ts';
import type { Organization } from '../connections/organization-url.ts';
import { readFleet, type ReadFleet } from '../connections/read-fleet.ts';
import type { CommandShell } from '../shell.ts';
import { CliFailure, readAll } from '../terminal/failure.ts';
import { neededActions, readOrganization, readRoleNames, readTarget, type MigrateOptions } from './options.ts';

/** All that a plan is made of: who acts, and what is there on both sides. */
export interface MigrationInput extends OpenedAccount {
  readonly state: AccountState;
  readonly read: ReadFleet;
  readonly roleNames: readonly string[] | undefined;
  readonly organization: Organization;
  /** As it was said on the command line. */
  readonly given: { readonly tenantId: string | undefined };
}

/**
 * Reads the account and the organization. Throws where either cannot be read as a whole, and before that, with all mistakes
 * of the command line, where `check` throws for one.
 */
export async function readInput(
  options: MigrateOptions,
  { openAzureDevOps, openAccount }: Pick<CommandShell, 'openAzureDevOps' | 'openAccount'>,
  check: () => void = () => undefined,
): Promise<MigrationInput> {
  const [organization, target, roleNames] = readAll(
    () => readOrganization(options),
    () => readTarget(options),
    () => readRoleNames(options),
    check,
  );
  const opened = await announceTarget(target, openAccount);
  const state = await readState(opened);
  requireRoles(roleNames, state);
  const read = await readFleet(organization, options.tenantId, openAzureDevOps);
  return { ...opened, state, read, roleNames, organization, given: { tenantId: options.tenantId } };
}

/** Reads an account's roles and providers. Throws where one cannot be read, naming all the actions that reading needs. */
export async function readState({ target: { account }, iam }: OpenedAccount): Promise<AccountState> {
  try {
    return await askAccount(account.accountId, () => readAccount(account, iam));
  } catch (thrown) {
    if (!(thrown instanceof CliFailure)) throw thrown;
    const needs = ` Reading needs ${neededActions.read.join(', ')}.`;
    const named = thrown.problems.map(one =>
      one.code === 'IamForbidden' ? { ...one, remedy: `${one.remedy}${needs}` } : one,
    );
    throw new CliFailure(thrown.exit, named, thrown.cause);
  }
}

function requireRoles(names: readonly string[] | undefined, { roles }: AccountState): void {
  const missing = names?.filter(name => !roles.some(one => one.name === name)) ?? [];
  if (missing.length === 0) return;
  throw new CliFailure(3, [
    {
      code: 'RoleNotFound',
      found: `The account has no role ${missing.join(', ')}.`,
      expected: "the names of the account's roles, in their letter case.",
      remedy: 'Correct --role.',
    },
  ]);
}
