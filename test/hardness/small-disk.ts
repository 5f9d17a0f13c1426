import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

/** A disk of a few pages, mounted over a folder. */
export interface SmallDisk {
  /** Lets nothing be written any more. */
  readonly makeReadOnly: () => void;
  readonly remove: () => void;
}

const pageBytes = 4096;

/** Mounts a disk of so many pages of 4 kB over a folder; undefined if this user may not. */
export function mountSmallDisk(folder: string, pages: number): SmallDisk | undefined {
  if (process.platform !== 'linux') return undefined;
  if (run('mount', '-t', 'tmpfs', '-o', `size=${pages * pageBytes},mode=0755`, 'tmpfs', folder) !== 0) return undefined;
  return {
    makeReadOnly: () => {
      run('mount', '-o', 'remount,ro', folder);
    },
    remove: () => {
      // Lazily, since a process that was killed may still have a file open.
      run('umount', '-l', folder);
    },
  };
}

/** Returns whether there is a shell that passes on the odd names of an agent's environment and can limit files. */
export function canLimitFiles(): boolean {
  return process.platform !== 'win32' && run('bash', '-c', 'ulimit -f 1') === 0;
}

/** Returns a node under which no file grows over so many kilobytes, as on a disk that is nearly full. */
export function limitFiles(kilobytes: number): string {
  const path = join(makeScratchFolder('limited'), 'node');
  writeFileSync(path, `#!/usr/bin/env bash\nulimit -f ${kilobytes}\nexec '${process.execPath}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Returns a command line that runs another one under which no file can be written. */
export function withoutFiles(line: string): string {
  return `ulimit -f 0; ${line}`;
}

function run(command: string, ...args: readonly string[]): number | null {
  return spawnSync(command, [...args], { stdio: 'ignore' }).status;
}
