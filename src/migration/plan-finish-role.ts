import { largestQuota } from '../trust/render.ts';
import type { Statement } from '../trust/trust-policy.ts';
import type { Fleet, FleetConnection } from './connections.ts';
import { expandStatement } from './expand-statement.ts';
import {
  findOwner,
  hasOnlyProvider,
  judgeSubject,
  keep,
  left,
  listMatched,
  type FinishScene,
  type Outcome,
} from './finish-scene.ts';
import type { LeftOut, LeftOutCode } from './left-out.ts';
import {
  listStatements,
  listValues,
  measureDocument,
  putMembers,
  replaceLines,
  replaceStatements,
  type JsonObject,
} from './policy-document.ts';
import { describeRetiring, type AccountState, type RoleTrust } from './role-trust.ts';
import { findHarm } from './safety.ts';
import { concerns, isClosed, listNamedSubjects, readClaim, readLiteral } from './statements.ts';

export interface FinishRules {
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
 * admits there; a statement that is left without any goes as a whole. All else stays, deep-equal and in order.
 */
export function planFinishOfRole(trust: RoleTrust, fleet: Fleet, state: AccountState, rules: FinishRules): FinishPlan {
  const { role, policy } = trust;
  const scene = { trust, fleet, state, old: describeRetiring(fleet, state.account) };
  const raw = listStatements(role.trustPolicy);
  const outcomes = policy.statements.map(statement => {
    const element = raw[statement.index] ?? {};
    if (statement.effect !== 'Allow' || !concerns(statement, scene.old)) return keep(element);
    return finishStatement(scene, statement, element, rules);
  });
  const leftOut = outcomes.flatMap(one => one.leftOut);
  const removed = [...new Set(outcomes.flatMap(one => one.removed))];
  const isChanged = outcomes.some(({ statements }, place) => statements.length !== 1 || statements[0] !== raw[place]);
  const base = { roleArn: role.arn, roleName: role.name, before: role.trustPolicy };
  if (!isChanged) return { ...base, after: undefined, removed: [], characters: undefined, leftOut };
  const after = replaceStatements(role.trustPolicy, (_, index) => outcomes[index]?.statements ?? []);
  const trouble = after === undefined ? noStatement : findTrouble(scene, after);
  if (trouble === undefined) return { ...base, after, removed, characters: measureDocument(after ?? '{}'), leftOut };
  const all = [...leftOut, left(scene, undefined, { ...trouble, connections: removed })];
  return { ...base, after: undefined, removed: [], characters: undefined, leftOut: all };
}

const noStatement = { code: 'LastStatement', why: 'no statement would be left' } as const;

function findTrouble(
  { trust, fleet, state }: FinishScene,
  after: string,
): { readonly code: LeftOutCode; readonly why: string } | undefined {
  const characters = measureDocument(after);
  if (characters > largestQuota) return { code: 'PolicyTooLarge', why: `it would have ${characters} characters` };
  const harm = findHarm({ before: trust.role.trustPolicy, after, fleet, account: state.account, meant: [] });
  return harm.length === 0 ? undefined : { code: 'NotSafe', why: harm.join('; ') };
}

function finishStatement(
  scene: FinishScene,
  statement: Statement,
  element: JsonObject,
  { expand }: FinishRules,
): Outcome {
  const { policy } = scene.trust;
  const shape = findShape(statement, policy.unknownElements);
  const matched = listMatched(scene, statement);
  if (shape !== undefined) {
    return keep(element, [left(scene, statement, { code: 'ShapeUnsupported', why: shape, connections: matched })]);
  }
  const open = !isClosed(statement, policy.version, scene.old.url);
  if (!open) return removeSubjects(scene, statement, element);
  if (expand) return expandStatement(scene, statement, element, matched);
  const why = 'it does not name the subjects that it lets in';
  const named = removeSubjects(scene, statement, element);
  return {
    ...named,
    leftOut: [...named.leftOut, left(scene, statement, { code: 'SubjectPattern', why, connections: matched })],
  };
}

function removeSubjects(scene: FinishScene, statement: Statement, element: JsonObject): Outcome {
  const { trust, fleet, old } = scene;
  const named = listNamedSubjects(statement, trust.policy.version, old.url);
  const owners = named.map(subject => ({ subject, owner: findOwner(fleet, subject) }));
  const judged = owners.map(one => ({ ...one, trouble: judgeSubject(scene, one.subject, one.owner) }));
  const gone = judged.filter(({ trouble }) => trouble === undefined);
  const leftOut = judged.flatMap(({ trouble, owner }) =>
    trouble === undefined
      ? []
      : left(scene, statement, { ...trouble, connections: owner === undefined ? [] : [owner] }),
  );
  if (gone.length === 0) return keep(element, leftOut);
  const subjects = gone.map(({ subject }) => subject);
  const removed = gone.flatMap(({ owner }) => owner ?? []);
  const rest = withoutSubjects(scene, element, subjects);
  if (rest !== 'empty') return { statements: [rest], removed, leftOut };
  if (hasOnlyProvider(statement, old)) return { statements: [], removed, leftOut };
  const why = 'nobody of the old issuer would be left in it, but it has other principals';
  return keep(element, [...leftOut, left(scene, statement, { code: 'MixedPrincipals', why, connections: removed })]);
}

/** The lines on `:sub` without some subjects; `empty` where a line loses its last one, so that it admits nobody. */
function withoutSubjects(
  { trust: { policy }, old }: FinishScene,
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

function findShape(statement: Statement, unknownOfPolicy: readonly string[]): string | undefined {
  if (statement.principals.negated) return 'it has NotPrincipal';
  if (statement.actions.negated) return 'it has NotAction';
  const [unknown] = [...unknownOfPolicy, ...statement.unknownElements];
  return unknown === undefined ? undefined : `it has the element ${unknown}`;
}
