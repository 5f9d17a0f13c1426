import {
  largestQuota,
  measurePolicy,
  listElements,
  measureDocument,
  replaceStatements,
  listValues,
  putMembers,
  replaceLines,
  type JsonObject,
} from '../../trust/policy-document.ts';
import { parseTrustPolicy, type Statement } from '../../trust/trust-policy.ts';
import { listMatched, findHarm } from '../safety.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { expandStatement, type ExpandRules } from './expand-statement.ts';
import { keep, explain, judgeSubjects, type Outcome } from './outcome.ts';
import { describeLeft, type LeftOut, type Reason } from '../left-out.ts';
import type { AccountState } from '../../account/state.ts';
import { describeRetiring, type RoleCase, type RoleTrust } from '../role-trust.ts';
import { concerns, findOddForm, isClosed, hasOnlyProvider, readLiteral } from '../statements.ts';
import { readClaim } from '../../trust/web-identity.ts';

export interface FinishRules extends ExpandRules {
  /** Also turns statements without literal subjects into ones that name what was seen. */
  readonly expand: boolean;
}

/** What is planned to be removed from one role. */
export interface FinishPlan {
  readonly roleArn: string;
  readonly roleName: string;
  readonly before: string;
  readonly after: string | undefined;
  /** Connections whose old subject goes. */
  readonly removed: readonly FleetConnection[];
  readonly characters: number | undefined;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Returns a role's trust policy without the old subjects of connections that were seen on the Entra issuer and that the role
 * allows there; a statement that is left without any goes as a whole. All else stays, deep-equal and in order.
 */
export function planFinishOfRole(trust: RoleTrust, fleet: Fleet, state: AccountState, rules: FinishRules): FinishPlan {
  const role = { trust, fleet, state, old: describeRetiring(fleet, state.account) };
  const { arn, name, trustPolicy: before } = trust.role;
  const raw = listElements(trust.policy);
  const outcomes = trust.policy.statements.map(statement => {
    const element = raw[statement.index] ?? {};
    if (statement.effect !== 'Allow' || !concerns(statement, role.old)) return keep(role, statement, element, []);
    return finishStatement(role, statement, element, rules);
  });
  const leftOut = outcomes.flatMap(one => one.leftOut);
  const removed = [...new Set(outcomes.flatMap(one => one.removed))];
  const base = { roleArn: arn, roleName: name, before, leftOut, removed: [], after: undefined, characters: undefined };
  if (removed.length === 0) return base;
  const after = replaceStatements(trust.policy, (_, index) => outcomes[index]?.statements ?? []);
  const trouble = after === undefined ? noStatement : findTrouble(role, after);
  if (after !== undefined && trouble === undefined) {
    return { ...base, after, removed, characters: measureDocument(after) };
  }
  const reason = { ...(trouble ?? noStatement), connections: removed };
  return { ...base, leftOut: [...leftOut, describeLeft(arn, undefined, reason)] };
}

const noStatement: Reason = { code: 'LastStatement', why: 'no statement would be left' };

function findTrouble({ trust, fleet, state }: RoleCase, after: string): Reason | undefined {
  const changed = parseTrustPolicy(after);
  const characters = measurePolicy(changed.document);
  if (characters > largestQuota) return { code: 'PolicyTooLarge', why: `it would have ${characters} characters` };
  const harm = findHarm({ before: trust.policy, after: changed, fleet, account: state.account, meant: [] });
  return harm.length === 0 ? undefined : { code: 'NotSafe', why: harm.join('; ') };
}

function finishStatement(role: RoleCase, statement: Statement, element: JsonObject, rules: FinishRules): Outcome {
  const { policy } = role.trust;
  const connections = listMatched(role, statement);
  const why = findOddForm(statement, policy);
  if (why !== undefined) return keep(role, statement, element, [{ code: 'ShapeUnsupported', why, connections }]);
  if (isClosed(statement, policy.version, role.old.url)) return removeSubjects(role, statement, element);
  if (rules.expand) return expandStatement(role, statement, element, { ...rules, matched: connections });
  const pattern = {
    code: 'SubjectPattern',
    why: 'it does not name the subjects that it allows',
    connections,
  } as const;
  return removeSubjects(role, statement, element, [pattern]);
}

/** Returns a statement without the subjects that may go, or none if nobody would be left in it. */
function removeSubjects(
  role: RoleCase,
  statement: Statement,
  element: JsonObject,
  reasons: readonly Reason[] = [],
): Outcome {
  const judged = judgeSubjects(role, statement);
  const all = [...judged.flatMap(({ trouble }) => trouble ?? []), ...reasons];
  const gone = judged.filter(({ trouble }) => trouble === undefined);
  if (gone.length === 0) return keep(role, statement, element, all);
  const removed = gone.flatMap(({ owner }) => owner ?? []);
  const leftOut = explain(role, statement, all);
  const rest = withoutSubjects(
    role,
    element,
    gone.map(({ subject }) => subject),
  );
  if (rest !== 'empty') return { statements: [rest], removed, leftOut };
  if (hasOnlyProvider(statement, role.old)) return { statements: [], removed, leftOut };
  const why = 'no subject of the old issuer would remain in it, but it has other principals';
  return keep(role, statement, element, [...all, { code: 'MixedPrincipals', why, connections: removed }]);
}

/** The lines on `:sub` without some subjects; `empty` where a line loses its last one, so that it allows nobody. */
function withoutSubjects(
  { trust: { policy }, old }: RoleCase,
  element: JsonObject,
  subjects: readonly string[],
): JsonObject | 'empty' {
  const empty: string[] = [];
  const Condition = replaceLines(element['Condition'], ({ operator, key, values }) => {
    if (readClaim({ key }, old.url) !== 'sub') return values;
    const line = { operator, key, values: [] };
    const isGone = (value: unknown): boolean =>
      subjects.includes(readLiteral(line, String(value), policy.version) ?? '');
    const kept = listValues(values).filter(value => !isGone(value));
    if (kept.length === 0) empty.push(key);
    return kept.length === listValues(values).length ? values : kept;
  });
  return empty.length > 0 ? 'empty' : putMembers(element, { Condition });
}
