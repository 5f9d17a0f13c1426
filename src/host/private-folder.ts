import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { WifError } from '../errors.ts';
import {
  describeKind,
  describeMode,
  findOtherOwner,
  isSame,
  lookAt,
  notWritten,
  pause,
  readPrivateFile,
  refused,
  removePrivateFile,
  truncatePrivateFile,
  writePrivateFiles,
} from './private-file.ts';

/**
 * A flat folder that only the current user can use. Before each call it is looked at again: one that was replaced or
 * opened to others is refused with FilesRefused; one that is gone has no files and takes none.
 *
 * It does not hold against someone who may rename things in its parent at the very moment of a call, and knows nothing
 * of access lists beyond the mode on Linux and macOS.
 */
export interface PrivateFolder {
  readonly path: string;
  /** Returns a file's text, or undefined if there is no such file. Throws FilesRefused for what is not ours alone. */
  read(name: string): string | undefined;
  /** Writes a whole file in one step. Throws FilesRefused or FilesNotWritten; the old file then stands as it was. */
  write(name: string, text: string): void;
  /** Writes several files, in order; none is changed where one of them cannot be written to the disk. Throws as `write`. */
  writeAll(files: readonly NamedText[]): void;
  /** Returns what differs once `write` has replaced a file, without opening it; undefined if there is no such file. */
  stamp(name: string): string | undefined;
  /** Removes a file; missing is fine. Throws FilesNotWritten if it cannot. */
  remove(name: string): void;
  /** Returns the names of the regular files that `read` would take, in order; partial files are not among them. */
  list(): readonly string[];
}

/** A file of a folder, by its name, and its whole text. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Returns the folder of this name, made or found. Throws FilesRefused where something else stands there or others may
 * use it, FilesNotWritten if it cannot be made; a new folder that could not be made private is removed again.
 *
 * On Windows it neither sets nor asks for an access list: `createWindowsFolder` does.
 */
export function createPrivateFolder(parent: string, name: string): PrivateFolder {
  const path = requirePath(parent, name);
  return makeFolder(path) ? takeNew(path) : requireFolder(path, process.platform);
}

/**
 * Returns the path of a folder of this name. Throws FilesRefused where its parent is not a folder or the name is not
 * plain.
 */
export function requirePath(parent: string, name: string): string {
  const path = locate(parent, name);
  if (path === undefined) throw refused(parent, 'does not exist');
  return path;
}

/**
 * Returns the folder of this name, or undefined if there is none. Makes nothing. Throws FilesRefused as above.
 *
 * On Windows it does not ask for the access list, which takes a program: whoever made the folder did.
 */
export function openPrivateFolder(
  parent: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): PrivateFolder | undefined {
  const path = locate(parent, name);
  return path === undefined ? undefined : useFolder(path, platform);
}

/**
 * Removes the folder and all that is in it, partial files and folders too, also while another process writes into it;
 * links go, what they point at stays. What cannot be deleted is emptied if it is a file of ours with one link. Never
 * throws; returns the paths that remain.
 *
 * What another user owns is not looked into.
 */
export function removePrivateFolder(
  parent: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  try {
    const path = locate(parent, name);
    if (path === undefined) return [];
    return removePatiently(path, platform);
  } catch {
    return [`${parent}/${name}`];
  }
}

/** The parent may be a link, as the agent's own choice; below it none is followed. */
function locate(parent: string, name: string): string | undefined {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,99}[A-Za-z0-9])?$/.test(name)) {
    throw refused(parent, `should contain a folder named ${JSON.stringify(name)}`);
  }
  // An empty path would mean the working directory, which is the repository's.
  if (!isAbsolute(parent)) throw refused(JSON.stringify(parent), 'is not an absolute path');
  try {
    const real = realpathSync(parent);
    if (lookAt(real)?.isDirectory() === true) return join(real, name);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw refused(parent, `could not be inspected: ${String(thrown)}`, thrown);
  }
  throw refused(parent, 'is not a folder');
}

/** Returns whether the folder was made: false where something stands there. Throws FilesNotWritten if it cannot be. */
export function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw notWritten(path, 'could not be created', thrown);
  }
}

function takeNew(path: string): PrivateFolder {
  try {
    return takeEmpty(path, process.platform);
  } catch (thrown) {
    discardFolder(path);
    throw thrown instanceof WifError ? thrown : notWritten(path, 'could not be restricted to this user', thrown);
  }
}

/** Returns a folder that was just made; throws FilesRefused if somebody was quicker to put something into it. */
export function takeEmpty(path: string, platform: NodeJS.Platform): PrivateFolder {
  const folder = requireFolder(path, platform);
  // Until now others may have had a right to add something.
  if (readdirSync(path).length > 0) throw refused(path, 'was filled by someone else while it was created');
  return folder;
}

/** Removes a folder that was just made, if it is still empty; never throws. */
export function discardFolder(path: string): void {
  attempt(() => {
    rmdirSync(path);
  });
}

/** Returns the folder at a path; throws FilesRefused if it is not ours alone, or gone. */
export function requireFolder(path: string, platform: NodeJS.Platform): PrivateFolder {
  const folder = useFolder(path, platform);
  if (folder === undefined) throw refused(path, 'was removed in the meantime');
  return folder;
}

function useFolder(path: string, platform: NodeJS.Platform): PrivateFolder | undefined {
  const first = confirm(path, platform);
  if (first === undefined) return undefined;
  const stands = (): boolean => confirm(path, platform, first) !== undefined;
  const writeAll = (files: readonly NamedText[]): void => {
    const texts = files.map(({ name, text }) => ({ path: join(path, checkName(name)), text }));
    const [next] = texts;
    if (next === undefined) return;
    if (!stands()) throw notWritten(next.path, 'could not be written', new Error('its folder was removed.'));
    writePrivateFiles(texts, platform);
  };
  return {
    path,
    read: name => {
      const file = join(path, checkName(name));
      return stands() ? readPrivateFile(file, platform) : undefined;
    },
    write: (name, text) => {
      writeAll([{ name, text }]);
    },
    writeAll,
    stamp: name => (stands() ? stampOf(join(path, checkName(name))) : undefined),
    remove: name => {
      const file = join(path, checkName(name));
      if (stands()) removePrivateFile(file, platform);
    },
    list: () => (stands() ? listFiles(path) : []),
  };
}

/** Returns what is at a folder's path, undefined if nothing is; throws if it is not a folder of ours alone. */
function confirm(path: string, platform: NodeJS.Platform, first?: BigIntStats): BigIntStats | undefined {
  const stat = lookAt(path);
  if (stat === undefined) return undefined;
  const fault = findFault(stat, platform);
  if (fault !== undefined) throw refused(path, fault);
  if (first !== undefined && !isSame(first, stat)) throw refused(path, 'was replaced by another folder');
  return stat;
}

function findFault(stat: BigIntStats, platform: NodeJS.Platform): string | undefined {
  if (!stat.isDirectory()) return `is ${describeKind(stat)}, not a folder`;
  const owner = findOtherOwner(stat, platform);
  if (owner !== undefined || platform === 'win32' || (stat.mode & 0o777n) === 0o700n) return owner;
  return `has mode ${describeMode(stat)} instead of 0700`;
}

function stampOf(file: string): string | undefined {
  const stat = lookAt(file);
  return stat && [stat.ino, stat.size, stat.mtimeNs].join(' ');
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,100}$/;

function checkName(name: string): string {
  if (!namePattern.test(name)) throw new TypeError(`This task has no file named ${JSON.stringify(name)}.`);
  return name;
}

function listFiles(path: string): readonly string[] {
  try {
    const files = readdirSync(path, { withFileTypes: true }).filter(entry => entry.isFile());
    return files.flatMap(({ name }) => (namePattern.test(name) ? [name] : [])).sort();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw refused(path, `could not be listed: ${String(thrown)}`, thrown);
  }
}

/** A process that still writes may be in the way for a moment; on Windows any program that has a file open, and longer. */
function removePatiently(path: string, platform: NodeJS.Platform): readonly string[] {
  for (const delay of platform === 'win32' ? [20, 60, 200, 600, 1500, 3000] : [20, 60, 200, 600]) {
    if (removeOnce(path, platform).length === 0) return [];
    pause(delay);
  }
  return removeOnce(path, platform);
}

function removeOnce(path: string, platform: NodeJS.Platform): readonly string[] {
  const aside = `${path}.removed`;
  const left = [...removeTree(aside, platform), ...removeTree(path, platform)];
  const isRefilled = left.length === 1 && left[0] === path && isOurs(path, platform);
  return isRefilled && moveAside(path, aside) ? removeTree(aside, platform) : left;
}

function isOurs(path: string, platform: NodeJS.Platform): boolean {
  const stat = lookAt(path);
  return stat !== undefined && findFault(stat, platform) === undefined;
}

/**
 * A process that adds files faster than they are removed knows the folder by its path alone: under another name nobody
 * adds any. That name is fixed, so that the next attempt, or the next call, empties what this one leaves there.
 */
function moveAside(path: string, aside: string): boolean {
  return attempt(() => {
    renameSync(path, aside);
  });
}

function removeTree(path: string, platform: NodeJS.Platform): readonly string[] {
  try {
    const stat = lookAt(path);
    if (stat === undefined) return [];
    if (!stat.isDirectory()) return removeLeaf(path, platform);
    const left = listOwn(path, platform).flatMap(name => removeTree(join(path, name), platform));
    if (left.length === 0) rmdirSync(path);
    return left;
  } catch {
    return [path];
  }
}

function removeLeaf(path: string, platform: NodeJS.Platform): readonly string[] {
  const deleted = attempt(() => {
    unlinkSync(path);
  });
  if (deleted) return [];
  attempt(() => {
    truncatePrivateFile(path, platform);
  });
  return [path];
}

/** Locks others out of a folder of ours before it is emptied, so that no link can take an entry's place. */
function listOwn(path: string, platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return readdirSync(path);
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const fault = findOtherOwner(fstatSync(folder, { bigint: true }), platform);
    if (fault !== undefined) throw refused(path, fault);
    fchmodSync(folder, 0o700);
    return readdirSync(path);
  } finally {
    closeSync(folder);
  }
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
