import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { openSts } from '../../../src/aws/sts.ts';
import { WifError } from '../../../src/errors.ts';
import type { HttpResponse } from '../../../src/identity/http.ts';
import { Secret } from '../../../src/secret.ts';
import { judgeSession, type StsAnswer } from '../../../src/session/credentials.ts';
import { hop, sessionArn } from '../good-answer.ts';
import { attempt, attemptLater, checkLater, checkPrintable, timeout } from './check.ts';
import { anyText, around } from './texts.ts';

const idToken = new Secret('id-token-canary-Kf0Zq4Vw9rTe2XnLp6Bc');
const hub = {
  accessKeyId: new Secret('ASIAHUBHUBHUBHUBHUBX'),
  secretAccessKey: new Secret('hub-secret-canary-Vw9rTe2XnLp6BcKf0Zq4'),
  sessionToken: new Secret('hub-session-canary-Te2XnLp6BcKf0Zq4Vw9r'),
  expiration: new Date(),
};
const keys = {
  accessKeyId: 'ASIAANSWERANSWERANSW',
  secretAccessKey: 'answer-secret-canary-XnLp6BcKf0Zq4Vw9rTe2',
  sessionToken: 'answer-session-canary-nLp6BcKf0Zq4Vw9rTe2X',
};

const names = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'Credentials', 'AssumedRoleUser', 'Arn'];
const good = write({ ...keys, expiration: '2030-01-01T00:00:00Z', arn: sessionArn });
const goodChained = good.replaceAll('AssumeRoleWithWebIdentityRe', 'AssumeRoleRe');

interface Parts {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  readonly arn: string;
}

function write({ accessKeyId, secretAccessKey, sessionToken, expiration, arn }: Parts): string {
  const credentials = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expiration}</Expiration>`;
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials><AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`;
}

/** What XML parsers have been led astray with. */
const pieces = [
  '<?xml version="1.0"?>',
  '<!DOCTYPE r [<!ENTITY a "b">]>',
  '<!doctype x>',
  '<!ENTITY % x SYSTEM "http://127.0.0.1:1/">',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '&a;',
  '&lt;',
  '&#x0;',
  '&#x110000;',
  '&#99999999999;',
  '&',
  '<',
  '</',
  '/>',
  '<__proto__>x</__proto__>',
  '<constructor>x</constructor>',
  '<toString/>',
  'xsi:nil="true"',
  '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
  ...names.flatMap(name => [`<${name}>`, `</${name}>`]),
] as const;

/** A good answer, and one with pieces put in or cut out of it. */
const whole = fc.constantFrom(good, goodChained);
const changes = fc.array(fc.tuple(fc.nat(good.length), fc.nat(40), fc.oneof(fc.constantFrom(...pieces), anyText)), {
  maxLength: 4,
});
const spoiled = fc
  .tuple(whole, changes)
  .map(([xml, all]) => all.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), xml));
const tree = fc.array(fc.oneof(fc.constantFrom(...pieces), anyText), { maxLength: 12 }).map(parts => parts.join(''));
const deep = fc
  .integer({ min: 1, max: 3000 })
  .map(depth => '<AssumeRole>'.repeat(depth) + '</AssumeRole>'.repeat(depth));
const refusal = fc
  .tuple(around('AccessDenied', 'InvalidIdentityToken', 'Throttling', '__proto__', 'constructor'), anyText)
  .map(
    ([code, message]) =>
      `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );

const response: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    fc.constantFrom(302, 400, 403, 429, 500, 503),
    fc.integer({ min: 200, max: 599 }),
  ),
  headers: fc.dictionary(
    fc.constantFrom('date', 'retry-after', 'location', 'content-type', 'x-amzn-requestid'),
    anyText,
  ),
  body: fc.oneof({ weight: 4, arbitrary: spoiled }, { weight: 4, arbitrary: whole }, tree, deep, refusal, anyText),
});

function ask(answer: HttpResponse, chained: boolean): Promise<StsAnswer | Error> {
  const http = { send: () => Promise.resolve(answer) };
  const sts = openSts({ endpoint: new URL('https://sts.eu-west-1.amazonaws.com'), region: 'eu-west-1', http });
  return attemptLater(() => (chained ? sts.assumeRole(hop, hub) : sts.assumeRoleWithWebIdentity(hop, idToken)));
}

/** An error shows no secret of the request, in whatever way it is printed, and no key of the answer but in a message of AWS. */
function checkSilent(error: Error): void {
  checkPrintable(error.message);
  const hidden = [idToken, hub.secretAccessKey, hub.sessionToken].map(secret => secret.reveal());
  for (const shown of [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error.stack)]) {
    for (const secret of hidden) assert.ok(!shown.includes(secret), shown);
  }
}

describe('hardness/fuzz/sts-answers', function () {
  this.timeout(timeout * 4);

  for (const [name, chained] of Object.entries({ AssumeRoleWithWebIdentity: false, AssumeRole: true })) {
    it(`${name}: a whole session of this very role, or one clear failure`, async () => {
      await checkLater(response, async answer => {
        const given = await ask(answer, chained);
        if (given instanceof Error) {
          checkSilent(given);
          return;
        }
        const session = attempt(() => judgeSession(given, hop, { hostMs: 0, sinceBootMs: 0 }));
        if (session instanceof Error) {
          checkSilent(session);
          return;
        }
        assert.equal(session.assumedRoleArn, sessionArn);
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = session.credentials;
        for (const key of [accessKeyId, secretAccessKey, sessionToken])
          assert.match(key.reveal(), /^[\x21-\x7e]{16,}$/);
        assert.ok(!Number.isNaN(expiration.getTime()));
        assert.ok(answer.status < 300 && !/<!(?:DOCTYPE|ENTITY)/i.test(answer.body), answer.body);
      });
    });
  }

  it('a message of AWS that repeats what was sent is shown without it', async () => {
    const secret = fc.constantFrom(idToken, hub.secretAccessKey, hub.sessionToken);
    await checkLater(
      fc.tuple(secret, anyText, anyText, fc.integer({ min: 400, max: 599 })),
      async ([value, before, after, status]) => {
        const message = `${before}${value.reveal()}${after}`;
        const body = `<ErrorResponse><Error><Code>Odd${message}</Code><Message>${message}</Message></Error></ErrorResponse>`;
        for (const chained of [false, true]) {
          const given = await ask({ status, headers: {}, body }, chained);
          assert.ok(given instanceof WifError);
          const sent = chained ? [hub.secretAccessKey, hub.sessionToken] : [idToken];
          for (const own of sent) assert.ok(!inspect(given, { depth: 9 }).includes(own.reveal()));
        }
      },
    );
  });
});
