/** A table as values; the first column's cells are names, the others' are numbers or words. */
export interface Table {
  readonly title: string;
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Returns a table as Markdown with a heading; a cell's bars and line breaks cannot end it. */
export function renderTable({ title, notes, columns, rows }: Table): string {
  const wrong = rows.find(row => row.length !== columns.length);
  if (wrong !== undefined) throw new RangeError(`${title}: ${wrong.join(', ')} is not a row of ${columns.join(', ')}`);
  const rule = columns.map((_, place) => (place === 0 ? '---' : '---:'));
  const lines = [columns.map(escapeCell), rule, ...rows.map(row => row.map(escapeCell))];
  return [`## ${title}`, '', ...notes.flatMap(note => [note, '']), ...lines.map(joinCells), ''].join('\n');
}

function joinCells(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}

/** Returns a number with as many digits behind the point as are worth reading. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
