import type { Identity } from '../identity/audience.ts';
import type { Account } from '../trust/oidc-provider.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { judgePolicy, type Decision } from './admission.ts';
import { listCurrent, nameConnection } from './role-trust.ts';
import type { Fleet, FleetConnection } from './connections.ts';

const ranks: Readonly<Record<Decision, number>> = { refused: 0, 'cannot-know': 1, admitted: 2 };

export interface PolicyChange {
  readonly before: string;
  readonly after: string;
  readonly fleet: Fleet;
  readonly account: Account;
  /** Identities that are meant to get in from now on. */
  readonly meant: readonly Identity[];
}

/**
 * Returns what a change would do that it must not: refuse a connection that gets in today, or admit an identity that is not
 * meant to. A second look at what was planned, with the evaluator instead of the planner; nothing where all is well.
 */
export function findHarm({ before, after, fleet, account, meant }: PolicyChange): readonly string[] {
  const [old, changed] = [parseTrustPolicy(before), parseTrustPolicy(after)];
  const compare = (identity: Identity): number =>
    ranks[judgePolicy(changed, identity, account).decision] - ranks[judgePolicy(old, identity, account).decision];
  const useless = meant.filter(identity => judgePolicy(changed, identity, account).decision === 'refused');
  const harm = fleet.connections.flatMap(connection => {
    const refused = listCurrent(connection).filter(identity => compare(identity) < 0);
    const admitted = listProbes(connection).filter(
      identity => !meant.some(one => isSame(one, identity)) && compare(identity) > 0,
    );
    return [
      ...refused.map(({ subject }) => `${nameConnection(connection)} (${subject}) would be refused`),
      ...admitted.map(({ subject }) => `${subject} would be admitted, and is not meant to`),
    ];
  });
  return [...harm, ...useless.map(({ subject }) => `${subject} would still be refused`)];
}

/** A connection's identities, and some of the same issuer and tenant that are not its own. */
function listProbes({ old, next }: FleetConnection): readonly Identity[] {
  if (next === undefined) return old;
  const strangers = [
    next.subject.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000'),
    next.subject.replace(/[^/]+\/[^/]+$/, match => `00000000-0000-4000-8000-000000000000${match.slice(36)}`),
    '00000000-0000-4000-8000-000000000000',
  ].map(subject => ({ ...next, subject }));
  return [...old, next, ...strangers];
}

function isSame(one: Identity, other: Identity): boolean {
  return one.issuerUrl === other.issuerUrl && one.subject === other.subject;
}
