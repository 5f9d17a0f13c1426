import { listAudiences, type Identity } from '../../identity/audience.ts';
import { formatIssuer } from '../../identity/issuer.ts';
import { escapeValue } from '../../trust/build.ts';
import type { Statement } from '../../trust/trust-policy.ts';
import { findDoubt, selectApplying, findOwners } from '../safety.ts';
import type { FleetConnection, Fleet } from '../fleet/connections.ts';
import { type Reason, describeLeft, describeUnseen, type LeftOut } from '../left-out.ts';
import { addEquals, putMembers, replaceLines, type JsonObject } from '../../trust/policy-document.ts';
import { hasOnlyProvider, type RoleCase, listNamedSubjects } from '../role-trust.ts';
import { readClaim } from '../../trust/web-identity.ts';
import { judgeAdmission } from '../../trust/admission.ts';

/** What is asked for with statements that do not name their subjects. */
export interface ExpandRules {
  /** Also where Azure DevOps counts connections that it does not show. */
  readonly acceptHidden: boolean;
}

/**
 * Names in place of a pattern those that were seen and are still on the old issuer, and whatever subjects the statement
 * named besides: only where a connection that it matches was seen on the Entra issuer and is allowed there, since nothing else
 * is to be removed. Whom the token does not show, and the statement does not name, loses its trust.
 */
export function expandStatement(
  role: RoleCase,
  statement: Statement,
  element: JsonObject,
  { matched, acceptHidden }: ExpandRules & { readonly matched: readonly FleetConnection[] },
): Outcome {
  const judged = matched.map(owner => ({ owner, trouble: judgeOwner(role, owner) }));
  const ready = judged.filter(({ trouble }) => trouble === undefined).map(({ owner }) => owner);
  const named = judgeSubjects(role, statement).flatMap(({ subject, trouble }) =>
    trouble === undefined ? [] : [{ subject, trouble }],
  );
  const staying = listStaying(
    role,
    statement,
    matched,
    named.map(({ subject }) => subject),
  );
  const reasons = listReasons(
    judged.flatMap(({ trouble }) => trouble ?? []),
    named.map(({ trouble }) => trouble),
  );
  const obstacle = findObstacle(role, statement, { matched, ready, staying, acceptHidden });
  if (obstacle !== undefined) return keep(role, statement, element, [...reasons, obstacle]);
  if (ready.length === 0 || matched.some(({ status }) => status === 'unclear')) {
    return keep(role, statement, element, reasons);
  }
  const leftOut = explain(role, statement, reasons);
  return { statements: write(role, element, staying), removed: ready, leftOut };
}

/** What makes the statement one that is not written again, whatever becomes of its subjects. */
function findObstacle(
  role: RoleCase,
  statement: Statement,
  about: ExpandRules & {
    readonly matched: readonly FleetConnection[];
    readonly ready: readonly FleetConnection[];
    readonly staying: readonly Identity[];
  },
): Reason | undefined {
  const { matched, ready, staying } = about;
  const { hidden } = role.fleet;
  if (matched.length === 0) {
    return { code: 'SubjectUnseen', why: 'it matches no connection that this token can see' };
  }
  if (!hasOnlyProvider(statement, role.old)) {
    const why = 'it has other principals, which a condition on the subject would deny';
    return { code: 'MixedPrincipals', why, connections: matched };
  }
  if (ready.length === 0) return undefined;
  const doubt = staying.map(identity => findDoubt(role, statement, identity, ['sub'])).find(Boolean);
  if (doubt !== undefined) return { code: 'ShapeUnsupported', why: doubt, connections: matched };
  if (hidden === 0 || about.acceptHidden) return undefined;
  const why = `Azure DevOps hides ${hidden} connections from this token, and the statement may allow them`;
  return { code: 'ConnectionsHidden', why };
}

/** Those that it allows and that are on the old issuer, and the subjects that it names, of whomever they are. */
function listStaying(
  role: RoleCase,
  statement: Statement,
  matched: readonly FleetConnection[],
  named: readonly string[],
): readonly Identity[] {
  const issuer = { kind: 'azure-devops', organizationId: role.fleet.organization.id } as const;
  const shared = { issuer, issuerUrl: formatIssuer(issuer), audiences: listAudiences('azure-devops') };
  const olds = matched.filter(({ status }) => status !== 'converted').flatMap(({ old }) => old);
  return selectApplying(role, statement, [...olds, ...named.map(subject => ({ ...shared, subject }))]);
}

/** Those of the named come first; each once. */
function listReasons(ofMatched: readonly Reason[], ofNamed: readonly Reason[]): readonly Reason[] {
  const all = [...ofNamed, ...ofMatched];
  const keyOf = ({ code, why, connections = [] }: Reason): string =>
    JSON.stringify([code, why, connections.map(({ id }) => id)]);
  return [...new Map(all.map(one => [keyOf(one), one])).values()];
}

function write({ trust, old }: RoleCase, element: JsonObject, staying: readonly Identity[]): readonly JsonObject[] {
  if (staying.length === 0) return [];
  const escape = trust.policy.version === '2012-10-17' ? escapeValue : String;
  const subjects = [...new Set(staying.map(({ subject }) => escape(subject)))].sort();
  const others = replaceLines(element['Condition'], ({ key, values }) =>
    readClaim({ key }, old.url) === 'sub' ? undefined : values,
  );
  return [putMembers(element, { Condition: addEquals(others, { [`${old.url}:sub`]: subjects }) })];
}

/** What becomes of a statement: other statements or none, and what is said about it. */
export interface Outcome {
  readonly statements: readonly JsonObject[];
  readonly removed: readonly FleetConnection[];
  readonly leftOut: readonly LeftOut[];
}

/** A subject that a statement names, whose it is, and why it has to stay; undefined if it may go. */
interface JudgedSubject {
  readonly subject: string;
  readonly owner: FleetConnection | undefined;
  readonly trouble: Reason | undefined;
}

/** Returns the subjects that a statement names, each with what is to become of it. */
export function judgeSubjects(role: RoleCase, statement: Statement): readonly JudgedSubject[] {
  return listNamedSubjects(statement, role.trust.policy.version, role.old.url).map(subject => {
    const owner = findOwner(role.fleet, subject);
    const trouble = owner === undefined ? describeUnseen(subject, role.fleet) : judgeOwner(role, owner);
    return { subject, owner, trouble };
  });
}

/**
 * Returns why a connection's old subject has to stay; undefined if it was seen on the Entra issuer and is allowed
 * there.
 */
function judgeOwner({ trust, state }: RoleCase, owner: FleetConnection): Reason | undefined {
  const { status, next, gap = 'ConnectionUnclear', why = '' } = owner;
  const connections = [owner];
  if (status === 'unclear' || status === 'unconvertible') return { code: gap, why, connections };
  if (status !== 'converted' || next === undefined) {
    return { code: 'StillOnOldIssuer', why: 'it is on the Azure DevOps issuer', connections };
  }
  const admission = judgeAdmission(trust.policy, next, state);
  if (admission.decision !== 'denied') return undefined;
  return { code: 'NotAllowedOnEntra', why: admission.why.join('; '), connections };
}

/** The connection that has a subject, one on the old issuer before one that was converted. */
function findOwner(fleet: Fleet, subject: string): FleetConnection | undefined {
  const owners = findOwners(fleet, subject);
  return owners.find(({ status }) => status !== 'converted') ?? owners[0];
}

/** Returns that a statement stays, and why. */
export function keep(role: RoleCase, statement: Statement, element: JsonObject, reasons: readonly Reason[]): Outcome {
  return { statements: [element], removed: [], leftOut: explain(role, statement, reasons) };
}

/** Returns reasons as what is left of a statement. */
export function explain({ trust }: RoleCase, { index }: Statement, reasons: readonly Reason[]): readonly LeftOut[] {
  return reasons.map(reason => describeLeft(trust.role.arn, index, reason));
}
