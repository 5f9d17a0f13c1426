import pMap from 'p-map';
import type { RolePolicies } from '../../account/iam.ts';
import { IamError } from '../../aws/iam-error.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { nameCount } from '../terminal/layout.ts';
import type { AuditedRole, Reach } from './audited.ts';
import type { RoleLister } from './read-roles.ts';

/** AWS's own policies with which a role can do everything, or give itself the right to. */
const administrators = ['AdministratorAccess', 'IAMFullAccess'];

/** Returns how far policies reach, by their names. */
export function describeReach({ attachedArns, inlineNames }: RolePolicies): Reach {
  const nameOwn = (arn: string) => /^arn:[^:]+:iam::aws:policy\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1] ?? '';
  return {
    policies: [
      ...attachedArns.map(arn => arn.slice(arn.indexOf(':policy/') + 8)),
      ...inlineNames.map(name => `${name} (inline)`),
    ],
    administrator: attachedArns.some(arn => administrators.includes(nameOwn(arn))),
  };
}

interface Unread {
  readonly name: string;
  readonly error: IamError;
}

/** What may be otherwise for the next role: a role that was deleted meanwhile, and throttling. */
const passing: readonly string[] = ['not-found', 'throttled'];

/**
 * Returns roles with how far they reach, and why that is not known of some: it changes nothing about who can assume them.
 * After a failure that the next role would meet, too, no further role is asked about.
 */
export async function readReaches(
  roles: readonly AuditedRole[],
  { accountId, lister }: { readonly accountId: string; readonly lister: Pick<RoleLister, 'listPolicies'> },
): Promise<{ readonly roles: readonly AuditedRole[]; readonly warnings: readonly string[] }> {
  const unread: Unread[] = [];
  const read = async (one: AuditedRole): Promise<AuditedRole> => {
    const { name } = one.role;
    const lasting = unread.find(({ error }) => !passing.includes(error.refusal));
    if (lasting !== undefined) {
      unread.push({ ...lasting, name });
      return one;
    }
    try {
      return { ...one, reach: describeReach(await lister.listPolicies(name)) };
    } catch (error) {
      if (!(error instanceof IamError)) throw error;
      unread.push({ name, error });
      return one;
    }
  };
  return { roles: await pMap(roles, read, { concurrency: 2 }), warnings: explainUnread(unread, accountId) };
}

/** A sentence for each cause. */
function explainUnread(unread: readonly Unread[], accountId: string): readonly string[] {
  const refusals = [...new Set(unread.map(({ error }) => error.refusal))];
  return refusals.map(refusal => {
    const [first, ...others] = unread.filter(({ error }) => error.refusal === refusal);
    const names = others.length === 0 ? `role ${first?.name}` : nameCount(others.length + 1, 'role');
    const found = `The reach of ${names} in account ${accountId} could not be read`;
    if (refusal === 'forbidden') return `${found}. Allow iam:ListAttachedRolePolicies and iam:ListRolePolicies.`;
    if (refusal === 'not-found') return `${found}: deleted since the roles were listed.`;
    const [problem] = explainIamFailure(first?.error, accountId).problems;
    return `${found}: ${problem?.found ?? ''} ${problem?.remedy ?? ''}`;
  });
}
