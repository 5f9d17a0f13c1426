import { createHash } from 'node:crypto';
import { listLines, type Block, type Cell, type Count, type Page, type Row } from './page.ts';
import { style } from './style.ts';
import { showInvisible } from './visible.ts';

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
