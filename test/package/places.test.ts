import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/package/read-package.ts';
import { problemCodes } from '../../src/problem.ts';
import { errorCodes } from '../../src/errors.ts';
import definition from '../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/task.json' with { type: 'json' };

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The TypeScript below some folders, except for one file each that only lists. */
function readAll(folders: readonly string[], except: readonly string[]): readonly string[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(path => path.endsWith('.ts') && !except.some(one => path.startsWith(one)))
      .map(read),
  );
}

/** The files that only say which codes there are. */
const lists = ['src/errors.ts', 'src/problem.ts'];

/** Tests that go through lists, so that they would name any code. */
const listers = ['test/package/places.test.ts', 'test/docs/', 'test/handoff/summary.test.ts'];

function isNamed(texts: readonly string[], name: string): boolean {
  const pattern = new RegExp(`\\b${name}\\b`);
  return texts.some(text => pattern.test(text));
}

const guide = read('CONTRIBUTING.md');

describe('places: an input', () => {
  for (const input of definition.inputs) {
    it(`${input.name} is tried by a test of the inputs`, () => {
      assert.ok(isNamed(readAll(['test/tasks'], []), input.name), 'no test in test/tasks names it');
    });
  }
});

describe('places: an error code', () => {
  const sources = readAll(['src', 'tasks'], lists);
  const tests = readAll(['test'], listers);

  for (const code of new Set<string>([...errorCodes, ...problemCodes])) {
    it(`${code} is used by the code, and a test expects it`, () => {
      const teller = { InputInvalid: 'faulty(', UsageWrong: 'wrongUsage(' }[code];
      const isUsed = isNamed(sources, code) || sources.some(text => teller !== undefined && text.includes(teller));
      assert.ok(isUsed, 'no source uses it: use it or take it off the list');
      assert.ok(isNamed(tests, code), 'no test expects it: add a row to test/bundles/failure-*.ts or to a unit test');
    });
  }

  it('that nobody uses would be seen', () => {
    assert.ok(!isNamed(sources, 'NeverUsedAnywhere'), 'the search finds what is not there');
    assert.ok(!isNamed(tests, ['Never', 'Expected'].join('')), 'the search finds what is not there');
  });
});

describe('places: CONTRIBUTING.md', () => {
  const paths = [...guide.matchAll(/`((?:\.?[\w-]+\/)+[\w.*<>-]*|[\w-]+\.(?:md|ts|mjs|json|yml))`/g)].map(
    ([, path = '']) => path,
  );

  // What a build makes, and what git calls a tag, is not a place of the project.
  const checked = [...new Set(paths)].filter(path => !/^(?:build|dist|refs|node_modules)\//.test(path));
  const task = 'tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1';

  for (const path of checked) {
    it(`${path} is there`, () => {
      if (/[*<]/.test(path)) checkPattern(path);
      else assert.ok(existsSync(join(root, path)) || existsSync(join(root, task, path)), 'there is no such file');
    });
  }

  function checkPattern(path: string): void {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const pattern = new RegExp(
      `^${path
        .slice(folder.length + 1)
        .replaceAll('.', '\\.')
        .replace(/\*|<\w+>/g, '.+')}$`,
    );
    assert.ok(
      readdirSync(join(root, folder)).some(name => pattern.test(name)),
      'nothing matches it',
    );
  }

  it('has a row for each folder of the sources', () => {
    const folders = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter(one => one.isDirectory())
      .map(
        ({ parentPath, name }) =>
          `${join(parentPath, name)
            .slice(root.length + 1)
            .replaceAll('\\', '/')}/`,
      );
    assert.ok(folders.length > 15, folders.join());
    assert.deepEqual(
      folders.filter(folder => !guide.includes(`| \`${folder}\` `)),
      [],
    );
  });

  it('has one row for each folder', () => {
    const rows = [...guide.matchAll(/^\| `([^`]+\/)` /gm)].map(([, folder]) => folder);
    assert.equal(new Set(rows).size, rows.length, rows.join());
  });

  it('names paths at all', () => {
    assert.ok(paths.length > 15, `${paths.length} paths`);
  });

  it('names only npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const used = [...guide.matchAll(/npm run (\w[\w:-]*)/g)].map(([, name = '']) => name);
    assert.ok(used.length > 3, `${used.length} scripts`);
    assert.deepEqual(
      used.filter(name => !(name in scripts)),
      [],
    );
  });
});
