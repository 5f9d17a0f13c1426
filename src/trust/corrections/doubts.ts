import { listPossible, type PossibleStatement, type Reason } from '../evaluate.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import type { TrustRequest } from '../web-identity.ts';

/** What a change of a policy may do to a request of which only AWS can decide before and after. */
export interface DoubtChange {
  readonly mayGain: boolean;
  readonly mayLose: boolean;
}

/**
 * Returns whether a request about which only AWS can decide may be allowed by a changed policy where it was denied, or the other
 * way round: without one of several doubts the answer is still unknown, but another one.
 */
export function compareDoubts(before: TrustPolicy, after: TrustPolicy, request: TrustRequest): DoubtChange {
  const [old, fresh] = [before, after].map(policy => readSides(listPossible(policy, request)));
  if (old === undefined || fresh === undefined) return { mayGain: false, mayLose: false };
  return { mayGain: mayExceed(fresh, old), mayLose: mayExceed(old, fresh) };
}

type Doubts = ReadonlySet<string>;
interface Sides {
  readonly allows: readonly Doubts[];
  readonly denies: readonly Doubts[];
}

function readSides(statements: readonly PossibleStatement[]): Sides {
  const select = (effect: PossibleStatement['effect']) =>
    statements.filter(one => one.effect === effect).map(({ doubts }) => new Set(doubts.map(nameDoubt)));
  return { allows: select('Allow'), denies: select('Deny') };
}

function nameDoubt(reason: Reason): string {
  if (reason.part !== 'condition') return JSON.stringify([reason.part, reason.expected, reason.actual]);
  const { operator, key, values } = reason;
  return JSON.stringify([operator, key.toLowerCase(), [...values].sort()]);
}

/** Whether one of two policies may allow what the other denies: an Allow that applies on less, or a Deny on more. */
function mayExceed(one: Sides, other: Sides): boolean {
  return !isWithin(one.allows, other.allows) || !isWithin(other.denies, one.denies);
}

/** Whether each of some statements applies only where one of the others does: it has all of its doubts. */
function isWithin(some: readonly Doubts[], others: readonly Doubts[]): boolean {
  return some.every(one => others.some(other => [...other].every(doubt => one.has(doubt))));
}
