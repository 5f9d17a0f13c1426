import type { IamAccess } from '../../aws/account.ts';
import { neededActions, readAccount } from '../../migration/read-account.ts';
import type { AccountState } from '../../migration/role-trust.ts';
import type { Caller } from '../../account/iam.ts';
import { neutralise } from '../../outside-text.ts';
import { CliFailure } from '../terminal/failure.ts';
import type { AccountTarget } from '../accounts/credential-options.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { readOrganization, readRoleNames, readTarget, type MigrateOptions } from './options.ts';
import { findOtherAccount, openAccount } from '../accounts/open-account.ts';
import type { Organization } from '../connections/organization-url.ts';
import type { CommandShell } from '../shell.ts';
import { readFleet, type ReadFleet } from '../connections/read-fleet.ts';

/** An account that the credentials were found to be of. */
export interface OpenedAccount {
  readonly target: AccountTarget;
  readonly caller: Caller;
  readonly iam: IamAccess;
}

/** All that a plan is made of: who acts, and what is there on both sides. */
export interface MigrationInput extends OpenedAccount {
  readonly state: AccountState;
  readonly read: ReadFleet;
  readonly roleNames: readonly string[] | undefined;
  readonly organization: Organization;
  /** As it was said on the command line. */
  readonly given: { readonly tenantId: string | undefined };
}

/** Opens an account, after making sure whose the credentials are; says on stderr who acts. */
export async function openTarget(target: AccountTarget): Promise<OpenedAccount> {
  const { accountId } = target.account;
  return askAccount(accountId, async () => {
    const iam = await openAccount(target);
    const caller = await iam.readCaller();
    const other = findOtherAccount(caller, target);
    if (other !== undefined) throw new CliFailure(1, [other]);
    process.stderr.write(`${neutralise(`account ${caller.accountId} as ${caller.arn}`)}\n`);
    return { target, caller, iam };
  });
}

/** Reads the account and the organization. Throws where either cannot be read as a whole. */
export async function readInput(
  options: MigrateOptions,
  { openAzureDevOps }: Pick<CommandShell, 'openAzureDevOps'>,
): Promise<MigrationInput> {
  const [organization, target, roleNames] = [readOrganization(options), readTarget(options), readRoleNames(options)];
  const opened = await openTarget(target);
  const state = await readState(opened);
  requireRoles(roleNames, state);
  const read = await readFleet(organization, options.tenantId, openAzureDevOps);
  return { ...opened, state, read, roleNames, organization, given: { tenantId: options.tenantId } };
}

/** Reads an account's roles and providers. */
export function readState({ target: { account }, iam }: OpenedAccount): Promise<AccountState> {
  return askAccount(account.accountId, () => readAccount(account, iam));
}

async function askAccount<T>(accountId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw thrown;
    const { exit, problems } = explainIamFailure(thrown, accountId);
    const all = neededActions.read.join(', ');
    const named = problems.map(one =>
      one.code === 'IamForbidden' ? { ...one, remedy: `${one.remedy} Reading needs ${all}.` } : one,
    );
    throw new CliFailure(exit, named, thrown);
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
