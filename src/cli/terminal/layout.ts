import { neutralise } from '../../secret.ts';

/** Colours for people, or none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

export interface Stage {
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns colours on a terminal that takes them; none where NO_COLOR is set to anything (https://no-color.org). */
export function choosePaint({ isTerminal, env }: Stage): Paint {
  const plain = !isTerminal || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const wrap = (open: number, close: number) => (text: string) =>
    plain ? text : `\u001b[${open}m${text}\u001b[${close}m`;
  return { bold: wrap(1, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39) };
}

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

/**
 * Returns a text whose lines have at most so many characters, broken at spaces. An example of a command goes on in the next
 * line as a shell takes it: with a backslash at the end.
 */
export function wrapLines(text: string, max: number): string {
  let isExample = false;
  return text
    .split('\n')
    .map(line => {
      isExample = /^ {2}\$ /.test(line) || (isExample && line.startsWith('      '));
      return wrapLine(
        line,
        max,
        isExample ? { end: ' \\', indent: '      ' } : { end: '', indent: /^ */.exec(line)?.[0] ?? '' },
      );
    })
    .join('\n');
}

interface Break {
  readonly end: string;
  readonly indent: string;
}

function wrapLine(line: string, max: number, broken: Break): string {
  const { end, indent } = broken;
  if (line.length <= max) return line;
  const place = line.lastIndexOf(' ', max - end.length);
  if (place <= indent.length) return line;
  return `${line.slice(0, place)}${end}\n${wrapLine(`${indent}${line.slice(place + 1)}`, max, broken)}`;
}

/** Returns a number with its noun. */
export function nameCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** So many lines leave room on a screen of forty for progress, warnings and the prompt. */
const screenLines = 26;

/** Returns a text if it fits on a screen (or has so many lines) or everything is asked for, else the brief one. */
export function chooseText(whole: string, brief: () => string, all = false, max = screenLines): string {
  if (all || whole.split('\n').length <= max) return whole;
  return markSummary(brief());
}

/** Returns a brief text with a word about where the whole is. */
export function markSummary(brief: string): string {
  return `${brief}\n\nThis is a summary: --all lists everything, --json has it for programs.`;
}

/** Returns parts of a text with an empty line between them; those that are empty are left out. */
export function joinParts(parts: readonly string[]): string {
  return parts.filter(Boolean).join('\n\n');
}

/** Returns the first few of some names, with a word about the others. */
export function nameList(names: readonly string[], max = 3): string {
  const more = names.length > max ? ` and ${names.length - max} more` : '';
  return `${names.slice(0, max).join(', ')}${more}`;
}

/** Returns the first lines of some, with a word about the others. */
export function cutLines(lines: readonly string[], max: number): readonly string[] {
  if (lines.length <= max) return lines;
  return [...lines.slice(0, max), `  ... and ${lines.length - max} more`];
}

/** Returns items by their keys, in their order. */
export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
