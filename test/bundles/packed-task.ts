import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildStage, packStage } from '../../scripts/package/pack.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { unpackVsix } from '../harness/vsix.ts';

let packed: string | undefined;

/**
 * Returns the task's folder out of a freshly packed .vsix, unpacked outside the repository as an agent would have it.
 * Packed once per process; removed when the process ends.
 */
export function unpackTask(): string {
  packed ??= packAndUnpack();
  return packed;
}

function packAndUnpack(): string {
  const folder = makeScratchFolder('packed');
  buildStage({ public: false, out: join(folder, 'build'), dist: join(folder, 'dist') });
  const vsix = packStage(join(folder, 'build'), join(folder, 'dist'));
  const { taskDirectories } = unpackVsix(vsix, join(folder, 'unpacked'));
  const [directory] = taskDirectories;
  if (directory === undefined) throw new Error(`${vsix} holds no task: ${readdirSync(folder).join(', ')}`);
  return directory;
}
