import { WifError } from '../errors.ts';
import { measureRest, wasSetBack, type Life, type Moment } from '../session/life.ts';
import type { CachedSession } from './session-cache.ts';

/** The paths that a `credential_process` line is made of, and the generated id of the session it is for. */
export interface HelperCall {
  readonly node: string;
  readonly script: string;
  readonly state: string;
  readonly id: string;
}

/**
 * Returns the value of `credential_process`. It holds paths and a generated id, nothing that anybody typed. Linux and
 * macOS: single quotes, since the Go SDK strips double ones, where a path is not plain: clients of MinIO's library split
 * the line at blanks and know no quotes. Windows: no quotes at all, since the Go SDK and older .NET
 * SDKs fail on a quoted executable; forward slashes instead, and ASCII alone. Throws `CommandLineRefused` for a path that cannot be
 * written so.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function writeCommandLine(call: HelperCall, platform: string): string {
  const paths = [call.node, call.script, call.state];
  if (!/^[0-9a-f]{16}\.\d{1,3}$/.test(call.id)) throw new TypeError('a session ID is generated, never given');
  const quote = platform === 'win32' ? writeWindowsPath : quotePath;
  return [...paths.map(quote), call.id].join(' ');
}

/** Means the same to a shell and to readers that split at blanks. */
const plainPath = /^\/[A-Za-z0-9_./+-]+$/;

function quotePath(path: string): string {
  if (/['\p{Cc}]/u.test(path)) throw refused(path, 'a single quote or a control character');
  // In the file the line is in, some SDKs see a comment there.
  if (/\s[#;]/.test(path)) throw refused(path, 'a space before a # or ;');
  return plainPath.test(path) ? path : `'${path}'`;
}

/**
 * Returns whether a Windows path can be part of the command line as it is. Only printable ASCII: a profile file is read as
 * UTF-8 by some SDKs and in the machine's code page by others, and cmd.exe has a third encoding.
 */
export function isPlainWindowsPath(path: string): boolean {
  return /^[\x21-\x7e]+$/.test(path) && !/[%!^&|<>()"'`;,=]/.test(path);
}

function writeWindowsPath(path: string): string {
  if (!isPlainWindowsPath(path)) throw refused(path, describeWindowsFault(path), shortNameRemedy);
  return path.replaceAll('\\', '/');
}

function describeWindowsFault(path: string): string {
  return /[^\x20-\x7e]/.test(path)
    ? 'a character outside ASCII, which AWS SDKs decode differently, and has no short form (8.3) without it'
    : 'a space or a character that cmd.exe interprets, and has no short form (8.3) without it';
}

function refused(path: string, what: string, remedy = posixRemedy): WifError {
  return new WifError({
    code: 'CommandLineRefused',
    found: `The path "${path}" contains ${what}, so no AWS SDK could run the helper that refreshes credentials.`,
    expected: 'an agent whose work folder and Node.js have plain paths.',
    remedy,
  });
}

const posixRemedy =
  'Install the agent in a folder without such characters, /opt/agents/a1 for example, or set refreshCredentials to false.';

const shortNameRemedy =
  'Install the agent in a folder such as C:\\agents\\a1; or enable short names on the volume (fsutil 8dot3name set) and create the folder again; or set refreshCredentials to false.';

/** SDKs get an earlier end, so that none uses credentials to their last second: the Go SDK asks again only then. */
const marginMs = 5 * 60_000;

/** The longest time before the printed end in which a new session is opened; a third of a session that is shorter. */
const maxWindowMs = 15 * 60_000;

/** What is left of a cached session: it is good, ought to be replaced though it still works, or is over. */
export type Freshness = 'fresh' | 'due' | 'over';

/**
 * Returns whether a cached session can be handed out as it is at a moment. Over is also one whose age cannot be known;
 * due is also one that was opened by a clock that has been set back since.
 */
export function judgeFreshness({ life }: CachedSession, now: Moment): Freshness {
  const restMs = measureRest(life, now) ?? 0;
  if (restMs <= 0) return 'over';
  const windowMs = Math.min(maxWindowMs, life.lastsMs / 3);
  return restMs > marginMs + windowMs && !wasSetBack(life.opened, now) ? 'fresh' : 'due';
}

/**
 * Returns whether a caller that began to wait at a moment can have the session that another process left: a fresh one,
 * or one that was opened since and still works, where AWS gives only short ones.
 */
export function isRenewed(cached: CachedSession, began: Moment, now: Moment): boolean {
  const freshness = judgeFreshness(cached, now);
  const { opened } = cached.life;
  // A clock that was set back makes an old session look as if it were opened later.
  const isNew = opened.hostMs >= began.hostMs && !wasSetBack(opened, now);
  return freshness === 'fresh' || (freshness === 'due' && isNew);
}

/**
 * Returns the JSON that `credential_process` has to print, version 1. Its Expiration is for SDKs, which compare it with
 * the host's clock: what that shows now and the time that the session has left, less five minutes if there are more.
 * Throws `StsAnswerUnreadable` for a session that is over.
 */
export function printCredentials({ keys, life, accountId }: CachedSession, now: Moment): string {
  const restMs = measureRest(life, now) ?? 0;
  if (restMs <= 0) throw overError(life);
  const endMs = now.hostMs + (restMs > marginMs ? restMs - marginMs : restMs);
  return JSON.stringify({
    Version: 1,
    AccessKeyId: keys.accessKeyId.reveal(),
    SecretAccessKey: keys.secretAccessKey.reveal(),
    SessionToken: keys.sessionToken.reveal(),
    Expiration: new Date(endMs).toISOString(),
    AccountId: accountId,
  });
}

function overError({ lastsMs }: Life): WifError {
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `The session that AWS STS opened lasted ${Math.ceil(lastsMs / 1000)} s and expired before it could be used.`,
    expected: 'a session with the requested duration.',
    remedy:
      'Run the job again; if the error persists, check where stsEndpoint points and whether a proxy changes responses.',
  });
}
