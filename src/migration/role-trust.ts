import type { Identity } from '../identity/audience.ts';
import { formatIssuer } from '../identity/issuer.ts';
import type { AccountState, KnownRole } from '../account/state.ts';
import { formatProviderArn, stripScheme, type Account } from '../trust/oidc-provider.ts';
import { parseTrustPolicy, type TrustPolicy } from '../trust/trust-policy.ts';
import type { Fleet, FleetConnection } from './fleet/connections.ts';
import type { RetiringProvider } from './statements.ts';
import { judgeClaims, type Admission } from '../trust/admission.ts';
import type { FederatedClaims } from '../trust/web-identity.ts';

/** A role with its trust policy read. */
export interface RoleTrust {
  readonly role: KnownRole;
  readonly policy: TrustPolicy;
}

/** A role in its account, with what was seen of the organization. */
export interface RoleCase {
  readonly trust: RoleTrust;
  readonly fleet: Fleet;
  readonly state: AccountState;
  readonly old: RetiringProvider;
}

const known = new WeakMap<KnownRole, RoleTrust | 'unreadable'>();

/** Returns a role with its policy, which is parsed once; undefined if the policy cannot be read. */
export function readRoleTrust(role: KnownRole): RoleTrust | undefined {
  const trust = known.get(role) ?? parseRole(role);
  known.set(role, trust);
  return trust === 'unreadable' ? undefined : trust;
}

function parseRole(role: KnownRole): RoleTrust | 'unreadable' {
  try {
    return { role, policy: parseTrustPolicy(role.trustPolicy) };
  } catch {
    return 'unreadable';
  }
}

/** Returns the provider of the issuer that retires, as an account has to name it for an organization. */
export function describeRetiring(fleet: Fleet, account: Account): RetiringProvider {
  const issuerUrl = formatIssuer({ kind: 'azure-devops', organizationId: fleet.organization.id });
  return { arn: formatProviderArn(issuerUrl, account), url: stripScheme(issuerUrl) };
}

/** Returns a connection's name for people. */
export function nameConnection({ project, name }: Pick<FleetConnection, 'project' | 'name'>): string {
  return `${project}/${name}`;
}

/** Returns the identities that a connection's tokens have today. */
export function listCurrent({ status, old, next }: FleetConnection): readonly Identity[] {
  return status === 'converted' ? (next === undefined ? [] : [next]) : old;
}

/** What a role says to a token. */
export interface JudgedToken extends Admission {
  readonly roleArn: string;
}

/** Returns what each role that names the token's issuer says to it. The token's signature and time are AWS's to check. */
export function judgeToken(claims: FederatedClaims, state: AccountState): readonly JudgedToken[] {
  const arn = formatProviderArn(claims.iss, state.account);
  return state.roles.flatMap(role => {
    const trust = readRoleTrust(role);
    const isNamed = trust?.policy.statements.some(({ principals }) =>
      principals.listed.some(({ value }) => value === arn),
    );
    return trust !== undefined && isNamed === true
      ? [{ roleArn: role.arn, ...judgeClaims(trust.policy, claims, state) }]
      : [];
  });
}
