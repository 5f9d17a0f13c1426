import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildStage, packStage } from '../scripts/package/pack.ts';
import { zipPackage } from '../scripts/package/zip-package.ts';
import { makeScratchFolder } from '../test/harness/scratch-folder.ts';
import { unpackVsix } from '../test/harness/vsix.ts';

/** What was packed for this run: the task out of the .vsix, and the command line, which is no part of it. */
export interface Packed {
  readonly taskFolder: string;
  readonly vsixBytes: number;
  readonly commandLine: string;
}

/** Builds and packs all again and unpacks it outside the repository, as an agent would have it. */
export function packAll(): Packed {
  const folder = makeScratchFolder('bench-packed');
  const [build, dist] = [join(folder, 'build'), join(folder, 'dist')];
  buildStage({ public: false, out: build, dist });
  const vsix = packStage(build, dist);
  const [taskFolder] = unpackVsix(vsix, join(folder, 'unpacked')).taskDirectories;
  if (taskFolder === undefined) throw new Error('the .vsix holds no task');
  return { taskFolder, vsixBytes: statSync(vsix).size, commandLine: join(dist, 'cli', 'aws-wif.cjs') };
}

/** Returns each file of the task with its size, and the size of all of them zipped as an agent downloads them. */
export function weighTask({ taskFolder }: Packed) {
  const names = readdirSync(taskFolder).sort();
  const files = new Map(names.map(name => [name, new Uint8Array(readFileSync(join(taskFolder, name)))]));
  const zippedAlone = (name: string, bytes: Uint8Array) => zipPackage(new Map([[name, bytes]])).length;
  return {
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.length, zipped: zippedAlone(name, bytes) })),
    zipped: zipPackage(files).length,
  };
}
