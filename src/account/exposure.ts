import { WifError } from '../errors.ts';
import { readOperator } from '../trust/conditions.ts';
import { matchWildcards } from '../trust/pattern.ts';
import { isHard, readValuePatterns } from '../trust/scene/operators.ts';
import type { Statement } from '../trust/statement.ts';
import { allowsAction, isForEveryone } from '../trust/scene/statement-scope.ts';
import { parseTrustPolicy, type PolicyVersion } from '../trust/trust-policy.ts';
import { parseClaimKey, webIdentityAction } from '../trust/web-identity.ts';
import type { Problem } from '../problem.ts';
import type { IamChange, ListedRole } from './iam.ts';

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

function nameStatement({ index, sid }: Statement): string {
  return `statement ${index + 1}${sid === undefined ? '' : ` (${sid})`}`;
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
