import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rows of a README's tables: what the first cell names in backquotes, and the default that the second tells. */
export interface TableRow {
  readonly name: string;
  readonly fallback: string;
}

/** Returns the rows of each table whose first column has a title, in order. */
export function readTables(folder: string, title: string): readonly (readonly TableRow[])[] {
  const blocks = readFileSync(join(folder, 'README.md'), 'utf8').split(/\n\n+/);
  return blocks.filter(block => new RegExp(`^\\| ${title} +\\|`).test(block)).map(block => readRows(block));
}

function readRows(block: string): readonly TableRow[] {
  return block
    .trim()
    .split('\n')
    .slice(2)
    .map(line => {
      const [, name = '', fallback = ''] = line.split('|').map(cell => cell.trim().replaceAll('`', ''));
      return { name, fallback };
    });
}
