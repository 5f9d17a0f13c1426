import type { Identity } from '../identity/audience.ts';
import type { Issuer } from '../identity/issuer.ts';
import { parseProviderArn, recogniseIssuer } from '../trust/oidc-provider.ts';
import { judgeAdmission, type Admission } from './admission.ts';
import type { Fleet, FleetConnection } from './connections.ts';
import type { LeftOut } from './left-out.ts';
import { planDualTrust, readAll } from './plan.ts';
import { describeRetiring, type AccountState, type RoleTrust } from './role-trust.ts';
import { listNamedSubjects } from './statements.ts';

/**
 * How a role and a connection stand. `breaks`: the role admits the connection today, and will refuse it on the Entra issuer.
 * `broken`: the connection is on the Entra issuer, and the role names its old subject only. `undecided`: only AWS can tell.
 * `ready`: both are admitted. `removable`: converted, and the old subject is still there. `stays`: of a cloud that keeps the
 * old issuer. `matched`: converted, and let in before only by a pattern that may never have meant it.
 */
export const auditStates = ['breaks', 'broken', 'undecided', 'ready', 'removable', 'stays', 'matched'] as const;
export type AuditState = (typeof auditStates)[number];

export interface AuditRow {
  readonly roleArn: string;
  readonly connection: FleetConnection;
  readonly state: AuditState;
  /** What AWS says of the identity on the Azure DevOps issuer. */
  readonly old: Admission;
  /** What AWS says of the Entra identity; undefined where there is none. */
  readonly next: Admission | undefined;
  /** Why the Entra identity is not admitted, or what only AWS knows. */
  readonly why: readonly string[];
}

/** A provider or a role that trusts the issuer that retires. */
export interface RetiringTrust {
  readonly arn: string;
  /** The organizations whose issuer it is. */
  readonly organizationIds: readonly string[];
}

export interface Audit {
  readonly providers: readonly RetiringTrust[];
  readonly roles: readonly RetiringTrust[];
  readonly rows: readonly AuditRow[];
  readonly leftOut: readonly LeftOut[];
}

/** Returns which roles of an account would refuse which connections of an organization once these are converted. */
export function auditAccount(state: AccountState, fleet: Fleet): Audit {
  const { readable } = readAll(state.roles);
  return {
    providers: state.providers.flatMap(({ arn }) => nameRetiring(arn, [arn])),
    roles: readable.flatMap(listRetiring),
    rows: readable.flatMap(trust => fleet.connections.flatMap(one => auditConnection(trust, one, state, fleet))),
    leftOut: planDualTrust(state, fleet, { expand: false, includeConverted: [] }).leftOut,
  };
}

/** Returns whether something stops working, or may, unless somebody acts. */
export function isFinding({ state }: AuditRow): boolean {
  return state === 'breaks' || state === 'broken' || state === 'undecided';
}

function auditConnection(
  trust: RoleTrust,
  connection: FleetConnection,
  state: AccountState,
  fleet: Fleet,
): readonly AuditRow[] {
  const judge = (identity: Identity): Admission => judgeAdmission(trust.policy, identity, state);
  const olds = connection.old.map(identity => ({ identity, admission: judge(identity) }));
  const admitted = olds.filter(({ admission }) => admission.decision !== 'refused');
  const [today] = admitted;
  if (today === undefined) return [];
  const next = connection.next === undefined ? undefined : judge(connection.next);
  const isNamed = admitted.some(({ identity }) => names(trust, identity, fleet, state));
  const verdict = nameState(connection, { today: today.admission, next, isNamed });
  const why = next === undefined ? [connection.why ?? 'it has no identity on the Entra issuer'] : next.why;
  return [{ roleArn: trust.role.arn, connection, state: verdict, old: today.admission, next, why }];
}

interface Judged {
  readonly today: Admission;
  readonly next: Admission | undefined;
  readonly isNamed: boolean;
}

function nameState({ status }: FleetConnection, { today, next, isNamed }: Judged): AuditState {
  if (status === 'exempt') return 'stays';
  if (status === 'unclear') return 'undecided';
  if (status === 'converted') {
    if (next?.decision === 'refused') return isNamed ? 'broken' : 'matched';
    return 'removable';
  }
  if (next === undefined || next.decision === 'refused') return 'breaks';
  if (next.decision === 'admitted') return 'ready';
  // The same doubts as today: whatever AWS says of one it says of the other.
  return today.decision === 'cannot-know' && today.why.join() === next.why.join() ? 'ready' : 'undecided';
}

function names({ policy }: RoleTrust, { subject }: Identity, fleet: Fleet, { account }: AccountState): boolean {
  const { url } = describeRetiring(fleet, account);
  return policy.statements.some(one => listNamedSubjects(one, policy.version, url).includes(subject));
}

function listRetiring({ role, policy }: RoleTrust): readonly RetiringTrust[] {
  const named = policy.statements.flatMap(({ effect, principals }) =>
    effect === 'Allow' ? principals.listed.flatMap(({ type, value }) => (type === 'Federated' ? value : [])) : [],
  );
  return nameRetiring(role.arn, named);
}

function nameRetiring(arn: string, providerArns: readonly string[]): readonly RetiringTrust[] {
  const issuers = providerArns.flatMap((one): readonly Issuer[] => {
    const url = parseProviderArn(one)?.url;
    return url === undefined ? [] : [recogniseIssuer(url)?.issuer ?? { kind: 'unknown', url }];
  });
  const ids = issuers.flatMap(one => (one.kind === 'azure-devops' ? one.organizationId : []));
  return ids.length === 0 ? [] : [{ arn, organizationIds: [...new Set(ids)] }];
}
