import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  listPackages,
  metafiles,
  readLock,
  readMetafile,
  type BundledPackage,
  type Group,
} from '../../scripts/package/bundled.ts';
import { makeNotice } from '../../scripts/package/notice.ts';
import { buildOnce } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const scratch = makeScratchFolder('notice');

/** A package in a folder of its own. */
function makePackage(name: string, license: string, files: Readonly<Record<string, string>>): BundledPackage {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return { name, version: '1.2.3', license, integrity: 'sha512-AA==', folder, imports: [] };
}

const readme = `# b\n\nWords.\n\n## License\n\n${'The licence of b. '.repeat(30)}\n\n## More\n\nOther words.\n`;

describe('supply/notice', () => {
  for (const group of Object.keys(metafiles) as Group[]) {
    it(`names every package of ${group} with its version, licence and words`, () => {
      const packages = listPackages(readMetafile(join(buildOnce(), 'dist'), group), readLock());
      assert.ok(packages.length > 10, `${packages.length} packages`);
      const notice = makeNotice(packages);
      const lines = notice.split('\n');
      for (const { name, version, license } of packages)
        assert.ok(lines.includes(`${name} ${version} (${license})`), name);
      const hasMit = packages.some(({ license }) => license === 'MIT');
      assert.equal(notice.includes('Permission is hereby granted, free of charge'), hasMit);
      assert.match(notice, /Apache License\s+Version 2\.0/);
      assert.doesNotMatch(notice, /\r|node_modules|[ \t]$/m);
    });
  }

  it('keeps licence and notices of a package, and the same words once', () => {
    const words = { LICENSE: 'Words of A\r\n', 'NOTICE.txt': 'Thanks to B' };
    const notice = makeNotice([makePackage('one', 'MIT', words), makePackage('two', 'MIT', words)]);
    assert.match(notice, /\none 1\.2\.3 \(MIT\)\ntwo 1\.2\.3 \(MIT\)\n\nWords of A\n\nThanks to B\n/);
    assert.equal(notice.split('Words of A').length, 2);
  });

  it('takes the words out of a README where they stand only there', () => {
    const notice = makeNotice([makePackage('b', 'MIT', { 'README.md': readme })]);
    assert.match(notice, /The licence of b\./);
    assert.doesNotMatch(notice, /Other words/);
  });

  it('takes the words of Apache-2.0 from another package, for they name nobody', () => {
    const packages = [makePackage('c', 'Apache-2.0', {}), makePackage('d', 'Apache-2.0', { LICENSE: 'Apache words' })];
    assert.match(makeNotice(packages), /\nc 1\.2\.3 \(Apache-2\.0\)\nd 1\.2\.3 \(Apache-2\.0\)\n\nApache words\n/);
  });

  const refused = [
    ['words nowhere', 'MIT', {}],
    ['a README that only names the licence', 'MIT', { 'README.md': '# x\n\n## License\n\nMIT\n' }],
    ['words that another author would have signed', 'BSD-3-Clause', { 'index.js': '' }],
  ] as const;
  for (const [index, [what, license, files]] of refused.entries()) {
    it(`fails with ${what}`, () => {
      const one = makePackage(`refused-${index}`, license, files);
      assert.throws(() => makeNotice([one, makePackage('m', license, { LICENSE: 'Copyright M' })]), {
        message: new RegExp(`^refused-${index} 1\\.2\\.3 brings no text of its licence \\(${license}\\)`),
      });
    });
  }
});
