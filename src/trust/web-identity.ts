import { exposeAudience, type TokenAudience } from '../identity/audience.ts';
import type { RangeTest } from './typed-operators.ts';
import type { RequestContext } from './conditions.ts';
import { recall, type Memory } from './policy-json.ts';
import { formatProviderArn, stripPort, stripScheme, type Account } from './oidc-provider.ts';

/** What a trust policy is asked: may this principal do that, given what the request says of itself? */
export interface TrustRequest {
  readonly action: string;
  /** The ARN of the OIDC provider that vouches for the caller. */
  readonly principal: string;
  readonly context: RequestContext;
  /** Compares the request's address; undefined if the request has none that is known. */
  readonly isInRange?: RangeTest | undefined;
}

/** The claims of a token that AWS gives to policies. */
export interface FederatedClaims extends TokenAudience {
  readonly iss: string;
  readonly sub: string;
  readonly amr?: readonly string[];
}

export interface WebIdentity {
  readonly claims: FederatedClaims;
  /** The account of the role. */
  readonly account: Account;
  /** Further keys of the request that are known, `sts:RoleSessionName` for one. */
  readonly otherKeys?: Readonly<Record<string, readonly string[]>>;
  /** What it says of the network that it comes from; all of it is unknown where that is not known. */
  readonly network?: RequestNetwork | undefined;
}

/** The condition keys of a request's network that are known, an empty list where one is absent. */
export interface RequestNetwork {
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly isInRange: RangeTest;
}

export const webIdentityAction = 'sts:AssumeRoleWithWebIdentity';

/** The claims of which IAM makes condition keys for providers that it does not know by name. */
export const exposedClaims: readonly string[] = ['sub', 'aud', 'oaud', 'amr'];

/** AssumeRoleWithWebIdentity has no ExternalId, and no SAML assertion is involved. */
const foreignKeys = /^(?:sts:externalid$|saml:)/;

/**
 * Keys that anonymous requests do not have, or that only a service, or a session, has: AssumeRoleWithWebIdentity is not signed.
 * `aws:PrincipalAccount`, `aws:PrincipalType` and `aws:userid` are in anonymous requests, too; of `aws:PrincipalIsAWSService` and
 * `aws:FederatedProvider` AWS's pages do not say.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (Availability)
 * @see https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/resource_control_policies (EnforceOrgIdentities)
 */
const signedKeys =
  /^aws:(?:principal(?:arn|orgid|orgpaths|servicename|servicenameslist|tag\/.*)|username|multifactorauth(?:present|age)|tokenissuetime|sourceidentity|source(?:account|arn|orgid|orgpaths))$/s;

/**
 * Returns the request that AssumeRoleWithWebIdentity makes of a token. Its provider's keys are `sub`, `aud`, `oaud` and
 * `amr`: any other claim, and every key of another provider, is absent. Other keys are unknown unless given.
 *
 * Claims of GitHub, Google, CircleCI and Oracle, which IAM exposes since 2026, are not considered: such a provider's token
 * never gets here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function describeWebIdentity({ claims, account, otherKeys = {}, network }: WebIdentity): TrustRequest {
  const prefix = stripScheme(claims.iss).toLowerCase();
  const { aud, oaud } = exposeAudience(claims);
  const known = new Map<string, readonly string[]>([
    [`${prefix}:sub`, [claims.sub]],
    [`${prefix}:aud`, aud],
    [`${prefix}:oaud`, oaud],
    [`${prefix}:amr`, claims.amr ?? []],
    // AWS STS has no endpoint without TLS.
    ['aws:securetransport', ['true']],
    ...Object.entries({ ...otherKeys, ...network?.keys }).map(([key, values]) => [key.toLowerCase(), values] as const),
  ]);
  return {
    action: webIdentityAction,
    principal: formatProviderArn(claims.iss, account),
    context: key => known.get(key.toLowerCase()) ?? (isForeign(key.toLowerCase()) ? [] : 'unknown'),
    isInRange: network?.isInRange,
  };
}

/** A condition key on a claim: a provider's URL (a scheme is a mistake, and kept), a colon and the claim, empty where the URL is all; or what stands in that place. */
export interface ClaimKey {
  readonly prefix: string;
  readonly claim: string;
}

/** A policy is asked about hundreds of callers: its few keys are read once. */
const claimKeys: Memory<ClaimKey | undefined> = new Map();

/** Returns the parts of a condition key on a claim; undefined for AWS's keys, whose prefixes have no dot and whose names are others. */
export function parseClaimKey(key: string): ClaimKey | undefined {
  return recall(claimKeys, key, readClaimKey);
}

/** Returns the claim that a condition key is on or was meant for, in lower case, whatever the provider; undefined for other keys. */
export function nameClaim(key: string): string | undefined {
  return parseClaimKey(key)
    ?.claim.toLowerCase()
    .replace(/^(?:subject)?$/, 'sub')
    .replace(/^audience$/, 'aud');
}

/** Returns the claim of a provider that a condition looks at, in lower case; undefined for other keys. */
export function readClaim({ key }: { readonly key: string }, url: string): string | undefined {
  const parsed = parseClaimKey(key);
  return parsed?.prefix.toLowerCase() === url.toLowerCase() ? parsed.claim.toLowerCase() : undefined;
}

function readClaimKey(key: string): ClaimKey | undefined {
  const colon = key.replace('://', '///').lastIndexOf(':');
  const isBare = colon < 0 && key.includes('.');
  const [prefix, claim] = isBare ? [key, ''] : [key.slice(0, Math.max(colon, 0)), key.slice(colon + 1)];
  const [host = '', ...path] = stripPort(prefix.replace(/^https?:\/\//i, '')).split('/');
  const isUrl = host.includes('.') && !host.includes(':') && !path.join('/').includes(':');
  return isUrl || isMeantAsClaim(prefix, claim) ? { prefix, claim } : undefined;
}

/** A placeholder, a part of the URL or nothing in the place of the provider's URL: of AWS's keys only SAML's have such names. */
function isMeantAsClaim(prefix: string, claim: string): boolean {
  return exposedClaims.includes(claim.toLowerCase()) && !/^(?:aws|iam|saml|sts)$/i.test(prefix);
}

/** Returns whether a request never has a key that is none of its provider's: another claim, or one of another way to call. */
export function isForeign(key: string): boolean {
  return parseClaimKey(key) !== undefined || foreignKeys.test(key) || isSigned(key);
}

/** Returns whether only signed requests have a key, in lower case. */
export function isSigned(key: string): boolean {
  return signedKeys.test(key);
}

/**
 * The keys that may have several values, so that they need a set operator; all others have one. A claim is written without the
 * provider's URL.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (Value type)
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
const severalValues: readonly RegExp[] = [
  /^amr$/i,
  /^aws:(?:\w+OrgPaths|TagKeys|CalledVia|PrincipalServiceNamesList)$/i,
  /^sts:TransitiveTagKeys$/i,
];

/** Returns whether a condition key may have several values in one request. */
export function mayHaveSeveral(key: string): boolean {
  const name = parseClaimKey(key)?.claim ?? key;
  return severalValues.some(pattern => pattern.test(name));
}

/** Returns that keys have one value, in words: those of claims without their URLs. */
export function sayTheyAreSingle(keys: readonly string[]): string {
  const claims = keys.map(key => ({ key, claim: parseClaimKey(key)?.claim ?? '' }));
  const names = [...new Set(claims.map(({ key, claim }) => (claim === '' ? key : claim)))];
  return `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} a single value`;
}
