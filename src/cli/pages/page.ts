import { escapeUnit } from '../../secret.ts';

/**
 * A report for people who were not there, before it is written in a format. All texts are plain: nothing in them is markup,
 * and any of them may come from outside. What is not visible in a text (controls, bidi marks) is shown as an escape.
 */
export interface Page {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** How something is meant: `bad` needs somebody to act, `warn` to look. */
export type Tone = 'bad' | 'warn' | 'good' | 'plain';

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** What a reader must not miss. */
  | { readonly kind: 'note'; readonly text: string; readonly tone?: Tone }
  /** What it comes to, in figures. */
  | { readonly kind: 'counts'; readonly counts: readonly Count[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly Row[] }
  /** Text to copy, such as a policy. */
  | { readonly kind: 'code'; readonly text: string; readonly language: 'json' | 'sh' | 'diff' };

export interface Count {
  readonly count: number;
  /** What is counted, in the number that fits: "roles". */
  readonly label: string;
  readonly tone?: Tone;
}

/** The cells of a table's row, one for each column. */
export interface Row {
  readonly cells: readonly Cell[];
  /** Of the first cell. */
  readonly tone?: Tone;
}

/** One line, or several. */
export type Cell = string | readonly string[];

/** Returns the lines of a cell. */
export function listLines(cell: Cell): readonly string[] {
  return typeof cell === 'string' ? [cell] : cell;
}

/** Controls, marks that turn the direction, what shows nothing at all, and halves of a character. */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** Returns a text with every character that a reader could not see as an escape, `\u202e`. */
export function showInvisible(text: string): string {
  return text.replace(invisible, character =>
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charAt(index))).join(''),
  );
}
