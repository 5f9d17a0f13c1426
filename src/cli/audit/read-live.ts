import pMap from 'p-map';
import { readAccount } from '../../account/state.ts';
import type { openInventory } from '../../trust/inventory/judge-roles.ts';
import { nameActions } from '../accounts/iam-failure.ts';
import { askAccount, openTarget, type OpenAccount } from '../accounts/open.ts';
import type { AccountTarget } from '../accounts/options.ts';
import { concurrency, numberLines } from '../accounts/write.ts';
import { asFailure } from '../terminal/failure.ts';
import { nameCount } from '../terminal/layout.ts';
import type { AuditedAccount } from './audited.ts';
import { describeRole, type Names } from './describe-role.ts';
import { readReaches } from './reach.ts';
import { readByDetails } from './read-roles.ts';

/** What reading an account needs of IAM and STS, at the least; the last two only for how far a role reaches. */
export const neededActions = [
  'sts:GetCallerIdentity',
  'iam:ListRoles',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
] as const;

/** The same where all roles are read with the names of their policies at once. */
export const neededForDetails = [
  'sts:GetCallerIdentity',
  'iam:GetAccountAuthorizationDetails',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
] as const;

export interface LiveReading {
  readonly openAccount: OpenAccount;
  readonly judge: ReturnType<typeof openInventory>;
  readonly names: Names;
  /** Whether all roles are read at once, with the names of their policies. */
  readonly details: boolean;
  /** Whether account ids are kept out of what is said on the way. */
  readonly masks: boolean;
}

/** Returns what accounts hold, several read at once; one that cannot be read is there with its errors, and is unknown. */
export function readAccounts(
  targets: readonly AccountTarget[],
  reading: LiveReading,
): Promise<readonly AuditedAccount[]> {
  const sayNext = numberLines(targets.length);
  const work = async (target: AccountTarget): Promise<AuditedAccount> => {
    const one = await readOne(target, reading);
    sayNext(describeRead(one, reading));
    return one;
  };
  return pMap(targets, work, { concurrency });
}

function describeRead({ account, errors, seen, roles }: AuditedAccount, { masks }: LiveReading): string {
  const name = masks ? 'account' : `account ${account.accountId}`;
  if (errors.length > 0) return `${name}: could not be read (${errors.map(({ code }) => code).join(', ')})`;
  return `${name}: ${nameCount(seen, 'role')} read; ${roles.length} with trust for identities outside AWS`;
}

async function readOne(target: AccountTarget, reading: LiveReading): Promise<AuditedAccount> {
  const { account } = target;
  const { accountId } = account;
  const warnings: string[] = [];
  try {
    const opened = await openTarget(target, reading.openAccount);
    const lister = reading.details
      ? readByDetails(opened.iam, () => warnings.push(explainDenied(accountId)))
      : opened.iam;
    const state = await askAccount(accountId, () =>
      readAccount(account, { ...opened.iam, listRoles: lister.listRoles }),
    );
    const listed = state.roles.flatMap(role => {
      const trust = reading.judge({ account, providers: state.providers, trustPolicy: role.trustPolicy });
      return describeRole({ role, place: null, trust, reach: null, lines: undefined }, reading.names) ?? [];
    });
    const { roles, warnings: unread } = await readReaches(listed, { accountId, lister });
    return {
      account,
      caller: opened.caller,
      errors: [],
      warnings: [...warnings, ...unread],
      providers: state.providers.map(({ arn }) => arn),
      seen: state.roles.length,
      roles,
    };
  } catch (thrown) {
    const { problems } = nameActions(asFailure(thrown), reading.details ? neededForDetails : neededActions);
    return { account, caller: null, errors: problems, warnings, providers: [], seen: 0, roles: [] };
  }
}

function explainDenied(accountId: string): string {
  return `iam:GetAccountAuthorizationDetails is denied in account ${accountId}: its roles and their policies were listed instead, with two calls for every role. Allow it, or leave out --account-details.`;
}
