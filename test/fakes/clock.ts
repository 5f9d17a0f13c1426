/** Milliseconds since 1970, as `Date.now` gives them. */
export type Clock = () => number;

export interface MovableClock {
  readonly now: Clock;
  advance(seconds: number): void;
}

/** Returns a clock that runs with real time from `start` on and can be moved; it never runs on its own if `frozen`. */
export function createClock(start: number = Date.now(), frozen = false): MovableClock {
  const began = Date.now();
  let moved = 0;
  return {
    now: () => start + moved + (frozen ? 0 : Date.now() - began),
    advance: seconds => {
      moved += seconds * 1000;
    },
  };
}

export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
