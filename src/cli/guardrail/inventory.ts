import pMap from 'p-map';
import { readAccount, type AccountState, type KnownRole } from '../../account/state.ts';
import { listTrustedProviders, type CheckedRole } from '../../trust/control-policies/check-roles.ts';
import { matchArn } from '../../trust/typed-operators.ts';
import { parseTrustPolicy } from '../../trust/trust-policy.ts';
import { askAccount, openTarget, type OpenAccount, type OpenedAccount } from '../accounts/open.ts';
import type { AccountTarget } from '../accounts/options.ts';
import { concurrency } from '../accounts/write.ts';
import { asFailure } from '../terminal/failure.ts';

/** An account or a role that could not be read, and why: nothing is concluded of it. */
export interface Unreadable {
  readonly name: string;
  readonly why: string;
}

/** What is in accounts, as guardrails are made of it and checked against it. */
export interface Inventory {
  readonly accountIds: readonly string[];
  /** Those that a web identity may assume. */
  readonly roles: readonly CheckedRole[];
  /** ARNs of all roles. */
  readonly arns: readonly string[];
  /** URLs of all OIDC providers. */
  readonly providers: readonly string[];
  readonly unreadable: readonly Unreadable[];
  /** What to know about the options that were given. */
  readonly warnings?: readonly string[];
}

/**
 * Reads accounts, several at once. What cannot be read is kept apart, with the reason. Tags cost a call for each role, and are
 * read only if they count.
 */
export async function readInventory(
  targets: readonly AccountTarget[],
  openAccount: OpenAccount,
  withTags: boolean,
): Promise<Inventory> {
  const parts = await pMap(targets, target => readTarget(target, openAccount, withTags), { concurrency });
  return joinInventories(parts);
}

/** Returns several inventories as one, and what could not be read besides. */
export function joinInventories(parts: readonly Inventory[], unreadable: readonly Unreadable[] = []): Inventory {
  return {
    accountIds: parts.flatMap(one => one.accountIds),
    roles: parts.flatMap(one => one.roles),
    arns: parts.flatMap(one => one.arns),
    providers: parts.flatMap(one => one.providers),
    unreadable: [...parts.flatMap(one => one.unreadable), ...unreadable],
  };
}

async function readTarget(target: AccountTarget, openAccount: OpenAccount, withTags: boolean): Promise<Inventory> {
  const { accountId } = target.account;
  try {
    const opened = await openTarget(target, openAccount);
    const state = await askAccount(accountId, () => readAccount(target.account, opened.iam));
    const { roles, unreadable } = readRoles(state);
    const tagged = withTags ? await readTags(opened, roles) : roles;
    const providers = state.providers.map(({ url }) => url);
    return { accountIds: [accountId], roles: tagged, arns: state.roles.map(({ arn }) => arn), providers, unreadable };
  } catch (thrown) {
    const problems = asFailure(thrown).problems.map(({ code, found }) => `${code}: ${found}`);
    return joinInventories([], [{ name: `account ${accountId}`, why: problems.join(' ') }]);
  }
}

function readRoles(state: AccountState): Pick<Inventory, 'roles' | 'unreadable'> {
  const read = state.roles.map(role => readRole(role, state));
  return {
    roles: read.flatMap(one => ('trust' in one && listTrustedProviders(one).length > 0 ? [one] : [])),
    unreadable: read.flatMap(one => ('why' in one ? [one] : [])),
  };
}

function readRole({ arn, trustPolicy }: KnownRole, { account, providers }: AccountState): CheckedRole | Unreadable {
  try {
    const urls = providers.map(({ url }) => url);
    return { arn, account, tags: undefined, providers: urls, trust: parseTrustPolicy(trustPolicy) };
  } catch (thrown) {
    return { name: arn, why: asFailure(thrown).problems[0]?.found ?? '' };
  }
}

function readTags({ target, iam }: OpenedAccount, roles: readonly CheckedRole[]): Promise<readonly CheckedRole[]> {
  const read = async (role: CheckedRole): Promise<CheckedRole> => {
    const name = role.arn.slice(role.arn.lastIndexOf('/') + 1);
    return { ...role, tags: (await iam.readRole(name))?.tags };
  };
  return askAccount(target.account.accountId, () => pMap(roles, read, { concurrency }));
}

/** Returns the accounts in which no role is an administrator's: nobody of theirs could make a change any more. */
export function listWithoutAdministrator(
  { accountIds, arns }: Inventory,
  administrators: readonly string[],
): readonly string[] {
  if (administrators.some(arn => arn.includes(':user/'))) return [];
  return accountIds.filter(
    id =>
      !arns.some(arn => arn.split(':')[4] === id && administrators.some(pattern => matchArn(pattern, arn) === true)),
  );
}
