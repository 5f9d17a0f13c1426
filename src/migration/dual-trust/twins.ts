import { type Identity, listAudiences } from '../../identity/audience.ts';
import { formatProviderArn, stripScheme, type Account } from '../../trust/oidc-provider.ts';
import type { Statement, TrustPolicy } from '../../trust/trust-policy.ts';
import { judgeAdmission, judgePolicy, judgeStatementFor } from '../../trust/admission.ts';
import { findDoubt, listCandidates, selectApplying } from '../safety.ts';
import type { FleetConnection } from '../fleet/connections.ts';
import type { LeftOutCode } from '../left-out.ts';
import { type JsonObject, addEquals, listValues, putMembers, replaceLines } from '../../trust/policy-document.ts';
import { findObstacle, listNamedSubjects, type RoleCase } from '../role-trust.ts';
import { parseClaimKey, readClaim } from '../../trust/web-identity.ts';
import { isDeepStrictEqual } from 'node:util';

/** What the user asks for besides what is plain. */
export interface TwinRules {
  /** Also for connections that a statement matches without naming their subject. */
  readonly expand: boolean;
  /** Ids of connections that are on the Entra issuer already, and are vouched for. */
  readonly includeConverted: readonly string[];
  /** Names of the roles to change; undefined for all. */
  readonly roleNames?: readonly string[] | undefined;
}

/** A role whose statements get twins. */
export interface TwinCase extends RoleCase {
  readonly rules: TwinRules;
  readonly raw: readonly JsonObject[];
}

/** A connection that a statement allows, and what is to be done about it. */
export type Fate =
  | { readonly kind: 'none' | 'done' | 'twin'; readonly connection: FleetConnection }
  | { readonly kind: 'left'; readonly connection: FleetConnection; readonly code: LeftOutCode; readonly why: string };

/** Returns what is to be done about each connection that a statement allows on the old issuer, or may. */
export function judgeConnections(role: TwinCase, statement: Statement): readonly Fate[] {
  const { trust, old } = role;
  const named = new Set(listNamedSubjects(statement, trust.policy.version, old.url));
  const prospects = new Map<string, Prospect>();
  return listCandidates(role, statement).flatMap(connection => {
    const matched = selectApplying(role, statement, connection.old);
    const identity = matched.find(one => named.has(one.subject)) ?? matched[0];
    if (identity === undefined) return [];
    const match = { identity, isNamed: named.has(identity.subject), prospects };
    return [judgeConnection(role, statement, connection, match)];
  });
}

/** What stands in the way of a statement's twin for an Entra issuer, and for whom it is there. */
interface Prospect {
  readonly obstacle: string | undefined;
  readonly twinned: ReadonlySet<unknown>;
}

function assess(role: TwinCase, statement: Statement, next: Identity): Prospect {
  const terms = describeTerms(role, next);
  return {
    obstacle: findObstacle(statement, role.trust.policy, role.old, terms.entraUrl),
    twinned: listTwinned(role.raw, role.raw[statement.index] ?? {}, terms),
  };
}

interface Match {
  readonly identity: Identity;
  readonly isNamed: boolean;
  /** Of the statement, by the URL of the Entra issuer. */
  readonly prospects: Map<string, Prospect>;
}

function judgeConnection(role: TwinCase, statement: Statement, connection: FleetConnection, match: Match): Fate {
  const { trust, state, rules } = role;
  const { status, next, gap = 'NextIdentityUnknown', why = '' } = connection;
  const left = (code: LeftOutCode, reason: string): Fate => ({ kind: 'left', connection, code, why: reason });
  if (status === 'exempt') return { kind: 'none', connection };
  if (status === 'unclear' || next === undefined) return left(gap, why);
  if (judgePolicy(trust.policy, next, state.account).decision === 'allowed') return { kind: 'done', connection };
  const prospect = match.prospects.get(next.issuerUrl) ?? assess(role, statement, next);
  match.prospects.set(next.issuerUrl, prospect);
  const obstacle = prospect.obstacle ?? findDoubt(role, statement, match.identity, ['sub', 'aud']);
  if (obstacle !== undefined) return left('ShapeUnsupported', obstacle);
  if (prospect.twinned.has(next.subject)) return { kind: 'done', connection };
  const admission = judgeAdmission(trust.policy, match.identity, state);
  if (admission.decision === 'denied') {
    const byPolicy = judgePolicy(trust.policy, match.identity, state.account).decision === 'denied';
    return byPolicy ? { kind: 'none', connection } : left('ProviderRefuses', admission.why.join('; '));
  }
  const deny = findDenyTrouble(trust.policy, match.identity, next, state.account);
  if (deny !== undefined) return left(deny.code, `the Deny in statement ${deny.statement + 1}`);
  if (status === 'converted' && !rules.includeConverted.includes(connection.id)) {
    return left(
      'ConnectionConverted',
      'it already uses the Entra issuer: it was converted, or created again under the same name',
    );
  }
  if (!match.isNamed && !rules.expand) return left('SubjectPattern', 'the statement does not name its subject');
  return { kind: 'twin', connection };
}

/** Returns what makes a statement one for the issuer of an identity. */
export function describeTerms({ old, state }: RoleCase, { issuerUrl }: Identity): TwinTerms {
  return {
    oldUrl: old.url,
    entraArn: formatProviderArn(issuerUrl, state.account),
    entraUrl: stripScheme(issuerUrl),
  };
}

/** How a Deny stands in the way of a twin: it refuses it, or nobody can tell that it treats both alike. */
interface DenyTrouble {
  readonly code: 'DenyRefuses' | 'DenyUndecided';
  readonly statement: number;
}

/**
 * Returns the Deny statement that does not treat a connection's Entra identity as it treats the one on the Azure DevOps
 * issuer: a twin would be refused by it, or would escape it. Undefined if there is none.
 */
function findDenyTrouble(
  policy: TrustPolicy,
  old: Identity,
  next: Identity,
  account: Account,
): DenyTrouble | undefined {
  for (const deny of policy.statements.filter(({ effect }) => effect === 'Deny')) {
    const [before, after] = [old, next].map(identity => judgeStatementFor(policy, deny, identity, account));
    if (after === true) return { code: 'DenyRefuses', statement: deny.index };
    const alike = before === after && (before !== 'unknown' || isNeutral(deny));
    if (!alike) return { code: 'DenyUndecided', statement: deny.index };
  }
  return undefined;
}

/** Whether it looks at nothing that tells one issuer from the other. */
function isNeutral({ principals, conditions, unknownElements }: Statement): boolean {
  const everyone = !principals.negated && principals.listed.every(({ value }) => value === '*');
  const issuerless = conditions.every(
    ({ key, values }) =>
      parseClaimKey(key) === undefined &&
      key.toLowerCase() !== 'aws:federatedprovider' &&
      values.every(value => !value.includes('${')),
  );
  return everyone && issuerless && unknownElements.length === 0;
}

/** What makes a statement for the Azure DevOps issuer one for the Entra issuer. */
interface TwinTerms {
  /** Of the provider that retires, without `https://`. */
  readonly oldUrl: string;
  readonly entraArn: string;
  readonly entraUrl: string;
}

/** Statements of ours begin so, with a number if there are several. */
const sidPrefix = 'AwsWifEntra';

/**
 * Returns the same statement for the Entra issuer: its provider alone, exact audiences and subjects in place of all
 * conditions on claims of the old one, other conditions and the actions as they are. It has no Sid yet.
 */
export function writeTwin(statement: JsonObject, subjects: readonly string[], terms: TwinTerms): JsonObject {
  const { oldUrl, entraArn, entraUrl } = terms;
  const others = replaceLines(statement['Condition'], ({ key, values }) =>
    readClaim({ key }, oldUrl) === undefined ? values : undefined,
  );
  const Condition = addEquals(others, {
    [`${entraUrl}:aud`]: listAudiences('entra'),
    [`${entraUrl}:sub`]: [...subjects].sort(),
  });
  return putMembers(statement, { Sid: undefined, Principal: { Federated: entraArn }, Condition });
}

/** Returns the subjects for which a policy has a statement's twin already, by whoever wrote it. */
function listTwinned(statements: readonly JsonObject[], statement: JsonObject, terms: TwinTerms): ReadonlySet<unknown> {
  const twin = writeTwin(statement, [], terms);
  const twins = statements.filter(one => isSameShell(one, twin, terms.entraUrl));
  return new Set(twins.flatMap(one => listSubjects(one, terms.entraUrl)));
}

/**
 * Returns the statements to put instead of each, so that a twin stands behind its original; subjects go into a twin of
 * ours that is the same except for its subjects, if there is one.
 */
export function placeTwin(
  statements: readonly (readonly JsonObject[])[],
  index: number,
  twin: JsonObject,
  url: string,
): readonly (readonly JsonObject[])[] {
  const isOurs = (one: JsonObject): boolean => String(one['Sid']).startsWith(sidPrefix) && isSameShell(one, twin, url);
  if (statements.flat().some(isOurs)) {
    return statements.map(group => group.map(one => (isOurs(one) ? addSubjects(one, twin, url) : one)));
  }
  const Sid = chooseSid(statements.flat());
  return statements.map((group, place) => (place === index ? [...group, { Sid, ...twin }] : group));
}

function addSubjects(statement: JsonObject, twin: JsonObject, url: string): JsonObject {
  const added = listSubjects(twin, url).filter(one => !listSubjects(statement, url).includes(one));
  const Condition = replaceLines(statement['Condition'], ({ operator, key, values }) =>
    operator === 'StringEquals' && key === `${url}:sub` ? [...listValues(values), ...added] : values,
  );
  return putMembers(statement, { Condition });
}

function chooseSid(statements: readonly JsonObject[]): string {
  const taken = new Set(statements.map(({ Sid }) => Sid));
  let [sid, number] = [sidPrefix, 1];
  while (taken.has(sid)) {
    number += 1;
    sid = `${sidPrefix}${number}`;
  }
  return sid;
}

function isSameShell(one: JsonObject, other: JsonObject, url: string): boolean {
  return isDeepStrictEqual(emptyShell(one, url), emptyShell(other, url));
}

/** Without its Sid, and with its exact subjects left out. */
function emptyShell(statement: JsonObject, url: string): JsonObject {
  const Condition = replaceLines(statement['Condition'], ({ operator, key, values }) =>
    operator === 'StringEquals' && key === `${url}:sub` ? 'subjects' : values,
  );
  return putMembers(statement, { Sid: undefined, Condition });
}

function listSubjects(statement: JsonObject, url: string): readonly unknown[] {
  const condition = statement['Condition'] as Readonly<Record<string, JsonObject>> | undefined;
  return listValues(condition?.['StringEquals']?.[`${url}:sub`]);
}
