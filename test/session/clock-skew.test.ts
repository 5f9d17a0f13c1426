import assert from 'node:assert/strict';
import { describeEnd, formatTime, warnOfSkew } from '../../src/session/clock-skew.ts';
import type { Session } from '../../src/session/credentials.ts';
import { roleIn, sessionOf } from '../handoff/sessions.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const noon = Date.parse('2026-10-01T12:00:00Z');

/** A session of an hour that AWS opened at noon, on a host whose clock is ahead. */
function openAhead(aheadMs: number, lastsMs = hour): Session {
  const opened = { hostMs: noon + aheadMs, sinceBootMs: 0 };
  return { ...sessionOf(roleIn('111111111111', 'a')), life: { opened, lastsMs }, hostAheadMs: aheadMs };
}

const ends = [
  { ahead: 0, text: '2026-10-01T13:00:00Z (in 60 minutes)' },
  { ahead: 59 * second, text: '2026-10-01T13:00:00Z (in 60 minutes)' },
  { ahead: -59 * second, text: '2026-10-01T13:00:00Z (in 60 minutes)' },
  { ahead: 2 * minute, text: "2026-10-01T13:00:00Z (in 60 minutes; by this machine's clock 2026-10-01T13:02:00Z)" },
  { ahead: -2 * hour, text: "2026-10-01T13:00:00Z (in 60 minutes; by this machine's clock 2026-10-01T11:00:00Z)" },
  { ahead: 9600 * hour, text: "2026-10-01T13:00:00Z (in 60 minutes; by this machine's clock 2027-11-05T13:00:00Z)" },
];

const skews = [
  { ahead: 0, says: undefined },
  { ahead: 5 * minute, says: undefined },
  { ahead: -5 * minute, says: undefined },
  { ahead: undefined, says: undefined },
  { ahead: 6 * minute, says: "6 minutes ahead of AWS's (2026-10-01T12:06:00Z here, 2026-10-01T12:00:00Z at AWS)" },
  { ahead: -20 * minute, says: "20 minutes behind AWS's (2026-10-01T11:40:00Z here, 2026-10-01T12:00:00Z at AWS)" },
  { ahead: -2 * hour, says: "2 hours behind AWS's (2026-10-01T10:00:00Z here, 2026-10-01T12:00:00Z at AWS)" },
  { ahead: 61 * minute, says: "1 hour 1 minute ahead of AWS's (2026-10-01T13:01:00Z here" },
  { ahead: 9600 * hour, says: "400 days ahead of AWS's (2027-11-05T12:00:00Z here" },
];

const instants = [
  { instant: '2026-10-01T13:00:00.000Z', text: '2026-10-01T13:00:00Z' },
  { instant: '2026-10-01T13:00:00.999Z', text: '2026-10-01T13:00:00Z' },
  { instant: '2026-10-01T15:00:00+02:00', text: '2026-10-01T13:00:00Z' },
];

describe('session/clock-skew', () => {
  for (const { ahead, text } of ends) {
    it(`a clock ${ahead / minute} minutes ahead: valid until ${text}`, () => {
      assert.equal(describeEnd(openAhead(ahead)), text);
    });
  }

  it('counts minutes alone', () => {
    assert.match(describeEnd(openAhead(0, 12 * hour)), /in 720 minutes/);
    assert.match(describeEnd(openAhead(0, minute)), /in 1 minute[;)]/);
    assert.match(describeEnd(openAhead(0, 10 * second)), /in 0 minutes/);
  });

  for (const { ahead, says } of skews) {
    it(`a clock ${ahead === undefined ? 'without an answer that has a Date' : `${ahead / minute} minutes ahead`}: ${says === undefined ? 'no warning' : 'one'}`, () => {
      const session = { ...openAhead(ahead ?? 0), hostAheadMs: ahead };
      const warnings = warnOfSkew([session, session, session]);
      if (says === undefined) {
        assert.deepEqual(warnings, []);
        return;
      }
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.includes(says), warnings[0]);
      assert.match(warnings[0] ?? '', /5 minutes off.*Set the clock/);
    });
  }

  for (const { instant, text } of instants) {
    it(`writes ${instant} as ${text}`, () => {
      assert.equal(formatTime(new Date(instant)), text);
    });
  }
});
