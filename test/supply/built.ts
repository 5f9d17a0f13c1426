import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../scripts/package/read-package.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { runNode } from '../package/project.ts';

let built: string | undefined;

/** The folder in which a build of the project wrote down what it did; built once per process. */
export function buildProject(): string {
  built ??= build();
  return built;
}

function build(): string {
  const folder = makeScratchFolder('supply');
  const meta = join(folder, 'dist');
  const { status, stderr } = runNode(root, ['scripts/build.mjs', '--out', join(folder, 'build'), '--meta', meta]);
  assert.equal(status, 0, stderr);
  return meta;
}
