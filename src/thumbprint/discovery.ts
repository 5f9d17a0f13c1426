import { IssuerError } from './issuer-error.ts';
import type { ProblemCode } from '../problem.ts';
import { parseRecord } from '../json.ts';

/** An HTTP answer as a value; `location` is where a redirect points. */
export interface DocumentAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/**
 * Returns the issuer's URL from a provider's, which IAM keeps without `https://`. Throws `ProviderUrlRefused` for one that
 * has a user name, a query or a fragment, or is not a URL.
 */
export function parseProviderUrl(providerUrl: string): URL {
  const text = /^[a-z]+:\/\//i.test(providerUrl) ? providerUrl : `https://${providerUrl}`;
  const url = parseHttps(text);
  if (typeof url !== 'string' && url.search === '') return url;
  throw new IssuerError({
    code: 'ProviderUrlRefused',
    found: `The provider's URL is ${text}, which ${typeof url === 'string' ? url : 'has a query'}.`,
    expected: "an issuer's https URL, with only host and path.",
    remedy: 'Delete the provider if nothing uses it; IAM cannot reach such an issuer either.',
  });
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest */
export function buildDiscoveryUrl(issuer: URL): URL {
  return new URL(`${issuer.origin}${issuer.pathname.replace(/(?<!\/)\/+$/, '')}/.well-known/openid-configuration`);
}

/**
 * Returns the URL of an issuer's keys from its discovery document. Throws if the answer is none, is of another issuer,
 * or names keys that are not on https.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export function judgeDiscovery({ status, location, body }: DocumentAnswer, issuer: URL): URL {
  if (status !== 200) throw refuse('DiscoveryRejected', describeStatus(status, location), issuer);
  const document = parseRecord(body);
  if (document === undefined) throw refuse('DiscoveryUnreadable', 'is not a JSON object', issuer);
  const { issuer: named, jwks_uri: keys } = document;
  if (!isSame(named, issuer)) {
    throw refuse(
      'DiscoveryOfOtherIssuer',
      `belongs to the issuer ${typeof named === 'string' ? named : JSON.stringify(named)}`,
      issuer,
    );
  }
  if (typeof keys !== 'string') throw refuse('DiscoveryUnreadable', 'has no jwks_uri', issuer);
  const url = parseHttps(keys);
  if (typeof url === 'string') throw refuse('KeysUrlRefused', `has the jwks_uri ${keys}, which ${url}`, issuer);
  return url;
}

/** Returns the URL, or what is wrong with it. */
function parseHttps(text: string): URL | string {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'is not on https';
  if (url.username !== '' || url.password !== '') return 'contains a user name or a password';
  if (url.hash !== '') return 'has a fragment';
  return url;
}

function describeStatus(status: number, location: string | undefined): string {
  if (location === undefined) return `was answered with status ${status}`;
  const host = URL.canParse(location) ? new URL(location).host : 'the same host';
  return `was answered with a redirect (${status}) to ${host}, which is not followed`;
}

/** An issuer may write the slash at its end or not: https://example.com and https://example.com/ are one in discovery. */
function isSame(named: unknown, issuer: URL): boolean {
  if (typeof named !== 'string') return false;
  return named.replace(/\/$/, '') === issuer.href.replace(/\/$/, '');
}

function refuse(code: ProblemCode, what: string, issuer: URL): IssuerError {
  return new IssuerError({
    code,
    found: `The discovery document ${buildDiscoveryUrl(issuer).href} ${what}.`,
    expected: `a document for ${issuer.href} itself, with an https URL as jwks_uri.`,
    remedy: "Check the provider's URL, and whether the issuer is still in operation; IAM needs the same document.",
  });
}
