import { readIdentity } from '../../identity/audience.ts';
import { describeIssuer, parseIssuer, describeSubject, parseSubject } from '../../identity/issuer.ts';
import { isConnection } from '../../trust/build.ts';
import { parseProviderArn, type Account } from '../../trust/oidc-provider.ts';
import { listMistakenUrls } from '../../trust/scene/scene.ts';
import { hasWildcards } from '../../trust/pattern-overlap.ts';
import type { Principal, Statement, TrustPolicy } from '../../trust/trust-policy.ts';
import { parseClaimKey } from '../../trust/web-identity.ts';
import { makeClaims, type Caller } from '../connections/callers.ts';

/** What a statement allows or denies, as it is in the policy: to whom, and on which conditions. */
export interface Access {
  readonly statement: { readonly index: number; readonly sid: string | undefined };
  readonly effect: Statement['effect'];
  /** Each in words, NotPrincipal said. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly conditions: readonly string[];
}

/** Returns whom each statement of the policy of an account's role is about. It is a description, no verdict: findings say what is weak in it. */
export function describeAccess({ statements }: TrustPolicy, account: Account): readonly Access[] {
  return statements.map(({ index, sid, effect, principals, actions, conditions }) => ({
    statement: { index, sid },
    effect,
    principals: principals.listed.map(
      one => `${principals.negated ? 'all but ' : ''}${describePrincipal(one, account)}`,
    ),
    actions: actions.patterns.map(one => (actions.negated ? `all but ${one}` : one)),
    conditions: conditions.map(
      ({ operator, key, values }) =>
        `${operator} on ${key}: ${values.map(value => describeValue(key, value)).join(', ')}`,
    ),
  }));
}

function describePrincipal({ type, value }: Principal, account: Account): string {
  if (value === '*') return 'everyone';
  const provider = type === 'Federated' ? parseProviderArn(value) : undefined;
  if (provider === undefined) return type === '*' ? value : `${type} ${value}`;
  const issuer = parseIssuer(`https://${provider.url}`);
  const known = issuer.kind === 'unknown' ? '' : ` (${describeIssuer(issuer)})`;
  const { accountId } = provider;
  const place = ['', account.accountId].includes(accountId) ? '' : ` in account ${accountId}`;
  return `OIDC provider ${provider.url}${place}${known}`;
}

function describeValue(key: string, value: string): string {
  const subject = parseSubject(value);
  const isConnection =
    parseClaimKey(key)?.claim === 'sub' && subject.kind.startsWith('connection-') && !value.includes('${');
  return isConnection ? `${value} (${describeSubject(subject)})` : value;
}

/**
 * Returns the service connections that a policy's Allow statements name by their whole subjects, each once; none of an issuer
 * whose URL is mistaken.
 */
export function listNamedCallers(policy: TrustPolicy, account: Account): readonly Caller[] {
  const { statements, version } = policy;
  const mistaken = listMistakenUrls(policy, account);
  const identities = statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ conditions }) =>
      conditions.flatMap(({ key, operator, values }) => {
        const claim = parseClaimKey(key);
        if (claim?.claim.toLowerCase() !== 'sub' || operator.includes('Not')) return [];
        if (mistaken.includes(claim.prefix)) return [];
        const literal = values.filter(value => !hasWildcards(value, version) && !value.includes('${'));
        return literal.flatMap(sub => readIdentity({ iss: `https://${claim.prefix}`, sub }) ?? []);
      }),
    );
  const known = new Map(
    identities.filter(isConnection).map(one => [JSON.stringify([one.issuerUrl, one.subject]), one]),
  );
  return [...known.values()].map(identity => ({
    claims: makeClaims(identity),
    identity,
    isToken: false,
    environment: undefined,
    warnings: [],
  }));
}
