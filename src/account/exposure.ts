import { nameStatement, allowsAction, isForEveryone, parseTrustPolicy, type Statement } from '../trust/trust-policy.ts';
import { WifError } from '../errors.ts';
import { readOperator, isHard, readValuePatterns } from '../trust/conditions.ts';
import { matchWildcards } from '../trust/pattern.ts';
import type { PolicyVersion } from '../trust/policy-json.ts';
import { parseClaimKey, webIdentityAction } from '../trust/web-identity.ts';
import type { Problem } from '../problem.ts';
import type { IamChange, ListedRole } from './iam.ts';
import { isDeepStrictEqual } from 'node:util';
import type { ChangedDocument, PlannedChange } from './state.ts';
import { listStatements, listValues, type JsonObject } from '../trust/policy-document.ts';

/** A role that allows more of an issuer's tokens than those of certain subjects. */
export interface ExposedRole {
  readonly roleArn: string;
  /** The URL of the OIDC provider, without scheme. */
  readonly provider: string;
  readonly why: string;
}

/**
 * Returns the roles that an OIDC provider opens to anyone with a token of its issuer: their trust policy has an Allow for
 * the provider without StringEquals on `:sub`. Such a role is harmless until the provider, or one client id more, is there.
 *
 * A trust policy that cannot be read counts as one, and so does a value with a policy variable in it.
 */
export function findExposedRoles(
  provider: { readonly arn: string; readonly url: string },
  roles: readonly ListedRole[],
): readonly ExposedRole[] {
  return roles.flatMap(role => {
    const why = findOpening(provider, role);
    return why === undefined ? [] : [{ roleArn: role.arn, provider: provider.url, why }];
  });
}

/** Returns the roles that changes of OIDC providers open to more than certain connections. */
export function findExposed(changes: readonly IamChange[], roles: readonly ListedRole[]): readonly ExposedRole[] {
  const opening = changes.flatMap(change =>
    change.kind === 'create-provider' || change.kind === 'add-client-id' ? change.arn : [],
  );
  return [...new Set(opening)].flatMap(arn => findExposedRoles({ arn, url: urlOf(arn) }, roles));
}

function urlOf(arn: string): string {
  return arn.replace(/^.*?:oidc-provider\//, '');
}

/** Returns why changes of OIDC providers are refused that open roles; nothing if they open none. */
export function refuseExposed(exposed: readonly ExposedRole[]): readonly Problem[] {
  if (exposed.length === 0) return [];
  return [
    {
      code: 'RolesExposed',
      found: `Changing the OIDC provider would open roles to more than specific connections: ${nameExposed(exposed)}.`,
      expected: 'StringEquals on :sub in every Allow statement that names the provider.',
      remedy: 'Correct these roles first (aws-wif diagnose shows how), or give --accept-exposed-roles.',
    },
  ];
}

/** Returns exposed roles in words. */
export function nameExposed(exposed: readonly ExposedRole[]): string {
  return exposed.map(({ roleArn, provider, why }) => `${roleArn} (for ${provider}: ${why})`).join('; ');
}

interface Provider {
  readonly arn: string;
  readonly url: string;
}

function findOpening(provider: Provider, { trustPolicy }: ListedRole): string | undefined {
  try {
    const { statements, version } = parseTrustPolicy(trustPolicy);
    const open = statements.find(
      one => allows(provider, one) && !fixesSubject(provider, one, version) && !wantsAnother(provider, one),
    );
    return open && `${nameStatement(open)} has no StringEquals on ${provider.url}:sub`;
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    return trustPolicy.toLowerCase().includes(provider.url.toLowerCase())
      ? 'its trust policy cannot be read'
      : undefined;
  }
}

/** Everyone includes the provider; letter case is overlooked to be on the safe side. */
function allows(provider: Provider, statement: Statement): boolean {
  const isNamed = isForEveryone(statement) || namesProvider(provider, statement);
  return isNamed && allowsAction(statement, webIdentityAction);
}

function namesProvider({ arn }: Provider, { principals }: Statement): boolean {
  return principals.listed.some(({ type, value }) => type === 'Federated' && matchWildcards(value, arn));
}

/**
 * Whether everyone is allowed, but only with a claim of another provider, which this provider's tokens never have. If the
 * statement names the provider itself, somebody meant it, so it is looked at.
 */
function wantsAnother(provider: Provider, statement: Statement): boolean {
  if (statement.principals.negated || namesProvider(provider, statement)) return false;
  const url = provider.url.toLowerCase();
  return statement.conditions.some(condition => {
    const prefix = parseClaimKey(condition.key)?.prefix.toLowerCase();
    return isHard(condition) && prefix !== undefined && prefix !== url;
  });
}

function fixesSubject({ url }: Provider, { conditions }: Statement, version: PolicyVersion): boolean {
  return conditions.some(condition => {
    const isExact = isHard(condition) && readOperator(condition.operator)?.name === 'StringEquals';
    const isOwn = condition.key.toLowerCase() === `${url.toLowerCase()}:sub`;
    return isExact && isOwn && readValuePatterns(condition, version).every(({ variables }) => variables.length === 0);
  });
}

/**
 * Returns in words what changes allow that is not allowed now: an Allow that the live policy does not have, or not for so
 * many; a Deny that goes; a provider, or a client id of it, that does not exist. What cannot be compared counts as
 * more.
 */
export function listGrowth(changes: readonly PlannedChange[]): readonly string[] {
  return changes.flatMap(({ change, document }) => {
    if (change.kind === 'set-trust-policy') return compare(change.roleName, readBefore(document), change.trustPolicy);
    if (change.kind === 'create-provider') return [`the OIDC provider ${change.arn} would exist again`];
    if (change.kind === 'add-client-id') return [`${change.arn} would have the client ID ${change.clientId} again`];
    return [];
  });
}

function readBefore(document: ChangedDocument): string | null {
  return document.kind === 'role' ? (document.before?.trustPolicy ?? null) : null;
}

function compare(roleName: string, live: string | null, next: string): readonly string[] {
  const [now, then] = [live === null ? [] : listStatements(live), listStatements(next)];
  if (live !== null && parseTrustPolicy(live).version !== parseTrustPolicy(next).version) {
    return [`${roleName} would have another policy Version, which changes how every statement is evaluated`];
  }
  const isAllow = ({ Effect }: JsonObject): boolean => Effect !== 'Deny';
  const fresh = then.filter(one => isAllow(one) && !now.some(other => isAllow(other) && isWithin(one, other)));
  const denies = now.filter(one => !isAllow(one) && !then.some(other => isDeepStrictEqual(one, other)));
  return [
    ...fresh.map(one => `${roleName} would have this statement again: ${JSON.stringify(one)}`),
    ...denies.map(one => `${roleName} would no longer have this statement: ${JSON.stringify(one)}`),
  ];
}

/** The same statement, or one that takes fewer values under the same conditions. */
function isWithin(one: JsonObject, other: JsonObject): boolean {
  const [{ Condition: conditions, ...rest }, { Condition: others, ...otherRest }] = [one, other];
  return isDeepStrictEqual(rest, otherRest) && isWithinCondition(conditions, others);
}

function isWithinCondition(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  const [lines, others] = [listLines(one), listLines(other)];
  if (!isDeepStrictEqual([...lines.keys()].sort(), [...others.keys()].sort())) return false;
  return [...lines].every(([name, { operator, values }]) => {
    const wider = others.get(name)?.values ?? [];
    if (isDeepStrictEqual(values, wider)) return true;
    const { negated = true, name: kind = 'Null' } = readOperator(operator) ?? {};
    return !negated && kind !== 'Null' && values.length > 0 && values.every(value => wider.includes(value));
  });
}

function listLines(
  condition: unknown,
): Map<string, { readonly operator: string; readonly values: readonly unknown[] }> {
  const operators = Object.entries((condition ?? {}) as Readonly<Record<string, JsonObject>>);
  return new Map(
    operators.flatMap(([operator, lines]) =>
      Object.entries(lines).map(([key, values]) => [`${operator} ${key}`, { operator, values: listValues(values) }]),
    ),
  );
}
