import type { PolicyVersion } from './policy-json.ts';

/** What can be said of a condition: it holds, it does not, or nobody outside AWS can tell. */
export type Truth = true | false | 'unknown';

/** Returns whether all hold: one that does not decides, whatever is unknown besides. */
export function allHold(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes('unknown') ? 'unknown' : true;
}

/** Returns whether any holds: one that does decides, whatever is unknown besides. */
export function anyHolds(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes('unknown') ? 'unknown' : false;
}

/** Returns the opposite; what is unknown stays so. */
export function negate(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth;
}

/** A policy's value in its parts: a character, or what stands for one or for any number of them. */
export type Part = { readonly character: string } | 'one' | 'any' | 'variable';

export interface Pattern {
  readonly parts: readonly Part[];
  /** The characters in front of the first part that is none: a text that begins otherwise does not match. */
  readonly prefix: string;
  /** Policy variables whose value is not known, `${aws:userid}` for one. */
  readonly variables: readonly string[];
  /** Whether it covers one text only, the prefix: it has neither wildcards nor policy variables. */
  readonly isExact: boolean;
}

/** A pattern that was read from a policy. */
export interface ValuePattern extends Pattern {
  /** As it stands in the policy. */
  readonly value: string;
}

/** A value in which nothing has another meaning: most have none, and nobody asks for the parts of these. */
class PlainPattern implements ValuePattern {
  readonly value: string;
  readonly isExact = true;
  readonly variables = none;

  constructor(value: string) {
    this.value = value;
  }

  get prefix(): string {
    return this.value;
  }

  get parts(): readonly Part[] {
    return Array.from(this.value, readCharacter);
  }
}

const none: readonly string[] = [];

export interface PatternRules {
  /** Whether `*` and `?` stand for other characters. */
  readonly wildcards: boolean;
  readonly version: PolicyVersion;
}

/**
 * Returns a policy's value in its parts. Since version 2012-10-17 `${*}`, `${?}` and `${$}` are those characters, in
 * operators with and without wildcards, and any other `${...}` a variable. A `${` that is not closed counts as a variable
 * too: nothing says how IAM reads it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
 */
export function readPattern(text: string, { wildcards, version }: PatternRules): ValuePattern {
  if (isPlain(text)) return new PlainPattern(text);
  const tokens = text.match(version === '2012-10-17' ? /\$\{[^}]*(?:\}|$)|[^]/gu : /[^]/gu) ?? [];
  const parts = tokens.map(token => readPart(token, wildcards));
  const variables = tokens.filter((_, index) => parts[index] === 'variable');
  return { value: text, parts, prefix: readPrefix(parts), variables, isExact: isOneText(parts) };
}

export function isOneText(parts: readonly Part[]): boolean {
  return parts.every(part => typeof part !== 'string');
}

export function readPrefix(parts: readonly Part[]): string {
  const end = parts.findIndex(part => typeof part === 'string');
  return parts
    .slice(0, end < 0 ? parts.length : end)
    .map(part => (typeof part === 'string' ? '' : part.character))
    .join('');
}

/**
 * Returns whether a pattern covers the whole of a text. With a variable in it the answer is false if no value could
 * make it match, else unknown.
 */
export function matchPattern(pattern: Pattern, text: string): Truth {
  const { prefix, variables } = pattern;
  if (pattern.isExact) return text === prefix;
  if (!text.startsWith(prefix)) return false;
  const runs = listRuns(pattern);
  const matches = runs.length > 1 ? coversRuns(runs, text) : covers(pattern.parts, splitText(text));
  return matches && variables.length > 0 ? 'unknown' : matches;
}

/**
 * The same without regard to letter case. IAM does not say how it folds letters, so where lower and upper case disagree
 * (ß, ı) the answer is unknown.
 */
export function matchPatternIgnoringCase(pattern: Pattern, text: string): Truth {
  const folded = folds.get(pattern) ?? {
    lower: fold(pattern, part => part.toLowerCase()),
    upper: fold(pattern, part => part.toUpperCase()),
  };
  folds.set(pattern, folded);
  const lower = matchPattern(folded.lower, text.toLowerCase());
  const upper = matchPattern(folded.upper, text.toUpperCase());
  return lower === upper ? lower : 'unknown';
}

/** A pattern is compared with thousands of texts. */
const folds = new WeakMap<Pattern, { readonly lower: Pattern; readonly upper: Pattern }>();

/** Returns whether a value stands for itself alone, whatever its operator is: nothing in it may have another meaning. */
export function isPlain(text: string): boolean {
  return !/[*?$]/.test(text);
}

/** Returns whether an action or the like matches, `*` and `?` counting, letter case not. */
export function matchWildcards(pattern: string, text: string): boolean {
  if (isPlain(pattern)) return pattern.toLowerCase() === text.toLowerCase();
  return (
    matchPattern(readPattern(pattern.toLowerCase(), { wildcards: true, version: '2008-10-17' }), text.toLowerCase()) ===
    true
  );
}

function readPart(token: string, wildcards: boolean): Part {
  if (token.startsWith('${')) {
    const name = token.slice(2, -1);
    return token.endsWith('}') && ['*', '?', '$'].includes(name) ? { character: name } : 'variable';
  }
  if (wildcards && token === '*') return 'any';
  return wildcards && token === '?' ? 'one' : readCharacter(token);
}

/** Policies of a fleet have millions of these: each is made once. */
const ascii: readonly Part[] = Array.from({ length: 128 }, (_, code) => ({ character: String.fromCharCode(code) }));

function readCharacter(character: string): Part {
  return ascii[character.charCodeAt(0)] ?? { character };
}

function fold({ parts, variables, isExact }: Pattern, change: (text: string) => string): Pattern {
  const folded = parts.flatMap((part): readonly Part[] =>
    typeof part === 'string' ? [part] : Array.from(change(part.character), character => ({ character })),
  );
  return { parts: folded, prefix: readPrefix(folded), variables, isExact };
}

/** A text is compared with one pattern after another: the last one's characters are kept. */
let last: { readonly text: string; readonly characters: readonly string[] } = { text: '', characters: [] };

function splitText(text: string): readonly string[] {
  if (text !== last.text) last = { text, characters: Array.from(text) };
  return last.characters;
}

/** A pattern is compared with thousands of texts. */
const known = new WeakMap<readonly Part[], readonly string[]>();

/** Returns the texts between a pattern's stars; none where a part stands for one character, or a text has half of one. */
function listRuns({ parts }: Pattern): readonly string[] {
  const runs = known.get(parts) ?? readRuns(parts);
  known.set(parts, runs);
  return runs;
}

function readRuns(parts: readonly Part[]): readonly string[] {
  let run = '';
  const runs: string[] = [];
  for (const part of [...parts, 'any' as const]) {
    if (part === 'one') return [];
    if (typeof part !== 'string') run += part.character;
    else {
      runs.push(run);
      run = '';
    }
  }
  return runs.some(one => /\p{Surrogate}/u.test(one)) ? [] : runs;
}

/** Finds each text as early as it can be: what is left is as long as possible. */
function coversRuns(runs: readonly string[], text: string): boolean {
  const [first = '', ...rest] = runs;
  const last = rest.pop() ?? '';
  const end = text.length - last.length;
  let at = first.length;
  for (const run of rest) {
    const index = text.indexOf(run, at);
    if (index < 0) return false;
    at = index + run.length;
  }
  return at <= end && text.endsWith(last);
}

/** Goes back to the last star only, so that a pattern full of stars costs no more than its length times the text's. */
function covers(parts: readonly Part[], text: readonly string[]): boolean {
  let [at, place, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const part = parts[place];
    if (part === 'any' || part === 'variable') {
      [star, resume] = [place, at];
      place += 1;
    } else if (part !== undefined && (part === 'one' || part.character === text[at])) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      resume += 1;
      [at, place] = [resume, star + 1];
    } else return false;
  }
  return parts.slice(place).every(part => part === 'any' || part === 'variable');
}

/** The values of a condition: the texts of those that stand for just one, and the others in their parts. */
export interface PatternList {
  readonly literals: ReadonlySet<string>;
  readonly others: readonly Pattern[];
  /** Returns all values in their parts. */
  readonly listAll: () => readonly ValuePattern[];
}

const lists = new WeakMap<readonly string[], readonly (PatternRules & { readonly list: PatternList })[]>();

/** Returns a condition's values in their parts. The same list of values is parsed once. */
export function readPatterns(values: readonly string[], { wildcards, version }: PatternRules): PatternList {
  const own = lists.get(values) ?? [];
  const found = own.find(one => one.wildcards === wildcards && one.version === version);
  if (found !== undefined) return found.list;
  const list = sortValues(values, { wildcards, version });
  lists.set(values, [...own, { wildcards, version, list }]);
  return list;
}

/** Most values are plain, and most conditions are exact: their parts are never asked for. */
function sortValues(values: readonly string[], rules: PatternRules): PatternList {
  const literals = new Set<string>();
  const others: Pattern[] = [];
  for (const value of values) {
    const pattern = isPlain(value) ? undefined : readPattern(value, rules);
    const text = pattern === undefined ? value : readText(pattern);
    if (text !== undefined) literals.add(text);
    else if (pattern !== undefined) others.push(pattern);
  }
  let all: readonly ValuePattern[] | undefined;
  return { literals, others, listAll: () => (all ??= values.map(value => readPattern(value, rules))) };
}

/** Returns the one text that a pattern stands for; undefined if it has a wildcard or a variable. */
export function readText({ isExact, prefix }: Pattern): string | undefined {
  return isExact ? prefix : undefined;
}
