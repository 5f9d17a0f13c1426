import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { metafiles } from '../../scripts/package/bundled.ts';
import { buildStage, packStage } from '../../scripts/package/pack.ts';
import { root } from '../../scripts/package/read-package.ts';
import { makeScratchFolder } from './scratch-folder.ts';

/** What a build reads: a change of any of these is another build. */
const sources = [
  'src',
  'tasks',
  'infra',
  'images',
  'scripts/build.mjs',
  'scripts/bundling',
  'scripts/package',
  'package.json',
  'package-lock.json',
  'vss-extension.json',
  'overview.md',
  'LICENSE',
];

/** Builds of sources that nobody has any more are removed after a day. */
const dayMs = 24 * 60 * 60 * 1000;

const cache = join(root, 'node_modules/.cache/tests');

function listFiles(path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** The name of this build: its sources' paths and bytes, and the folder, which its metafile tells. */
function nameBuild(): string {
  const hash = createHash('sha256').update(root);
  for (const file of sources.flatMap(listFiles).sort()) {
    const content = readFileSync(join(root, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > dayMs) rmSync(path, { recursive: true, force: true });
  }
}

/** Other processes may be at it, too: each builds beside, and the first that is done gives it its name. */
function build(folder: string): void {
  const made = `${folder}.${process.pid}`;
  const [stage, dist] = [join(made, 'build'), join(made, 'dist')];
  buildStage({ public: false, out: stage, dist });
  packStage(stage, dist);
  for (const file of Object.values(metafiles)) renameIn(join(dist, file), basename(made), basename(folder));
  try {
    renameSync(made, folder);
  } catch (thrown) {
    if (!existsSync(folder)) throw thrown;
    rmSync(made, { recursive: true, force: true });
  }
}

function renameIn(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
}

let built: string | undefined;

/**
 * Returns a folder with `build/`, what the extension is packed from, and `dist/`, all else that a build of these sources
 * makes, with the packed .vsix. Made once for all processes, and again when a source changes. Nobody may write into it.
 */
export function buildOnce(): string {
  built ??= openBuild();
  return built;
}

/** A build that was made elsewhere, for a machine that cannot build. */
const given = process.env['AWS_WIF_BUILT'];

function openBuild(): string {
  if (given !== undefined) return given;
  const folder = join(cache, nameBuild());
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  removeOld();
  build(folder);
  return folder;
}

/** Returns a copy of a folder of the build, outside the repository, so that no package of the project is in reach. */
export function copyBuilt(path: string): string {
  const folder = makeScratchFolder('built');
  cpSync(join(buildOnce(), path), folder, { recursive: true });
  return folder;
}

/** Run on its own, this builds for those that come after it. */
if (process.argv[1] === import.meta.filename) console.log(`built: ${buildOnce()}`);
