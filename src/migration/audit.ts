import type { Identity } from '../identity/audience.ts';
import { judgeAdmission, type Admission } from '../trust/admission.ts';
import { selectCandidates } from './safety.ts';
import type { Fleet, FleetConnection } from './fleet/connections.ts';
import { needsDecision, type LeftOut } from './left-out.ts';
import { planTwinsOfRoles, readTrusts } from './dual-trust/plan.ts';
import type { AccountState } from '../account/state.ts';
import { listNamedSubjects, describeRetiring, type RoleTrust } from './role-trust.ts';
import type { Issuer } from '../identity/issuer.ts';
import { parseProviderArn, recogniseIssuer } from '../trust/oidc-provider.ts';

/**
 * How a role and a connection stand. `breaks`: the role allows the connection today, and will deny it on the Entra issuer.
 * `broken`: the connection is on the Entra issuer, and the role names its old subject only. `matched`: the same, but it was
 * allowed by a pattern only, which may never have meant it. `undecided`: only AWS can decide, or nobody knows the
 * connection's identities. `ready`: both are allowed. `removable`: converted, and the old subject is still there.
 * `moved`: converted, and allowed on the Entra issuer alone. `stays`: of a cloud that keeps the old issuer.
 */
export type AuditState = 'breaks' | 'broken' | 'matched' | 'undecided' | 'ready' | 'removable' | 'moved' | 'stays';

export interface AuditRow {
  readonly roleArn: string;
  readonly connection: FleetConnection;
  readonly state: AuditState;
  /** Its identity on the Azure DevOps issuer that the role allows; undefined if it allows none. */
  readonly identity: Identity | undefined;
  /** What AWS says of that, or of the others. */
  readonly old: Admission;
  /** What AWS says of the Entra identity; undefined if there is none. */
  readonly next: Admission | undefined;
  /** Why the Entra identity is not allowed, or what only AWS knows. */
  readonly why: readonly string[];
}

export interface Audit {
  readonly providers: readonly RetiringTrust[];
  readonly roles: readonly RetiringTrust[];
  readonly rows: readonly AuditRow[];
  /** What would keep dual trust from being complete. */
  readonly leftOut: readonly LeftOut[];
  /** Connections whose identities nobody knows, so that no row is complete for them. */
  readonly unclear: readonly FleetConnection[];
}

/** Returns which roles of an account would refuse which connections of an organization once these are converted. */
export function auditAccount(state: AccountState, fleet: Fleet): Audit {
  const { readable } = readTrusts(state.roles);
  const { url } = describeRetiring(fleet, state.account);
  return {
    providers: state.providers.flatMap(({ arn }) => nameRetiring(arn, [arn])),
    roles: readable.flatMap(listRetiring),
    rows: readable.flatMap(trust => {
      const isIdle = (unnamed: Identity): boolean => judgeAdmission(trust.policy, unnamed, state).decision === 'denied';
      const candidates = selectCandidates(fleet, [trust.policy], isIdle);
      const named = new Set(trust.policy.statements.flatMap(one => listNamedSubjects(one, trust.policy.version, url)));
      return candidates.flatMap(one => auditConnection(trust, one, state, named));
    }),
    leftOut: planTwinsOfRoles(state, fleet, { expand: false, includeConverted: [] }).leftOut,
    unclear: fleet.connections.filter(({ status, inScope }) => status === 'unclear' && inScope),
  };
}

const findingStates: readonly AuditState[] = ['breaks', 'broken', 'matched', 'undecided'];

/** Returns whether something stops working, or may, unless somebody acts. */
export function isFinding({ state }: AuditRow): boolean {
  return findingStates.includes(state);
}

/** Returns whether anything of an audit is to be looked at: what may break is never passed over for want of knowledge. */
export function hasFinding({ rows, leftOut, unclear }: Audit): boolean {
  return rows.some(isFinding) || leftOut.some(needsDecision) || unclear.length > 0;
}

function auditConnection(
  trust: RoleTrust,
  connection: FleetConnection,
  state: AccountState,
  named: ReadonlySet<string>,
): readonly AuditRow[] {
  const judge = (identity: Identity): Admission => judgeAdmission(trust.policy, identity, state);
  const olds = connection.old.map(identity => ({ identity, admission: judge(identity) }));
  const allowed = olds.filter(({ admission }) => admission.decision !== 'denied');
  const [today] = allowed;
  const next = connection.next === undefined ? undefined : judge(connection.next);
  const why = next === undefined ? [connection.why ?? 'it has no identity on the Entra issuer'] : next.why;
  const base = { roleArn: trust.role.arn, connection, identity: today?.identity, next, why };
  if (today === undefined) {
    const isMoved = connection.status === 'converted' && next !== undefined && next.decision !== 'denied';
    return isMoved ? [{ ...base, state: 'moved', old: { decision: 'denied', why: [], deniedBy: undefined } }] : [];
  }
  const isNamed = allowed.some(({ identity }) => named.has(identity.subject));
  const verdict = nameState(connection, { today: today.admission, next, isNamed });
  return [{ ...base, state: verdict, old: today.admission }];
}

interface Judged {
  readonly today: Admission;
  readonly next: Admission | undefined;
  readonly isNamed: boolean;
}

function nameState({ status, kind }: FleetConnection, { today, next, isNamed }: Judged): AuditState {
  if (status === 'exempt') return 'stays';
  if (status === 'unclear') return 'undecided';
  if (status === 'unconvertible' && kind?.obtainsTokens !== true && !isNamed) return 'undecided';
  const isConverted = status === 'converted';
  if (next === undefined || next.decision === 'denied') {
    if (!isConverted) return 'breaks';
    return isNamed ? 'broken' : 'matched';
  }
  // The same doubts as today: whatever AWS says of one it says of the other.
  const isSure = next.decision === 'allowed' || (today.decision === 'unknown' && today.why.join() === next.why.join());
  if (!isSure) return 'undecided';
  return isConverted ? 'removable' : 'ready';
}

/** A provider or a role that trusts the issuer that retires. */
export interface RetiringTrust {
  readonly arn: string;
  /** The organizations whose issuer it is. */
  readonly organizationIds: readonly string[];
}

/** Returns a role with the organizations whose tokens it trusts; nothing if it trusts none. */
function listRetiring({ role, policy }: RoleTrust): readonly RetiringTrust[] {
  const named = policy.statements.flatMap(({ effect, principals }) =>
    effect === 'Allow' ? principals.listed.flatMap(({ type, value }) => (type === 'Federated' ? value : [])) : [],
  );
  return nameRetiring(role.arn, named);
}

/** Returns what names OIDC providers with the organizations whose issuer these are; nothing if there are none. */
function nameRetiring(arn: string, providerArns: readonly string[]): readonly RetiringTrust[] {
  const issuers = providerArns.flatMap((one): readonly Issuer[] => {
    const url = parseProviderArn(one)?.url;
    return url === undefined ? [] : [recogniseIssuer(url)?.issuer ?? { kind: 'unknown', url }];
  });
  const ids = issuers.flatMap(one => (one.kind === 'azure-devops' ? one.organizationId : []));
  return ids.length === 0 ? [] : [{ arn, organizationIds: [...new Set(ids)] }];
}
