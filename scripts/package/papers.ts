import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listOwnImports, listPackages, readLock, readMetafile, type Group } from './bundled.ts';
import { viewManifest } from './check-manifest.ts';
import { makeNotice } from './notice.ts';
import { readJson, root } from './read-package.ts';
import { makeSbom, type SbomSubject } from './sbom.ts';

/** SHA-256 of a file, in hex. */
export function hashFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The licences of everything in a group of bundles; `meta` is the folder with what the build wrote about itself. */
export function writeNotice(path: string, meta: string, group: Group): void {
  writeFileSync(path, makeNotice(listPackages(readMetafile(meta, group), readLock())));
}

/** Writes the SBOM of a file beside it, as `<file without its ending>.cdx.json`; returns its path. */
export function writeSbom(file: string, subject: Omit<SbomSubject, 'license' | 'sha256'>, meta: string, group: Group) {
  const metafile = readMetafile(meta, group);
  const { license } = readJson(join(root, 'package.json')) as { readonly license: string };
  const about = { ...subject, license, sha256: hashFile(file) };
  const sbom = makeSbom(about, listPackages(metafile, readLock()), listOwnImports(metafile));
  const path = join(dirname(file), `${basename(file).replace(/\.\w+$/, '')}.cdx.json`);
  writeFileSync(path, `${JSON.stringify(sbom, null, 2)}\n`);
  return path;
}

/** Writes SHA256SUMS into the folder of the files, in the form that `sha256sum --check` reads; returns its path. */
export function writeChecksums(files: readonly string[]): string {
  const lines = files.map(file => `${hashFile(file)}  ${basename(file)}\n`).sort();
  const path = join(dirname(files[0] ?? ''), 'SHA256SUMS');
  writeFileSync(path, lines.join(''));
  return path;
}

/** Writes what a reviewer of a package asks for beside it, its SBOM and checksums; returns the files. */
export function writePapers(vsix: string, stage: string, dist: string): readonly string[] {
  const manifest = readJson(join(stage, 'vss-extension.json'));
  const { publisher, id, version } = viewManifest(manifest);
  const { description } = manifest as { readonly description: string };
  const sbom = writeSbom(vsix, { name: `${publisher}.${id}`, version, description }, dist, 'task');
  return [sbom, writeChecksums([vsix, sbom])];
}
