import { isOneText, readPattern, readPrefix, type Part, type Pattern } from './pattern.ts';
import type { PolicyVersion } from './policy-json.ts';

/** Returns a pattern as text, each wildcard and each variable as a star. */
export function showPattern(pattern: Pattern): string {
  if (pattern.isExact) return pattern.prefix;
  return pattern.parts.map(part => (typeof part === 'string' ? '*' : part.character)).join('');
}

/**
 * Returns a text that a pattern covers: with `any` for each `*` and each variable, and an `a` for each `?`, which is a digit
 * of GUIDs, too.
 */
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

/** What is behind a pattern's last part. */
const end = -3;
const open = -2;
const oneCharacter = -1;

/**
 * Returns for each two places in patterns the move from which the ends of both can be reached. There are millions of pairs of
 * places: each costs a few comparisons of numbers.
 */
function chooseMoves(one: readonly Part[], other: readonly Part[]): (left: number, right: number) => Move {
  const [lefts, rights] = [numberParts(one), numberParts(other)];
  const width = rights.length;
  const chosen = new Uint8Array(lefts.length * width);
  const last = chosen.length - 1;
  // The ends of both are reached; no move is left there.
  chosen[last] = 1;
  for (let at = last - 1; at >= 0; at -= 1) {
    const [first, second] = [lefts[Math.floor(at / width)] ?? end, rights[at % width] ?? end];
    chosen[at] = chooseMove(first, second, chosen, at, width);
  }
  chosen[last] = 0;
  return (left, right) => allMoves[chosen[left * width + right] ?? 0] ?? 'none';
}

/** A star stays as long as it can, so that what stands for it has its turn. */
function chooseMove(first: number, second: number, chosen: Uint8Array, at: number, width: number): number {
  if (agree(first, second) && chosen[at + width + 1] !== 0) return 1;
  if (first !== open && second !== open) return 0;
  const isLeft = first !== end && chosen[at + width] !== 0;
  const isRight = second !== end && chosen[at + 1] !== 0;
  if (first === open) return isRight ? 3 : isLeft ? 2 : 0;
  return isLeft ? 2 : isRight ? 3 : 0;
}

/** A character is its code point. */
function numberParts(parts: readonly Part[]): Int32Array {
  const numbers = parts.map(part => {
    if (part === 'one') return oneCharacter;
    return typeof part === 'string' ? open : (part.character.codePointAt(0) ?? 0);
  });
  return Int32Array.from([...numbers, end]);
}

function isOpen(part: Part | undefined): boolean {
  return part === 'any' || part === 'variable';
}

function agree(first: number, second: number): boolean {
  if (first === end || second === end) return false;
  if (first === open || second === open) return first === second;
  return first === second || first === oneCharacter || second === oneCharacter;
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
