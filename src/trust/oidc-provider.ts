import { WifError } from '../errors.ts';
import { exposeAudience, type Identity, type TokenAudience } from '../identity/audience.ts';
import { formatIssuer, parseIssuer, type KnownIssuer } from '../identity/issuer.ts';
import { recall, type Memory } from './policy-json.ts';

/** The partitions whose STS can reach the token issuers. */
export const partitions = ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc'] as const;
export type Partition = (typeof partitions)[number];

/** Returns whether a text names one of these partitions. */
export function isPartition(text: string): text is Partition {
  return (partitions as readonly string[]).includes(text);
}

/** The account in which a role and its OIDC provider are. */
export interface Account {
  readonly partition: Partition;
  readonly accountId: string;
}

/** An IAM OIDC provider as a connection's identity needs it. */
export interface OidcProvider {
  readonly arn: string;
  /** What CreateOpenIDConnectProvider takes: the `iss` claim, character by character. */
  readonly issuerUrl: string;
  /** The same without `https://`: the end of the ARN, and the prefix of condition keys. */
  readonly url: string;
  readonly clientIds: readonly string[];
}

export interface ProviderArn {
  readonly partition: string;
  readonly accountId: string;
  readonly url: string;
}

/**
 * Returns the provider that an account needs for an identity. Throws `TrustPolicyRefused` where the account or its
 * partition is none.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export function describeProvider(identity: Identity, account: Account): OidcProvider {
  const { issuerUrl, audiences } = identity;
  return {
    arn: formatProviderArn(issuerUrl, account),
    issuerUrl,
    url: stripScheme(issuerUrl),
    clientIds: audiences,
  };
}

/** Returns whether an account is one by its form: twelve digits, in a partition that is known here. */
export function isAccount({ partition, accountId }: Account): boolean {
  return /^\d{12}$/.test(accountId) && isPartition(partition);
}

/** Returns the ARN of an issuer's provider in an account. Throws `TrustPolicyRefused` where the account is none. */
export function formatProviderArn(issuerUrl: string, account: Account): string {
  const { partition, accountId } = account;
  if (!isAccount(account)) throw noAccount(partition, accountId);
  return `arn:${partition}:iam::${accountId}:oidc-provider/${stripScheme(issuerUrl)}`;
}

/** Returns the parts of an OIDC provider's ARN; the URL is kept as it is. Undefined where the text is none. */
export function parseProviderArn(arn: string): ProviderArn | undefined {
  const parts = /^arn:([^:]+):iam::(\d{12}):oidc-provider\/(.+)$/s.exec(arn);
  if (parts === null) return undefined;
  const [, partition = '', accountId = '', url = ''] = parts;
  return { partition, accountId, url };
}

/** Returns a text without the slashes at its end. */
export function trimSlashes(text: string): string {
  return text.replace(/(?<!\/)\/+$/, '');
}

const scheme = 'https://';

/** Returns an issuer's URL as IAM writes it in ARNs and condition keys. */
export function stripScheme(url: string): string {
  return url.startsWith(scheme) ? url.slice(scheme.length) : url;
}

/** Returns the client IDs that a provider lacks for an identity's tokens to pass. */
export function findMissingClientIds(identity: Identity, registered: readonly string[]): readonly string[] {
  return identity.audiences.filter(audience => !registered.includes(audience));
}

/**
 * Returns whether STS accepts a token's audience for one of a provider's client ids; else it answers "Incorrect token
 * audience". Which claim it compares is `exposeAudience`'s to say, with the same doubt.
 */
export function acceptsAudience(registered: readonly string[], audience: TokenAudience): boolean {
  return exposeAudience(audience).aud.some(value => registered.includes(value));
}

/** How a provider's URL differs from the issuer's it was meant for. */
export type UrlMistake = 'scheme-included' | 'letter-case' | 'port-included' | 'trailing-slash' | 'version-missing';

export type ProviderMatch =
  | { readonly kind: 'same' }
  | { readonly kind: 'mistaken'; readonly mistakes: readonly UrlMistake[] }
  | { readonly kind: 'github' }
  | { readonly kind: 'other' };

const githubHost = 'token.actions.githubusercontent.com';

/** Returns how a provider's URL (or a condition key's prefix) compares to an issuer's: AWS wants every letter the same. */
export function compareProvider(url: string, issuerUrl: string): ProviderMatch {
  const expected = stripScheme(issuerUrl);
  if (url === expected) return { kind: 'same' };
  if (isGithub(url)) return { kind: 'github' };
  const { text, mistakes } = correctUrl(url);
  return text === expected.toLowerCase() ? { kind: 'mistaken', mistakes } : { kind: 'other' };
}

/** Returns whether a URL is that of GitHub's issuer, from which many a policy was copied. */
export function isGithub(url: string): boolean {
  return stripScheme(url.toLowerCase()).startsWith(githubHost);
}

/** The issuer that a provider's URL is, or seems to be meant for. */
export interface MeantIssuer {
  readonly issuer: KnownIssuer;
  readonly mistakes: readonly UrlMistake[];
}

/** Returns the issuer that a URL without scheme means, small mistakes forgiven and named. Undefined for all others. */
export function recogniseIssuer(url: string): MeantIssuer | undefined {
  return recall(recognised, url, readMeantIssuer);
}

/** A policy's findings ask for its few URLs hundreds of times. */
const recognised: Memory<MeantIssuer | undefined> = new Map();

function readMeantIssuer(url: string): MeantIssuer | undefined {
  const { text, mistakes } = correctUrl(url);
  const issuer = parseIssuer(`https://${text}`);
  if (issuer.kind === 'unknown') return undefined;
  return { issuer, mistakes: stripScheme(formatIssuer(issuer)) === url ? [] : mistakes };
}

/** Returns a URL without a port, behind its host or at its end: IAM accepts none in a provider's URL. */
export function stripPort(url: string): string {
  return url.replace(/:\d{1,5}(?=\/|$)/, '');
}

function correctUrl(url: string): { readonly text: string; readonly mistakes: readonly UrlMistake[] } {
  const mistakes: UrlMistake[] = [];
  let text = url.toLowerCase();
  if (text !== url) mistakes.push('letter-case');
  if (/^https?:\/\//.test(text)) mistakes.push('scheme-included');
  const whole = text.replace(/^https?:\/\//, '');
  text = stripPort(whole);
  if (text !== whole) mistakes.push('port-included');
  if (text.endsWith('/')) mistakes.push('trailing-slash');
  text = trimSlashes(text);
  if (/^login\.microsoftonline\.com\/[^/]+$/.test(text)) {
    mistakes.push('version-missing');
    text += '/v2.0';
  }
  return { text, mistakes };
}

function noAccount(partition: string, accountId: string): WifError {
  return new WifError({
    code: 'TrustPolicyRefused',
    found: `The account is "${accountId}" in partition "${partition}".`,
    expected: `12 digits, in one of ${partitions.join(', ')}.`,
    remedy: 'Enter the ID of the account that has the role.',
  });
}
