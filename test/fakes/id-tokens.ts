import { randomUUID } from 'node:crypto';
import { base64url, SignJWT } from 'jose';
import type { Issuer } from './signing-keys.ts';
import { findIssuerKey, findUnknownKey, nameKey } from './signing-keys.ts';
import type { Claims } from './token-claims.ts';

/** How to spoil a token. */
export interface TokenBend {
  /** Claims that replace the genuine ones; null removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly lifetimeSeconds?: number;
  /** Mints the token as if this many seconds ago. */
  readonly ageSeconds?: number;
  /** `unknown-key`: right kid, wrong key. `unknown-kid`: a kid that no key set has. The rest: another `alg`. */
  readonly signature?: 'unknown-key' | 'unknown-kid' | 'none' | 'HS256' | 'PS256';
  /** Handed out in place of a token: not a JWT, an empty string, null; `undefined` inside leaves the property out. */
  readonly verbatim?: { readonly oidcToken: string | null | undefined };
}

/** Returns the claims as bent: overrides last, so that they also win over `lifetimeSeconds`. */
export function bendClaims(claims: Claims, bend: TokenBend): Claims {
  const issuedAt = Number(claims['iat']);
  const lifetime = bend.lifetimeSeconds === undefined ? {} : { exp: issuedAt + bend.lifetimeSeconds };
  const bent: Claims = { ...claims, ...lifetime, ...bend.claims };
  return Object.fromEntries(Object.entries(bent).filter(([, value]) => value !== null));
}

/** Signs as the issuer does, RS256 with its kid, or as the bend says. */
export async function signToken(claims: Claims, issuer: Issuer, bend: TokenBend): Promise<string> {
  const key = await findIssuerKey();
  const kid = bend.signature === 'unknown-kid' ? randomUUID() : nameKey(key, issuer);
  const header = { typ: 'JWT', x5t: kid, kid };
  switch (bend.signature) {
    case 'none':
      return `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`;
    case 'HS256':
      return sign(claims, { ...header, alg: 'HS256' }, Buffer.from(exportPem(key.publicKey)));
    case 'PS256':
      return sign(claims, { ...header, alg: 'PS256' }, key.privateKey);
    case 'unknown-key':
      return sign(claims, { ...header, alg: 'RS256' }, (await findUnknownKey()).privateKey);
    case 'unknown-kid':
    case undefined:
      break;
  }
  return sign(claims, { ...header, alg: 'RS256' }, key.privateKey);
}

type Key = Parameters<SignJWT['sign']>[0];

function sign(claims: Claims, header: { alg: string; kid: string }, key: Key): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key);
}

// The HMAC secret is the public key's text: what an attacker would take who hopes that the alg is believed.
function exportPem(key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function encode(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}
