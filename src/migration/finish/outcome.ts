import type { Statement } from '../../trust/trust-policy.ts';
import { judgeAdmission } from '../../trust/admission.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { findOwners } from '../fleet/candidates.ts';
import { describeLeft, describeUnseen, type LeftOut, type Reason } from '../left-out.ts';
import type { JsonObject } from '../../trust/policy-document.ts';
import type { RoleCase } from '../role-trust.ts';
import { listNamedSubjects } from '../statements.ts';

/** What becomes of a statement: other statements or none, and what is said about it. */
export interface Outcome {
  readonly statements: readonly JsonObject[];
  readonly removed: readonly FleetConnection[];
  readonly leftOut: readonly LeftOut[];
}

/** A subject that a statement names, whose it is, and why it has to stay; undefined if it may go. */
export interface JudgedSubject {
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
export function judgeOwner({ trust, state }: RoleCase, owner: FleetConnection): Reason | undefined {
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
