import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string>>;

/**
 * Returns an environment in which a process sees a time of day that is so many seconds off, by libfaketime (Debian's
 * package `faketime`); undefined if that is not installed. The time since boot stays as it is. A process counts
 * only after `seesShift`: some programs ask the kernel past the C library.
 *
 * @see https://github.com/wolfcw/libfaketime
 */
export function shiftClock(seconds: number): Environment | undefined {
  const library = findLibrary();
  if (library === undefined) return undefined;
  return {
    LD_PRELOAD: library,
    FAKETIME: `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}

/**
 * Returns whether a command, run in that environment, sees the shift. The command has to print its time of day in
 * seconds or milliseconds since 1970, and nothing else.
 */
export function seesShift(seconds: number, environment: Environment, command = process.execPath, args = printTime) {
  const { stdout } = spawnSync(command, args, { env: { ...process.env, ...environment }, encoding: 'utf8' });
  const printed = Number(stdout.trim());
  const seen = printed > 1e11 ? printed / 1000 : printed;
  return Math.abs(seen - Date.now() / 1000 - seconds) < 60;
}

const printTime = ['-p', 'Date.now()'];

function findLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').map(name => join('/usr/lib', name))];
  return folders.map(folder => join(folder, 'faketime', 'libfaketimeMT.so.1')).find(existsSync);
}
