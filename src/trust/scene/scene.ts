import { formatIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { isConnection } from '../build.ts';
import {
  formatProviderArn,
  isAccount,
  recogniseIssuer,
  stripScheme,
  trimSlashes,
  type Account,
  type ProviderArn,
} from '../oidc-provider.ts';
import { largestQuota, measurePolicy } from '../policy-document.ts';
import { allowsAction, isEveryone, type Condition, type Statement, type TrustPolicy } from '../trust-policy.ts';
import { nameClaim, parseClaimKey, webIdentityAction, type ClaimKey } from '../web-identity.ts';
import type { Known, KnownParts } from '../findings/finding.ts';
import { nameIssuer, readFormerEntraIssuer } from './known-issuers.ts';
import { isPositive } from '../conditions.ts';
import { readPrincipal } from './principal-form.ts';
import { usualAudiences } from '../corrections/meant.ts';
import { explainFormer, explainUrl, type UrlReading } from './provider-url.ts';

/** A statement in its policy, with what findings ask of it again and again. */
export interface Scene {
  readonly policy: TrustPolicy;
  readonly statement: Statement;
  /** What a correction can be built of: an account that is one, and identities that are service connections'. */
  readonly known: KnownParts;
  /** Whether corrections are wanted, and IAM accepts a policy of this size at all: what is larger is not corrected. */
  readonly isCorrectable: boolean;
  /** The OIDC providers that the statement names, or was meant to name. */
  readonly providers: readonly NamedProvider[];
  readonly keys: readonly ProviderKey[];
}

export interface NamedProvider extends UrlReading {
  /** The principal as it is in the policy. */
  readonly text: string;
  /** The kind of principal that it stands under. */
  readonly type: string;
  /** Of a principal that is not an ARN what can be read of one. */
  readonly arn: ProviderArn;
  /** Why IAM does not take the principal for an OIDC provider; undefined if it does. */
  readonly fault: string | undefined;
  /** Whether it is of another account or partition than the role, where AWS does not look. */
  readonly isElsewhere: boolean;
}

/** A condition on a claim: the one that was meant; empty where nobody can tell. */
export interface ProviderKey extends ClaimKey {
  /** The claim as it is in the key. */
  readonly written: string;
  readonly condition: Condition;
}

/** Returns what findings need to know of each statement. */
export function describeScenes(policy: TrustPolicy, known: KnownParts, corrects: boolean): readonly Scene[] {
  const isCorrectable = corrects && measurePolicy(policy.document) <= largestQuota;
  return policy.statements.map(statement => describeScene(policy, statement, known, isCorrectable));
}

/**
 * Returns each Allow for everyone once more for the OIDC providers that its conditions are about, as if it named them: what is
 * weak in these conditions is so whoever the principal is. Nothing of it is corrected.
 */
export function describeImplied(policy: TrustPolicy, known: KnownParts): readonly Scene[] {
  const { account = nobodysAccount } = known;
  const everyone = policy.statements.filter(one => one.effect === 'Allow' && one.principals.listed.some(isEveryone));
  return everyone.flatMap(statement => {
    const urls = new Set(statement.conditions.filter(isPositive).flatMap(one => findIssuer(one) ?? []));
    if (statement.principals.negated || urls.size === 0) return [];
    const listed = [...urls].map(url => ({ type: 'Federated', value: formatProviderArn(url, account) }));
    return [describeScene(policy, { ...statement, principals: { negated: false, listed } }, known, false)];
  });
}

/** Returns the URLs of a policy's providers that no issuer has: no token ever matches them. */
export function listMistakenUrls(policy: TrustPolicy, account: Account | undefined): readonly string[] {
  const providers = describeScenes(policy, readKnown({ account }), false).flatMap(one => one.providers);
  return providers.filter(({ urlFaults }) => urlFaults.length > 0).map(({ arn }) => arn.url);
}

/** Where the role's account is not known: no sentence shows it. */
export const nobodysAccount: Account = { partition: 'aws', accountId: '000000000000' };

/** Returns the issuer that a condition is about, if it is a known one and written right. */
export function findIssuer({ key }: Condition): string | undefined {
  const { prefix } = parseClaimKey(key) ?? {};
  if (prefix === undefined) return undefined;
  const isKnown = recogniseIssuer(prefix)?.mistakes.length === 0 || readFormerEntraIssuer(prefix) !== undefined;
  return isKnown || nameIssuer(prefix) !== undefined ? prefix : undefined;
}

function describeScene(policy: TrustPolicy, statement: Statement, known: KnownParts, isCorrectable: boolean): Scene {
  const { principals, conditions } = statement;
  const providers = principals.listed.flatMap(principal => {
    const found = readPrincipal(principal);
    if (found === undefined) return [];
    const url = found.arn.url === '' ? findOnlyIssuer(conditions) : found.arn.url;
    const read = { ...found, arn: { ...found.arn, url } };
    const reading = explainFormer(read.arn.url, statement) ?? explainUrl(read.arn.url, policy, known);
    return [{ ...read, ...reading, isElsewhere: isOfOtherAccount(read.arn, known) }];
  });
  return { policy, statement, known, isCorrectable, providers, keys: conditions.flatMap(readKey) };
}

/** Stands for the URL of a principal that has none, where the conditions do not tell it either. */
export const unknownUrl = '<issuer without https://>';

/** The one issuer that the conditions are about. */
function findOnlyIssuer(conditions: readonly Condition[]): string {
  const [only, second] = [...new Set(conditions.flatMap(one => findIssuer(one)?.toLowerCase() ?? []))];
  return only === undefined || second !== undefined ? unknownUrl : only;
}

/** Federated principals by name are of no account. */
function isOfOtherAccount({ accountId, partition }: ProviderArn, { account }: KnownParts): boolean {
  if (account === undefined || accountId === '') return false;
  return accountId !== account.accountId || partition !== account.partition;
}

/** Returns what a correction can be built of: an account that is one, and identities that are service connections'. */
export function readKnown({ account, identities = [], environment }: Known): KnownParts {
  return {
    environment,
    account: account !== undefined && isAccount(account) ? account : undefined,
    identities: identities.filter(isConnection),
  };
}

/** Returns a condition as one on a claim; nothing if it is on something else. */
export function readKey(condition: Condition): readonly ProviderKey[] {
  const key = parseClaimKey(condition.key);
  return key === undefined ? [] : [{ condition, ...key, claim: readMeantClaim(condition, key), written: key.claim }];
}

/** People write a claim's long name, or the provider's URL alone: then the values tell. */
function readMeantClaim({ key, values }: Condition, { claim }: ClaimKey): string {
  if (claim !== '') return /^(?:subject|audience)$/i.test(claim) ? (nameClaim(key) ?? claim) : claim;
  if (values.length === 0) return '';
  if (values.every(one => usualAudiences.includes(one))) return 'aud';
  return values.every(one => /^(?:sc|p):\/\/|^\/eid1\//.test(one)) ? 'sub' : '';
}

/** Returns whether a statement is an Allow, for callers with a token of an OIDC provider. */
export function allowsWebIdentity({ statement }: Scene): boolean {
  return allowsAction(statement, webIdentityAction);
}

/** Returns whether AWS can take a provider for one at all: its principal, its account and its URL are right. */
export function isRight({ fault, urlFaults, isElsewhere }: NamedProvider): boolean {
  return fault === undefined && urlFaults.length === 0 && !isElsewhere;
}

/** Returns a sentence about who is allowed; of a provider that is mistaken it only says who will be. */
export function sayOnceRight(provider: NamedProvider, sentence: string): string {
  if (isRight(provider)) return sentence;
  return `Once the provider is named correctly: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** Returns the URL that a provider was meant to have; its own if it is right, or if nobody can tell. */
export function rightUrl({ meant, arn }: NamedProvider): string {
  return meant === undefined ? arn.url : stripScheme(formatIssuer(meant));
}

/**
 * Returns a provider's URL for a sentence about what to write: if it is mistaken and its id is not known, with a placeholder
 * instead of the mistake.
 */
export function showUrl(provider: NamedProvider): string {
  const { arn, meant, urlFaults, kind } = provider;
  if (urlFaults.length === 0 || meant !== undefined) return rightUrl(provider);
  const former = readFormerEntraIssuer(arn.url);
  return former === undefined ? forms[kind ?? 'other'] : `sts.windows.net/${former.tenantId}/`;
}

const forms = {
  'azure-devops': 'vstoken.dev.azure.com/<organization id>',
  entra: 'login.microsoftonline.com/<tenant id>/v2.0',
  'entra-v1': 'sts.windows.net/<tenant id>/',
  other: 'token.actions.githubusercontent.com',
};

/** Returns whether a key's prefix is a provider's, as it is or as it was meant: keys have no letter case. */
export function isOfProvider({ prefix }: ClaimKey, provider: NamedProvider): boolean {
  return [provider.arn.url, rightUrl(provider)].some(url => url.toLowerCase() === prefix.toLowerCase());
}

/** Returns whether a condition is on the claims of another provider of the statement. */
export function isOfOther({ providers }: Scene, condition: Condition, provider: NamedProvider): boolean {
  const key = parseClaimKey(condition.key);
  return key !== undefined && !isOfProvider(key, provider) && providers.some(other => isOfProvider(key, other));
}

/** Returns whether a key is of another issuer than the statement's providers, and was meant for none of them. */
export function isMeantForNone({ providers }: Scene, key: ClaimKey): boolean {
  return providers.length > 0 && !providers.some(provider => isMeantFor(key, provider));
}

/** Returns whether a key is a provider's, or was meant to be: it begins with its URL, a part of it, or one much like it. */
export function isMeantFor(key: ClaimKey, provider: NamedProvider): boolean {
  if (isOfProvider(key, provider)) return true;
  const prefix = stripScheme(key.prefix.toLowerCase());
  const right = rightUrl(provider).toLowerCase();
  // A placeholder or nothing is no other issuer's URL.
  if (!prefix.includes('.') || prefix.includes('${')) return true;
  const other = recogniseIssuer(prefix)?.issuer;
  if (other !== undefined) return isSameIssuer(other, provider.meant);
  return prefix === right || right.startsWith(`${trimSlashes(prefix)}/`) || prefix.startsWith(`${right}/`);
}

function isSameIssuer(one: KnownIssuer, other: KnownIssuer | undefined): boolean {
  return other !== undefined && formatIssuer(one) === formatIssuer(other);
}

/** Returns the conditions on one of a provider's claims that only a value in the policy can satisfy. */
export function findPositive({ keys }: Scene, provider: NamedProvider, claim: string): readonly ProviderKey[] {
  return keys.filter(
    key => key.claim.toLowerCase() === claim && isOfProvider(key, provider) && isPositive(key.condition),
  );
}

/** The same, keys that were meant for the provider among them. */
export function findMeant({ keys }: Scene, provider: NamedProvider, claim: string): readonly ProviderKey[] {
  return keys.filter(
    key => key.claim.toLowerCase() === claim && isMeantFor(key, provider) && isPositive(key.condition),
  );
}
