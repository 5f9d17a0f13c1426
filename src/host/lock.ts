import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostDisk, type LockDisk } from './lock-file.ts';
import { codeOf } from './private-file.ts';
import { stopError } from './stop.ts';

/** How often a holder shows that it lives, and after how long without a sign it is taken for dead. */
const beatMs = 500;
const deadMs = 3000;
const pollMs = 40;

/** What a holder puts on its lock when it cannot remove it: a time that no living holder sets. */
const released = new Date(0);

export interface LockOptions<T> {
  /** The lock file. Its folder must exist: a lock never makes one. */
  readonly path: string;
  /** Looked at before each try: a result that another holder has left ends the wait. */
  readonly find: () => T | undefined;
  /** Ends the wait, not the work. */
  readonly signal: AbortSignal;
  readonly disk?: LockDisk;
}

/**
 * Returns what `find` finds, or does the work as the only process that holds the lock. A lock is a file that its holder
 * touches twice a second; one that was not touched for three seconds belonged to a process that died and is taken over.
 * No process id is involved, so containers and reused ids do not matter.
 *
 * On Windows any program may hold the file for a while (a virus scanner, an indexer): that never fails the work or
 * changes its outcome, a lock that cannot be removed is marked as released, and one that stays in use for three seconds
 * without a living holder stops nobody.
 *
 * It does not promise that a holder which was stopped for seconds, and thus taken for dead, is alone: the work must be
 * harmless when it is done twice. Nor that there is a lock where the disk takes none: the work is done all the same.
 */
export async function findOrWork<T>(options: LockOptions<T>, work: () => Promise<T>): Promise<T> {
  const disk = options.disk ?? hostDisk;
  let inUseSince: number | undefined;
  for (;;) {
    const found = options.find();
    if (found !== undefined) return found;
    const taken = tryLock(options.path, disk);
    if (typeof taken === 'function') return workLocked(options, work, taken);
    inUseSince = taken === 'inUse' ? (inUseSince ?? performance.now()) : undefined;
    if (inUseSince !== undefined && performance.now() - inUseSince > deadMs) return work();
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

async function workLocked<T>({ find }: LockOptions<T>, work: () => Promise<T>, release: Release): Promise<T> {
  try {
    // Between the last look and the lock another holder may have finished.
    return find() ?? (await work());
  } finally {
    await release();
  }
}

/** Never fails: what the work came to is not replaced by what became of the lock. */
type Release = () => Promise<void>;

/** Returns how to release the lock, or why it could not be taken: a process holds it, or the file is in use. */
function tryLock(path: string, disk: LockDisk): Release | 'held' | 'inUse' {
  const token = randomBytes(16).toString('hex');
  try {
    disk.create(path, token);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (takesNothing.includes(code)) return () => Promise.resolve();
    if (code === 'EEXIST') return breakDeadLock(path, disk);
    if (isInUse(thrown)) return 'inUse';
    throw thrown;
  }
  const timer = setInterval(() => {
    attempt(() => {
      disk.touch(path, new Date());
    });
  }, beatMs);
  return async () => {
    clearInterval(timer);
    await removeOwn(path, token, disk);
  };
}

async function removeOwn(path: string, token: string, disk: LockDisk): Promise<void> {
  for (const delayMs of [10, 40, 150, 300]) {
    if (isRemoved(path, token, disk)) return;
    await sleep(delayMs);
  }
  if (!isRemoved(path, token, disk)) {
    attempt(() => {
      disk.touch(path, released);
    });
  }
}

/** Also where it is gone already, or another's: this holder was taken for dead. */
function isRemoved(path: string, token: string, disk: LockDisk): boolean {
  try {
    if (disk.read(path) === token) disk.remove(path);
    return true;
  } catch (thrown) {
    return !isInUse(thrown);
  }
}

/**
 * Moves a dead holder's lock away, for the next try to make its own. Of several processes that try, one succeeds with one
 * lock; who finds that it moved another one, taken in between, puts that back. A lock that lives is not opened.
 */
function breakDeadLock(path: string, disk: LockDisk): 'held' | 'inUse' {
  const moved = `${path}-${randomBytes(8).toString('hex')}`;
  try {
    if (!isDead(path, disk)) return 'held';
    const token = disk.read(path);
    disk.move(path, moved);
    if (disk.read(moved) !== token) disk.link(moved, path);
    return 'held';
  } catch (thrown) {
    return isInUse(thrown) ? 'inUse' : 'held';
  } finally {
    attempt(() => {
      disk.remove(moved);
    });
  }
}

function isDead(path: string, disk: LockDisk): boolean {
  const touched = disk.touchedMs(path);
  // A clock that was set back leaves a dead lock in the future; a living holder touches its own again.
  return touched !== undefined && Math.abs(Date.now() - touched) > deadMs;
}

/** Full, over its quota or read-only: nobody can leave a result there, so each has to work for itself. */
const takesNothing = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'];

/** What Windows says of a file that another program has open, or that goes away with the last one that has. */
function isInUse(thrown: unknown): boolean {
  return ['EBUSY', 'EPERM', 'EACCES'].includes(codeOf(thrown));
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Cleanup has removed the folder, or another program holds the file: the lock counts as dead soon.
  }
}
