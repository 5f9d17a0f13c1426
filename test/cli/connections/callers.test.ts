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

const refused: Readonly<Record<string, string>> = {
  nothing: '',
  'another member': JSON.stringify({ access_token: token }),
  'JSON that is cut off': JSON.stringify({ oidcToken: token }).slice(0, -1),
  'a number': '{"oidcToken": 1}',
  'two parts': 'canary.canary',
  'two tokens': `${token}\n${token}`,
};

describe('cli/connections/callers', () => {
  for (const [name, text] of Object.entries(taken)) {
    it(`reads a token ${name}`, () => {
      assert.deepEqual(readTokenCaller(text).identity, byId);
    });
  }

  for (const [name, text] of Object.entries(refused)) {
    it(`refuses ${name}, and shows nothing of it`, () => {
      assert.throws(
        () => readTokenCaller(text),
        (thrown: unknown) =>
          thrown instanceof CliFailure &&
          thrown.exit === 2 &&
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
