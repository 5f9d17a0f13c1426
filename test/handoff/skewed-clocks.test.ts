import assert from 'node:assert/strict';
import { judgeFreshness, printCredentials } from '../../src/handoff/credential-process.ts';
import { decodeCache, encodeCache } from '../../src/handoff/session-cache.ts';
import { Secret } from '../../src/secret.ts';
import { measureLife, type Moment } from '../../src/session/life.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const noon = Date.parse('2026-10-01T12:00:00Z');

const skews = { '-2 h': -2 * hour, '-20 min': -20 * minute, none: 0, '+20 min': 20 * minute, '+2 h': 2 * hour };
const allSkews = { ...skews, '+400 d': 9600 * hour };
const secret = new Secret('0123456789abcdef');
const keys = { accessKeyId: secret, secretAccessKey: secret, sessionToken: secret };

/** After how many minutes of true time a session that nobody has renewed is due, and when it is over. */
const lengths = [
  { seconds: 900, dueAt: 5, overAt: 15 },
  { seconds: 3600, dueAt: 40, overAt: 60 },
];

/** What a host sees at that true time since noon, whose clock is so far ahead and whose machine had run for a day. */
function see(trueMs: number, skewMs: number, sees: 'both clocks' | 'its own clock alone' = 'both clocks'): Moment {
  const sinceBootMs = sees === 'both clocks' ? 24 * hour + trueMs : undefined;
  return { hostMs: noon + trueMs + skewMs, sinceBootMs };
}

/** A session that the host asked for at noon; AWS answered two seconds later, with a Date in whole seconds or none. */
function openAtNoon(seconds: number, opened: Moment, hasDate: boolean) {
  const answered = noon + 2 * second;
  const expiration = new Date(answered + seconds * second);
  const life = measureLife(
    { expiration, date: hasDate ? new Date(answered) : undefined, durationSeconds: seconds },
    opened,
  );
  const cached = decodeCache(encodeCache({ keys, life }));
  assert.ok(cached !== undefined);
  return { cached, trueEndMs: expiration.getTime() - noon };
}

describe('handoff/skewed-clocks', () => {
  for (const [skew, skewMs] of Object.entries(allSkews)) {
    for (const { seconds, dueAt, overAt } of lengths) {
      for (const at of [0, 4, 6, 14, 20, 39, 41, 55, 59, 61, 70]) {
        const expected = at >= overAt ? 'over' : at >= dueAt ? 'due' : 'fresh';
        it(`a clock off by ${skew}, ${seconds} s, after ${at} minutes: ${expected}`, () => {
          for (const sees of ['both clocks', 'its own clock alone'] as const) {
            for (const hasDate of [true, false]) {
              const { cached, trueEndMs } = openAtNoon(seconds, see(0, skewMs, sees), hasDate);
              const now = see(at * minute, skewMs, sees);
              assert.equal(judgeFreshness(cached, now), expected, `${sees}, Date: ${hasDate}`);
              if (expected === 'over') {
                assert.throws(() => printCredentials(cached, now), { code: 'StsAnswerUnreadable' });
                continue;
              }
              const { Expiration } = JSON.parse(printCredentials(cached, now)) as { Expiration: string };
              const left = Date.parse(Expiration) - now.hostMs;
              const trueLeft = trueEndMs - at * minute;
              // Within two seconds of the margin either end is right.
              const early = trueLeft - left - (trueLeft > 5 * minute + 2 * second || left < minute ? 5 * minute : 0);
              assert.ok(left > 0 && early >= 0 && early <= 2 * second, `${left} ms are printed of ${trueLeft}`);
            }
          }
        });
      }
    }
  }

  for (const [before, beforeMs] of Object.entries(skews)) {
    for (const [after, afterMs] of Object.entries(skews)) {
      if (before === after) continue;
      it(`a clock set from ${before} to ${after} in the middle: never over and handed out`, () => {
        for (const { seconds } of lengths) {
          for (let at = 0; at <= 75; at += 1) {
            const { cached, trueEndMs } = openAtNoon(seconds, see(0, beforeMs), true);
            const freshness = judgeFreshness(cached, see(at * minute, afterMs));
            if (at * minute >= trueEndMs) assert.equal(freshness, 'over', `${seconds} s after ${at} minutes`);
            if (at * minute + afterMs < beforeMs) assert.notEqual(freshness, 'fresh', 'a negative age');
          }
        }
      });
    }
  }
});
