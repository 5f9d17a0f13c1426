import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Identity } from '../../src/identity/audience.ts';
import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { findWeaknesses } from '../../src/trust/findings.ts';
import type { Finding, Known } from '../../src/trust/findings/finding.ts';
import { measurePolicy } from '../../src/trust/policy-document.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../src/trust/web-identity.ts';
import { account, byId, byName, entraProvider, entraUrl, oldClaims, oldProvider, oldUrl } from './company.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const allow = (Federated: string | readonly string[], Condition?: object) => ({
  Effect: 'Allow',
  Principal: { Federated },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition,
});
const dollar = { ...byName, subject: 'sc://contoso/Payments/${a}' };

function find(Statement: unknown, known: Known, Version = '2012-10-17'): readonly Finding[] {
  return findWeaknesses(parseTrustPolicy({ Version, Statement }), known);
}

function correct(Statement: unknown, identities: readonly Identity[], Version?: string): readonly unknown[] {
  return find(Statement, { account, identities }, Version).map(({ corrected }) => corrected);
}

describe('trust/findings, of what is known', () => {
  const pipeline = { ...byName, subject: 'p://contoso/Payments/deploy' };
  const managed = { ...byId, subject: '8f2b2b8e-7f0c-4f68-9b8d-6e1a7a1fb7f3' };
  const crossed = { ...byId, subject: byName.subject };
  const many = Array.from({ length: 200 }, (_, index) => ({ ...byName, subject: `sc://contoso/Payments/${index}` }));
  const long = { ...byName, subject: `sc://contoso/Payments/${'x'.repeat(5000)}` };

  for (const [name, identities] of [
    ["a pipeline's", [pipeline]],
    ["a managed identity's", [managed]],
    ['names on Entra', [crossed]],
    ['nothing', [{ ...byId, subject: '' }]],
    ['more than IAM takes', many],
    ['longer than IAM takes', [long]],
  ] as const) {
    it(`corrects nothing by a subject that is ${name}`, () => {
      for (const provider of [oldProvider, entraProvider]) {
        const corrected = correct(allow(provider), identities);
        assert.ok(corrected.length > 0, 'nothing found');
        assert.deepEqual([...new Set(corrected)], [undefined]);
      }
    });
  }

  it('corrects by the connections alone', () => {
    for (const [provider, connection, other] of [
      [oldProvider, byName, pipeline],
      [entraProvider, byId, managed],
    ] as const) {
      assert.deepEqual(correct(allow(provider), [other, connection]), correct(allow(provider), [connection]));
    }
  });

  for (const [name, wrong] of [
    ['no digits', { partition: 'aws', accountId: 'x' }],
    ['another partition', { partition: 'aws-iso' as 'aws', accountId: '111111111111' }],
  ] as const) {
    it(`corrects nothing for an account of ${name}`, () => {
      const [first] = find(allow(entraProvider), { account: wrong, identities: [byId] });
      assert.equal(first?.code, 'ConditionMissing');
      assert.equal(first.corrected, undefined);
    });
  }
});

describe('trust/findings, of what is corrected', () => {
  const known = { account, identities: [byName, byId] };
  const sub = { [`${oldUrl}:sub`]: byName.subject };
  const aud = { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange' };
  const rows: readonly (readonly [string, Finding['code'], object, readonly string[] | undefined])[] = [
    ["another issuer's audience", 'AudienceHalf', { ...sub, [`${oldUrl}:aud`]: 'api://other' }, [byName.subject]],
    [
      'a claim that AWS does not give',
      'ClaimNotExposed',
      { ...sub, ...aud, [`${oldUrl}:prj_id`]: 'x' },
      [byName.subject],
    ],
    ['a claim in the place of the subject', 'ClaimNotExposed', { ...aud, [`${oldUrl}:prj_id`]: 'x' }, undefined],
    ['a subject without its claim', 'KeyPrefixMistaken', { ...aud, [oldUrl]: byName.subject }, [byName.subject]],
    ['a slash before the claim', 'KeyPrefixMistaken', { ...aud, [`${oldUrl}/sub`]: byName.subject }, [byName.subject]],
    ['no claim that anybody can tell', 'KeyPrefixMistaken', { ...sub, ...aud, [oldUrl]: 'x' }, undefined],
    ['a long name beside the right one', 'ClaimNotExposed', { ...sub, [`${oldUrl}:subject`]: 'x' }, undefined],
    ['a key that no request has', 'KeyNotInRequest', { ...sub, ...aud, 'sts:ExternalId': 'x' }, undefined],
  ];
  it('has words only where a connection that the policy names in another letter case would be denied', () => {
    const named = allow(oldProvider, { StringEquals: { ...aud, [`${oldUrl}:sub`]: byName.subject.toLowerCase() } });
    const open = allow(oldProvider, { StringNotLike: { 'vstoken.dev.azure.com:sub': '*' } });
    const found = find([named, open], { account }).find(({ code }) => code === 'KeyPrefixMistaken');
    assert.deepEqual([found?.code, found?.corrected], ['KeyPrefixMistaken', undefined]);
  });

  it('mends long names of claims together, each finding with its own key', () => {
    const right = { ...sub, ...aud };
    const long = { [`${oldUrl}:subject`]: sub[`${oldUrl}:sub`], [`${oldUrl}:Audience`]: aud[`${oldUrl}:aud`] };
    const found = find(allow(oldProvider, { StringEquals: long }), known).filter(
      ({ code }) => code === 'ClaimNotExposed',
    );
    assert.deepEqual(
      found.map(one => [one.remedy.split(' ', 2).join(' '), one.correction?.after[0]?.Condition]),
      ['sub', 'aud'].map(claim => [`Use ${oldUrl}:${claim}.`, { StringEquals: right }]),
    );
  });

  for (const [name, code, StringEquals, admits] of rows) {
    it(`${admits === undefined ? 'has words only' : 'allows whom the policy names'}: ${name}`, () => {
      const found = find(allow(oldProvider, { StringEquals }), known).find(one => one.code === code);
      assert.deepEqual([found?.code, found?.correction?.allows], [code, admits]);
    });
  }
});

describe('trust/findings, of what only AWS knows', () => {
  const known = { account, identities: [byName] };
  const aud = { [`${oldUrl}:aud`]: 'api://AzureADTokenExchange' };
  const pattern = { [`${oldUrl}:sub`]: 'sc://contoso/Payments/*' };
  const network = { 'aws:SourceVpce': 'vpce-0123456789abcdef0' };
  const of = (subject: string) => ({
    StringEquals: { ...aud, [`${oldUrl}:sub`]: subject },
    StringLike: { 'sts:RoleSessionName': 'a*' },
  });
  const doubt = { 'ForAnyValue:StringEqualsIfExists': { [`${oldUrl}:prj_id`]: 'x' } };
  const rows: readonly (readonly [string, Finding['code'], object, boolean])[] = [
    [
      'a network for requests that have it',
      'IfExistsOnAllow',
      { StringLike: pattern, StringEqualsIfExists: network },
      false,
    ],
    [
      'an address for requests that have it',
      'IfExistsOnAllow',
      { StringLike: pattern, IpAddressIfExists: { 'aws:SourceIp': '203.0.113.7' } },
      false,
    ],
    ['one doubt of two about a pipeline', 'ClaimNotExposed', { ...of('p://contoso/Payments/infra'), ...doubt }, false],
    ['one doubt of two about a connection', 'ClaimNotExposed', { ...of(byName.subject), ...doubt }, true],
    [
      'a pattern beside a network',
      'SubjectWildcard',
      { StringEquals: { ...aud, ...network }, StringLike: pattern },
      true,
    ],
  ];
  for (const [name, code, Condition, isCorrected] of rows) {
    it(`${isCorrected ? 'corrects' : 'has words only for'} ${name}`, () => {
      const found = find(allow(oldProvider, Condition), known).find(one => one.code === code);
      assert.deepEqual([found?.code, found?.corrected !== undefined], [code, isCorrected]);
    });
  }

  it('names the operator that lists addresses in place of those that are left out', () => {
    const Condition = { StringEquals: aud, NotIpAddressIfExists: { 'aws:SourceIp': '203.0.113.7' } };
    const found = find(allow(oldProvider, Condition), known).find(({ code }) => code === 'NegatedOperatorOnAllow');
    assert.match(found?.remedy ?? '', /^List who is allowed, with IpAddress, instead/);
  });

  it('writes the strict operator of an address', () => {
    const Condition = { StringEquals: aud, IpAddressIfExists: { 'aws:SourceIp': '203.0.113.7' } };
    const found = find(allow(oldProvider, Condition), known).find(({ code }) => code === 'IfExistsOnAllow');
    assert.equal(found?.remedy, 'Write IpAddress.');
  });
});

describe('trust/findings, by version', () => {
  const open = allow(oldProvider);

  it('corrects with an escaped name in version 2012-10-17', () => {
    const [corrected] = correct(open, [dollar]);
    assert.ok(corrected, 'not corrected');
    const request = describeWebIdentity({ claims: { ...oldClaims, sub: dollar.subject }, account });
    assert.equal(evaluateTrust(parseTrustPolicy(corrected), request).decision, 'allowed');
  });

  it('does not correct with one before, where the escape would lock the connection out', () => {
    assert.deepEqual(correct(open, [dollar], '2008-10-17'), [undefined, undefined]);
    assert.deepEqual(correct(open, [byName, dollar], '2008-10-17'), [undefined, undefined]);
  });

  it('corrects with plain names in either', () => {
    const [corrected] = correct(open, [byName], '2008-10-17');
    assert.ok(corrected, 'not corrected');
    const request = describeWebIdentity({ claims: oldClaims, account });
    assert.equal(evaluateTrust(parseTrustPolicy(corrected), request).decision, 'allowed');
  });
});

describe('trust/findings, by size', () => {
  const fill = (length: number) => ({ Sid: 'x'.repeat(length), ...allow(oldProvider) });

  it('corrects what IAM takes, to what IAM takes', () => {
    const corrected = find(fill(3000), { account, identities: [byName] })[0]?.corrected;
    assert.ok(corrected, 'not corrected');
    assert.ok(measurePolicy(corrected) <= 4096, 'too large');
  });

  it('does not correct to more than IAM takes', () => {
    const [first] = find(fill(3750), { account, identities: [byName] });
    assert.equal(first?.code, 'ConditionMissing');
    assert.equal(first.corrected, undefined);
  });

  it('finds all in a policy of a hundred kilobytes, and corrects nothing', () => {
    const statements = Array.from({ length: 500 }, (_, index) => ({ ...allow([oldProvider]), Sid: `S${index}` }));
    const findings = find(statements, { account, identities: [byName, byId] });
    assert.equal(findings.length, 501);
    assert.deepEqual([...new Set(findings.map(({ corrected }) => corrected))], [undefined]);
    assert.ok(JSON.stringify(findings).length < 2_000_000, 'too much to print');
  });
});

describe('trust/findings, of anything', () => {
  const name = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', ''),
    fc.constantFrom('StringEquals', 'ForAllValues:StringLike', 'StringNotLikeIfExists', 'Null', 'ArnLike'),
    fc.constantFrom(`${oldUrl}:sub`, `${entraUrl}:aud`, `${entraUrl}/:sub`, 'aws:PrincipalOrgID', ':', 'a:b'),
    fc.string({ maxLength: 5 }),
  );
  const value = fc.oneof(
    fc.constantFrom(byName.subject, byId.subject, '*', '${aws:userid}', '${', 'o-a', oldProvider, entraProvider),
    fc.string({ maxLength: 8, unit: 'grapheme' }),
  );
  const values = fc.oneof(value, fc.array(value, { maxLength: 3 }));
  const lines = fc.uniqueArray(fc.tuple(name, values), { maxLength: 3, selector: ([key]) => key.toLowerCase() });
  const condition = fc
    .uniqueArray(fc.tuple(name, lines.map(Object.fromEntries)), { maxLength: 3, selector: ([operator]) => operator })
    .map(Object.fromEntries);
  const principal = fc.oneof(
    fc.constant('*'),
    fc.dictionary(fc.constantFrom('AWS', 'Federated', 'Service'), values, { maxKeys: 2 }),
  );
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: principal,
    Action: fc.oneof(fc.constantFrom('*', 'sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'), values),
    Condition: condition,
  });
  const identity = fc.record({ base: fc.constantFrom(byName, byId), subject: fc.option(value, { nil: undefined }) });
  const identities = fc.array(
    identity.map(({ base, subject }) => ({ ...base, ...(subject === undefined ? {} : { subject }) })),
    { maxLength: 3 },
  );

  it('never throws, and corrects to policies that can be read', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 3 }),
        identities,
        fc.constantFrom('2012-10-17', '2008-10-17'),
        (Statement, chosen, version) => {
          for (const { corrected } of find(Statement, { account, identities: chosen }, version)) {
            if (corrected !== undefined) parseTrustPolicy(JSON.stringify(corrected));
          }
        },
      ),
      scaleRuns(5),
    );
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });
});
