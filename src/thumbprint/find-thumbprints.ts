import { buildDiscoveryUrl, judgeDiscovery, parseProviderUrl, type DocumentAnswer } from './discovery.ts';
import { findTopCertificate, type TopCertificate } from './thumbprint.ts';

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
