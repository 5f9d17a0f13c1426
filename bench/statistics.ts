/** The middle of some measurements, and where the middle half of them lies. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Returns the quartiles; a quartile between two measurements is taken from both, by its distance from each. */
export function findSpread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((one, other) => one - other);
  return { low: pick(sorted, 0.25), median: pick(sorted, 0.5), high: pick(sorted, 0.75) };
}

function pick(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * Returns the ratios of measurements that were made side by side, pair by pair: what slows the machine for a while slows
 * both and leaves their ratio as it is.
 */
export function divideEach(values: readonly number[], bases: readonly number[]): readonly number[] {
  if (values.length !== bases.length) throw new RangeError(`${values.length} measurements for ${bases.length}`);
  return values.map((value, place) => value / (bases[place] ?? NaN));
}

/** What a size costs: `size` roles, statements or the like. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/**
 * Returns how many times more the largest size costs than a straight line through the smallest and the middle one says:
 * 1 is linear, more is worse. It cannot tell how a cost grows beyond the largest size.
 */
export function findBend(points: readonly Point[]): number {
  const sorted = points.toSorted((one, other) => one.size - other.size);
  const [first] = sorted;
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const last = sorted.at(-1);
  if (sorted.length < 3 || first === undefined || middle === undefined || last === undefined) {
    throw new RangeError('growth takes three sizes or more');
  }
  const slope = (middle.cost - first.cost) / (middle.size - first.size);
  return last.cost / (first.cost + Math.max(0, slope) * (last.size - first.size));
}
