import type { Identity } from '../identity/audience.ts';
import { judgeCondition } from '../trust/conditions.ts';
import type { Statement } from '../trust/statement.ts';
import { judgeStatementFor, listRequests } from '../trust/admission.ts';
import { selectCandidates } from './fleet/candidates.ts';
import type { FleetConnection } from './fleet/connections.ts';
import type { RoleCase } from './role-trust.ts';
import { readClaim } from '../trust/web-identity.ts';

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
