import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/package/read-package.ts';

/** Old words for a decision; it is allowed, denied or unknown, in texts, JSON, docs and code. */
const old =
  /(?<![-\w])(?:admit(?:s|ted|ting)?|let(?:s|ting)? (?:\w+ )?in(?! (?:the|a|an|one|its|this|some|front|place|time|order) )|NotAdmitted\w*)\b/gi;

/** Old names of limits in code. */
const limit = /\b(?:most|longest|least|shortest)[A-Z]\w*/g;

/** Folders and files whose words are still to be changed: take one off when it is done. */
const later: readonly string[] = [];

function listFiles(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter(path => pattern.test(path) && !path.includes('node_modules'));
}

function findOld(text: string): readonly string[] {
  return [...text.matchAll(old)].map(([word]) => word);
}

describe('docs/words', () => {
  const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'overview.md', ...listFiles('docs', /\.(?:md|json)$/)];
  const sources = [...listFiles('src', /\.ts$/), ...listFiles('tasks', /\.(?:ts|json)$/)];
  const checked = [...pages, ...sources].filter(path => !later.some(one => path.startsWith(one)));

  it('a decision has the same words everywhere', () => {
    assert.ok(checked.length > 200, `${checked.length} files`);
    const found = checked.flatMap(path =>
      findOld(readFileSync(join(root, path), 'utf8')).map(word => `${path}: "${word}"`),
    );
    assert.deepEqual(found, []);
  });

  it('a limit is max or min', () => {
    const found = sources.flatMap(path =>
      [...readFileSync(join(root, path), 'utf8').matchAll(limit)].map(([word]) => `${path}: ${word}`),
    );
    assert.deepEqual(found, []);
    assert.equal([...'mostBytes longestText leastMs shortestLife almostAll mostly'.matchAll(limit)].length, 4);
  });

  for (const text of ['the role admits it', 'Admitted on both', 'lets in more', 'let nobody in', 'NotAdmittedOnEntra'])
    it(`"${text}" would be found`, () => {
      assert.equal(findOld(text).length, 1);
    });
  for (const text of ['admin', 'an administrator', 'let the step fail', 'allowed in the account', 'admission'])
    it(`"${text}" is no old word`, () => {
      assert.deepEqual(findOld(text), []);
    });
});
