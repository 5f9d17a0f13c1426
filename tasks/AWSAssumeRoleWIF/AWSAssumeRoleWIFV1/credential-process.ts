// What AWS SDKs run when the credentials of a profile run out: prints credential_process JSON on stdout, the reason of a
// failure on stderr, and nothing else. A cached answer needs neither network nor SDK, so those are loaded only without.
//   node credential-process.js STATE_FILE ID
import { writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { asWifError } from '../../../src/errors.ts';
import { judgeFreshness, printCredentials } from '../../../src/handoff/credential-process.ts';
import { nameCache, nameState } from '../../../src/handoff/files.ts';
import { unreadableState } from '../../../src/handoff/refresh-state.ts';
import { decodeCache, type CachedSession } from '../../../src/handoff/session-cache.ts';
import { hostClock } from '../../../src/host/clock.ts';
import { isInUse } from '../../../src/host/private-file.ts';
import { openPrivateFolder, type PrivateFolder } from '../../../src/host/private-folder.ts';
import { say } from './environment.ts';

async function answer(statePath: string, id: string): Promise<string> {
  const folder = openStateFolder(statePath, id);
  const began = hostClock.now();
  const cached = readCache(folder, id);
  if (cached !== undefined && judgeFreshness(cached, began) === 'fresh') return printCredentials(cached, began);
  const { refreshSession } = await import('./refresh.ts');
  const session = await refreshSession({ folder, id, began, read: () => readCache(folder, id) });
  return printCredentials(session, hostClock.now());
}

/** The folder is the one that the state file is in, and is never made: a refresh that races cleanup leaves nothing. */
function openStateFolder(statePath: string, id: string): PrivateFolder {
  const path = dirname(statePath);
  const isOurs = basename(statePath) === nameState(id.split('.')[0] ?? '');
  const folder = isOurs ? openPrivateFolder(dirname(path), basename(path)) : undefined;
  if (folder === undefined) throw unreadableState();
  return folder;
}

/** Undefined also where another program has the file open without sharing it: a new session is better than none. */
function readCache(folder: PrivateFolder, id: string): CachedSession | undefined {
  try {
    const text = folder.read(nameCache(id));
    return text === undefined ? undefined : decodeCache(text);
  } catch (thrown) {
    if (thrown instanceof Error && isInUse(thrown.cause)) return undefined;
    throw thrown;
  }
}

/** Writes to stdout past Node's stream, whose modules take as long to load as a cached answer itself. */
function printAll(bytes: Buffer, then: (error?: Error | null) => void): void {
  try {
    const written = writeSync(1, bytes);
    if (written === bytes.length) then();
    else printAll(bytes.subarray(written), then);
  } catch {
    // The stream waits for a reader who is slow, and tells of one who is gone.
    process.stdout.write(bytes, then);
  }
}

const [statePath = '', id = ''] = process.argv.slice(2);

// Node ends when nothing is pending any more; to an SDK an empty answer with exit code 0 would be a riddle.
process.exitCode = 1;

answer(statePath, id).then(
  json => {
    printAll(Buffer.from(`${json}\n`), error => process.exit(error ? 1 : 0));
  },
  (thrown: unknown) => {
    say(`${asWifError(thrown).message}\n`, () => process.exit(1));
  },
);
