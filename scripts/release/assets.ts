import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { checkSupply } from '../package/allow-list.ts';
import { listPackages, readLock, readMetafile } from '../package/bundled.ts';
import { viewManifest } from '../package/check-manifest.ts';
import { reportFindings } from '../package/check-package.ts';
import { makeNotice } from '../package/notice.ts';
import { packStage, stagePackage } from '../package/pack.ts';
import { writeChecksums, writeSbom } from '../package/papers.ts';
import { checkVsix, readJson, root } from '../package/read-package.ts';
import { formatPurl } from '../package/sbom.ts';
import { npmDescription, npmName, packNpmPackage, runCommandLine, stageNpmPackage } from './npm-package.ts';
import type { ReleaseOptions } from './options.ts';

/** The folders of a release, in the project's own. */
export const folders = { stage: 'build', meta: 'dist', npm: 'dist/npm', release: 'dist/release' } as const;

const stage = resolve(root, folders.stage);
const meta = resolve(root, folders.meta);
const release = resolve(root, folders.release);

/** The extension with its SBOM. */
async function makeExtension(options: ReleaseOptions): Promise<readonly string[]> {
  stagePackage({ ...options, out: stage, dist: meta });
  const manifest = readJson(join(stage, 'vss-extension.json'));
  const { publisher, id, version } = viewManifest(manifest);
  const { description } = manifest as { readonly description: string };
  const vsix = packStage(stage, release);
  const findings = [...(await checkVsix(vsix, stage, options.version)), ...checkSupply(meta)];
  if (reportFindings(findings) !== 0) throw new Error('the package is not fit for release, see above.');
  return [vsix, writeSbom(vsix, { name: `${publisher}.${id}`, version, description }, meta, 'task')];
}

/** The command line as an npm package, with its SBOM. */
function makeNpmPackage(options: ReleaseOptions): readonly string[] {
  const folder = resolve(root, folders.npm);
  stageNpmPackage(folder, meta, options);
  const archive = packNpmPackage(folder, release, options.version);
  const { version } = options;
  const subject = { name: npmName, version, description: npmDescription, purl: formatPurl(npmName, version) };
  return [archive, writeSbom(archive, subject, meta, 'cli')];
}

/** The files of the command line as one, which evaluates the second when it is needed. */
export function joinFiles(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The command line as one file. The licences of what is in it stand at its end, so that they go where it goes. */
function makeSingleFile({ version }: ReleaseOptions): string {
  const path = join(release, `${npmName}-${version}.cjs`);
  const bundle = joinFiles(join(meta, 'cli', `${npmName}.cjs`));
  const notice = makeNotice(listPackages(readMetafile(meta, 'cli'), readLock()));
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  writeFileSync(path, `${bundle}\n/*\n${`${licence}\n${notice}`.replaceAll('*/', '* /')}*/\n`);
  chmodSync(path, 0o755);
  const said = runCommandLine(path, '--version').trim();
  if (said !== version) throw new Error(`${basename(path)} --version says ${said}; expected ${version}.`);
  return path;
}

/** Builds everything that a release offers into one folder; returns the files. Throws where anything is not right. */
export async function makeAssets(options: ReleaseOptions, notes: string): Promise<readonly string[]> {
  rmSync(release, { recursive: true, force: true });
  mkdirSync(release, { recursive: true });
  const extension = await makeExtension(options);
  const assets = [...extension, ...makeNpmPackage(options), makeSingleFile(options)];
  const sums = writeChecksums(assets);
  writeFileSync(join(release, 'release-notes.md'), `${notes}\n`);
  return [...assets, sums];
}
