/** A regular expression as a tree. Characters arrive in lower case. */
export type PatternPart =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'edge'; readonly holds: (before: string, after: string) => boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternPart[] }
  | { readonly kind: 'repeat'; readonly part: PatternPart; readonly min: number; readonly max: number | undefined };

/** Why a text is no pattern that can be used; its `why` ends the sentence "This expression ...". */
export class PatternFault extends Error {
  readonly why: 'is not a regular expression' | 'is not supported' | 'is too long';

  constructor(why: PatternFault['why']) {
    super(why);
    this.why = why;
  }
}

const maxLength = 500;

/** Returns the parts of a regular expression. Throws PatternFault. */
export function readPattern(text: string): PatternPart {
  if (text.length > maxLength) throw new PatternFault('is too long');
  const reader = new Reader(text);
  const part = reader.readChoice();
  if (!reader.isDone()) throw new PatternFault('is not a regular expression');
  return part;
}

const invalid = (): PatternFault => new PatternFault('is not a regular expression');
const unsupported = (): PatternFault => new PatternFault('is not supported');

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

class Reader {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isDone(): boolean {
    return this.#index === this.#text.length;
  }

  readChoice(): PatternPart {
    const parts = [this.#readSequence()];
    while (this.#take('|')) parts.push(this.#readSequence());
    return { kind: 'choice', parts };
  }

  #readSequence(): PatternPart {
    const parts: PatternPart[] = [];
    while (!this.isDone() && !this.#isNext('|') && !this.#isNext(')')) parts.push(this.#readRepeated());
    return { kind: 'sequence', parts };
  }

  #readRepeated(): PatternPart {
    const part = this.#readEdge() ?? this.#readOne();
    const [text, min, comma, max] = this.#takeMatch(/(?:[*+?]|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})\??/y) ?? [];
    if (text === undefined) return part;
    const [least, most] = readCounts(text, min, comma, max);
    if (part.kind === 'edge' || (most !== undefined && most < least)) throw invalid();
    return { kind: 'repeat', part, min: least, max: most };
  }

  #readEdge(): PatternPart | undefined {
    const [text] = this.#takeMatch(/[$^]|\\[bB]/y) ?? [];
    const holds = text === undefined ? undefined : edges[text];
    return holds && { kind: 'edge', holds };
  }

  #readOne(): PatternPart {
    if (this.#takeMatch(/[*+?]|\{\d+(?:,\d*)?\}/y)) throw invalid();
    if (this.#take('(')) return this.#readGroup();
    if (this.#take('[')) return { kind: 'character', fits: this.#readClass() };
    if (this.#take('.')) return { kind: 'character', fits: () => true };
    return { kind: 'character', fits: this.#readEscape() ?? isSame(this.#next()) };
  }

  #readGroup(): PatternPart {
    if (this.#isNext('?') && !this.#takeMatch(/\?(?::|<[A-Za-z]\w*>)/y)) throw unsupported();
    const part = this.readChoice();
    if (!this.#take(')')) throw invalid();
    return part;
  }

  #readClass(): Fits {
    const isNegated = this.#take('^');
    if (this.#isNext(']')) throw unsupported();
    const fits: Fits[] = [];
    while (!this.#take(']')) {
      if (this.#takeMatch(/\\[^a-z\d]-(?!\])/iy)) throw unsupported();
      fits.push(this.#readEscape() ?? this.#readRange());
    }
    return character => fits.some(fit => fit(character)) !== isNegated;
  }

  #readRange(): Fits {
    const first = this.#next();
    if (!this.#takeMatch(/-(?!\])/y)) return isSame(first);
    const last = this.#next();
    if (last === '\\' || last === '[') throw unsupported();
    if (last < first) throw invalid();
    return character => [character, character.toUpperCase()].some(one => first <= one && one <= last);
  }

  #readEscape(): Fits | undefined {
    if (!this.#take('\\')) return undefined;
    const letter = this.#next();
    const known = classes[letter.toLowerCase()];
    if (known === undefined) {
      if (/[A-Za-z\d]/.test(letter)) throw unsupported();
      return isSame(letter);
    }
    return letter in classes ? known : character => !known(character);
  }

  #next(): string {
    if (this.isDone()) throw invalid();
    this.#index += 1;
    return this.#text.charAt(this.#index - 1);
  }

  #isNext(character: string): boolean {
    return this.#text.charAt(this.#index) === character;
  }

  #take(character: string): boolean {
    const isNext = this.#isNext(character);
    if (isNext) this.#index += 1;
    return isNext;
  }

  /** The expression is sticky: it matches where the reader is, or not at all. */
  #takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#index;
    const match = expression.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#index += match[0].length;
    return match;
  }
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
