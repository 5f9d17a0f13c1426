import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The beginning of a file is enough to see a profile in it. */
const maxBytes = 64 * 1024;

/** What names a profile in each of the two files of a home folder. */
const profileTitles = {
  config: /^\ufeff?[ \t]*\[[ \t]*(?:default|profile[ \t])/m,
  credentials: /^\ufeff?[ \t]*\[/m,
} as const;

/**
 * Returns the path of one of the two AWS files in the home folder of the agent's user (`~/.aws/config`,
 * `~/.aws/credentials`) where its first 64 KiB have a profile, else undefined. Nothing else in it is used. It never
 * throws and never waits: what is not a regular file, or cannot be read, has no profile. A user whom the machine does not
 * know, as in a container that runs under any number, has no home folder unless HOME names one: Node throws then.
 */
export function findOwnProfiles(
  kind: keyof typeof profileTitles,
  findHome: () => string = homedir,
): string | undefined {
  try {
    const path = join(findHome(), '.aws', kind);
    return profileTitles[kind].test(readBeginning(path)) ? path : undefined;
  } catch {
    return undefined;
  }
}

function readBeginning(path: string): string {
  // Without this flag the opening of a pipe would wait for its other end. Windows has no such flag.
  const nonBlocking = (constants as { readonly O_NONBLOCK?: number }).O_NONBLOCK ?? 0;
  const file = openSync(path, constants.O_RDONLY | nonBlocking);
  try {
    if (!fstatSync(file).isFile()) return '';
    const buffer = Buffer.alloc(maxBytes);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}
