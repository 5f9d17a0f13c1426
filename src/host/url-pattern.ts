import { parseJson } from '../json.ts';
import { cutText } from '../secret.ts';
import { readPattern, type PatternPart } from './url-pattern-syntax.ts';

/** A regular expression that cannot hang: it follows all ways through the expression at once and never goes back. */
interface UrlPattern {
  /**
   * Returns whether it matches anywhere in a text, in any letter case. Only the first 1,000 characters are read. Each
   * state that is looked at counts against the limit; if nothing is left of it, nothing matches any more.
   */
  readonly test: (text: string, limit: StepLimit) => boolean;
}

/** How many states may still be looked at, by all patterns that share it. */
interface StepLimit {
  left: number;
}

/** Far more than the longest host with alternatives; what is repeated {n} times counts n times. */
const maxParts = 1000;

const maxTextLength = 1000;

/**
 * Returns the pattern of a regular expression, or why it has none, in words that end "This expression ...". Never throws. It
 * reads what .NET (with its option ECMAScript, as the agent uses it) and JavaScript read alike: characters, classes, groups,
 * alternatives, quantifiers, `^`, `$`, `\b`. Look-arounds, backreferences and character codes are not supported.
 *
 * @see https://swtch.com/~rsc/regexp/regexp1.html
 */
export function compileUrlPattern(text: string): UrlPattern | SyntaxError {
  try {
    const machine: Machine = { states: [], parts: 0 };
    const start = link(machine, readPattern(text), { kind: 'end', seenAt: -1 });
    return {
      test: (url, limit) => {
        for (const state of machine.states) state.seenAt = -1;
        return matches(start, url.slice(0, maxTextLength).toLowerCase(), limit);
      },
    };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return thrown;
    throw thrown;
  }
}

/** `seenAt` is the last position of the text at which a state was reached. */
type State = { seenAt: number } & (
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean; readonly next: State }
  | { readonly kind: 'edge'; readonly holds: (before: string, after: string) => boolean; readonly next: State }
  | { readonly kind: 'fork'; readonly next: State[] }
  | { readonly kind: 'end' }
);

/** The states that were made, and how many parts they were made of. */
interface Machine {
  readonly states: State[];
  parts: number;
}

/** Makes the states of a part, which lead to what follows it. */
function link(machine: Machine, part: PatternPart, next: State): State {
  machine.parts += 1;
  if (machine.parts > maxParts) throw new SyntaxError('is too long');
  switch (part.kind) {
    case 'character':
      return add(machine, { kind: 'character', fits: part.fits, next, seenAt: -1 });
    case 'edge':
      return add(machine, { kind: 'edge', holds: part.holds, next, seenAt: -1 });
    case 'sequence':
      return part.parts.reduceRight((following, one) => link(machine, one, following), next);
    case 'choice':
      return fork(
        machine,
        part.parts.map(one => link(machine, one, next)),
      );
    case 'repeat':
      return repeat(machine, part, next);
  }
}

function repeat(machine: Machine, { part, min, max }: Extract<PatternPart, { kind: 'repeat' }>, next: State): State {
  let first = max === undefined ? loop(machine, part, next) : next;
  for (let count = min; count < (max ?? min); count += 1) first = fork(machine, [link(machine, part, first), next]);
  for (let count = 0; count < min; count += 1) first = link(machine, part, first);
  return first;
}

function loop(machine: Machine, part: PatternPart, next: State): State {
  const ways: State[] = [next];
  const start = fork(machine, ways);
  ways.push(link(machine, part, start));
  return start;
}

function fork(machine: Machine, next: State[]): State {
  return add(machine, { kind: 'fork', next, seenAt: -1 });
}

function add(machine: Machine, state: State): State {
  machine.states.push(state);
  return state;
}

function matches(start: State, text: string, limit: StepLimit): boolean {
  let entered: State[] = [];
  for (let index = 0; index <= text.length; index += 1) {
    const [before, after] = [text.charAt(index - 1), text.charAt(index)];
    const reached: State[] = [start, ...entered];
    entered = [];
    for (let state = reached.pop(); state !== undefined; state = reached.pop()) {
      limit.left -= 1;
      if (limit.left < 0) return false;
      if (state.kind === 'end') return true;
      if (state.seenAt === index) continue;
      state.seenAt = index;
      if (state.kind === 'fork') reached.push(...state.next);
      else if (state.kind === 'edge' && state.holds(before, after)) reached.push(state.next);
      else if (state.kind === 'character' && after !== '' && state.fits(after)) entered.push(state.next);
    }
  }
  return false;
}

/** The longest list that is read, in characters and in entries. */
const maxListLength = 100_000;
const maxEntries = 1000;

interface BypassList {
  readonly expressions: readonly string[];
  readonly warnings: readonly string[];
}

/** Returns the expressions of the agent's bypass list that can be used, and what was ignored of it, each a sentence. */
export function readBypassList(text: string): BypassList {
  if (text.length > maxListLength) return ignoreAll(`is longer than ${maxListLength} characters`);
  const listed = parseList(text);
  if (listed === undefined) return ignoreAll('is not a JSON array of strings');
  if (listed.length > maxEntries) return ignoreAll(`has more than ${maxEntries} entries`);
  const entries = listed.map(entry => entry.trim()).filter(entry => entry !== '');
  const judged = entries.map(entry => ({ entry, fault: explainIgnored(entry) }));
  return {
    expressions: judged.filter(({ fault }) => fault === undefined).map(({ entry }) => entry),
    warnings: summarizeIgnored(judged.flatMap(({ fault }) => fault ?? [])),
  };
}

function ignoreAll(why: string): BypassList {
  return { expressions: [], warnings: [`Agent.ProxyBypassList ${why} and is ignored.`] };
}

function explainIgnored(entry: string): string | undefined {
  const pattern = compileUrlPattern(entry);
  return pattern instanceof Error ? `"${cutText(entry, 100)}", which ${pattern.message}` : undefined;
}

/** Returns whether the text can be an entry of the agent's bypass list: a regular expression that is supported here. */
export function isBypassExpression(text: string): boolean {
  return explainIgnored(text) === undefined;
}

/** A list may be wrong all through; ten warnings show what is wrong with it. */
function summarizeIgnored(ignored: readonly string[]): readonly string[] {
  const shown = ignored.slice(0, 10);
  const more = ignored.length - shown.length;
  return [
    ...shown.map(found => `Agent.ProxyBypassList contains ${found}. This entry is ignored.`),
    ...(more === 0 ? [] : [`Agent.ProxyBypassList contains ${more} more entries that are ignored.`]),
  ];
}

function parseList(text: string): readonly string[] | undefined {
  if (text.trim() === '') return [];
  const list = parseJson(text);
  return Array.isArray(list) && list.every(entry => typeof entry === 'string') ? list : undefined;
}

/**
 * Returns whether an expression covers a URL. The agent matches scheme, host and port, the task library the whole URL; either
 * counts.
 */
export function isBypassed(expression: string, url: URL, limit: StepLimit): boolean {
  const pattern = compileUrlPattern(expression);
  if (pattern instanceof Error) return false;
  return pattern.test(url.origin, limit) || pattern.test(url.href, limit);
}
