import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPngSize } from '../../scripts/package/check-files.ts';
import { readPages, root } from './pages.ts';

/** What a reader sees of a cell. */
function readCell(cell: string): string {
  return cell
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim();
}

/** Rows with more text than fits on a line of a README page, with the number of their characters. */
function listWide(text: string): readonly string[] {
  return text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split('\n')
    .filter(line => /^\|.*\|$/.test(line) && !/^[-| :]+$/.test(line))
    .map(line =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map(readCell)
        .join(' | '),
    )
    .filter(row => row.length > 120);
}

/** Whether a page begins with links to its own sections. */
function hasContents(text: string): boolean {
  const [begin] = [text.split('\n').slice(0, 45).join('\n')];
  return [...begin.matchAll(/\]\(#[\w-]+\)/g)].length > 3;
}

describe('docs/layout', () => {
  const pages = readPages();

  for (const { path, text } of pages) {
    it(`${path} has no table that is cut off, and a contents list if it is long`, () => {
      assert.deepEqual(listWide(text), []);
      assert.ok(text.split('\n').length <= 200 || hasContents(text), 'more than 200 lines, and no contents list');
    });
  }

  it('would see a wide row and a missing contents list', () => {
    assert.equal(listWide(`| a | b |\n| - | - |\n| ${'x'.repeat(80)} | ${'y'.repeat(60)} |`).length, 1);
    assert.deepEqual(listWide(`| [a](${'x'.repeat(200)}) | b |`), []);
    assert.equal(hasContents('# A\n\n## B\n\n[x](y.md)'), false);
  });

  it('warns of the job preparation parameters in one page, which the others link to', () => {
    const said = pages.filter(
      ({ path, text }) => path.startsWith('docs/') && text.includes('Job preparation parameters'),
    );
    assert.deepEqual(
      said.map(({ path }) => path).filter(path => path !== 'docs/inputs.md'),
      ['docs/security.md'],
    );
  });

  const pictures = new Set(
    pages.flatMap(({ links }) => links.map(({ target }) => /images\/[\w-]+\.png$/.exec(target)?.[0])),
  );
  for (const picture of pictures) {
    if (picture === undefined) continue;
    it(`${picture} has two dots a point at the Marketplace's width, and is at most 300 kB`, () => {
      const bytes = readFileSync(join(root, picture));
      assert.equal(readPngSize(bytes)?.width, 2 * 690);
      assert.ok(bytes.length <= 300_000, `${bytes.length} bytes`);
    });
  }
});
