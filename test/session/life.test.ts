import assert from 'node:assert/strict';
import { endByHost, measureLife, measureRest, wasSetBack, type Moment } from '../../src/session/life.ts';

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.parse('2026-10-01T12:00:00Z');

/** So many milliseconds after noon by the host's clock, and so many after some moment since boot. */
function at(hostMs: number, sinceBootMs = hostMs): Moment {
  return { hostMs: noon + hostMs, sinceBootMs: hour + sinceBootMs };
}

/** The answer of an STS at noon, to a host whose clock is off; times in milliseconds. */
const lives = [
  { name: 'clocks that agree', skew: 0, date: 0, end: hour, asked: 3600, lasts: hour },
  { name: 'a request within a second', skew: -400, date: 0, end: hour, asked: 3600, lasts: hour + 400 },
  { name: 'a Date in whole seconds', skew: 900, date: 0, end: hour, asked: 3600, lasts: hour - 900 },
  { name: 'an answer that took 15 s', skew: -15_000, date: 0, end: hour, asked: 3600, lasts: hour },
  { name: 'a host two hours behind', skew: -2 * hour, date: 0, end: hour, asked: 3600, lasts: hour },
  { name: 'a host two hours ahead', skew: 2 * hour, date: 0, end: hour, asked: 3600, lasts: hour },
  { name: 'a host 400 days ahead', skew: 9600 * hour, date: 0, end: hour, asked: 3600, lasts: hour },
  { name: 'a session shorter than asked', skew: 2 * hour, date: 0, end: 10 * minute, asked: 3600, lasts: 10 * minute },
  { name: 'a session longer than asked', skew: 0, date: 0, end: 2 * hour, asked: 3600, lasts: hour },
  {
    name: 'a session longer than asked, far off',
    skew: -2 * hour,
    date: 0,
    end: 2 * hour,
    asked: 900,
    lasts: 15 * minute,
  },
  { name: 'no Date', skew: 2 * hour, date: undefined, end: hour, asked: 900, lasts: 15 * minute },
  { name: 'no Date, two hours behind', skew: -2 * hour, date: undefined, end: hour, asked: 3600, lasts: hour },
  { name: 'a session that ends at once', skew: 0, date: 0, end: 0, asked: 3600, lasts: 0 },
  { name: 'a session that is over', skew: 0, date: 0, end: -minute, asked: 3600, lasts: -minute },
  {
    name: 'a session that is over, not so by the host',
    skew: -2 * hour,
    date: 0,
    end: -hour,
    asked: 3600,
    lasts: -hour,
  },
  { name: 'a session over by the host alone', skew: 2 * hour, date: 0, end: 1000, asked: 3600, lasts: 1000 },
];

/** What is left of an hour that was opened at noon. */
const rests: readonly { name: string; now: Moment; rest: number | undefined; setBack?: true }[] = [
  { name: 'at once', now: at(0), rest: hour },
  { name: 'after twenty minutes', now: at(20 * minute), rest: 40 * minute },
  { name: 'at its end', now: at(hour), rest: 0 },
  { name: 'after its end', now: at(70 * minute), rest: -10 * minute },
  { name: 'with a clock since boot in whole seconds', now: at(20 * minute, 20 * minute + 999), rest: 40 * minute },
  { name: 'with a clock since boot that is behind', now: at(20 * minute, 19 * minute), rest: 40 * minute },
  { name: 'after the clock was set two hours ahead', now: at(140 * minute, 20 * minute), rest: -80 * minute },
  { name: 'after the clock was set back ten minutes', now: at(20 * minute, 30 * minute), rest: 30 * minute },
  { name: 'after it was set back two hours', now: at(-100 * minute, 20 * minute), rest: 40 * minute, setBack: true },
  { name: 'after it was set back 400 days, an hour later', now: at(-9600 * hour, hour), rest: 0, setBack: true },
  { name: 'after it was set back by a second', now: at(-1000, 0), rest: hour },
  { name: 'after the machine was started again', now: at(20 * minute, -hour + minute), rest: undefined },
  { name: 'in another boot that lasts longer', now: at(70 * minute, 20 * minute), rest: -10 * minute },
  { name: 'without a time since boot', now: { ...at(20 * minute), sinceBootMs: undefined }, rest: 40 * minute },
  {
    name: 'without a time since boot, set back',
    now: { ...at(-20 * minute), sinceBootMs: undefined },
    rest: undefined,
    setBack: true,
  },
];

describe('session/life', () => {
  for (const { name, skew, date, end, asked, lasts } of lives) {
    it(`${name}: lasts ${lasts / 1000} s`, () => {
      const stated = {
        expiration: new Date(noon + end),
        date: date === undefined ? undefined : new Date(noon + date),
        durationSeconds: asked,
      };
      const life = measureLife(stated, at(skew));
      assert.equal(life.lastsMs, lasts);
      assert.equal(endByHost(life).getTime(), noon + skew + lasts);
    });
  }

  for (const { name, now, rest, setBack = false } of rests) {
    it(`an hour, ${name}: ${rest === undefined ? 'unknown' : `${rest / 1000} s are left`}`, () => {
      assert.equal(measureRest({ opened: at(0), lastsMs: hour }, now), rest);
      assert.equal(wasSetBack(at(0), now), setBack);
    });
  }
});
