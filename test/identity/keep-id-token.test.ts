import assert from 'node:assert/strict';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import { keepIdToken, type IdTokenPorts, type KeptIdToken, type Retry } from '../../src/identity/keep-id-token.ts';
import { Secret } from '../../src/secret.ts';

const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const identity = { connectionId, organizationId, subject: 'sc://contoso/Payments/aws' };

const claims = {
  iss: `https://vstoken.dev.azure.com/${organizationId}`,
  sub: 'sc://contoso/Payments/aws',
  aud: 'api://AzureADTokenExchange',
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};
const renamed = { ...claims, sub: 'sc://contoso/Payments/renamed' };
const pipeline = { ...claims, sub: 'p://contoso/Payments/deploy' };

/** An unsigned token; `number` tells it from the others. */
function tokenOf(payload: object, number: number): Secret {
  const parts = [{ alg: 'RS256' }, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return new Secret([...parts, `signature-${number}`].join('.'));
}

function failure(code: ErrorCode, retriable = false): WifError {
  const fault = { code, found: 'failed.', expected: 'none.', remedy: 'wait.' };
  return new WifError(fault, retriable ? { retriable: {} } : {});
}

/** What Azure DevOps answers to each request in turn, the last one for ever: claims of a token, or an error. */
type Answer = object | WifError;

interface Scene {
  readonly ports: IdTokenPorts;
  /** The connection that each request was for. */
  readonly asked: string[];
  readonly events: string[];
  readonly clock: { now: number };
}

const once: Retry = operation => operation();

/** Tries again as long as a failure is retriable. */
const persistent: Retry = async operation => {
  for (;;) {
    try {
      return await operation();
    } catch (thrown) {
      if (!(thrown instanceof WifError) || thrown.retriable === undefined) throw thrown;
    }
  }
};

function build(answers: readonly Answer[], retry: Retry = once): Scene {
  const asked: string[] = [];
  const events: string[] = [];
  const clock = { now: 0 };
  const request = async (id: string): Promise<Secret> => {
    const number = asked.push(id);
    const answer = answers[Math.min(number, answers.length) - 1];
    // Answers come later than the next caller.
    await new Promise(resolve => setImmediate(resolve));
    if (answer instanceof WifError) throw answer;
    return tokenOf(answer ?? claims, number);
  };
  const ports: IdTokenPorts = {
    idTokens: { request },
    retry,
    now: () => clock.now,
    protect: secrets => events.push(`protect ${secrets.map(nameToken).join()}`),
    warn: (_, text) => events.push(`warn ${text}`),
  };
  return { ports, asked, events, clock };
}

/** A token by its number. */
function nameToken(token: Secret): string {
  return token.reveal().split('.').at(-1) ?? '';
}

async function keep(answers: readonly Answer[], retry?: Retry): Promise<Scene & { readonly kept: KeptIdToken }> {
  const scene = build(answers, retry);
  return { ...scene, kept: await keepIdToken(identity, scene.ports) };
}

const lives = [
  { life: 300, elapsed: 0, token: 1 },
  { life: 300, elapsed: 239, token: 1 },
  { life: 300, elapsed: 241, token: 2 },
  { life: 300, elapsed: 3600, token: 2 },
  { life: 600, elapsed: 539, token: 1 },
  { life: 600, elapsed: 541, token: 2 },
  { life: 86_700, elapsed: 3600, token: 1 },
  { life: 86_700, elapsed: 86_641, token: 2 },
  { life: 59, elapsed: 0, token: 2 },
];

describe('identity/keep-id-token', () => {
  it('asks once for the token of the connection, and gives the claims of that token', async () => {
    const { kept, asked } = await keep([claims]);
    assert.deepEqual(asked, [connectionId]);
    assert.equal(kept.claims.sub, claims.sub);
    assert.equal(nameToken(await kept.current()), 'signature-1');
    assert.deepEqual(asked, [connectionId]);
  });

  describe('the ID token is renewed when under 60 s are left', () => {
    for (const { life, elapsed, token } of lives) {
      for (const start of [0, 5e12]) {
        it(`gives token ${token} of a life of ${life} s after ${elapsed} s (clock from ${start})`, async () => {
          const scene = build([{ ...claims, exp: claims.iat + life }]);
          scene.clock.now = start;
          const { current } = await keepIdToken(identity, scene.ports);
          scene.clock.now = start + elapsed * 1000;
          assert.equal(nameToken(await current()), `signature-${token}`);
        });
      }
    }

    it('counts from before the request: a slow answer was signed before it came', async () => {
      const scene = build([claims]);
      const request = async (id: string): Promise<Secret> => {
        scene.clock.now += 14_000;
        return scene.ports.idTokens.request(id);
      };
      const { current } = await keepIdToken(identity, { ...scene.ports, idTokens: { request } });
      scene.clock.now = 241_000;
      assert.equal(nameToken(await current()), 'signature-2');
    });

    it('gives the new token for as long as that one lives', async () => {
      const { kept, clock } = await keep([claims]);
      clock.now = 250_000;
      assert.equal(nameToken(await kept.current()), 'signature-2');
      clock.now = 250_000 + 239_000;
      assert.equal(nameToken(await kept.current()), 'signature-2');
      clock.now = 250_000 + 241_000;
      assert.equal(nameToken(await kept.current()), 'signature-3');
    });
  });

  describe('callers at the same time share one request', () => {
    for (const callers of [2, 20, 200]) {
      it(`for ${callers} callers`, async () => {
        const { kept, asked, clock } = await keep([claims]);
        clock.now = 900_000;
        const tokens = await Promise.all(Array.from({ length: callers }, () => kept.current()));
        assert.deepEqual(new Set(tokens.map(nameToken)), new Set(['signature-2']));
        assert.equal(asked.length, 2);
      });
    }

    it('also where the time goes on while they wait', async () => {
      const { kept, asked, clock } = await keep([claims]);
      clock.now = 900_000;
      const first = kept.current();
      clock.now = 9_000_000;
      const second = kept.current();
      assert.deepEqual((await Promise.all([first, second])).map(nameToken), ['signature-2', 'signature-2']);
      assert.equal(asked.length, 2);
    });
  });

  describe('a renewal that fails', () => {
    it('fails every caller that waited for it, with its own reason', async () => {
      const { kept, clock } = await keep([claims, failure('TokenRequestForbidden')]);
      clock.now = 900_000;
      const results = await Promise.allSettled([kept.current(), kept.current(), kept.current()]);
      assert.deepEqual(
        results.map(result => (result.status === 'rejected' ? (result.reason as WifError).code : 'a token')),
        Array(3).fill('TokenRequestForbidden'),
      );
    });

    it('gives no token that is over in its place, and the next caller asks again', async () => {
      const { kept, clock, asked } = await keep([claims, failure('TokenRequestForbidden'), claims]);
      clock.now = 900_000;
      await assert.rejects(kept.current(), { code: 'TokenRequestForbidden', message: /failed/ });
      assert.equal(nameToken(await kept.current()), 'signature-3');
      assert.equal(asked.length, 3);
    });

    it('is tried again where it can pass', async () => {
      const { kept, clock } = await keep([claims, failure('TokenServiceUnavailable', true), claims], persistent);
      clock.now = 900_000;
      assert.equal(nameToken(await kept.current()), 'signature-3');
    });

    it('is no unhandled rejection where nobody looks at it twice', async () => {
      const { kept, clock } = await keep([claims, failure('TokenRequestForbidden')]);
      clock.now = 900_000;
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      await assert.rejects(kept.current(), { code: 'TokenRequestForbidden', message: /failed/ });
      await new Promise(resolve => setTimeout(resolve, 5));
      process.off('unhandledRejection', note);
      assert.deepEqual(unhandled, []);
    });
  });

  describe("every token must be this connection's, the renewed ones too", () => {
    it('protects a token before it is judged, and refuses the first', async () => {
      const { ports, events } = build([pipeline]);
      await assert.rejects(keepIdToken(identity, ports), { code: 'TokenNotForConnection', message: /a pipeline/ });
      assert.deepEqual(events, ['protect signature-1']);
    });

    it('protects a renewed token before it is judged, and refuses it', async () => {
      const { kept, clock, events } = await keep([claims, pipeline]);
      clock.now = 900_000;
      await assert.rejects(kept.current(), { code: 'TokenNotForConnection', message: /not sent to AWS/ });
      assert.deepEqual(events, ['protect signature-1', 'protect signature-2']);
    });

    it('warns of a subject that is not the one in the settings, after it has protected the token', async () => {
      const { events } = await keep([renamed]);
      assert.equal(events[0], 'protect signature-1');
      assert.match(events[1] ?? '', /^warn .*renamed/);
    });

    it('protects nothing that is no token', async () => {
      const { ports, events } = build([claims]);
      const request = () => Promise.resolve(new Secret('no token'));
      await assert.rejects(keepIdToken(identity, { ...ports, idTokens: { request } }), {
        code: 'TokenMalformed',
        message: /1 part, not three/,
      });
      assert.deepEqual(events, []);
    });
  });
});
