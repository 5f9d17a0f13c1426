import {
  closeSync,
  constants,
  futimesSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';

/** What a lock asks of the disk. Each call throws the system's own error. */
export interface LockDisk {
  /** Makes the file with this text and the host's time; throws EEXIST if there is one. */
  readonly create: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  /** Returns when the file was last touched, undefined if there is none. It does not open the file's data. */
  readonly touchedMs: (path: string) => number | undefined;
  /** Sets the file's time. On Windows that works, too, while another program holds the file. */
  readonly touch: (path: string, at: Date) => void;
  readonly move: (from: string, to: string) => void;
  readonly link: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
}

/** The disk of this host. */
export const hostDisk: LockDisk = {
  create: (path, text) => {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      fill(file, text);
    } catch (thrown) {
      removeQuietly(path);
      throw thrown;
    }
  },
  read: path => readFileSync(path, 'utf8'),
  touchedMs: path => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
  touch: (path, at) => {
    utimesSync(path, at, at);
  },
  move: renameSync,
  link: linkSync,
  remove: unlinkSync,
};

/** A new file has the time of the disk's own machine, which on a network share is another clock than this host's. */
function fill(file: number, text: string): void {
  const now = new Date();
  try {
    writeSync(file, text);
    futimesSync(file, now, now);
  } finally {
    closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The first failure is the one to report; nobody touches this file, so that it soon counts as dead.
  }
}
