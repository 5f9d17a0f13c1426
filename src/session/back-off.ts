import type { Retriable } from '../errors.ts';

const firstMs = 500;
const maxMs = 10_000;

/**
 * Returns how long to wait before the next attempt, in milliseconds: full jitter below a bound that doubles from half a
 * second to ten, and never less than the other side asked for.
 *
 * @param attempt number of the attempt that failed, from 1
 * @param random a number from 0 to 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function chooseDelay(attempt: number, retriable: Retriable, random: number): number {
  const bound = Math.min(maxMs, firstMs * 2 ** (attempt - 1));
  return Math.max(Math.round(random * bound), retriable.afterMs ?? 0);
}
