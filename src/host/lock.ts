import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  futimesSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopError } from './stop.ts';

/** How often a holder shows that it lives, and after how long without a sign it is taken for dead. */
const beatMs = 500;
const deadMs = 3000;
const pollMs = 40;

export interface LockOptions<T> {
  /** The lock file. Its folder must exist: a lock never makes one. */
  readonly path: string;
  /** Looked at before each try: a result that another holder has left ends the wait. */
  readonly find: () => T | undefined;
  /** Ends the wait, not the work. */
  readonly signal: AbortSignal;
}

/**
 * Returns what `find` finds, or does the work as the only process that holds the lock. A lock is a file that its holder
 * touches twice a second; one that was not touched for three seconds belonged to a process that died and is taken over.
 * No process id is involved, so containers and reused ids do not matter.
 *
 * It does not promise that a holder which was stopped for seconds, and thus taken for dead, is alone: the work must be
 * harmless when it is done twice. Nor that there is a lock where the disk takes none: the work is done all the same.
 */
export async function findOrWork<T>(options: LockOptions<T>, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const found = options.find();
    if (found !== undefined) return found;
    const release = tryLock(options.path);
    if (release !== undefined) return workLocked(options, work, release);
    await pause(options.signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(pollMs * (0.5 + Math.random()), undefined, { signal });
  } catch (thrown) {
    throw stopError(signal, 'waiting for another process that renews the same credentials', thrown);
  }
}

async function workLocked<T>({ find }: LockOptions<T>, work: () => Promise<T>, release: () => void): Promise<T> {
  try {
    // Between the last look and the lock another holder may have finished.
    return find() ?? (await work());
  } finally {
    release();
  }
}

function tryLock(path: string): (() => void) | undefined {
  const token = randomBytes(16).toString('hex');
  try {
    if (!createLock(path, token) && !(breakDeadLock(path) && createLock(path, token))) return undefined;
  } catch (error) {
    if (takesNothing.includes(codeOf(error))) return () => undefined;
    throw error;
  }
  const timer = setInterval(() => {
    touch(path);
  }, beatMs);
  return () => {
    clearInterval(timer);
    if (readToken(path) === token) rmSync(path, { force: true });
  };
}

function createLock(path: string, token: string): boolean {
  const file = openNew(path);
  if (file === undefined) return false;
  try {
    fill(file, token);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** A new file has the time of the disk's own machine, which on a network share is another clock than this host's. */
function fill(file: number, token: string): void {
  const now = new Date();
  try {
    writeSync(file, token);
    futimesSync(file, now, now);
  } finally {
    closeSync(file);
  }
}

function openNew(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/**
 * Moves a dead holder's lock away. Of several processes that try, one succeeds with one lock; who finds that it moved
 * another one, taken in between, puts that back.
 */
function breakDeadLock(path: string): boolean {
  const token = readToken(path);
  if (token === undefined || !isDead(path)) return false;
  const moved = `${path}-${randomBytes(8).toString('hex')}`;
  try {
    renameSync(path, moved);
    if (readToken(moved) === token) return true;
    linkSync(moved, path);
    return false;
  } catch {
    return false;
  } finally {
    rmSync(moved, { force: true });
  }
}

function isDead(path: string): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  // A clock that was set back leaves a dead lock in the future; a living holder touches its own anew.
  return touched !== undefined && Math.abs(Date.now() - touched) > deadMs;
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Cleanup has removed the folder: there is nothing left to hold.
  }
}

/** Full, over its quota or read-only: nobody can leave a result there, so each has to work for itself. */
const takesNothing = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'];

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
