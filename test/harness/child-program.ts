import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { root } from '../../scripts/package/read-package.ts';

/** A program that a test starts as a process of its own, and what Node itself is told before it. */
export interface ChildProgram {
  readonly path: string;
  readonly execArgv: readonly string[];
}

/** Set for a machine that cannot build (wine): there the project's files have no types, and a hook lets Node read them. */
const cannotBuild = process.env['AWS_WIF_BUILT'] !== undefined;

/** Writes a program into a folder, ready to run without this project's tools. It imports from `./src/`. */
export function writeProgram(folder: string, contents: string): ChildProgram {
  const path = join(folder, 'program.mjs');
  if (cannotBuild) {
    writeFileSync(path, contents.replaceAll(`'./src/`, `'${pathToFileURL(join(root, 'src')).href}/`));
    return { path, execArgv: ['--import', pathToFileURL(join(root, 'test/windows/plain-types.mjs')).href] };
  }
  buildSync({
    stdin: { contents, resolveDir: root, loader: 'js' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile: path,
    logLevel: 'error',
  });
  return { path, execArgv: [] };
}
