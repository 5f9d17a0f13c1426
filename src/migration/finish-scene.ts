import type { Identity } from '../identity/audience.ts';
import type { Statement } from '../trust/trust-policy.ts';
import { judgeAdmission, judgeStatement, listRequests } from './admission.ts';
import type { Fleet, FleetConnection } from './connections.ts';
import { describeLeft, type LeftOut, type LeftOutCode } from './left-out.ts';
import type { JsonObject } from './policy-document.ts';
import type { AccountState, RoleTrust } from './role-trust.ts';
import type { RetiringProvider } from './statements.ts';

/** A role whose trust in the old issuer is looked at, with what was seen. */
export interface FinishScene {
  readonly trust: RoleTrust;
  readonly fleet: Fleet;
  readonly state: AccountState;
  readonly old: RetiringProvider;
}

/** What becomes of a statement: other statements or none, and what is said about it. */
export interface Outcome {
  readonly statements: readonly JsonObject[];
  readonly removed: readonly FleetConnection[];
  readonly leftOut: readonly LeftOut[];
}

/** Returns why a subject has to stay; undefined where its connection was seen on the Entra issuer and gets in there. */
export function judgeSubject(
  { trust, state }: FinishScene,
  subject: string,
  owner: FleetConnection | undefined,
): { readonly code: LeftOutCode; readonly why: string } | undefined {
  if (owner === undefined)
    return { code: 'SubjectUnseen', why: `no connection was seen that has the subject ${subject}` };
  const { status, next, why = '' } = owner;
  if (status === 'unclear') return { code: 'ConnectionUnclear', why };
  if (status !== 'converted' || next === undefined) {
    return { code: 'StillOnOldIssuer', why: 'it is on the Azure DevOps issuer' };
  }
  const admission = judgeAdmission(trust.policy, next, state);
  if (admission.decision !== 'refused') return undefined;
  return { code: 'NotAdmittedOnEntra', why: admission.why.join('; ') };
}

/** Returns the connection that has a subject, one on the old issuer before one that was converted. */
export function findOwner(fleet: Fleet, subject: string): FleetConnection | undefined {
  const owners = fleet.connections.filter(one => one.old.some(identity => identity.subject === subject));
  return owners.find(({ status }) => status !== 'converted') ?? owners[0];
}

/** Returns the connections that a statement lets in on the old issuer, or may. */
export function listMatched(scene: FinishScene, statement: Statement): readonly FleetConnection[] {
  return scene.fleet.connections.filter(one => listApplying(scene, statement, one).length > 0);
}

/** Returns the identities of a connection on the old issuer that a statement lets in, or may. */
export function listApplying(
  { trust, state }: FinishScene,
  statement: Statement,
  { old }: FleetConnection,
): readonly Identity[] {
  return old.filter(identity =>
    listRequests(identity, state.account).some(request => judgeStatement(trust.policy, statement, request) !== false),
  );
}

/** Returns whether nobody but the old provider is among the principals of a statement. */
export function hasOnlyProvider({ principals }: Statement, { arn }: RetiringProvider): boolean {
  return principals.listed.every(({ type, value }) => type === 'Federated' && value === arn);
}

/** Returns that a statement stays. */
export function keep(element: JsonObject, leftOut: readonly LeftOut[] = []): Outcome {
  return { statements: [element], removed: [], leftOut };
}

/** Returns what is left of a statement, or of the whole policy, and why. */
export function left(
  { trust }: FinishScene,
  statement: Statement | undefined,
  about: { readonly code: LeftOutCode; readonly why: string; readonly connections: readonly FleetConnection[] },
): LeftOut {
  return describeLeft(trust.role.arn, statement?.index, about);
}
