import { decideCaller, listCallers, strangers, type Caller } from '../callers.ts';
import { parseProviderArn, recogniseIssuer, type Account } from '../oidc-provider.ts';
import { matchPattern, readPattern, type Pattern, type Truth } from '../pattern.ts';
import { isPositive } from '../conditions.ts';
import { allowsAction, type TrustPolicy } from '../trust-policy.ts';
import {
  readClaim,
  webIdentityAction,
  describeWebIdentity,
  parseClaimKey,
  type TrustRequest,
} from '../web-identity.ts';
import { evaluateTrust } from '../evaluate.ts';
import { describeBuiltInRequest, describeFederatedCall } from './federated-call.ts';
import { judgeControlPolicy } from './judge-control.ts';
import type { KnownControlPolicy } from './read-control-policy.ts';

/** A role whose trust policy was read. */
export interface CheckedRole {
  readonly arn: string;
  readonly account: Account;
  /** Undefined if they were not read. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** URLs of the account's OIDC providers: a role that trusts everyone trusts each of them. */
  readonly providers: readonly string[];
  readonly trust: TrustPolicy;
}

/** Somebody whom a role allows today, and a control policy denies. */
export interface RefusedIdentity {
  readonly role: string;
  readonly policy: string;
  /** The statement's Sid. */
  readonly statement: string | undefined;
  /** The issuer's URL without `https://`, or what IAM calls a provider that it has on its own. */
  readonly issuer: string;
  /** The subject as the trust policy has it, a pattern included; undefined for anyone with a token of the issuer. */
  readonly subject: string | undefined;
  /** Unknown if only AWS can decide. */
  readonly denies: Exclude<Truth, false>;
}

/**
 * Returns whom roles allow today and control policies would deny, or may: each subject that a trust policy names, each pattern,
 * and anyone if it names none. It does not know which accounts a policy is attached to: the caller leaves out those
 * that it cannot reach.
 */
export function checkRoles(
  roles: readonly CheckedRole[],
  policies: readonly KnownControlPolicy[],
): readonly RefusedIdentity[] {
  const names = listOrganizationNames([...roles.map(({ trust }) => trust), ...policies.map(({ policy }) => policy)]);
  return roles.flatMap(role => {
    const allowed = listAllowed(role, names);
    return policies.flatMap(policy => allowed.flatMap(one => judgeAllowed(role, policy, one)));
  });
}

interface Allowed {
  readonly issuer: string;
  readonly subject: string | undefined;
  /** Of those whom it covers, one of each kind: its requests, several where its organization's name is not known. */
  readonly callers: readonly (readonly TrustRequest[])[];
}

/** Of those whom a pattern covers it is enough that one is denied: by each name that their organization may have. */
function judgeAllowed(
  role: CheckedRole,
  policy: KnownControlPolicy,
  { issuer, subject, callers }: Allowed,
): readonly RefusedIdentity[] {
  const verdicts = callers.map(requests =>
    requests.map(request => judgeControlPolicy(policy, describeFederatedCall(request, role))),
  );
  const certain = verdicts.find(all => all.every(one => one.denies === true))?.[0];
  const found = certain ?? verdicts.flat().find(one => one.denies !== false);
  if (found === undefined) return [];
  const denies = certain === undefined ? 'unknown' : true;
  return [{ role: role.arn, policy: policy.name, statement: found.statement?.sid, issuer, subject, denies }];
}

/** Returns the providers that a role trusts for web identities, as IAM writes them in ARNs, each once. */
export function listTrustedProviders({
  trust,
  providers,
}: Pick<CheckedRole, 'trust' | 'providers'>): readonly string[] {
  const named = trust.statements.flatMap(statement => {
    if (!allowsAction(statement, webIdentityAction)) return [];
    const { negated, listed } = statement.principals;
    if (negated || listed.some(({ type, value }) => value === '*' && type !== 'Federated')) return providers;
    const federated = listed.filter(({ type, value }) => type === 'Federated' && !value.includes(':saml-provider/'));
    return federated.map(({ value }) => parseProviderArn(value)?.url ?? value);
  });
  return [...new Set(named)];
}

function listAllowed(role: CheckedRole, names: OrganizationNames): readonly Allowed[] {
  const { trust, account } = role;
  const urls = listTrustedProviders(role);
  const builtIn = urls.flatMap((issuer): readonly Allowed[] => {
    const request = describeBuiltInRequest(issuer);
    return request === undefined ? [] : [{ issuer, subject: undefined, callers: [[request]] }];
  });
  const issuers = urls.map(url => ({ url, account }));
  const callers = listCallers(trust, { account, issuers, identities: [], spellings: true }).filter(
    caller => decideCaller(trust, caller) !== 'denied',
  );
  return [...builtIn, ...nameCallers(trust, callers, caller => listNamedRequests(caller, names, role))];
}

/** Each value of the trust policy once, with all callers that it covers; strangers that none covers are anyone. */
function nameCallers(
  trust: TrustPolicy,
  callers: readonly Caller[],
  list: (caller: Caller) => readonly TrustRequest[],
): readonly Allowed[] {
  const named = new Map<string, Allowed>();
  const patterns = new Map<string, readonly SubjectPattern[]>();
  for (const caller of callers) {
    const { url, subject } = caller;
    const requests = list(caller);
    if (requests.length === 0) continue;
    const own = patterns.get(url) ?? listPatterns(trust, url);
    patterns.set(url, own);
    const values = own.filter(({ pattern }) => matchPattern(pattern, subject) !== false).map(({ value }) => value);
    const isAnyone = values.length === 0 && strangers.includes(subject);
    for (const value of values.length === 0 ? [isAnyone ? undefined : subject] : values) {
      const key = JSON.stringify([url, value ?? null]);
      named.set(key, { issuer: url, subject: value, callers: [...(named.get(key)?.callers ?? []), requests] });
    }
  }
  return [...named.values()];
}

interface SubjectPattern {
  readonly value: string;
  readonly pattern: Pattern;
}

function listPatterns({ statements, version }: TrustPolicy, url: string): readonly SubjectPattern[] {
  const lines = statements.filter(({ effect }) => effect === 'Allow').flatMap(({ conditions }) => conditions);
  return lines
    .flatMap(line => (readClaim(line, url) === 'sub' && isPositive(line) ? line.values : []))
    .map(value => ({ value, pattern: readPattern(value, { wildcards: true, version }) }));
}

/** The names of an organization, by its retiring issuer's URL. */
export type OrganizationNames = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Returns how policies call the organization of each retiring issuer. Such an issuer signs tokens for one organization only, so
 * that a pattern which leaves the name open covers no other organization's connections.
 */
function listOrganizationNames(policies: readonly TrustPolicy[]): OrganizationNames {
  const names = new Map<string, Set<string>>();
  for (const { key, values } of policies.flatMap(({ statements }) => statements.flatMap(one => one.conditions))) {
    const url = parseClaimKey(key)?.prefix.toLowerCase() ?? '';
    if (recogniseIssuer(url)?.issuer.kind !== 'azure-devops' || readClaim({ key }, url) !== 'sub') continue;
    const found = values.flatMap(value => /^(?:sc|p):\/\/([^/*?$]+)\//.exec(value)?.[1] ?? []);
    names.set(url, new Set([...(names.get(url) ?? []), ...found]));
  }
  return names;
}

/**
 * Returns the requests of a caller: of one whose organization no policy names, with each name that policies give it, as far as
 * the role allows that.
 */
function listNamedRequests(
  caller: Caller,
  names: OrganizationNames,
  { trust, account }: { readonly trust: TrustPolicy; readonly account: Account },
): readonly TrustRequest[] {
  const known = names.get(caller.url.toLowerCase());
  const [, kind = '', name = '', rest = ''] = /^((?:sc|p):\/\/)([^/]+)(\/.*)$/s.exec(caller.subject) ?? [];
  if (known === undefined || known.size === 0 || kind === '' || known.has(name)) return [caller.request];
  return [...known].flatMap(one => {
    const claims = { ...caller.claims, sub: `${kind}${one}${rest}` };
    const request = describeWebIdentity({ claims, account });
    return evaluateTrust(trust, request).decision === 'denied' ? [] : [request];
  });
}
