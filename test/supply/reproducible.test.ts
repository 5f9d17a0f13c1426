import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writePapers } from '../../scripts/package/papers.ts';
import { copyBuilt } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { readTree, runNode } from '../package/project.ts';
import { copyTree } from './tree.ts';

/** SHA-256 of every file of a build, but of what names the folders themselves. */
function hashTree(folder: string): Readonly<Record<string, string>> {
  const files = [...readTree(folder)].filter(([path]) => !/^dist\/metafile[\w-]*\.json$/.test(path));
  return Object.fromEntries(files.map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]));
}

function packageInto(folder: string, target: string): void {
  const where = ['--out', join(target, 'build'), '--dist', join(target, 'dist')];
  const { status, stderr } = runNode(folder, ['--import', 'tsx', 'scripts/package.ts', ...where]);
  assert.equal(status, 0, stderr);
}

describe('supply/reproducible', () => {
  it('gives the same bytes in another folder: extension, bundles, NOTICE, SBOM, checksums', () => {
    const [here, there] = [copyBuilt('.'), makeScratchFolder('there')];
    const [vsix = ''] = readdirSync(join(here, 'dist')).filter(name => name.endsWith('.vsix'));
    writePapers(join(here, 'dist', vsix), join(here, 'build'), join(here, 'dist'));
    packageInto(copyTree('clone', 'own'), there);
    const [one, other] = [hashTree(here), hashTree(there)];
    assert.deepEqual(one, other);
    const names = Object.keys(one);
    for (const part of [/\.vsix$/, /\.cdx\.json$/, /SHA256SUMS$/, /build\/NOTICE$/, /main\.js$/, /cli\/aws-wif\.cjs$/])
      assert.ok(
        names.some(name => part.test(name)),
        `no ${String(part)} among ${names.join(', ')}`,
      );
  });
});
