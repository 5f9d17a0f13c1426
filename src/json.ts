/** Where a text stops being JSON, and what is wrong there. Line and column count from 1, columns in characters. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** A noun phrase, such as `a comma before "}"`. */
  readonly found: string;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end';

interface State {
  readonly open: string[];
  expected: Expected;
  /** Of the last token. */
  last: string;
  /** Whether a fault may show words of the text. */
  readonly quotes: boolean;
}

const token =
  /[ \t\n\r]*(?:("(?:[\x20\x21\x23-\x5b\x5d-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))|([{}[\],:]))/y;

/**
 * Returns where a text is not JSON, undefined where it is. Values of JSON are not looked at, and duplicate keys pass. With
 * `quotes: false` the fault shows no words of the text, for texts that may hold secrets.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function findJsonFault(text: string, { quotes = true } = {}): JsonFault | undefined {
  const state: State = { open: [], expected: 'value', last: '', quotes };
  token.lastIndex = 0;
  let end = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [, scalar, sign = ''] = match;
    const start = token.lastIndex - (scalar ?? sign).length;
    if (!accept(state, scalar, sign)) return describe(text, start, end, state);
    state.last = scalar ?? sign;
    end = token.lastIndex;
  }
  const rest = end + (/^[ \t\n\r]*/.exec(text.slice(end))?.[0].length ?? 0);
  return rest === text.length && state.expected === 'end' ? undefined : describe(text, rest, end, state);
}

/** Takes one token into the state; false if it cannot stand there. */
function accept(state: State, scalar: string | undefined, sign: string): boolean {
  const { expected } = state;
  if (expected.startsWith('value') && (scalar !== undefined || sign === '{' || sign === '[')) return begin(state, sign);
  if (expected.startsWith('key') && scalar?.startsWith('"') === true) return move(state, 'colon');
  if (expected === 'colon' && sign === ':') return move(state, 'value');
  if (expected === 'comma' && sign === ',') return move(state, state.open.at(-1) === '}' ? 'key' : 'value');
  const closes = sign !== '' && sign === state.open.at(-1) && (expected === 'comma' || expected.endsWith(sign));
  if (closes) state.open.pop();
  return closes && move(state, afterValue(state));
}

function begin(state: State, sign: string): boolean {
  if (sign === '') return move(state, afterValue(state));
  state.open.push(sign === '{' ? '}' : ']');
  return move(state, sign === '{' ? 'key or }' : 'value or ]');
}

function afterValue({ open }: State): Expected {
  return open.length === 0 ? 'end' : 'comma';
}

function move(state: State, expected: Expected): true {
  state.expected = expected;
  return true;
}

/** What people write that is not JSON, the likeliest reading first; the text is what is at the fault. */
const slips: readonly (readonly [RegExp, string])[] = [
  [/^(?:\/\/|\/\*|#)/, 'a comment; JSON does not allow comments'],
  [/^'/, 'a single quotation mark; JSON allows only double ones'],
  [
    /^[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b]/,
    'a typographic quotation mark; JSON allows only straight double ones',
  ],
  [/^(?:True|False|None)\b/, 'a Python keyword; JSON has true, false and null'],
  [/^"[^"\n]*\n/, 'a string that continues past the end of its line'],
  [/^"[^"\n]*[^\x20-\uffff]/, 'a string with a control character such as a tab, which JSON writes as \\t'],
  [/^"[^"\n]*\\/, 'a string with an escape sequence that JSON does not know'],
  [/^"[^"\n]*$/, 'a string without its closing quotation mark'],
];

function describe(text: string, start: number, end: number, state: State): JsonFault {
  const trailing = state.last === ',' && /^[}\]]/.test(text.slice(start, start + 1));
  const place = trailing ? end - 1 : start;
  const found = trailing ? `a comma before "${text.charAt(start)}"` : nameFault(text.slice(start, start + 2000), state);
  return { ...locate(text, place), found };
}

/** Returns the line and the column of a place in a text, given in UTF-16 units. */
export function locate(text: string, index: number): Pick<JsonFault, 'line' | 'column'> {
  const lines = text.slice(0, index).split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

function nameFault(rest: string, { expected, open, quotes }: State): string {
  if (rest === '') return open.length === 0 ? 'nothing' : `the end of the text, but "${open.at(-1) ?? ''}" is missing`;
  const [, slip] = slips.find(([pattern]) => pattern.test(rest)) ?? [];
  if (slip !== undefined) return slip;
  if (expected === 'end') return 'more text after the end of the JSON';
  if (rest.startsWith('"')) return `a string instead of a ${expected.replace(' or', ' or a')}`;
  const shown = /^(?:\w+|.)/su.exec(rest)?.[0] ?? '';
  if (expected.startsWith('key') && /^\w/.test(shown))
    return `${quotes ? `the key ${shown}` : 'a key'} without quotation marks`;
  return `${quotes ? `"${shown}"` : 'something'} instead of a ${expected.replace(' or', ' or a')}`;
}

/** An object or a list that was entered and not left yet. */
interface Level {
  readonly path: string;
  readonly isList: boolean;
  readonly names: Set<string>;
  /** Where the next value in it is. */
  next: string;
  index: number;
}

/** How a text of JSON or what structures it begins, where it begins and ends, and whether it is a name: a colon follows. */
type JsonToken = readonly [mark: string, index: number, end: number, isName: boolean];

/**
 * Returns the tokens of JSON that a pattern finds by how they begin. It has to find quotation marks: where texts end is found
 * without a pattern, since one keeps each of their characters on a stack.
 */
export function* readTokens(json: string, pattern = /["{}[\],]/g): Generator<JsonToken> {
  const colon = /\s*:/y;
  let end = 0;
  for (const { 0: mark, index } of json.matchAll(pattern)) {
    if (index < end) continue;
    const isText = mark === '"';
    end = isText ? findTextEnd(json, index) : index + 1;
    colon.lastIndex = end;
    yield [mark, index, end, isText && colon.test(json)];
  }
}

/** Behind the first quotation mark before which an even number of backslashes stand. */
function findTextEnd(json: string, start: number): number {
  let end = start;
  let before: number;
  do {
    end = json.indexOf('"', end + 1);
    before = end;
    while (json[before - 1] === '\\') before -= 1;
  } while ((end - before) % 2 === 1);
  return end < 0 ? json.length : end + 1;
}

/** A name that an object has a second time: its path from `$`, and where in the text it is, in UTF-16 units. */
export interface DuplicateName {
  readonly path: string;
  readonly name: string;
  readonly index: number;
}

/**
 * Returns the first name that an object has twice, however its letters are written; undefined if there is none. `JSON.parse`
 * keeps the last of them and says nothing.
 *
 * The text has to be JSON: it is not checked again.
 */
export function findDuplicateName(json: string): DuplicateName | undefined {
  const levels: Level[] = [];
  for (const [mark, index, end, isName] of readTokens(json)) {
    const level = levels.at(-1);
    if (mark === '{' || mark === '[') levels.push(enter(level?.next ?? '$', mark === '['));
    else if (mark === '}' || mark === ']') levels.pop();
    else if (level === undefined) continue;
    else if (mark === ',') step(level);
    else if (isName) {
      const name = String(JSON.parse(json.slice(index, end)));
      level.next = memberPath(level.path, name);
      if (level.names.has(name)) return { path: level.next, name, index };
      level.names.add(name);
    }
  }
  return undefined;
}

function enter(path: string, isList: boolean): Level {
  return { path, isList, names: new Set(), next: isList ? `${path}[0]` : path, index: 0 };
}

function step(level: Level): void {
  if (!level.isList) return;
  level.index += 1;
  level.next = `${level.path}[${level.index}]`;
}

/** Returns the path of a member; names that are no plain words are quoted. */
export function memberPath(path: string, name: string): string {
  return /^\w+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** Returns the value of a text; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same of a file or an answer, which may begin with a byte-order mark. */
export function parseMarkedJson(text: string): unknown {
  return parseJson(text.replace(/^\uFEFF/, ''));
}

/** Returns whether a value is an object with members; a list is none. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the object of a text; undefined if it is none. */
export function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
