import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { WifError } from '../errors.ts';

/** The files of a job are a few kilobytes each. */
const maxBytesOfJob = 10_000_000;

/**
 * Returns a file's text, or undefined if there is no such file. Throws FilesRefused for what is not a regular file
 * with one link, ours, without rights for others, of at most so many bytes; it never waits for the other end of a pipe.
 *
 * A hard link that loses its other name during the call looks like a single one: only the folder keeps those out.
 */
export function readPrivateFile(
  path: string,
  platform: NodeJS.Platform,
  maxBytes = maxBytesOfJob,
  encoding: 'utf8' | 'utf16le' = 'utf8',
): string | undefined {
  const judge = (stat: BigIntStats): string | undefined =>
    findForeign(stat, platform) ?? findOpen(stat, platform) ?? findTooLarge(stat, maxBytes);
  try {
    return whileBusy(platform, () => useFile(path, constants.O_RDONLY, judge, file => readFileSync(file, encoding)));
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    if (thrown instanceof WifError) throw thrown;
    const remedy = isInUse(thrown, platform) ? inUseRemedy : undefined;
    throw refused(path, `could not be read: ${String(thrown)}`, thrown, remedy);
  }
}

/** A file to write: its path and its whole text. */
export interface PrivateText {
  readonly path: string;
  readonly text: string;
}

/**
 * Puts files in place of what is at their paths, in order and each in one step, so that a reader finds the old text
 * or the new. None is replaced before all are on the disk: a full one changes nothing. Throws FilesRefused where what
 * stands there is not a regular file of ours with one link, FilesNotWritten if it fails.
 *
 * A process that is killed leaves partial files, or some files new and some old; the next text does not depend on them,
 * and cleanup removes them.
 */
export function writePrivateFiles(texts: readonly PrivateText[], platform: NodeJS.Platform): void {
  const prepared: { readonly path: string; readonly partial: string }[] = [];
  try {
    for (const { path, text } of texts) {
      const partial = join(dirname(path), `.${randomBytes(12).toString('hex')}.partial`);
      prepared.push({ path, partial });
      naming(path, platform, () => {
        refuseForeign(path, platform);
        fill(partial, text, platform);
      });
    }
    for (const { path, partial } of prepared) {
      naming(path, platform, () => {
        whileBusy(platform, () => {
          replace(path, partial, platform);
        });
      });
    }
  } catch (thrown) {
    for (const { partial } of prepared) discard(partial);
    throw thrown;
  }
}

function naming(path: string, platform: NodeJS.Platform, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    throw thrown instanceof WifError ? thrown : notChanged(path, 'could not be written', thrown, platform);
  }
}

function notChanged(path: string, failure: string, thrown: unknown, platform: NodeJS.Platform): WifError {
  return notWritten(path, failure, thrown, isInUse(thrown, platform) ? inUseRemedy : undefined);
}

/** On Windows neither a reader nor a writer gets past a program that opened the file without sharing it. */
const inUseRemedy =
  "Another program has the file or its folder open, or denies the agent's user access to it (a virus scanner, a backup, a search indexer). Exclude the agent's work folder from it, then run the job again.";

/** Removes a file or a link, never what a link points at. Missing is fine; throws FilesNotWritten if it cannot. */
export function removePrivateFile(path: string, platform: NodeJS.Platform): void {
  try {
    whileBusy(platform, () => {
      unlinkSync(path);
    });
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw notChanged(path, 'could not be removed', thrown, platform);
  }
}

/** Empties a regular file of ours with one link. Throws whatever stands in the way. */
export function truncatePrivateFile(path: string, platform: NodeJS.Platform): void {
  const judge = (stat: BigIntStats): string | undefined => findForeign(stat, platform);
  useFile(path, constants.O_WRONLY, judge, file => {
    ftruncateSync(file);
  });
}

/** Returns what is at a path, links themselves; undefined if nothing is. Ids of NTFS need all 64 bits. */
export function lookAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Returns whether two looks saw the same thing. libuv gave 64 or 32 bits of a volume: github.com/libuv/libuv/pull/4698 */
export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && BigInt.asUintN(32, one.dev) === BigInt.asUintN(32, other.dev);
}

/** Returns in words why something is another user's; undefined on Windows, where the folder's access list counts. */
export function findOtherOwner(stat: BigIntStats, platform: NodeJS.Platform): string | undefined {
  const user = process.geteuid?.();
  if (platform === 'win32' || user === undefined || stat.uid === BigInt(user)) return undefined;
  return `belongs to user ${String(stat.uid)}, not to user ${user}`;
}

/** Returns what something is, in words. */
export function describeKind(stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return 'a link';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isFile() ? 'a file' : 'a device or socket';
}

/** Returns a mode as people write it: 0644. */
export function describeMode(stat: BigIntStats): string {
  return `0${(stat.mode & 0o777n).toString(8).padStart(3, '0')}`;
}

/** Returns the error for what stands in the way at a path: "is a link". */
export function refused(path: string, fault: string, cause?: unknown, remedy = refusedRemedy): WifError {
  return new WifError(
    {
      code: 'FilesRefused',
      found: `${path} ${fault}.`,
      expected: "a folder in the agent's temporary folder, and files in it, that only the agent's user can use.",
      remedy,
    },
    { cause },
  );
}

const refusedRemedy =
  "Nothing was read or written through it. Find the cause (an earlier step, another user of the machine), correct it and run the job again. A network share (Azure Files, SMB) gives every file the mode or owner of its mount: use a work folder on a local disk, mount the share with the agent's uid, dir_mode=0700 and file_mode=0600, or set writeProfile: false.";

/** Returns the error for what the system did not let us do at a path: "could not be written". */
export function notWritten(path: string, failure: string, cause: unknown, remedy = notWrittenRemedy): WifError {
  return new WifError(
    {
      code: 'FilesNotWritten',
      found: `${path} ${failure}: ${messageOf(cause)}.`,
      expected: 'a temporary folder of the agent that can hold files for later steps.',
      remedy,
    },
    { cause },
  );
}

const notWrittenRemedy =
  "Check that the agent's user may write to the agent's temporary folder and that its disk or quota is not full, then run the job again.";

/** Repeats what fails because a file is in use for about a second: on Windows any open file can be in the way. */
export function whileBusy<T>(platform: NodeJS.Platform, operation: () => T): T {
  for (const delay of [10, 20, 40, 80, 160, 300, 400]) {
    try {
      return operation();
    } catch (thrown) {
      if (!isInUse(thrown, platform)) throw thrown;
    }
    pause(delay);
  }
  return operation();
}

/** Returns whether an error says that a file is in use. On Windows those are all that a sharing violation comes out as. */
export function isInUse(thrown: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return (platform === 'win32' ? ['EBUSY', 'EPERM', 'EACCES'] : ['EBUSY']).includes(codeOf(thrown));
}

/** Blocks for some milliseconds. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Windows has neither flag; there Node gives undefined, which counts as no bit. */
const noFollow = constants.O_NOFOLLOW | 0;
const noWait = constants.O_NONBLOCK | 0;

/** Opens what is at a path only if it is right before and after, and still the same: a link cannot slip in between. */
function useFile<T>(
  path: string,
  access: number,
  judge: (stat: BigIntStats) => string | undefined,
  use: (file: number) => T,
): T | undefined {
  const standing = lookAt(path);
  if (standing === undefined) return undefined;
  refuseIf(path, judge(standing));
  const file = openSync(path, access | noFollow | noWait);
  try {
    const opened = fstatSync(file, { bigint: true });
    refuseIf(path, judge(opened));
    if (!isSame(standing, opened)) throw Object.assign(new Error('it was replaced in the meantime'), { code: 'EBUSY' });
    return use(file);
  } finally {
    closeSync(file);
  }
}

function fill(partial: string, text: string, platform: NodeJS.Platform): void {
  const file = openSync(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    // A umask may have taken the owner's rights away.
    if (platform !== 'win32') fchmodSync(file, 0o600);
    writeFileSync(file, text);
    // Network disks and quotas may report a full disk only here.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function replace(path: string, partial: string, platform: NodeJS.Platform): void {
  refuseForeign(path, platform);
  renameSync(partial, path);
}

function refuseForeign(path: string, platform: NodeJS.Platform): void {
  const standing = lookAt(path);
  if (standing !== undefined) refuseIf(path, findForeign(standing, platform));
}

function discard(partial: string): void {
  try {
    unlinkSync(partial);
  } catch {
    // The first failure is the one to report; cleanup finds what is left.
  }
}

function refuseIf(path: string, fault: string | undefined): void {
  if (fault !== undefined) throw refused(path, fault);
}

/** More than one: a file that was replaced while open has none. */
function findForeign(stat: BigIntStats, platform: NodeJS.Platform): string | undefined {
  if (!stat.isFile()) return `is ${describeKind(stat)}, not a file`;
  if (stat.nlink > 1n) return `has ${String(stat.nlink)} hard links`;
  return findOtherOwner(stat, platform);
}

function findOpen(stat: BigIntStats, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32' || (stat.mode & 0o077n) === 0n) return undefined;
  return `has mode ${describeMode(stat)}, so others may use it`;
}

function findTooLarge(stat: BigIntStats, maxBytes: number): string | undefined {
  return stat.size > BigInt(maxBytes) ? `has ${String(stat.size)} bytes` : undefined;
}

/** Returns what a failure says, without its full stop: for the middle of a sentence. */
export function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.trim().replace(/\.$/, '');
}

/** Returns the code of a system's error; empty for other failures. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
