import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readVersion, root } from '../../scripts/package/read-package.ts';
import { parseOptions } from '../../scripts/release/options.ts';
import { bumpProject, bumpVersions, isOlder, versionFiles, type VersionTexts } from '../../scripts/release/versions.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const texts = Object.fromEntries(
  versionFiles.map(file => [file, readFileSync(join(root, file), 'utf8')]),
) as VersionTexts;

type Json = { version: unknown; packages: Record<string, { version: unknown }> };

const parse = (text: string): Json => JSON.parse(text) as Json;

/** The document without its own versions. */
function forget(text: string): Json {
  const value = parse(text);
  const own = 'packages' in value ? value.packages[''] : undefined;
  if (own) own.version = '';
  return { ...value, version: '' };
}

describe('release/versions', () => {
  const bumped = bumpVersions(texts, '1.23.45');

  it('writes the version of the task in three parts', () => {
    const [task] = versionFiles;
    assert.deepEqual(parse(bumped[task]).version, { Major: 1, Minor: 23, Patch: 45 });
  });

  for (const file of versionFiles.slice(1)) {
    it(`writes the version of ${file}`, () => {
      assert.equal(parse(bumped[file]).version, '1.23.45');
    });
  }

  it('writes the version of the package itself in package-lock.json', () => {
    assert.equal(parse(bumped['package-lock.json']).packages['']?.version, '1.23.45');
  });

  for (const file of versionFiles) {
    it(`leaves all else of ${file} as it was, its layout too`, () => {
      assert.deepEqual(forget(bumped[file]), forget(texts[file]));
      const before = texts[file].split('\n');
      const changed = bumped[file].split('\n').filter((line, index) => line !== before[index]);
      assert.ok(changed.length <= 3, changed.join('\n'));
    });
  }

  it('changes nothing with the version that stands', () => {
    assert.deepEqual(bumpVersions(texts, readVersion()), texts);
  });

  for (const file of versionFiles) {
    it(`fails where ${file} has no version`, () => {
      assert.throws(() => bumpVersions({ ...texts, [file]: '{}' }, '1.2.3'), /version/);
    });
  }

  it('changes no file unless it is told to write, and says which it would change', () => {
    const folder = makeScratchFolder('versions');
    for (const file of versionFiles) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), texts[file]);
    }
    const read = () => versionFiles.map(file => readFileSync(join(folder, file), 'utf8'));
    assert.deepEqual(bumpProject(folder, '1.23.45', false), versionFiles);
    assert.deepEqual(
      read(),
      versionFiles.map(file => texts[file]),
    );
    assert.deepEqual(bumpProject(folder, '1.23.45', true), versionFiles);
    assert.deepEqual(
      read(),
      versionFiles.map(file => bumped[file]),
    );
    assert.deepEqual(bumpProject(folder, '1.23.45', true), []);
  });

  const orders = [
    ['1.0.0', '1.0.1', true],
    ['1.9.0', '1.10.0', true],
    ['1.10.0', '1.9.9', false],
    ['1.0.0', '1.0.0', false],
    ['1.2.0', '1.1.9', false],
  ] as const;
  for (const [one, other, older] of orders) {
    it(`${one} is ${older ? '' : 'not '}older than ${other}`, () => {
      assert.equal(isOlder(one, other), older);
    });
  }
});

describe('release/options', () => {
  it('is dry unless it is told to write', () => {
    assert.deepEqual(parseOptions(['--version', '1.2.3']), { version: '1.2.3', write: false, public: false });
  });

  const repository = 'https://github.com/contoso/aws-assume-role-wif';
  it('takes all that it names', () => {
    const args = ['--version', '1.2.3', '--write', '--public', '--publisher', 'contoso', '--repository', repository];
    assert.deepEqual(parseOptions(args), {
      version: '1.2.3',
      write: true,
      public: true,
      publisher: 'contoso',
      repository,
    });
  });

  const refused = [
    [[], /--version is missing/],
    [['--version', '2.0.0'], /--version is "2\.0\.0"; expected 1\.<minor>\.<patch>/],
    [['--version', 'v1.2.3'], /--version is "v1\.2\.3"/],
    [['--version', '1.2.3; rm -rf /'], /--version is /],
    [['--version', '1.2.3', '--publisher', 'a b', '--repository', 'git@x:y'], /--publisher [^]*\n--repository/],
    [['--version', '1.2.3', '--repository', 'http://github.com/a/b'], /--repository is/],
    [['--version', '1.2.3', '--force'], /--force/],
    [['1.2.3'], /Unexpected argument/],
  ] as const;
  for (const [args, says] of refused) {
    it(`refuses ${args.join(' ') || 'nothing'}`, () => {
      assert.throws(() => parseOptions(args), says);
    });
  }
});
