import type { Identity } from '../identity/audience.ts';
import { judgeCondition } from '../trust/conditions.ts';
import type { Statement, TrustPolicy } from '../trust/trust-policy.ts';
import { judgeStatementFor, listRequests, judgePolicy, ranks } from '../trust/admission.ts';
import { selectCandidates, listProbes } from './fleet/candidates.ts';
import type { FleetConnection, Fleet } from './fleet/connections.ts';
import { listCurrent, nameConnection, type RoleCase } from './role-trust.ts';
import { readClaim } from '../trust/web-identity.ts';
import type { Account } from '../trust/oidc-provider.ts';

/** Returns those of some identities that a statement allows on its own, or may. */
export function selectApplying(
  { trust, state }: RoleCase,
  statement: Statement,
  identities: readonly Identity[],
): readonly Identity[] {
  return identities.filter(identity => judgeStatementFor(trust.policy, statement, identity, state.account) !== false);
}

/** Returns the connections that a statement allows on the old issuer, or may. */
export function listMatched(role: RoleCase, statement: Statement): readonly FleetConnection[] {
  return listCandidates(role, statement).filter(({ old }) => selectApplying(role, statement, old).length > 0);
}

/** Returns the connections among which are all that a statement may allow. */
export function listCandidates(role: RoleCase, statement: Statement): readonly FleetConnection[] {
  const isIdle = (unnamed: Identity): boolean => selectApplying(role, statement, [unnamed]).length === 0;
  return selectCandidates(role.fleet, [role.trust.policy], isIdle);
}

/**
 * Returns the condition on some claims of the old issuer of which only AWS knows whether it holds for an identity: whoever
 * writes the statement again without it allows more than the statement may do. Undefined if there is none.
 */
export function findDoubt(
  { trust: { policy }, state, old }: RoleCase,
  statement: Statement,
  identity: Identity,
  claims: readonly string[],
): string | undefined {
  const contexts = listRequests(identity, state.account).map(({ context }) => context);
  const doubtful = statement.conditions
    .filter(one => claims.includes(readClaim(one, old.url) ?? ''))
    .find(one => contexts.some(context => judgeCondition(one, context, policy.version).holds === 'unknown'));
  return doubtful && `only AWS knows whether its condition ${doubtful.operator} on ${doubtful.key} holds`;
}

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
