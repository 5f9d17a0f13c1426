/** An instant as one machine sees it: the host's time of day, and what nobody who sets that clock moves. */
export interface Moment {
  /** Milliseconds since 1970 by the host's clock, which may be wrong and may be set at any time. */
  readonly hostMs: number;
  /** Milliseconds since the machine started, sleep included, to the second; undefined if it cannot be read. */
  readonly sinceBootMs: number | undefined;
}

/** The time, as processes of one machine can compare it. */
export interface Clock {
  readonly now: () => Moment;
}

/** The life of a session: from the moment before it was asked for, so many milliseconds. */
export interface Life {
  readonly opened: Moment;
  readonly lastsMs: number;
}

/** What STS says of a session's end, by its own clock, and the duration that was asked for. */
export interface StatedLife {
  readonly expiration: Date;
  /** The answer's Date header; undefined if it has none. */
  readonly date: Date | undefined;
  readonly durationSeconds: number;
}

/** A Date header counts whole seconds, and so does the time since boot on macOS: less than this is no difference. */
const granularityMs = 2000;

/**
 * Returns the life of a session that was asked for at a moment: from STS's Date to its Expiration, or the duration asked
 * for if there is no Date, and never longer than that. The host's clock decides nothing; where it agrees with
 * AWS's, the end is AWS's to the millisecond. A session that STS itself calls ended gets a life of zero or less.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.date
 */
export function measureLife({ expiration, date, durationSeconds }: StatedLife, opened: Moment): Life {
  const askedMs = durationSeconds * 1000;
  const lastsMs = date === undefined ? askedMs : Math.min(expiration.getTime() - date.getTime(), askedMs);
  const byHostMs = expiration.getTime() - opened.hostMs;
  const clocksAgree = lastsMs > 0 && Math.abs(byHostMs - lastsMs) <= granularityMs;
  return { opened, lastsMs: clocksAgree ? byHostMs : lastsMs };
}

/**
 * Returns how many milliseconds of a life are left: zero or less once it is over. The age is the larger of what the
 * host's clock and the time since boot say, so that a clock which is set during a job, or a machine that slept, never
 * makes a session younger than it is. Undefined if no age can be known: the machine was started again, or its
 * clock was set back and nothing else counts.
 */
export function measureRest({ opened, lastsMs }: Life, now: Moment): number | undefined {
  const byHostMs = now.hostMs - opened.hostMs;
  const byBootMs = sinceBoot(opened, now);
  // The machine was started again. Once it has run for longer than before, the host's clock has the age.
  if (byBootMs !== undefined && byBootMs < -granularityMs) return undefined;
  if (byBootMs === undefined) return wasSetBack(opened, now) ? undefined : lastsMs - Math.max(0, byHostMs);
  // Nobody is younger than at the beginning, whatever a clock's corrections are.
  return lastsMs - Math.max(0, byBootMs > byHostMs + granularityMs ? byBootMs : byHostMs);
}

/** Returns whether the host's clock shows an earlier time than at a moment before. */
export function wasSetBack(before: Moment, now: Moment): boolean {
  return now.hostMs < before.hostMs - granularityMs;
}

/** Returns when a life ends by the host's clock, if that runs on as it did when the session was opened. */
export function endByHost({ opened, lastsMs }: Life): Date {
  return new Date(opened.hostMs + lastsMs);
}

function sinceBoot(before: Moment, now: Moment): number | undefined {
  if (before.sinceBootMs === undefined || now.sinceBootMs === undefined) return undefined;
  return now.sinceBootMs - before.sinceBootMs;
}
