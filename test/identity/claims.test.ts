import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../src/errors.ts';
import { readUnverifiedClaims } from '../../src/identity/claims.ts';
import { Secret } from '../../src/secret.ts';

const claims = {
  iss: 'https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6',
  sub: 'sc://contoso/Payments/aws',
  aud: 'api://AzureADTokenExchange',
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function read(payload: unknown) {
  return readUnverifiedClaims(new Secret(`${encode({ alg: 'RS256' })}.${encode(payload)}.c2lnbmF0dXJl`));
}

const accepted = [
  { name: 'an old-issuer token', payload: claims, expected: { ...claims, aud: [claims.aud], azp: undefined } },
  {
    name: 'an Entra token with azp',
    payload: {
      ...claims,
      azp: '499b84ac-1321-427f-aa17-267ca6975798',
      aud: 'fb60f99c-7a34-4190-8149-302f77469936',
      tid: 'x',
    },
    expected: { ...claims, azp: '499b84ac-1321-427f-aa17-267ca6975798', aud: ['fb60f99c-7a34-4190-8149-302f77469936'] },
  },
  {
    name: 'several audiences',
    payload: { ...claims, aud: ['a', 'b'] },
    expected: { ...claims, aud: ['a', 'b'], azp: undefined },
  },
  {
    name: 'a subject beyond Latin letters',
    payload: { ...claims, sub: 'sc://contoso/项目/aws' },
    expected: { ...claims, sub: 'sc://contoso/项目/aws', aud: [claims.aud], azp: undefined },
  },
  {
    name: 'no time of issue: the shortest known life before exp',
    payload: { ...claims, iat: undefined },
    expected: { ...claims, aud: [claims.aud], azp: undefined },
  },
];

const refused = [
  { name: 'no iss', payload: { ...claims, iss: undefined }, message: /no `iss` claim/ },
  { name: 'an empty iss', payload: { ...claims, iss: '' }, message: /no `iss` claim/ },
  { name: 'an iss that is no text', payload: { ...claims, iss: { a: 1 } }, message: /no `iss` claim/ },
  { name: 'no sub', payload: { ...claims, sub: undefined }, message: /no `sub` claim/ },
  { name: 'a sub that is a list', payload: { ...claims, sub: ['sc://a/b/c'] }, message: /no `sub` claim/ },
  { name: 'no aud', payload: { ...claims, aud: undefined }, message: /no `aud` claim/ },
  { name: 'an empty list of aud', payload: { ...claims, aud: [] }, message: /no `aud` claim/ },
  { name: 'an aud with a number', payload: { ...claims, aud: ['a', 1] }, message: /no `aud` claim/ },
  { name: 'no exp', payload: { ...claims, exp: undefined }, message: /no `exp` claim that is a time/ },
  { name: 'an exp in words', payload: { ...claims, exp: 'soon' }, message: /no `exp` claim that is a time/ },
  { name: 'an exp below zero', payload: { ...claims, exp: -1 }, message: /no `exp` claim that is a time/ },
  { name: 'claims that are a list', payload: [claims], message: /claims are not an object/ },
  { name: 'claims that are null', payload: null, message: /claims are not an object/ },
];

const header = encode({ alg: 'RS256' });
const unreadable = [
  { name: 'an empty text', token: '', why: 'it has 1 part, not three' },
  { name: 'two parts', token: `${header}.${encode(claims)}`, why: 'it has 2 parts, not three' },
  { name: 'four parts', token: `${header}.${encode(claims)}.c2ln.c2ln`, why: 'it has 4 parts, not three' },
  { name: 'no signature', token: `${header}.${encode(claims)}.`, why: 'one of its three parts is empty' },
  {
    name: 'standard base64',
    token: `${header}.${encode(claims)}.a+/b`,
    why: 'one of its three parts is not base64url',
  },
  {
    name: 'a line break at its end',
    token: `${header}.${encode(claims)}.c2ln\n`,
    why: 'one of its three parts is not base64url',
  },
  {
    name: 'a logging command in it',
    token: `${header}.${encode(claims)}.c2ln]##vso[task.complete]`,
    why: 'it has 4 parts, not three',
  },
  {
    name: 'claims that are not JSON',
    token: `${header}.${Buffer.from('{"sub": canary-claims').toString('base64url')}.c2ln`,
    why: 'its claims are not JSON',
  },
];

describe('identity/claims', () => {
  for (const { name, payload, expected } of accepted) {
    it(`reads ${name}`, () => {
      assert.deepEqual(read(payload), expected);
    });
  }

  for (const { name, payload, message } of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => read(payload), { code: 'TokenMalformed', message });
    });
  }

  for (const { name, token, why } of unreadable) {
    it(`refuses ${name}, without repeating the token`, () => {
      assert.throws(
        () => readUnverifiedClaims(new Secret(token)),
        (error: WifError) => {
          assert.equal(error.code, 'TokenMalformed');
          assert.ok(error.message.includes(`cannot be read: ${why}.`), error.message);
          assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /canary|task\.complete|c2ln/);
          return true;
        },
      );
    });
  }

  it('gives claims or TokenMalformed for whatever text comes', () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map(json => Buffer.from(json).toString('base64url')),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), parts => {
        try {
          assert.equal(typeof readUnverifiedClaims(new Secret(parts.join('.'))).sub, 'string');
        } catch (thrown) {
          assert.ok(thrown instanceof WifError && thrown.code === 'TokenMalformed', String(thrown));
        }
      }),
    );
  });
});
