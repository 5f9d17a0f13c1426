import { WifError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Credentials } from '../session/credentials.ts';

/** The paths that a `credential_process` line is made of, and the generated id of the session it is for. */
export interface HelperCall {
  readonly node: string;
  readonly script: string;
  readonly state: string;
  readonly id: string;
}

/**
 * Returns the value of `credential_process`. It holds paths and a generated id, nothing that anybody typed. Linux and
 * macOS: single quotes, since the Go SDK strips double ones. Windows: no quotes at all, since the Go SDK and older .NET
 * SDKs fail on a quoted executable; forward slashes instead. Throws `CommandLineRefused` for a path that cannot be
 * written so.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function writeCommandLine(call: HelperCall, platform: string): string {
  const paths = [call.node, call.script, call.state];
  if (!/^[0-9a-f]{16}\.\d{1,3}$/.test(call.id)) throw new TypeError('a session id is generated, never given');
  const quote = platform === 'win32' ? writeWindowsPath : quotePath;
  return [...paths.map(quote), call.id].join(' ');
}

function quotePath(path: string): string {
  if (/['\p{Cc}]/u.test(path)) throw refused(path, 'a single quote or a control character');
  // In the file the line stands in, some SDKs see a comment there.
  if (/\s[#;]/.test(path)) throw refused(path, 'a blank before a # or ;');
  return `'${path}'`;
}

function writeWindowsPath(path: string): string {
  if (/[\s%!^&|<>()"'`;,=\p{Cc}]/u.test(path)) throw refused(path, 'a blank or a character that cmd.exe takes apart');
  return path.replaceAll('\\', '/');
}

function refused(path: string, what: string): WifError {
  return new WifError({
    code: 'CommandLineRefused',
    found: `The path "${path}" holds ${what}, so no AWS SDK could run the helper that refreshes credentials.`,
    expected: 'an agent whose work folder and Node have plain paths.',
    remedy:
      'Install the agent in a folder without such characters (C:\\agents\\a1, for one), or set refreshCredentials to false.',
  });
}

/** A session as the helper keeps it: credentials, and when they were asked for (milliseconds since 1970). */
export interface CachedSession {
  readonly credentials: Credentials;
  readonly obtainedAtMs: number;
  /** The account of the session's role, which SDKs build account endpoints with. */
  readonly accountId?: string | undefined;
}

/**
 * Returns credentials whose end is told by the clock of this machine where that is behind: AWS says when a session ends
 * by its own, and a session is never longer than was asked for.
 */
export function capLife(credentials: Credentials, obtainedAtMs: number, durationSeconds: number): Credentials {
  const latest = obtainedAtMs + durationSeconds * 1000;
  const isBehind = credentials.expiration.getTime() - latest > 60_000;
  return isBehind ? { ...credentials, expiration: new Date(latest) } : credentials;
}

/** SDKs are told an earlier end, so that none uses credentials to their last second: the Go SDK asks again only then. */
const marginMs = 5 * 60_000;

/** The longest time before the told end in which a new session is opened; a third of a session that is shorter. */
const longestWindowMs = 15 * 60_000;

/** What is left of a cached session: it is good, ought to be replaced though it still works, or is over. */
export type Freshness = 'fresh' | 'due' | 'over';

/** Returns whether a cached session can be handed out as it is, by the given time. */
export function judgeFreshness({ credentials, obtainedAtMs }: CachedSession, nowMs: number): Freshness {
  const endMs = credentials.expiration.getTime();
  if (nowMs >= endMs) return 'over';
  const windowMs = Math.min(longestWindowMs, (endMs - obtainedAtMs) / 3);
  return nowMs < endMs - marginMs - windowMs ? 'fresh' : 'due';
}

/**
 * Returns the JSON that `credential_process` has to print, version 1. Its Expiration is five minutes before STS's, or
 * STS's own where that has passed already: an SDK would take the session for dead otherwise.
 */
export function printCredentials({ credentials, accountId }: CachedSession, nowMs: number): string {
  const endMs = credentials.expiration.getTime();
  const told = nowMs < endMs - marginMs ? endMs - marginMs : endMs;
  return JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId.reveal(),
    SecretAccessKey: credentials.secretAccessKey.reveal(),
    SessionToken: credentials.sessionToken.reveal(),
    Expiration: new Date(told).toISOString(),
    AccountId: accountId,
  });
}

/** Returns the text of a cache file. It holds keys: only for a private file. */
export function encodeCache({ credentials, obtainedAtMs, accountId }: CachedSession): string {
  return JSON.stringify({
    accessKeyId: credentials.accessKeyId.reveal(),
    secretAccessKey: credentials.secretAccessKey.reveal(),
    sessionToken: credentials.sessionToken.reveal(),
    expiration: credentials.expiration.toISOString(),
    obtainedAtMs,
    accountId,
  });
}

/** Returns the session of a cache file, undefined where the text is not whole: a new session is opened then. */
export function decodeCache(text: string): CachedSession | undefined {
  const cache = parseObject(text);
  const { accessKeyId, secretAccessKey, sessionToken, expiration, obtainedAtMs, accountId } = cache;
  const end = typeof expiration === 'string' ? new Date(expiration) : undefined;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    return undefined;
  }
  if (end === undefined || Number.isNaN(end.getTime()) || typeof obtainedAtMs !== 'number') return undefined;
  const credentials = {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiration: end,
  };
  return { credentials, obtainedAtMs, accountId: typeof accountId === 'string' ? accountId : undefined };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
