import { join } from 'node:path';
import { openTokenEndpoint } from '../../../src/azure-devops/token-endpoint.ts';
import { asWifError, WifError } from '../../../src/errors.ts';
import { isRenewed, judgeFreshness } from '../../../src/handoff/credential-process.ts';
import { nameCache, nameLock, nameState } from '../../../src/handoff/files.ts';
import { decodeState, unreadableState, type RefreshState } from '../../../src/handoff/refresh-state.ts';
import { encodeCache, type CachedSession } from '../../../src/handoff/session-cache.ts';
import { hostClock } from '../../../src/host/clock.ts';
import { findOrWork } from '../../../src/host/lock.ts';
import { decodeNetworkSettings, type NetworkSettings } from '../../../src/host/network-settings.ts';
import { notWritten } from '../../../src/host/private-file.ts';
import type { PrivateFolder } from '../../../src/host/private-folder.ts';
import { openRetry } from '../../../src/host/retry.ts';
import { watchStop, type Stop } from '../../../src/host/stop.ts';
import type { TlsUse } from '../../../src/host/tls.ts';
import { keepIdToken } from '../../../src/identity/keep-id-token.ts';
import type { Session } from '../../../src/session/credentials.ts';
import type { Goal } from '../../../src/session/goal.ts';
import type { Moment } from '../../../src/session/life.ts';
import { openSession } from '../../../src/session/open-session.ts';
import { openClients } from './clients.ts';
import { mayTrustMore } from './environment.ts';
import { openLazySts } from './lazy-sts.ts';

/** One call of the helper: the job's folder, the session it is about, and when it began. */
export interface RefreshCall {
  readonly folder: PrivateFolder;
  readonly id: string;
  readonly began: Moment;
  readonly read: () => CachedSession | undefined;
}

/** All of it, waiting for another caller included: the Go SDK kills its helper after a minute. */
const maxSeconds = 45;

/**
 * Returns a session that was opened again, by this process or by another that was quicker. Where that fails and the
 * cached one still works it is returned, with a word on stderr; else the failure is thrown.
 */
export async function refreshSession(call: RefreshCall): Promise<CachedSession> {
  const stop = watchStop(maxSeconds, 'helper');
  const lock = { path: join(call.folder.path, nameLock(call.id)), find: watchCache(call), signal: stop.signal };
  try {
    return await findOrWork(lock, () => openAnew(call, stop));
  } catch (thrown) {
    // Cleanup has removed the folder while this process waited for the lock.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') throw unreadableState();
    const error = isOfDisk(thrown) ? notWritten(lock.path, 'could not be created', thrown) : asWifError(thrown);
    return useOld(call, error);
  } finally {
    stop.close();
  }
}

/** What the system says of a lock file, in its own error. */
function isOfDisk(thrown: unknown): boolean {
  return thrown instanceof Error && !(thrown instanceof WifError) && 'syscall' in thrown;
}

/**
 * Returns how to look for a session that another process has left. The file is opened only once it is another: on Windows
 * a reader keeps the writer from putting the next one in its place.
 */
function watchCache({ folder, id, read, began }: RefreshCall): () => CachedSession | undefined {
  let seen: string | undefined;
  return () => {
    const stamp = folder.stamp(nameCache(id));
    if (stamp === seen) return undefined;
    const cached = read();
    // One that could not be read, because another program has it open, is looked at again.
    if (cached !== undefined) seen = stamp;
    return cached !== undefined && isRenewed(cached, began, hostClock.now()) ? cached : undefined;
  };
}

function useOld({ read }: RefreshCall, error: WifError): CachedSession {
  const cached = read();
  if (cached === undefined || judgeFreshness(cached, hostClock.now()) === 'over') throw error;
  process.stderr.write(`The session still works, but could not be renewed. ${error.message}\n`);
  return cached;
}

async function openAnew({ folder, id }: RefreshCall, stop: Stop): Promise<CachedSession> {
  const state = decodeState(folder.read(nameState(id.split('.')[0] ?? '')) ?? '');
  const goal = state.goals[id];
  if (goal === undefined) throw unreadableState();
  const { credentials: keys, life, role } = await openGoal(state, goal, stop);
  const cached = { keys, life, accountId: role.accountId };
  keep(cached, { folder, id });
  return cached;
}

/**
 * A disk that is full or read-only is not a reason to throw a good session away; a folder that is gone is: the job is
 * over.
 */
function keep(cached: CachedSession, { folder, id }: Pick<RefreshCall, 'folder' | 'id'>): void {
  try {
    folder.write(nameCache(id), encodeCache(cached));
  } catch (thrown) {
    const error = asWifError(thrown);
    if (error.code !== 'FilesNotWritten' || folder.list().length === 0) throw error;
    process.stderr.write(`The session is valid, but could not be cached for later calls. ${error.message}\n`);
  }
}

/** The same requests as the step's own: nothing is taken from the environment of whoever runs the helper. */
async function openGoal(state: RefreshState, goal: Goal, stop: Stop): Promise<Session> {
  const { azureDevOps, aws } = openClients(readNetwork(state), stop, {
    tokenUrl: state.requestUrl,
    stsEndpoint: goal.endpoint,
  });
  const retry = openRetry({ maxAttempts: state.maxAttempts, stop, tell: sayNothing });
  const idToken = await keepIdToken(state.identity, {
    idTokens: openTokenEndpoint(state.requestUrl, state.jobToken, azureDevOps),
    retry,
    now: () => performance.now(),
    protect: sayNothing,
    warn: sayNothing,
  });
  const openSts = ({ endpoint, region }: Goal) => openLazySts({ endpoint, region, http: aws });
  return openSession(goal, state.terms, idToken.current, { openSts, retry, clock: hostClock, protect: sayNothing });
}

function readNetwork({ network, skipCertValidation }: RefreshState): NetworkSettings & TlsUse {
  const settings = decodeNetworkSettings(network);
  if (settings === undefined) throw unreadableState();
  return { ...settings, pinned: mayTrustMore(), skipCertValidation };
}

/** Nothing is printed but the answer and the reason of a failure: an SDK reads this process. */
function sayNothing(): void {
  // Said nowhere, on purpose.
}
