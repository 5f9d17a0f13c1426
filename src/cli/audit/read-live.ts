import pMap from 'p-map';
import { readAccount } from '../../account/read-account.ts';
import type { ListedRole } from '../../account/iam.ts';
import { IamError } from '../../aws/iam-error.ts';
import type { openInventory } from '../../trust/inventory/judge-roles.ts';
import { nameActions } from '../accounts/iam-failure.ts';
import { askAccount, openTarget, type OpenAccount, type OpenedAccount } from '../accounts/open.ts';
import type { AccountTarget } from '../accounts/options.ts';
import { concurrency, numberLines } from '../accounts/write.ts';
import { asFailure } from '../terminal/failure.ts';
import { nameCount } from '../migrate/counts.ts';
import type { AuditedAccount, AuditedRole, Reach } from './audited.ts';
import { describeRole, type Names } from './describe-role.ts';

/** What reading an account needs of IAM and STS, at the least; the last two only for how far a role reaches. */
export const neededActions = [
  'sts:GetCallerIdentity',
  'iam:ListRoles',
  'iam:ListOpenIDConnectProviders',
  'iam:GetOpenIDConnectProvider',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
] as const;

export interface LiveReading {
  readonly openAccount: OpenAccount;
  readonly judge: ReturnType<typeof openInventory>;
  readonly names: Names;
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
  const nothing = { account, caller: null, providers: [], seen: 0, roles: [] };
  try {
    const opened = await openTarget(target, reading.openAccount);
    const state = await askAccount(account.accountId, () => readAccount(account, opened.iam));
    const listed = state.roles.flatMap(role => {
      const trust = reading.judge({ account, providers: state.providers, trustPolicy: role.trustPolicy });
      const described = describeRole({ role, place: null, trust, reach: null, lines: undefined }, reading.names);
      return described === undefined ? [] : [{ role, described }];
    });
    const roles = await readReaches(listed, opened);
    const providers = state.providers.map(({ arn }) => arn);
    return { account, caller: opened.caller, errors: [], providers, seen: state.roles.length, roles };
  } catch (thrown) {
    return { ...nothing, errors: nameActions(asFailure(thrown), neededActions).problems };
  }
}

interface ListedAndDescribed {
  readonly role: ListedRole;
  readonly described: AuditedRole;
}

/** Without the right to list policies how far roles reach is not known, which changes nothing about who gets in. */
async function readReaches(
  listed: readonly ListedAndDescribed[],
  { iam }: OpenedAccount,
): Promise<readonly AuditedRole[]> {
  let isForbidden = false;
  const read = async ({ role, described }: ListedAndDescribed): Promise<AuditedRole> => {
    if (isForbidden) return described;
    try {
      const { attachedArns, inlineNames } = await iam.listPolicies(role.name);
      return { ...described, reach: describeReach(attachedArns, inlineNames) };
    } catch (thrown) {
      if (!(thrown instanceof IamError)) throw thrown;
      isForbidden ||= thrown.refusal === 'forbidden';
      return described;
    }
  };
  return pMap(listed, read, { concurrency: 2 });
}

/** AWS's own policies with which a role can do everything, or give itself the right to. */
const administrators = ['AdministratorAccess', 'IAMFullAccess'];

/** Returns how far policies reach, by their names. */
export function describeReach(attachedArns: readonly string[], inlineNames: readonly string[]): Reach {
  const nameOwn = (arn: string) => /^arn:[^:]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1] ?? '';
  return {
    policies: [
      ...attachedArns.map(arn => arn.slice(arn.indexOf(':policy/') + 8)),
      ...inlineNames.map(name => `${name} (inline)`),
    ],
    administrator: attachedArns.some(arn => administrators.includes(nameOwn(arn))),
  };
}
