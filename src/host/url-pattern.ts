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
export interface StepLimit {
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
