import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseDelay } from '../../src/session/back-off.ts';

const rows = [
  { attempt: 1, random: 0, ms: 0 },
  { attempt: 1, random: 1, ms: 500 },
  { attempt: 2, random: 1, ms: 1000 },
  { attempt: 3, random: 0.5, ms: 1000 },
  { attempt: 5, random: 1, ms: 8000 },
  { attempt: 6, random: 1, ms: 10_000 },
  { attempt: 10, random: 1, ms: 10_000 },
  { attempt: 5000, random: 1, ms: 10_000 },
];

const asked = [
  { attempt: 1, random: 0, afterMs: 3000, ms: 3000 },
  { attempt: 1, random: 1, afterMs: 100, ms: 500 },
  { attempt: 1, random: 0, afterMs: 600_000, ms: 600_000 },
  { attempt: 2, random: 0.5, afterMs: 0, ms: 500 },
];

const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe('session/back-off', () => {
  for (const { attempt, random, ms } of rows) {
    it(`waits ${ms} ms after attempt ${attempt} with chance ${random}`, () => {
      assert.equal(chooseDelay(attempt, {}, random), ms);
    });
  }

  for (const { attempt, random, afterMs, ms } of asked) {
    it(`waits ${ms} ms after attempt ${attempt} with chance ${random}, asked for ${afterMs} ms`, () => {
      assert.equal(chooseDelay(attempt, { afterMs }, random), ms);
    });
  }

  it('waits between nothing and ten seconds where nothing is asked for, never longer than half a second doubled each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), chance, (attempt, random) => {
        const delay = chooseDelay(attempt, {}, random);
        assert.ok(delay >= 0 && delay <= Math.min(10_000, 500 * 2 ** (attempt - 1)), String(delay));
      }),
    );
  });

  it('never comes back sooner than it is asked to', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        chance,
        fc.integer({ min: 0, max: 1e6 }),
        (attempt, random, afterMs) => {
          const delay = chooseDelay(attempt, { afterMs }, random);
          assert.ok(delay >= afterMs && delay <= Math.max(10_000, afterMs), String(delay));
        },
      ),
    );
  });
});
