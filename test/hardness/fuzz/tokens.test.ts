import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { checkIdToken } from '../../../src/identity/check-id-token.ts';
import { readUnverifiedClaims } from '../../../src/identity/claims.ts';
import { judgeIdTokenResponse } from '../../../src/identity/id-token.ts';
import {
  describeIssuer,
  formatIssuer,
  parseIssuer,
  readBase64UrlGuid,
  writeBase64UrlGuid,
  deriveEntraSubject,
  describeSubject,
  formatNameSubject,
  parseSubject,
} from '../../../src/identity/issuer.ts';
import { checkTokenUrl } from '../../../src/identity/token-url.ts';
import { Secret } from '../../../src/secret.ts';
import { attempt, check, checkPrintable, timeout } from './check.ts';
import { anyText, around, spoil } from './texts.ts';

const guid = fc.uuid();
const canary = 'canary-Zq8Kf0Vw9rTe2XnLp6Bc';
const connectionId = '64171687-7a59-4fce-b2c8-823278dcf176';
const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const subjects = [
  'sc://contoso/Platform/aws-deploy',
  'p://contoso/Platform/infra',
  `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
] as const;
const issuers = [
  `https://vstoken.dev.azure.com/${organizationId}`,
  'https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0',
] as const;

const claim = fc.oneof(fc.jsonValue(), anyText, fc.double(), fc.constant(undefined));
/** Mostly as it should be, so that what is behind the first check is reached. */
function mostly(right: fc.Arbitrary<unknown>, ...odd: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: right }, ...odd, claim);
}

const claims = fc.record({
  iss: mostly(fc.constantFrom(...issuers), around(...issuers)),
  sub: mostly(fc.constantFrom(...subjects), around(...subjects)),
  aud: mostly(anyText, fc.array(anyText, { maxLength: 3 })),
  azp: fc.oneof(claim, anyText),
  iat: mostly(fc.integer({ min: 0, max: 4e9 }), fc.double()),
  exp: mostly(fc.integer({ min: 0, max: 4e9 }), fc.integer(), fc.double()),
});

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('hardness/fuzz/tokens', function () {
  this.timeout(timeout);

  it('claims: read as they stand, or TokenMalformed; then this connection or TokenNotForConnection', () => {
    check(claims, written => {
      const token = `${encode({ alg: 'RS256' })}.${encode(written)}.${canary}`;
      const read = attempt(() => readUnverifiedClaims(new Secret(token)));
      if (read instanceof Error) {
        assert.ok(!inspect(read, { depth: 9 }).includes(canary));
        return;
      }
      assert.deepEqual([read.iss, read.sub, read.exp], [written.iss, written.sub, written.exp]);
      assert.ok(Number.isFinite(read.exp - read.iat));
      const warnings = attempt(() => checkIdToken(read, { connectionId, organizationId, subject: subjects[0] }));
      if (warnings instanceof Error) {
        assert.ok('code' in warnings && warnings.code === 'TokenNotForConnection');
        return;
      }
      const subject = parseSubject(read.sub);
      assert.ok(
        subject.kind === 'connection-name' ||
          (subject.kind === 'connection-id' && subject.connectionId === connectionId),
      );
    });
  });

  it('tokens: any text gives claims or TokenMalformed, and is never repeated', () => {
    const whole = `${encode({ alg: 'RS256' })}.${encode({ iss: issuers[0], sub: subjects[0], aud: 'x', exp: 1 })}.c2ln`;
    const text = fc.oneof(anyText, fc.tuple(fc.constant(whole), fc.nat(300), fc.string({ maxLength: 2 })).map(spoil));
    check(text, token => {
      const read = attempt(() => readUnverifiedClaims(new Secret(`${token}${canary}`)));
      if (read instanceof Error) assert.ok(!inspect(read, { depth: 9 }).includes(canary));
    });
  });

  const body = fc.oneof(
    anyText,
    fc.json(),
    fc
      .record({ oidcToken: claim, message: claim, value: claim }, { requiredKeys: [] })
      .map(value => JSON.stringify(value)),
    fc.record({ oidcToken: fc.constantFrom('a.b.c', 'x', '') }).map(value => JSON.stringify(value)),
    around('<html>', '<!doctype', ' ', '{"oidcToken":"', 'a.b.c', '"}', '{"message":"'),
  );
  const status = fc.oneof(
    fc.integer({ min: 200, max: 599 }),
    fc.constant(200),
    fc.constantFrom(200, 203, 301, 302, 401, 403, 404, 429, 503),
  );
  const headers = fc.dictionary(
    fc.constantFrom('location', 'retry-after', 'content-type', 'x'),
    around('https://a.example/', '//b/c', '3', 'text/html', 'Wed, 21 Oct 2015 07:28:00 GMT'),
  );

  it("Azure DevOps' answers: a token or one clear failure, and no more of the body than its message", () => {
    check(fc.record({ status, headers, body }), response => {
      const judged = attempt(() =>
        judgeIdTokenResponse({ ...response, body: response.body }, connectionId, Date.now()),
      );
      if (judged instanceof Secret) {
        assert.equal(response.status, 200);
        return;
      }
      assert.ok('faults' in judged && judged.faults.length === 1);
    });
  });

  it('issuers and subjects: what is formed is what is read', () => {
    const name = anyText.filter(text => text !== '' && !text.includes('/'));
    const connection = anyText.filter(text => text !== '');
    check(fc.record({ organization: name, project: name, connection }), names => {
      assert.deepEqual(parseSubject(formatNameSubject(names)), { kind: 'connection-name', ...names });
    });
    check(fc.record({ tenantId: guid, organizationId: guid, connectionId: guid }), ids => {
      assert.deepEqual(parseSubject(deriveEntraSubject(ids)), { kind: 'connection-id', ...ids });
      assert.equal(readBase64UrlGuid(writeBase64UrlGuid(ids.tenantId) ?? ''), ids.tenantId);
      for (const issuer of [
        { kind: 'azure-devops', organizationId: ids.organizationId },
        { kind: 'entra', tenantId: ids.tenantId },
      ] as const) {
        assert.deepEqual(parseIssuer(formatIssuer(issuer)), issuer);
      }
    });
  });

  it('issuers and subjects: any text has a kind and words', () => {
    check(fc.tuple(around(...issuers, '/'), around(...subjects, '/')), ([issuer, subject]) => {
      assert.equal(typeof describeIssuer(parseIssuer(issuer)), 'string');
      assert.equal(typeof describeSubject(parseSubject(subject)), 'string');
    });
  });

  it("token URLs: the job's token goes to Azure DevOps alone", () => {
    const path = '/contoso/p/_apis/distributedtask/hubs/build/plans/a/jobs/b/oidctoken';
    const text = around(
      'https://',
      'http://',
      'dev.azure.com',
      'x.visualstudio.com',
      'evil.example',
      '@',
      ':443',
      path,
      '?a=1',
      '#',
      '\\',
      '127.0.0.1',
      '。',
    );
    check(
      fc.tuple(text, fc.constantFrom('https://dev.azure.com/contoso/', 'http://127.0.0.1:8/x/', '')),
      ([uri, own]) => {
        const url = attempt(() => checkTokenUrl(uri, own));
        if (url instanceof Error) {
          checkPrintable(url.message);
          return;
        }
        const isOwn = own !== '' && url.host === new URL(own).host;
        assert.ok(
          isOwn || (url.protocol === 'https:' && /(?:^|\.)(?:dev\.azure\.com|visualstudio\.com)$/.test(url.hostname)),
          url.href,
        );
        assert.deepEqual([url.username, url.password, url.hash], ['', '', '']);
      },
    );
  });
});
