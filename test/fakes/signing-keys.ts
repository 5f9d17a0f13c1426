import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

export interface SigningKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export type Issuer = 'azure-devops' | 'entra';

/** The key of both issuers, made once per process, at its first use. */
export const findIssuerKey = once(createKey);

/** A key that no issuer publishes. */
export const findUnknownKey = once(createKey);

/** The key's id in the form of each issuer: upper-case hex from Azure DevOps, base64url from Entra. */
export function nameKey(key: SigningKey, issuer: Issuer): string {
  const digest = createHash('sha1').update(key.publicKey.export({ type: 'spki', format: 'der' }));
  return issuer === 'entra' ? digest.digest('base64url') : digest.digest('hex').toUpperCase();
}

/** The JSON Web Key Set that an issuer publishes. */
export async function describeKeys(issuer: Issuer): Promise<{ readonly keys: readonly object[] }> {
  const key = await findIssuerKey();
  const { n, e } = key.publicKey.export({ format: 'jwk' });
  const kid = nameKey(key, issuer);
  return { keys: [{ kty: 'RSA', use: 'sig', ...(issuer === 'entra' ? {} : { alg: 'RS256' }), kid, x5t: kid, n, e }] };
}

function createKey(): Promise<SigningKey> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
