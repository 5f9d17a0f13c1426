import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import { formatNumber, renderTable } from '../../bench/table.ts';

describe('bench/table', () => {
  it('renders a heading, notes and one row each', () => {
    const rows = [
      ['a | b', '1'],
      ['two\nlines', '2'],
    ];
    const html = new MarkdownIt('default').render(
      renderTable({ title: 'Times', notes: ['One note.', 'Another.'], columns: ['name', 'ms'], rows }),
    );
    const cells = [...html.matchAll(/<t[hd](?: [^>]*)?>([^<]*)</g)].map(([, text]) => text);
    assert.match(html, /<h2>Times<\/h2>\s*<p>One note\.<\/p>\s*<p>Another\.<\/p>\s*<table>/);
    assert.deepEqual(cells, ['name', 'ms', 'a | b', '1', 'two lines', '2']);
  });

  it('refuses a row that is too short', () => {
    const table = { title: 'Times', notes: [], columns: ['name', 'ms'], rows: [['alone']] };
    assert.throws(() => renderTable(table), /Times: alone is not a row of name, ms/);
  });

  const numbers: readonly (readonly [number, string])[] = [
    [0, '0'],
    [3, '3'],
    [1000, '1000'],
    [1.234, '1.23'],
    [12.34, '12.3'],
    [123.4, '123'],
  ];
  for (const [value, text] of numbers) {
    it(`writes ${value} as ${text}`, () => {
      assert.equal(formatNumber(value), text);
    });
  }
});
