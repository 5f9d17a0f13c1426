import { createHash } from 'node:crypto';
import { listLines, showInvisible, type Block, type Cell, type Count, type Page, type Row } from './page.ts';

/**
 * Returns a page as one HTML file that needs nothing else: its style is inside, it has no script, no link and no picture, and
 * its own policy forbids whatever it does not have. All texts are escaped; the file is ASCII. It is readable on paper, on
 * a phone, in light and in dark.
 *
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
 */
export function renderHtml({ title, blocks }: Page): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashStyle()}'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...blocks.map(renderBlock),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function hashStyle(): string {
  return `sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}`;
}

/**
 * Returns a text that HTML shows just as it is, in an element and in a quoted attribute. What is not ASCII is a character
 * reference, so that no other encoding of the file changes it, and so is `#`, with which the agent's commands begin.
 */
export function escapeHtml(text: string): string {
  return showInvisible(text).replace(/[&<>"'`#]|[^ -~]/gu, character => `&#${character.codePointAt(0)};`);
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escapeHtml(block.text)}</h2>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'note':
      return `<p class="note ${block.tone ?? 'plain'}">${escapeHtml(block.text)}</p>`;
    case 'counts':
      return `<ul class="counts">${block.counts.map(renderCount).join('')}</ul>`;
    case 'list':
      return `<ul>\n${block.items.map(item => `<li>${escapeHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return renderTable(block.columns, block.rows);
    case 'code':
      return `<pre><code>${block.text.split('\n').map(escapeHtml).join('\n')}</code></pre>`;
  }
}

function renderCount({ count, label, tone = 'plain' }: Count): string {
  return `\n<li class="${tone}"><b>${count}</b> <span>${escapeHtml(label)}</span></li>`;
}

function renderTable(columns: readonly string[], rows: readonly Row[]): string {
  const head = columns.map(name => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = rows.map(row => renderRow(columns, row)).join('\n');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

/** On a phone a row becomes a card, each cell under the name of its column. */
function renderRow(columns: readonly string[], { cells, tone = 'plain' }: Row): string {
  const shown = cells.map((cell, index) => {
    const mark = index === 0 ? ` class="${tone}"` : '';
    return `<td${mark} data-label="${escapeHtml(columns[index] ?? '')}">${renderCell(cell)}</td>`;
  });
  return `<tr>${shown.join('')}</tr>`;
}

function renderCell(cell: Cell): string {
  return listLines(cell)
    .map(line => `<div>${escapeHtml(line)}</div>`)
    .join('');
}

/** The style sheet of HTML pages: nothing in it is loaded from elsewhere. */
export const style = `
:root { color-scheme: light dark; --text: #1b1f24; --dim: #57606a; --paper: #fff; --line: #d0d7de; --soft: #f6f8fa; --bad: #b42318; --warn: #8a5300; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d; --soft: #161b22; --bad: #ff8178; --warn: #e3b341; --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 16px; }
h2 { font-size: 19px; margin: 32px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h1, h2, p, li, td, th { overflow-wrap: anywhere; }
.note { border-left: 4px solid var(--dim); background: var(--soft); padding: 8px 12px; }
.note.bad { border-color: var(--bad); }
.note.warn { border-color: var(--warn); }
.note.good { border-color: var(--good); }
.counts { display: flex; flex-wrap: wrap; gap: 10px; padding: 0; list-style: none; }
.counts li { flex: 1 1 130px; max-width: 260px; border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.counts b { display: block; font-size: 24px; line-height: 1.2; }
.counts span { color: var(--dim); }
.bad b, td.bad { color: var(--bad); }
.warn b, td.warn { color: var(--warn); }
.good b, td.good { color: var(--good); }
td.bad, td.warn, td.good { font-weight: 600; }
table { width: 100%; border-collapse: collapse; margin: 10px 0 20px; font-size: 14px; }
th { text-align: left; color: var(--dim); font-weight: 600; }
th, td { min-width: 11em; border-bottom: 1px solid var(--line); padding: 6px 10px 6px 0; vertical-align: top; white-space: pre-wrap; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 12px; overflow-x: auto; font-size: 13px; }
@media (max-width: 700px) {
  main { padding: 14px; }
  thead { display: none; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; margin-bottom: 10px; }
  td { border: 0; padding: 3px 0; min-width: 0; }
  td::before { content: attr(data-label); display: block; color: var(--dim); font-size: 12px; font-weight: 400; }
}
@media print {
  :root { color-scheme: light; --text: #000; --dim: #444; --paper: #fff; --line: #bbb; --soft: #fff; --bad: #a00; --warn: #740; --good: #060; }
  main { max-width: none; padding: 0; }
  body { font-size: 11px; }
  table { font-size: 10px; }
  tr, pre, .counts li { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  pre { white-space: pre-wrap; }
}
`;
