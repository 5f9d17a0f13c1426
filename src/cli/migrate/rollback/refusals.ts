import type { Fleet } from '../../../migration/fleet/connections.ts';
import { listGrowth } from '../../../account/exposure.ts';
import { listLostTrust, type LostTrust } from '../../../migration/lost-trust.ts';
import type { AccountState } from '../../../account/state.ts';
import { nameConnection } from '../../../migration/role-trust.ts';
import type { RollbackPlan } from '../../../account/saved-documents.ts';
import { neutralise } from '../../../outside-text.ts';
import type { Problem } from '../../../problem.ts';

/** What the user accepts of a rollback. */
export interface Accepted {
  readonly acceptLostTrust?: boolean;
  readonly acceptMoreTrust?: boolean;
}

/** Returns why documents are not put back: who would lose access by it, and who would gain it. */
export function refuseRollback(
  { changes, later }: Pick<RollbackPlan, 'changes' | 'later'>,
  state: AccountState,
  fleet: Fleet | undefined,
  { acceptLostTrust, acceptMoreTrust }: Accepted,
): readonly Problem[] {
  const lost = acceptLostTrust === true ? [] : listLostTrust(state, later, fleet);
  const growth = acceptMoreTrust === true ? [] : listGrowth(changes);
  return [
    ...(lost.length === 0 ? [] : [describeLost(lost, fleet)]),
    ...(growth.length === 0 ? [] : [describeGrowth(growth)]),
  ];
}

/** Whoever is on the Entra issuer would be locked out, and cannot go back to the old one. */
function describeLost(lost: readonly LostTrust[], fleet: Fleet | undefined): Problem {
  const names = lost.map(({ roleArn, identity, connection }) => {
    const whose = connection === undefined ? 'no connection with this subject was found' : nameConnection(connection);
    return `${roleArn}: ${identity.subject} (${fleet === undefined ? 'it may be in use' : whose})`;
  });
  return {
    code: 'TrustWouldBeLost',
    found: neutralise(`Some identities would lose access they have, or may have, today: ${names.join('; ')}.`),
    expected: 'a rollback that denies no connection on the Entra issuer.',
    remedy:
      fleet === undefined
        ? 'Give --organization-url, so that this can be checked, or --accept-lost-trust.'
        : 'Do not roll back, or give --accept-lost-trust.',
  };
}

function describeGrowth(growth: readonly string[]): Problem {
  return {
    code: 'TrustWouldGrow',
    found: neutralise(`This would grant access that does not exist today: ${growth.join('; ')}.`),
    expected: 'documents that allow no more than the current ones, such as those that apply replaced.',
    remedy: 'Read these documents. If they are the earlier ones and you want them back, give --accept-more-trust.',
  };
}
