/** A regular expression as a tree. Characters arrive in lower case. */
export type PatternPart =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'edge'; readonly holds: (before: string, after: string) => boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternPart[] }
  | { readonly kind: 'repeat'; readonly part: PatternPart; readonly min: number; readonly max: number | undefined };

const maxLength = 500;

/** Where a text is read. */
interface Cursor {
  readonly text: string;
  index: number;
}

/** Returns the parts of a regular expression. Throws SyntaxError, with words that end "This expression ...". */
export function readPattern(text: string): PatternPart {
  if (text.length > maxLength) throw new SyntaxError('is too long');
  const cursor = { text, index: 0 };
  const part = readChoice(cursor);
  if (!isDone(cursor)) throw invalid();
  return part;
}

const invalid = (): SyntaxError => new SyntaxError('is not a regular expression');
const unsupported = (): SyntaxError => new SyntaxError('is not supported');

type Fits = (character: string) => boolean;

const isWord: Fits = character => /^[a-z\d_]$/.test(character);

/** What \d, \w and \s stand for; the capital stands for the others. */
const classes: Readonly<Record<string, Fits>> = {
  d: character => /^\d$/.test(character),
  w: isWord,
  s: character => /^\s$/.test(character),
};

const isEdgeOfWord = (before: string, after: string): boolean => isWord(before) !== isWord(after);

/** What stands for a place between two characters. */
const edges: Readonly<Record<string, (before: string, after: string) => boolean>> = {
  '^': before => before === '',
  $: (_, after) => after === '',
  '\\b': isEdgeOfWord,
  '\\B': (before, after) => !isEdgeOfWord(before, after),
};

function readChoice(cursor: Cursor): PatternPart {
  const parts = [readSequence(cursor)];
  while (take(cursor, '|')) parts.push(readSequence(cursor));
  return { kind: 'choice', parts };
}

function readSequence(cursor: Cursor): PatternPart {
  const parts: PatternPart[] = [];
  while (!isDone(cursor) && !isNext(cursor, '|') && !isNext(cursor, ')')) parts.push(readRepeated(cursor));
  return { kind: 'sequence', parts };
}

function readRepeated(cursor: Cursor): PatternPart {
  const part = readEdge(cursor) ?? readOne(cursor);
  const [text, min, comma, max] = takeMatch(cursor, /(?:[*+?]|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})\??/y) ?? [];
  if (text === undefined) return part;
  const [least, most] = readCounts(text, min, comma, max);
  if (part.kind === 'edge' || (most !== undefined && most < least)) throw invalid();
  return { kind: 'repeat', part, min: least, max: most };
}

function readEdge(cursor: Cursor): PatternPart | undefined {
  const [text] = takeMatch(cursor, /[$^]|\\[bB]/y) ?? [];
  const holds = text === undefined ? undefined : edges[text];
  return holds && { kind: 'edge', holds };
}

function readOne(cursor: Cursor): PatternPart {
  if (takeMatch(cursor, /[*+?]|\{\d+(?:,\d*)?\}/y)) throw invalid();
  if (take(cursor, '(')) return readGroup(cursor);
  if (take(cursor, '[')) return { kind: 'character', fits: readClass(cursor) };
  if (take(cursor, '.')) return { kind: 'character', fits: () => true };
  return { kind: 'character', fits: readEscape(cursor) ?? isSame(next(cursor)) };
}

function readGroup(cursor: Cursor): PatternPart {
  if (isNext(cursor, '?') && !takeMatch(cursor, /\?(?::|<[A-Za-z]\w*>)/y)) throw unsupported();
  const part = readChoice(cursor);
  if (!take(cursor, ')')) throw invalid();
  return part;
}

function readClass(cursor: Cursor): Fits {
  const isNegated = take(cursor, '^');
  if (isNext(cursor, ']')) throw unsupported();
  const fits: Fits[] = [];
  while (!take(cursor, ']')) {
    if (takeMatch(cursor, /\\[^a-z\d]-(?!\])/iy)) throw unsupported();
    fits.push(readEscape(cursor) ?? readRange(cursor));
  }
  return character => fits.some(fit => fit(character)) !== isNegated;
}

function readRange(cursor: Cursor): Fits {
  const first = next(cursor);
  if (!takeMatch(cursor, /-(?!\])/y)) return isSame(first);
  const last = next(cursor);
  if (last === '\\' || last === '[') throw unsupported();
  if (last < first) throw invalid();
  return character => [character, character.toUpperCase()].some(one => first <= one && one <= last);
}

function readEscape(cursor: Cursor): Fits | undefined {
  if (!take(cursor, '\\')) return undefined;
  const letter = next(cursor);
  const known = classes[letter.toLowerCase()];
  if (known === undefined) {
    if (/[A-Za-z\d]/.test(letter)) throw unsupported();
    return isSame(letter);
  }
  return letter in classes ? known : character => !known(character);
}

function next(cursor: Cursor): string {
  if (isDone(cursor)) throw invalid();
  cursor.index += 1;
  return cursor.text.charAt(cursor.index - 1);
}

function isNext(cursor: Cursor, character: string): boolean {
  return cursor.text.charAt(cursor.index) === character;
}

function take(cursor: Cursor, character: string): boolean {
  if (!isNext(cursor, character)) return false;
  cursor.index += 1;
  return true;
}

/** The expression is sticky: it matches where the reader is, or not at all. */
function takeMatch(cursor: Cursor, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.index;
  const match = expression.exec(cursor.text) ?? undefined;
  if (match !== undefined) cursor.index += match[0].length;
  return match;
}

function isDone({ text, index }: Cursor): boolean {
  return index === text.length;
}

function isSame(letter: string): Fits {
  const lower = letter.toLowerCase();
  return character => character === lower;
}

function readCounts(text: string, min: string | undefined, comma: string | undefined, max: string | undefined) {
  if (min !== undefined) {
    const most = comma === undefined ? Number(min) : max === undefined ? undefined : Number(max);
    return [Number(min), most] as const;
  }
  if (text.startsWith('?')) return [0, 1] as const;
  return [text.startsWith('+') ? 1 : 0, undefined] as const;
}
