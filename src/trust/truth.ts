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
