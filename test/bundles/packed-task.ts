import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { unpackVsix } from '../harness/vsix.ts';

let unpacked: string | undefined;

/**
 * Returns the task's folder out of the packed .vsix, unpacked outside the repository as an agent would have it. Each
 * process unpacks its own, and removes it when it ends.
 */
export function unpackTask(): string {
  unpacked ??= unpack();
  return unpacked;
}

function unpack(): string {
  const dist = join(buildOnce(), 'dist');
  const [vsix = ''] = readdirSync(dist).filter(name => name.endsWith('.vsix'));
  const [directory] = unpackVsix(join(dist, vsix), makeScratchFolder('packed')).taskDirectories;
  if (directory === undefined) throw new Error(`${vsix} holds no task: ${readdirSync(dist).join(', ')}`);
  return directory;
}
