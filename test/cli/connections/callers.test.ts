import assert from 'node:assert/strict';
import { readTokenCaller } from '../../../src/cli/connections/callers.ts';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';
import { byId } from '../../trust/company.ts';

const claims = {
  iss: byId.issuerUrl,
  sub: byId.subject,
  aud: byId.audiences[0],
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};
const encode = (text: string) => Buffer.from(text).toString('base64url');
const tokenOf = (payload: string) => `${encode('{"alg":"RS256"}')}.${encode(payload)}.canary`;
const token = tokenOf(JSON.stringify(claims));

const taken: Readonly<Record<string, string>> = {
  alone: token,
  'with a line break': `${token}\r\n`,
  'over several lines': token.replace(/.{64}/g, '$&\n'),
  'in quotes': `"${token}"`,
  'in single quotes': `'${token}'`,
  'as a header': `Authorization: Bearer ${token}`,
  'behind Bearer': `bearer ${token}`,
  'as Azure DevOps answers': JSON.stringify({ oidcToken: token }),
  'as it answers, over lines': JSON.stringify({ oidcToken: token }, null, 2),
};

const refused: Readonly<Record<string, readonly [text: string, why: string]>> = {
  nothing: ['', 'it is empty.'],
  'another member': [JSON.stringify({ access_token: token }), 'it is JSON without the member oidcToken'],
  'JSON that is cut off': [JSON.stringify({ oidcToken: token }).slice(0, -1), 'it is JSON that is cut off'],
  'a number': ['{"oidcToken": 1}', 'its member oidcToken is not a text'],
  'an error': ['{"message":"canary"}', 'it is an error of Azure DevOps'],
  'its claims': [JSON.stringify(claims), 'it has the claims of a token'],
  'a response with its headers': [`HTTP/1.1 200 OK\r\n\r\n{"oidcToken":"${token}"}`, 'it starts with the headers'],
  'a page': ['<!doctype html><title>canary</title>', 'it is a page'],
  'a line of YAML': [`oidcToken: ${token}`, 'it starts with a name'],
  'an assignment': [`export TOKEN="${token}"`, 'it starts with a name'],
  'percent-encoded JSON': [encodeURIComponent(JSON.stringify({ oidcToken: token })), 'it is percent-encoded'],
  'Base64 of it': [Buffer.from(token).toString('base64'), 'it is Base64 of a token'],
  'Base64 in its parts': [token.replace('.', '=='.concat('.')), 'its parts are Base64 with'],
  'a masked token': ['***', 'it was copied from a log'],
  'a token with a masked part': [token.replace(/^[^.]+/, '***'), 'a part of it was copied from a log'],
  'a personal access token': [`canary${'a'.repeat(46)}`, 'it has no dots'],
  'an encrypted token': ['eyJh.canary.b.c.d', 'it has five parts, so it is an encrypted token'],
  'two parts': ['canary.canary', 'it has 2 parts, not three'],
  'no signature': [token.replace(/\.canary$/, '.'), 'one of its three parts is empty'],
  'a part that is none': [token.replace('.canary', '.can%ary'), 'one of its three parts is not base64url'],
  'two tokens': [`${token}\n${token}`, 'it has more than one token'],
};

describe('cli/connections/callers', () => {
  for (const [name, text] of Object.entries(taken)) {
    it(`reads a token ${name}`, () => {
      assert.deepEqual(readTokenCaller(text).identity, byId);
    });
  }

  for (const [name, [text, why]] of Object.entries(refused)) {
    it(`refuses ${name}, says what it is, and shows nothing of it`, () => {
      assert.throws(
        () => readTokenCaller(text),
        (thrown: unknown) =>
          thrown instanceof CliFailure &&
          thrown.exit === 2 &&
          thrown.message.includes(`contains no ID token: ${why}`) &&
          !/canary|eyJ/.test(thrown.message.replaceAll('"oidcToken"', '')),
      );
    });
  }

  it('says that a claim stands twice', () => {
    const twice = JSON.stringify(claims).replace('{', '{"sub":"sc://contoso/Payments/other",');
    const { warnings } = readTokenCaller(tokenOf(twice));
    assert.match(warnings.join('\n'), /has the claim sub more than once/);
    assert.equal(readTokenCaller(token).warnings.length, 1);
  });
});
