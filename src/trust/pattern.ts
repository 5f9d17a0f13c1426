import type { Truth } from './truth.ts';
import type { PolicyVersion } from './trust-policy.ts';

/** A policy's value in its parts: a character, or what stands for one or for any number of them. */
type Part = { readonly character: string } | 'one' | 'any' | 'variable';

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

function isOneText(parts: readonly Part[]): boolean {
  return parts.every(part => typeof part !== 'string');
}

function readPrefix(parts: readonly Part[]): string {
  const end = parts.findIndex(part => typeof part === 'string');
  return parts
    .slice(0, end < 0 ? parts.length : end)
    .map(part => (typeof part === 'string' ? '' : part.character))
    .join('');
}

/** Returns a text that a pattern covers: with `any` for each `*` and each variable, and an `a` for each `?`, which is a digit of GUIDs, too. */
export function fillPattern(pattern: Pattern, any: string): string {
  if (pattern.isExact) return pattern.prefix;
  return pattern.parts.map(part => (isOpen(part) ? any : writePart(part))).join('');
}

/**
 * Returns patterns for what a pattern covers of the texts that begin so: none if it covers no such text. A star may stand for
 * the beginning alone or for more, so that there may be several.
 */
export function narrowToPrefix({ parts, variables }: Pattern, prefix: string): readonly Pattern[] {
  const characters = Array.from(prefix);
  let rests: ReadonlyMap<number, readonly Part[]> = new Map([[parts.length, parts]]);
  for (const character of characters) {
    const passed = [...rests.values()].flatMap(rest => passCharacter(rest, character));
    rests = new Map(passed.map(rest => [rest.length, rest]));
  }
  const start = characters.map(character => ({ character }));
  return [...rests.values()].map(rest => {
    const isExact = isOneText(rest);
    const whole = [...start, ...rest];
    return { parts: whole, prefix: isExact ? readPrefix(whole) : prefix, variables, isExact };
  });
}

/** Returns what is left of a pattern once it has covered a character. */
function passCharacter(parts: readonly Part[], character: string): readonly (readonly Part[])[] {
  const stars = parts.findIndex(part => !isOpen(part));
  const open = stars < 0 ? parts.length : stars;
  const next = parts[open];
  const passes = next === 'one' || (typeof next === 'object' && next.character === character);
  return [...(open > 0 ? [parts] : []), ...(passes ? [parts.slice(open + 1)] : [])];
}

/**
 * Returns a text that two patterns cover, with `any` where both have a star; undefined if there is none. It takes time
 * and memory by the product of their lengths, and no stack.
 */
export function fillBoth({ parts: one }: Pattern, { parts: other }: Pattern, any: string): string | undefined {
  const isShared = (part: Part, at: number): boolean =>
    typeof part === 'object' && writePart(other[at]) === part.character;
  const end = one.findIndex((part, at) => !isShared(part, at));
  const shared = end < 0 ? one.length : end;
  const rest = fillRests(one.slice(shared), other.slice(shared), any);
  return rest === undefined ? undefined : one.slice(0, shared).map(writePart).join('') + rest;
}

function fillRests(one: readonly Part[], other: readonly Part[], any: string): string | undefined {
  const moves = chooseMoves(one, other);
  const texts: string[] = [];
  let [left, right] = [0, 0];
  while (left < one.length || right < other.length) {
    const move = moves(left, right);
    const [first, second] = [one[left], other[right]];
    if (move === 'none') return undefined;
    if (isOpen(first) && isOpen(second)) texts.push(any);
    else if (move === 'both') texts.push(writePart(first === 'one' ? second : first));
    else texts.push(writePart(move === 'left' ? first : second));
    if (move !== 'right') left += 1;
    if (move !== 'left') right += 1;
  }
  return texts.join('');
}

/** Of which pattern the next part is passed. A star is passed as nothing, or stays while it covers the other's part. */
type Move = 'none' | 'both' | 'left' | 'right';
const allMoves: readonly Move[] = ['none', 'both', 'left', 'right'];

/** Returns for each two places in patterns the move from which the ends of both can be reached. */
function chooseMoves(one: readonly Part[], other: readonly Part[]): (left: number, right: number) => Move {
  const width = other.length + 1;
  const chosen = new Uint8Array((one.length + 1) * width);
  const isEnd = (left: number, right: number) => left === one.length && right === other.length;
  const reaches = (left: number, right: number) => isEnd(left, right) || chosen[left * width + right] !== 0;
  const choose = (left: number, right: number): Move => {
    const [first, second] = [one[left], other[right]];
    if (first !== undefined && second !== undefined && agree(first, second) && reaches(left + 1, right + 1))
      return 'both';
    if (!isOpen(first) && !isOpen(second)) return 'none';
    const open = [
      ...(first !== undefined && reaches(left + 1, right) ? (['left'] as const) : []),
      ...(second !== undefined && reaches(left, right + 1) ? (['right'] as const) : []),
    ];
    // A star stays as long as it can, so that what stands for it has its turn.
    return (isOpen(first) ? open.at(-1) : open[0]) ?? 'none';
  };
  for (let left = one.length; left >= 0; left -= 1)
    for (let right = other.length; right >= 0; right -= 1)
      chosen[left * width + right] = allMoves.indexOf(choose(left, right));
  return (left, right) => allMoves[chosen[left * width + right] ?? 0] ?? 'none';
}

function isOpen(part: Part | undefined): boolean {
  return part === 'any' || part === 'variable';
}

function agree(one: Part, other: Part): boolean {
  if (isOpen(one) || isOpen(other)) return isOpen(one) && isOpen(other);
  if (typeof one !== 'object' || typeof other !== 'object') return true;
  return one.character === other.character;
}

/** Returns what stands for a part on its own: nothing for a star. */
function writePart(part: Part | undefined): string {
  if (typeof part === 'object') return part.character;
  return part === 'one' ? 'a' : '';
}

/** Returns whether a value has wildcards that count as such. */
export function hasWildcards(text: string, version: PolicyVersion): boolean {
  if (!/[*?]/.test(text)) return false;
  return readPattern(text, { wildcards: true, version }).parts.some(part => part === 'one' || part === 'any');
}

/**
 * Returns whether a pattern covers the whole of a text. With a variable in it the answer is false if no value could
 * make it match, else unknown.
 */
export function matchPattern(pattern: Pattern, text: string): Truth {
  const { prefix, variables } = pattern;
  if (pattern.isExact) return text === prefix;
  const matches = text.startsWith(prefix) && covers(pattern.parts, Array.from(text));
  return matches && variables.length > 0 ? 'unknown' : matches;
}

/**
 * The same without regard to letter case. IAM does not say how it folds letters, so where lower and upper case disagree
 * (ß, ı) the answer is unknown.
 */
export function matchPatternIgnoringCase(pattern: Pattern, text: string): Truth {
  const lower = matchPattern(
    fold(pattern, part => part.toLowerCase()),
    text.toLowerCase(),
  );
  const upper = matchPattern(
    fold(pattern, part => part.toUpperCase()),
    text.toUpperCase(),
  );
  return lower === upper ? lower : 'unknown';
}

/** Returns whether a value stands for itself alone, whatever its operator is: nothing in it may have another meaning. */
export function isPlain(text: string): boolean {
  return !/[*?$]/.test(text);
}

/** Returns whether an action or the like matches, `*` and `?` counting, letter case not. */
export function matchWildcards(pattern: string, text: string): boolean {
  if (isPlain(pattern)) return pattern.toLowerCase() === text.toLowerCase();
  const { parts } = readPattern(pattern.toLowerCase(), { wildcards: true, version: '2008-10-17' });
  return covers(parts, Array.from(text.toLowerCase()));
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
