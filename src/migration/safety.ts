import type { Identity } from '../identity/audience.ts';
import type { Account } from '../trust/oidc-provider.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';
import { judgePolicy, ranks } from '../trust/admission.ts';
import { listCurrent, nameConnection } from './role-trust.ts';
import { listProbes, selectCandidates } from './fleet/candidates.ts';
import type { Fleet, FleetConnection } from './fleet/connections.ts';

export interface PolicyChange {
  readonly before: TrustPolicy;
  readonly after: TrustPolicy;
  readonly fleet: Fleet;
  readonly account: Account;
  /** Connections whose identities on the Entra issuer are meant to be allowed from now on, as far as the old ones do. */
  readonly meant: readonly FleetConnection[];
}

/**
 * Returns what a change would do that it must not: deny a connection that is allowed today, allow an identity that is not
 * meant to, or one with more certainty than its old one. A second look at what was planned, with the evaluator instead of the
 * planner; nothing if all is well.
 */
export function findHarm({ before, after, fleet, account, meant }: PolicyChange): readonly string[] {
  const rank = (policy: TrustPolicy, identity: Identity): number =>
    ranks[judgePolicy(policy, identity, account).decision];
  const compare = (identity: Identity): number => rank(after, identity) - rank(before, identity);
  const nexts = meant.flatMap(({ next }) => next ?? []);
  const candidates = selectCandidates(fleet, [before, after], unnamed => compare(unnamed) === 0);
  const harm = candidates.flatMap(connection => {
    const denied = listCurrent(connection).filter(identity => compare(identity) < 0);
    const allowed = listProbes(connection).filter(
      identity => compare(identity) > 0 && !nexts.some(one => isSame(one, identity)),
    );
    return [
      ...denied.map(({ subject }) => `${nameConnection(connection)} (${subject}) would be denied`),
      ...allowed.map(({ subject }) => `${subject} would be allowed, although it is not meant to be`),
    ];
  });
  const useless = nexts.filter(identity => rank(after, identity) === ranks.denied);
  const surer = meant.flatMap(({ next, old: olds }) =>
    next !== undefined && olds.every(one => rank(before, one) < rank(after, next)) ? next : [],
  );
  return [
    ...harm,
    ...useless.map(({ subject }) => `${subject} would still be denied`),
    ...surer.map(({ subject }) => `${subject} would be allowed, although the decision for its old identity is unknown`),
  ];
}

function isSame(one: Identity, other: Identity): boolean {
  return one.issuerUrl === other.issuerUrl && one.subject === other.subject;
}
