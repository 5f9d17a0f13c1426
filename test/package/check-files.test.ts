import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { checkPackage } from '../../scripts/package/check-package.ts';
import { formatFinding } from '../../scripts/package/finding.ts';
import { unzipPackage, zipPackage } from '../../scripts/package/zip-package.ts';
import { readParts, taskFolder } from './real-package.ts';

const bytes = (content: string) => new Uint8Array(Buffer.from(content));
const real = readParts();
const extensionIcon = real.files.get('images/extension-icon.png') ?? bytes('');

type Row = readonly [what: string, path: string, content: Uint8Array | undefined, finding: RegExp];

const broken: readonly Row[] = [
  ['no bundle', `${taskFolder}/main.js`, undefined, /main\.js: found no such file/],
  ['an empty bundle', `${taskFolder}/main.js`, bytes(''), /main\.js: found an empty file/],
  ['no post-job bundle', `${taskFolder}/cleanup.js`, undefined, /cleanup\.js: found no such file/],
  ['an empty post-job bundle', `${taskFolder}/cleanup.js`, bytes(''), /cleanup\.js: found an empty file/],
  ['no task.json', `${taskFolder}/task.json`, undefined, /task\.json: found no such file/],
  ['no page', 'overview.md', undefined, /overview\.md: found no such file/],
  ['no licences of what is bundled', 'NOTICE', undefined, /NOTICE: found no such file/],
  ['no license', 'LICENSE', undefined, /LICENSE: found no such file/],
  ['no picture of the page', 'images/flow.png', undefined, /images\/flow\.png: found no such file/],
  [
    'a picture that no page shows',
    'images/other.png',
    bytes('x'),
    /images\/other\.png: found a file that nothing names/,
  ],
  [
    'a picture that is too big',
    'images/flow.png',
    randomBytes(300_001),
    /images\/flow\.png: found a picture of 300001 bytes/,
  ],
  ['a source map', `${taskFolder}/main.js.map`, bytes('{}'), /main\.js\.map: found a source map/],
  ['a source map comment', `${taskFolder}/main.js`, bytes('//# sourceMappingURL=main.js.map'), /source map comment/],
  ['TypeScript', `${taskFolder}/main.ts`, bytes('export {};'), /main\.ts: found TypeScript/],
  ['a test', `${taskFolder}/main.test.js`, bytes('it'), /main\.test\.js: found a test/],
  ['a test folder', `${taskFolder}/test/main.js`, bytes('it'), /found a test/],
  ['an installed package', `${taskFolder}/node_modules/q/q.js`, bytes('q'), /found an installed package/],
  ['the key of the task library', `${taskFolder}/.taskkey`, bytes('key'), /\.taskkey: found a hidden file/],
  ['the source of an image', 'images/src/extension-icon.svg', bytes('<svg/>'), /found the source of an image/],
  ['a stray file', 'package.json', bytes('{}'), /package\.json: found a file that nothing names/],
  ['a task icon of 128 pixels', `${taskFolder}/icon.png`, extensionIcon, /found 128x128 pixels; expected .* 32x32/],
  ['a task icon that is a JPEG', `${taskFolder}/icon.png`, bytes('\xff\xd8'), /found a file that is not a PNG/],
  [
    'a task folder that is too big',
    `${taskFolder}/main.js`,
    randomBytes(210_000),
    /zipped task folder: found \d+ bytes/,
  ],
  ['another publisher in the package', 'extension.vsixmanifest', bytes('<Identity Id="x"/>'), /expected Publisher=/],
  ['no identity in the package', 'extension.vsixmanifest', bytes('<x/>'), /vsixmanifest: found no Identity/],
  ['a scope in the package', 'extension.vsomanifest', bytes('{"scopes":["vso.build"]}'), /found \["vso\.build"\]/],
  ['no scopes in the package', 'extension.vsomanifest', bytes('not JSON'), /scopes: found nothing/],
];

function withFile(path: string, content: Uint8Array | undefined): Map<string, Uint8Array> {
  const files = new Map(real.files);
  if (content) files.set(path, content);
  else files.delete(path);
  return files;
}

describe('files of the package', () => {
  for (const [what, path, content, finding] of broken) {
    it(`may not hold: ${what}`, () => {
      const findings = checkPackage({ ...real, files: withFile(path, content) }).map(formatFinding);
      assert.ok(
        findings.some(line => finding.test(line)),
        `no finding matches ${String(finding)}:\n${findings.join('\n')}`,
      );
    });
  }

  for (const name of ['credential-process.js', 'diagnose.js', 'files.js', 'services.js', 'step.js', 'sts.js']) {
    it(`may hold ${name}, which no handler names`, () => {
      const files = withFile(`${taskFolder}/${name}`, bytes('"use strict";'));
      assert.deepEqual(checkPackage({ ...real, files }).map(formatFinding), []);
    });

    it(`may not hold ${name} in another folder`, () => {
      const findings = checkPackage({ ...real, files: withFile(name, bytes('"use strict";')) }).map(formatFinding);
      assert.match(findings.join('\n'), /found a file that nothing names/);
    });
  }

  it('are at most 12 in the task folder', () => {
    const files = new Map(real.files);
    for (let index = 0; index < 9; index++) files.set(`${taskFolder}/file-${index}.js`, bytes('x'));
    assert.match(
      checkPackage({ ...real, files })
        .map(formatFinding)
        .join('\n'),
      /task folder: found 13 files/,
    );
  });

  it('weigh at most 1 MB', () => {
    const findings = checkPackage({ ...real, packageBytes: 1_000_001 }).map(formatFinding);
    assert.match(findings.join('\n'), /the package: found 1000001 bytes; expected at most 1000000/);
  });
});

describe('zipPackage', () => {
  it('gives the same bytes at any time and in any order', () => {
    const forwards = zipPackage(unzipPackage(zipPackage(real.files)));
    const backwards = zipPackage(unzipPackage(zipPackage(new Map([...real.files].reverse()))));
    assert.ok(Buffer.from(forwards).equals(backwards));
  });
});
