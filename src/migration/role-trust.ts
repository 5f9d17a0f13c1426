import type { Identity } from '../identity/audience.ts';
import { formatIssuer } from '../identity/issuer.ts';
import type { AccountState, KnownRole } from '../account/state.ts';
import { formatProviderArn, stripScheme, type Account } from '../trust/oidc-provider.ts';
import { parseTrustPolicy, type TrustPolicy, type Condition, type Statement } from '../trust/trust-policy.ts';
import type { Fleet, FleetConnection } from './fleet/connections.ts';
import { judgeClaims, type Admission } from '../trust/admission.ts';
import { type FederatedClaims, readClaim } from '../trust/web-identity.ts';
import { readOperator } from '../trust/conditions.ts';
import { readPatterns, readText, readPattern, type PatternRules } from '../trust/pattern.ts';
import type { PolicyVersion } from '../trust/policy-json.ts';

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

/** The OIDC provider of the issuer that retires, in the account of a role. */
interface RetiringProvider {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
}

/** Returns whether a statement names a provider, or has a condition on one of its claims. */
export function concerns(statement: Statement, { arn, url }: RetiringProvider): boolean {
  const named = statement.principals.listed.some(({ type, value }) => type === 'Federated' && value === arn);
  return named || statement.conditions.some(condition => readClaim(condition, url) !== undefined);
}

/** Returns the subjects of a provider that a statement names character by character. */
export function listNamedSubjects(statement: Statement, version: PolicyVersion, url: string): readonly string[] {
  return [...new Set(listSubjectLines(statement, url).flatMap(condition => listLiterals(condition, version)))];
}

/** Returns the texts that a condition names character by character, each once: see `readLiteral`. */
export function listLiterals({ operator, values }: Condition, version: PolicyVersion): readonly string[] {
  const rules = readRules(operator, version);
  return rules === undefined ? [] : [...readPatterns(values, rules).literals];
}

/**
 * Returns whether a statement limits the subjects of a provider to those that it names character by character. Tokens
 * of Azure DevOps always have a subject, so that IfExists and ForAllValues make no difference.
 */
export function isClosed(statement: Statement, version: PolicyVersion, url: string): boolean {
  return listSubjectLines(statement, url).some(condition =>
    condition.values.every(value => readLiteral(condition, value, version) !== undefined),
  );
}

/**
 * Returns the text that a value of a condition stands for, where it stands for just one: no wildcard, no variable, no
 * operator that ignores letter case or is negated. Undefined for all others.
 */
export function readLiteral({ operator }: Condition, value: string, version: PolicyVersion): string | undefined {
  const rules = readRules(operator, version);
  return rules === undefined ? undefined : readText(readPattern(value, rules));
}

function readRules(operator: string, version: PolicyVersion): PatternRules | undefined {
  const { name, negated } = readOperator(operator) ?? {};
  if (negated !== false || (name !== 'StringEquals' && name !== 'StringLike')) return undefined;
  return { wildcards: name === 'StringLike', version };
}

/** Returns what of a statement's form is such that it is not changed; undefined for the forms that trust policies have. */
export function findOddForm(
  { principals, actions, unknownElements }: Statement,
  policy: TrustPolicy,
): string | undefined {
  if (principals.negated) return 'it has NotPrincipal';
  if (actions.negated) return 'it has NotAction';
  const [unknown] = [...policy.unknownElements, ...unknownElements];
  return unknown === undefined
    ? undefined
    : `it has the element ${unknown}, which IAM does not document for trust policies`;
}

/** Returns why a statement cannot be written again for the Entra issuer; undefined if it can. */
export function findObstacle(
  statement: Statement,
  policy: TrustPolicy,
  old: RetiringProvider,
  entraUrl: string,
): string | undefined {
  const form = findOddForm(statement, policy);
  if (form !== undefined) return form;
  for (const condition of statement.conditions) {
    const obstacle = findConditionObstacle(condition, old, entraUrl);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function findConditionObstacle(condition: Condition, { url }: RetiringProvider, entraUrl: string): string | undefined {
  const { operator, key, values } = condition;
  const claim = readClaim(condition, url);
  if (claim === 'sub' || claim === 'aud') return undefined;
  if (claim !== undefined) return `its condition ${operator} on ${key} has no equivalent on the Entra issuer`;
  if (readClaim(condition, entraUrl) !== undefined) return 'it has conditions on claims of both issuers';
  const mentions = values.some(value => value.toLowerCase().includes(url.toLowerCase()));
  return mentions ? `its condition ${operator} on ${key} names the retiring provider` : undefined;
}

/** Returns whether only a provider is among the principals of a statement. */
export function hasOnlyProvider({ principals }: Statement, { arn }: RetiringProvider): boolean {
  return principals.listed.every(({ type, value }) => type === 'Federated' && value === arn);
}

function listSubjectLines({ conditions }: Statement, url: string): readonly Condition[] {
  return conditions.filter(condition => readClaim(condition, url) === 'sub');
}
