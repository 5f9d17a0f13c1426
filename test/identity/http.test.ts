import assert from 'node:assert/strict';
import { readRetryAfter } from '../../src/identity/http.ts';

const now = Date.UTC(2026, 9, 1, 12, 0, 0);

const rows = [
  { name: 'seconds', value: '3', ms: 3000 },
  { name: 'zero', value: '0', ms: 0 },
  { name: 'seconds between blanks', value: ' 120 ', ms: 120_000 },
  { name: 'a date to come', value: 'Thu, 01 Oct 2026 12:00:05 GMT', ms: 5000 },
  { name: 'a date gone by', value: 'Thu, 01 Oct 2026 11:59:00 GMT', ms: 0 },
  { name: 'no header', value: undefined, ms: undefined },
  { name: 'an empty header', value: '', ms: undefined },
  { name: 'words', value: 'soon', ms: undefined },
  { name: 'two values', value: '3, 5 and more', ms: undefined },
  { name: 'an endless number', value: '9'.repeat(400), ms: 1e12 },
  { name: 'a date of old', value: 'Thursday, 01-Oct-26 12:00:05 GMT', ms: 5000 },
  ...['-5', '+5', '1.5', '5, 10', '2026-10-01', '10/1/2026', '60s', 'Thu, 99 Oct 2026 12:00:05 GMT'].map(value => ({
    name: `no date and no seconds, ${value},`,
    value,
    ms: undefined,
  })),
];

describe('identity/http', () => {
  for (const { name, value, ms } of rows) {
    it(`reads Retry-After with ${name} as ${ms === undefined ? 'nothing' : `${ms} ms`}`, () => {
      assert.equal(readRetryAfter(value === undefined ? {} : { 'retry-after': value }, now), ms);
    });
  }

  for (const date of ['Thu, 01 Oct 2026 09:59:58 GMT', 'Thu, 01 Oct 2026 13:59:58 GMT']) {
    it(`compares a date with the Date of the answer, ${date}, not with a clock that is hours off`, () => {
      const value = date.replace(':58', ':59');
      assert.equal(readRetryAfter({ 'retry-after': value, date }, now), 1000);
    });
  }

  it("takes the host's clock where the Date cannot be read", () => {
    assert.equal(readRetryAfter({ 'retry-after': 'Thu, 01 Oct 2026 12:00:05 GMT', date: 'today' }, now), 5000);
  });
});
