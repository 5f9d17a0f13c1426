import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/errors.ts';
import type { RefusedCall } from '../../src/diagnosis/refused-call.ts';
import { buildForIdentities } from '../../src/trust/build.ts';
import { describeOrigin } from '../../src/trust/network/origin.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { account, azp, byId, byName, entraAudience, entraUrl, oldAudience, oldUrl } from '../trust/company.ts';
import { explain } from './refused-calls.ts';

describe('diagnosis/known-trust', () => {
  const both = buildForIdentities([byName, byId], account).document;
  // One statement for each provider, by the provider's URL.
  const [newStatement, oldStatement] = [both.Statement].flat();
  const deny = {
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 'sts:*',
    Condition: { StringEquals: { [`${entraUrl}:sub`]: byId.subject } },
  };
  const wrongSub = { ...newStatement, Sid: 'Entra', Condition: { StringEquals: { [`${entraUrl}:sub`]: 'other' } } };
  const almost = {
    ...newStatement,
    Condition: { StringEquals: { [`${entraUrl}:sub`]: byId.subject.replace(/[^/]+$/, id => id.toUpperCase()) } },
  };
  const excluding = { ...newStatement, Condition: { StringNotEquals: { [`${entraUrl}:sub`]: byId.subject } } };
  const byVariable = { ...newStatement, Condition: { StringEquals: { [`${entraUrl}:sub`]: '${aws:userid}' } } };

  const twoNetworks = {
    ...newStatement,
    Condition: {
      ...newStatement?.Condition,
      IpAddress: { 'aws:SourceIp': '52.1.2.3', 'aws:VpcSourceIp': '10.0.0.0/8' },
    },
  };

  const policies: readonly (readonly [string, readonly unknown[], boolean, ...string[]])[] = [
    [
      'lets it in',
      [oldStatement, newStatement],
      false,
      'Statement 2 of the trust policy allows this token',
      'control policy',
    ],
    ['trusts the old issuer alone', [oldStatement], true, 'No statement', 'principal: the policy has', oldUrl],
    [
      'has another subject',
      [wrongSub],
      true,
      'statement 1 (Entra)',
      `on ${entraUrl}:sub: the policy has other; the request has ${byId.subject}`,
    ],
    [
      'has no subject at all',
      [{ ...newStatement, Condition: { StringEquals: { [`${entraUrl}:sub`]: [] } } }],
      true,
      'No statement',
      `on ${entraUrl}:sub: the policy has no value; the request has ${byId.subject}`,
    ],
    ['denies it', [newStatement, deny], false, 'Statement 2 of the trust policy denies this token'],
    ['has nothing to allow', [deny], false, 'denies this token'],
    [
      'has a subject in another letter case',
      [{ ...oldStatement, Condition: { StringEquals: { [`${oldUrl}:sub`]: 'x' } } }, almost],
      true,
      `the request has ${byId.subject} (they differ in letter case only: `,
    ],
    ['excludes it on purpose', [excluding], false, 'No statement', 'excludes this token, or may exclude it'],
    ['asks for two networks at once', [twoNetworks], false, 'no request can meet all of them', 'has no such key'],
    ['rests on what only AWS knows', [byVariable], false, 'Only AWS knows', '${aws:userid}'],
  ];
  for (const [name, statements, offers, ...says] of policies) {
    it(`names what decides where the trust policy ${name}`, () => {
      const trustPolicy = parseTrustPolicy({ Version: '2012-10-17', Statement: statements });
      const { likely, statement } = explain('StsAccessDenied', { trustPolicy });
      for (const text of says) assert.ok(likely.join('\n').includes(text), `"${text}" is not in\n${likely.join('\n')}`);
      assert.doesNotMatch(likely.join('\n'), /The role does not exist/);
      assert.equal(statement !== undefined, offers);
    });
  }

  it('offers a statement that is bound to the network of the others, none where these differ', () => {
    const bind = (endpointId: string) => ({
      ...oldStatement,
      Condition: { StringEquals: { ...oldStatement?.Condition?.['StringEquals'], 'aws:SourceVpce': endpointId } },
    });
    const offer = (...statements: readonly object[]) => {
      const trustPolicy = parseTrustPolicy({ Version: '2012-10-17', Statement: statements });
      return explain('StsAccessDenied', { trustPolicy }).statement;
    };
    assert.match(offer(bind('vpce-01234567')) ?? '', /"aws:SourceVpce": \[\s*"vpce-01234567"\s*\]/);
    assert.equal(offer(bind('vpce-01234567'), bind('vpce-76543210')), undefined);
    const impossible = { ...bind('vpce-01234567'), Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    assert.equal(offer(impossible), undefined);
    const trustPolicy = parseTrustPolicy({ Version: '2012-10-17', Statement: impossible });
    assert.match(explain('StsAccessDenied', { trustPolicy }).fix.join('\n'), /Correct them before you add a statement/);
  });

  it('says which network decides, and offers no statement that would let in from anywhere', () => {
    const Condition = {
      StringEquals: { ...newStatement?.Condition?.['StringEquals'], 'aws:SourceVpce': 'vpce-01234567' },
    };
    const trustPolicy = parseTrustPolicy({ Version: '2012-10-17', Statement: [{ ...newStatement, Condition }] });
    const network = describeOrigin({ path: 'internet', address: '52.1.2.3' });
    const { likely, statement } = explain('StsAccessDenied', { trustPolicy, network });
    assert.match(
      likely.join('\n'),
      /aws:SourceVpce: the policy has vpce-01234567; the request has no such key\n.*Only a network condition/,
    );
    assert.equal(statement, undefined);
  });

  const providers: readonly (readonly [string, RefusedCall['providers'], ErrorCode, ...string[]])[] = [
    ['none', [], 'StsProviderMissing', 'it has 0'],
    ['one with a slash', [{ url: `${entraUrl}/`, clientIds: [] }], 'StsProviderMissing', 'trailing-slash'],
    [
      'one without a version',
      [{ url: entraUrl.replace('/v2.0', ''), clientIds: [] }],
      'StsProviderMissing',
      'version-missing',
    ],
    ['the old one', [{ url: oldUrl, clientIds: [oldAudience] }], 'StsProviderMissing', 'it has 1'],
    ['aud alone', [{ url: entraUrl, clientIds: [entraAudience] }], 'StsAudienceRefused', `but not ${azp}.`],
    [
      'neither',
      [{ url: entraUrl, clientIds: ['sts.amazonaws.com'] }],
      'StsAudienceRefused',
      `but not ${azp}, ${entraAudience}.`,
    ],
  ];
  for (const [name, list, code, ...says] of providers) {
    it(`names what is missing where the account's providers are: ${name}`, () => {
      const { likely } = explain(code, { providers: list });
      for (const text of says) assert.ok(likely.join('\n').includes(text), likely.join('\n'));
    });
  }

  it('guesses where all that is known is well', () => {
    const { likely } = explain('StsAccessDenied', { providers: [{ url: entraUrl, clientIds: [azp] }] });
    assert.match(likely.join('\n'), /The role does not exist/);
  });
});
