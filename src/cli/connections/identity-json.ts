import type { Identity } from '../../identity/audience.ts';
import { parseIssuer } from '../../identity/issuer.ts';

/** Returns an issuer as JSON documents show it; the kind is null if it is neither of Azure DevOps' two. */
export function describeIssuerUrl(url: string): { readonly kind: string | null; readonly url: string } {
  const { kind } = parseIssuer(url);
  return { kind: kind === 'unknown' ? null : kind, url };
}

/** Returns an identity as JSON documents show it. */
export function listIdentity({ issuerUrl, subject, audiences }: Identity): Readonly<Record<string, unknown>> {
  return { issuer: describeIssuerUrl(issuerUrl), subject, audiences };
}
