import { Secret } from '../secret.ts';
import type { Keys } from '../session/credentials.ts';
import { endByHost, type Life } from '../session/life.ts';
import { parseRecord } from '../json.ts';

/** A session as the helper keeps it. */
export interface CachedSession {
  readonly keys: Keys;
  readonly life: Life;
  /** The account of the session's role, which SDKs build account endpoints with. */
  readonly accountId?: string | undefined;
}

/** Returns the text of a cache file; its end is by the host's clock. It holds keys: only for a private file. */
export function encodeCache({ keys, life, accountId }: CachedSession): string {
  const { hostMs, sinceBootMs } = life.opened;
  return JSON.stringify({
    accessKeyId: keys.accessKeyId.reveal(),
    secretAccessKey: keys.secretAccessKey.reveal(),
    sessionToken: keys.sessionToken.reveal(),
    expiration: endByHost(life).toISOString(),
    obtainedAtMs: hostMs,
    sinceBootMs: sinceBootMs ?? null,
    accountId,
  });
}

/**
 * Returns the session of a cache file, undefined if the text is not whole or of an earlier version of the task: a new
 * session is opened then.
 */
export function decodeCache(text: string): CachedSession | undefined {
  const cache = parseRecord(text) ?? {};
  const keys = decodeKeys(cache);
  const life = decodeLife(cache);
  const accountId = typeof cache['accountId'] === 'string' ? cache['accountId'] : undefined;
  return keys && life && { keys, life, accountId };
}

function decodeKeys({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Readonly<Record<string, unknown>>): Keys | undefined {
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return undefined;
  }
  return {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
  };
}

function decodeLife(cache: Readonly<Record<string, unknown>>): Life | undefined {
  const { expiration, obtainedAtMs: hostMs, sinceBootMs } = cache;
  const endMs = typeof expiration === 'string' ? Date.parse(expiration) : NaN;
  if (Number.isNaN(endMs) || typeof hostMs !== 'number') return undefined;
  if (sinceBootMs !== null && typeof sinceBootMs !== 'number') return undefined;
  const opened = { hostMs, sinceBootMs: sinceBootMs ?? undefined };
  return { opened, lastsMs: endMs - hostMs };
}
