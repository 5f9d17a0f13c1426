import assert from 'node:assert/strict';
import { decodeCache, encodeCache, type CachedSession } from '../../src/handoff/session-cache.ts';
import { Secret } from '../../src/secret.ts';
import type { Moment } from '../../src/session/life.ts';

const opened = { hostMs: 1_790_000_000_123, sinceBootMs: 86_400_120 };

function sessionOf(moment: Moment): CachedSession {
  return {
    keys: {
      accessKeyId: new Secret('ASIACANARY0000000000'),
      secretAccessKey: new Secret('canary/secret+access"key\\'),
      sessionToken: new Secret('canary-session-token=='),
    },
    life: { opened: moment, lastsMs: 3_600_000 },
  };
}

/** What a file holds, with something changed; undefined leaves a part out. */
function change(parts: Readonly<Record<string, unknown>>): string {
  const whole = JSON.parse(encodeCache(sessionOf(opened))) as Record<string, unknown>;
  return JSON.stringify({ ...whole, ...parts });
}

describe('handoff/session-cache', () => {
  for (const moment of [opened, { ...opened, sinceBootMs: undefined }]) {
    it(`gives back what was put in: ${JSON.stringify(moment)}`, () => {
      const cached = sessionOf(moment);
      const read = decodeCache(encodeCache(cached));
      assert.deepEqual(read?.life, cached.life);
      for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
        assert.equal(read.keys[name].reveal(), cached.keys[name].reveal());
      }
    });
  }

  it('keeps the account', () => {
    assert.equal(
      decodeCache(encodeCache({ ...sessionOf(opened), accountId: '111111111111' }))?.accountId,
      '111111111111',
    );
  });

  it("speaks of the end by the host's clock", () => {
    assert.match(encodeCache(sessionOf(opened)), new RegExp(new Date(opened.hostMs + 3_600_000).toISOString()));
  });

  it('is none where its text is torn, wherever that is', () => {
    const text = encodeCache(sessionOf(opened));
    for (let length = 0; length < text.length; length += 1) assert.equal(decodeCache(text.slice(0, length)), undefined);
  });

  it('is none where a part is missing or of another kind', () => {
    for (const name of Object.keys(JSON.parse(encodeCache(sessionOf(opened))) as object)) {
      for (const value of [undefined, {}, [], true])
        assert.equal(decodeCache(change({ [name]: value })), undefined, name);
    }
  });

  it('is none where an earlier version of the task wrote it, which knew no time since boot', () => {
    assert.equal(decodeCache(change({ sinceBootMs: undefined })), undefined);
  });

  for (const text of ['', ' ', 'null', '1', '"x"', '[]', '{}', '[{}]', 'not JSON', '\u0000']) {
    it(`is none where it holds ${JSON.stringify(text)}`, () => {
      assert.equal(decodeCache(text), undefined);
    });
  }

  for (const expiration of ['', 'never', '2026-13-01T00:00:00Z', 1_790_000_000_000]) {
    it(`is none where its end is ${expiration === '' ? 'empty' : expiration}`, () => {
      assert.equal(decodeCache(change({ expiration })), undefined);
    });
  }
});
