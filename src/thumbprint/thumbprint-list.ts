import { IssuerError } from './issuer-error.ts';
import { buildDiscoveryUrl, judgeDiscovery, parseProviderUrl, type DocumentAnswer } from './discovery.ts';
import { findTopCertificate, type TopCertificate } from './thumbprint.ts';

/** IAM keeps no more for a provider. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const maxThumbprintCount = 5;

/**
 * Returns the list that a provider should have, or undefined if it has every wanted thumbprint already, however many
 * others it has. Missing ones are added at the end, then the oldest that are not wanted are dropped down to `max`: with 1
 * the list is replaced. Throws `ThumbprintsTooMany` where `max` cannot hold what is wanted.
 */
export function mergeThumbprints(
  current: readonly string[],
  wanted: readonly string[],
  max: number,
): readonly string[] | undefined {
  const unique = dropRepeats(wanted);
  const missing = unique.filter(one => !current.some(other => isSame(one, other)));
  if (missing.length === 0) return undefined;
  if (unique.length > max) throw tooMany(unique.length, max);
  const isWanted = (one: string): boolean => unique.some(other => isSame(one, other));
  const all = dropRepeats([...current, ...missing]);
  const spare = max - unique.length;
  const others = all.filter(one => !isWanted(one));
  const kept = new Set(spare === 0 ? [] : others.slice(-spare));
  return all.filter(one => isWanted(one) || kept.has(one));
}

/** Returns whether two thumbprints are the same; IAM keeps the letter case that it was given. */
export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function dropRepeats(thumbprints: readonly string[]): readonly string[] {
  return thumbprints.filter((one, place) => thumbprints.findIndex(other => isSame(one, other)) === place);
}

function tooMany(wanted: number, max: number): IssuerError {
  return new IssuerError({
    code: 'ThumbprintsTooMany',
    found: `The issuer needs ${wanted} thumbprints, for its own host and for the host of its keys, but only ${max} may be kept.`,
    expected: `room for ${wanted}; IAM rejects every token while one is missing.`,
    remedy: `Set max_thumbprints (--max-thumbprints) to ${wanted} or more.`,
  });
}

/**
 * Reads what an issuer shows to everybody. Both reject with an IssuerError; a chain is given only where it is trusted, is
 * for that host and comes from an allowed address.
 */
export interface Issuers {
  readonly readDocument: (url: URL) => Promise<DocumentAnswer>;
  /** DER, exactly what the server sent, in its order. */
  readonly readChain: (url: URL) => Promise<readonly Uint8Array[]>;
}

/** The thumbprint of one host of an issuer. */
export interface HostThumbprint extends TopCertificate {
  readonly host: string;
}

/**
 * Returns the thumbprints that IAM wants for a provider: that of the host of the issuer's keys, and where the issuer itself
 * is on another host, that host's too, since IAM then checks both. Rejects with an IssuerError.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
 */
export async function findThumbprints(providerUrl: string, issuers: Issuers): Promise<readonly HostThumbprint[]> {
  const issuer = parseProviderUrl(providerUrl);
  const keys = judgeDiscovery(await issuers.readDocument(buildDiscoveryUrl(issuer)), issuer);
  const hosts = keys.host === issuer.host ? [keys] : [keys, issuer];
  return Promise.all(hosts.map(async url => ({ host: url.host, ...findTopCertificate(await issuers.readChain(url)) })));
}
