import { neutralise } from '../../outside-text.ts';
import type { Paint } from './paint.ts';

/** A line of a table: what it is, and its value from outside. */
export type Row = readonly [name: string, value: string];

/** Returns rows as aligned text, values neutralised; one that lost characters by it says so. */
export function formatRows(rows: readonly Row[], paint: Paint): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${paint.bold(name.padEnd(width))}  ${show(value)}`).join('\n');
}

function show(value: string): string {
  const shown = neutralise(value);
  return shown === value ? shown : `${shown}  (changed for display, --json has it exact)`;
}
