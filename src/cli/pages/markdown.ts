import { fence, quoteCell, quoteProse } from '../../handoff/markdown.ts';
import { listLines, showInvisible, type Block, type Cell, type Count, type Page, type Row, type Tone } from './page.ts';

/**
 * Returns a page as Markdown for GitHub and Azure DevOps. Texts are escaped: none of them is markup, a link, a mention or a
 * logging command. Text that is longer than 2,000 characters is cut, except for code.
 */
export function renderMarkdown({ title, blocks }: Page): string {
  return `${[`# ${quote(title)}`, ...blocks.map(renderBlock)].filter(Boolean).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `## ${quote(block.text)}`;
    case 'paragraph':
      return quote(block.text);
    case 'note':
      return `> **${noteNames[block.tone ?? 'plain']}:** ${quote(block.text)}`;
    case 'counts':
      return block.counts.map(renderCount).join('\n');
    case 'list':
      return block.items.map(item => `- ${quote(item)}`).join('\n');
    case 'table':
      return renderTable(block.columns, block.rows);
    case 'code':
      return fence(block.language, showCode(block.text)).join('\n');
  }
}

const noteNames: Readonly<Record<Tone, string>> = {
  bad: 'Attention',
  warn: 'Warning',
  good: 'Good',
  plain: 'Note',
};

function quote(text: string): string {
  return quoteProse(showInvisible(text));
}

function renderCount({ count, label }: Count): string {
  return `- **${count}** ${quote(label)}`;
}

function renderTable(columns: readonly string[], rows: readonly Row[]): string {
  return [
    formatRow(columns.map(renderCell)),
    formatRow(columns.map(() => '---')),
    ...rows.map(({ cells }) => formatRow(cells.map(renderCell))),
  ].join('\n');
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** An empty cell stays one. */
function renderCell(cell: Cell): string {
  return listLines(cell)
    .map(line => (line.trim() === '' ? '' : quoteProse(showInvisible(line), quoteCell)))
    .join('<br>');
}

/** Nothing is markup in a code block, but the agent reads it as it reads every line. */
function showCode(text: string): string {
  return text
    .split('\n')
    .map(line => showInvisible(line).replace(/##(?=vso\[|\[)/gi, '# #'))
    .join('\n');
}
