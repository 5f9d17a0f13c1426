import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import type { Clock } from './clock.ts';

export type FindKey = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeys {
  /** Rejects if the discovery document or the key set cannot be had, or speaks of another issuer. */
  fetch(issuer: string): Promise<FindKey>;
}

export interface IssuerKeysOptions {
  readonly discovery: ReadonlyMap<string, string>;
  readonly authority: string | undefined;
  readonly cacheSeconds: number;
  readonly clock: Clock;
}

/** Fetches signing keys as STS does, by way of the discovery document; follows no redirect. */
export function createIssuerKeys({ discovery, authority, cacheSeconds, clock }: IssuerKeysOptions): IssuerKeys {
  const cache = new Map<string, { readonly keys: Promise<FindKey>; readonly until: number }>();
  return {
    fetch: issuer => {
      const cached = cache.get(issuer);
      if (cached && clock() < cached.until) return cached.keys;
      const keys = fetchKeys(issuer, discovery.get(issuer), authority);
      cache.set(issuer, { keys, until: clock() + cacheSeconds * 1000 });
      keys.catch(() => cache.delete(issuer));
      return keys;
    },
  };
}

async function fetchKeys(issuer: string, url: string | undefined, authority: string | undefined): Promise<FindKey> {
  if (url === undefined) throw new Error(`no discovery document is known for ${issuer}`);
  const document = (await fetchJson(url, authority)) as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== issuer) throw new Error(`${url} speaks of another issuer`);
  const keys = await fetchJson(document.jwks_uri ?? '', authority);
  return createLocalJWKSet(keys as JSONWebKeySet);
}

async function fetchJson(url: string, authority: string | undefined): Promise<unknown> {
  return JSON.parse(await fetchText(url, authority));
}

function fetchText(url: string, authority: string | undefined): Promise<string> {
  const get = url.startsWith('https:') ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    const options = { agent: false, timeout: 5000, ...(authority === undefined ? {} : { ca: authority }) };
    const request = get(url, options, response => {
      if (response.statusCode !== 200) request.destroy(new Error(`${url} answered ${response.statusCode ?? 0}`));
      response.toArray().then(chunks => {
        resolve(Buffer.concat(chunks as Buffer[]).toString());
      }, reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${url} did not answer`)));
    request.on('error', reject);
  });
}
