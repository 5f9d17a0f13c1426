import { PatternFault, readPattern, type PatternPart } from './url-pattern-syntax.ts';

/** A regular expression that cannot hang: it follows all ways through the expression at once and never goes back. */
export interface UrlPattern {
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
 * Returns the pattern of a regular expression, or why it has none. Never throws. It reads what .NET (with its option
 * ECMAScript, as the agent uses it) and JavaScript read alike: characters, classes, groups, alternatives, quantifiers, `^`,
 * `$`, `\b`. Look-arounds, backreferences and character codes are not supported.
 *
 * @see https://swtch.com/~rsc/regexp/regexp1.html
 */
export function compileUrlPattern(text: string): UrlPattern | PatternFault {
  try {
    const states: State[] = [];
    const start = new Linker(states).link(readPattern(text), { kind: 'end', seenAt: -1 });
    return {
      test: (url, limit) => {
        for (const state of states) state.seenAt = -1;
        return matches(start, url.slice(0, maxTextLength).toLowerCase(), limit);
      },
    };
  } catch (thrown) {
    if (thrown instanceof PatternFault) return thrown;
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

/** Makes states of parts, each leading to what follows it. */
class Linker {
  readonly #states: State[];
  #parts = 0;

  constructor(states: State[]) {
    this.#states = states;
  }

  link(part: PatternPart, next: State): State {
    this.#parts += 1;
    if (this.#parts > maxParts) throw new PatternFault('is too long');
    switch (part.kind) {
      case 'character':
        return this.#add({ kind: 'character', fits: part.fits, next, seenAt: -1 });
      case 'edge':
        return this.#add({ kind: 'edge', holds: part.holds, next, seenAt: -1 });
      case 'sequence':
        return part.parts.reduceRight((following, one) => this.link(one, following), next);
      case 'choice':
        return this.#add({ kind: 'fork', next: part.parts.map(one => this.link(one, next)), seenAt: -1 });
      case 'repeat':
        return this.#repeat(part, next);
    }
  }

  #repeat({ part, min, max }: Extract<PatternPart, { kind: 'repeat' }>, next: State): State {
    let first = max === undefined ? this.#loop(part, next) : next;
    for (let count = min; count < (max ?? min); count += 1) first = this.#orSkip(this.link(part, first), next);
    for (let count = 0; count < min; count += 1) first = this.link(part, first);
    return first;
  }

  #loop(part: PatternPart, next: State): State {
    const ways: State[] = [next];
    const loop = this.#add({ kind: 'fork', next: ways, seenAt: -1 });
    ways.push(this.link(part, loop));
    return loop;
  }

  #orSkip(one: State, next: State): State {
    return this.#add({ kind: 'fork', next: [one, next], seenAt: -1 });
  }

  #add(state: State): State {
    this.#states.push(state);
    return state;
  }
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
