import assert from 'node:assert/strict';
import { listCallers } from '../../src/trust/callers.ts';
import { refuseIntricate } from '../../src/trust/intricate.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { findWeaknesses } from '../../src/trust/findings.ts';
import { account, byId, entraProvider, entraUrl, oldProvider, oldUrl } from './company.ts';

/** Two comparisons of the subject with so many patterns each. */
function compareTwice(count: number) {
  const patterns = Array.from({ length: count }, (_, index) => String(index));
  return parseTrustPolicy({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: oldProvider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringLike: { [`${oldUrl}:sub`]: patterns.map(one => `sc://contoso/P${one}*/aws*x${one}`) },
        StringNotLike: { [`${oldUrl}:sub`]: patterns.map(one => `sc://contoso/*Q${one}*/a?s*`) },
      },
    },
  });
}

function listSubjects(count: number): readonly string[] {
  const source = { account, issuers: [{ url: oldUrl, account }], identities: [], spellings: false };
  return listCallers(compareTwice(count), source).map(({ subject }) => subject);
}

describe('trust/callers', () => {
  it('has somebody for each pair of patterns, of as many as a policy has room for', () => {
    const subjects = listSubjects(70);
    assert.ok(JSON.stringify(compareTwice(70).document).length > 4096);
    for (const [one, other] of [
      [0, 0],
      [0, 69],
      [69, 0],
      [69, 69],
    ]) {
      const both = new RegExp(`^sc://contoso/P${one}(?!\\d).*Q${other}(?!\\d).*/aws.*x${one}$`);
      assert.ok(
        subjects.some(subject => both.test(subject)),
        String(both),
      );
    }
  });
});

describe('trust/intricate', () => {
  const list = <T>(count: number, write: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, at) => write(at));
  const policy = (Condition: object, Federated: string | readonly string[] = entraProvider) => ({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition,
    },
  });
  const [sub, aud] = [`${entraUrl}:sub`, `${entraUrl}:aud`];
  /** So many of them, with the one of the provider. */
  const tenants = (count: number) =>
    Object.fromEntries(
      list(count - 1, at => [`${entraUrl.replace(/\/.{8}/, `/${10_000_000 + at}`)}:sub`, '0'] as const),
    );
  const rows: readonly (readonly [string, object, RegExp | undefined])[] = [
    ['patterns', { StringLike: { [sub]: list(890, () => '*') } }, undefined],
    ['more patterns', { StringLike: { [sub]: list(1025, at => `${at}*`) } }, /has 1025 patterns for one claim/],
    ['stars', { StringLike: { [sub]: '*a'.repeat(890) }, StringNotLike: { [sub]: '*b'.repeat(890) } }, undefined],
    [
      'more stars',
      { StringLike: { [sub]: '*a'.repeat(1500) }, StringNotLike: { [sub]: '*b'.repeat(1500) } },
      /have 9000000 pairs/,
    ],
    [
      'stars on ten keys',
      { StringLike: Object.fromEntries(list(10, at => [`${at}:sub`, '*'.repeat(370)] as const)) },
      undefined,
    ],
    ['audiences', { StringEquals: { [sub]: list(280, String), [aud]: list(280, String) } }, undefined],
    ['the same audience', { StringEquals: { [sub]: list(600, () => ''), [aud]: list(600, () => '') } }, undefined],
    [
      'more audiences',
      { StringEquals: { [sub]: list(1600, String), [aud]: list(1600, String) } },
      /2560000 combinations of a subject/,
    ],
    ['tenants', { StringEquals: { ...tenants(14), [aud]: list(220, String), [sub]: list(220, String) } }, undefined],
    [
      'more tenants',
      { StringEquals: { ...tenants(40), [aud]: list(250, String), [sub]: list(250, String) } },
      /2500000 combinations of a subject/,
    ],
  ];
  for (const [name, condition, refused] of rows) {
    it(`${refused === undefined ? 'reads a policy of what IAM has room for' : 'refuses more than IAM has room for'}: ${name}`, () => {
      const document = policy(condition);
      assert.equal(JSON.stringify(document).length > 4096, refused !== undefined);
      const judge = () => {
        refuseIntricate(parseTrustPolicy(document).statements);
      };
      if (refused === undefined) judge();
      else assert.throws(judge, refused);
    });
  }

  const urls = list(250, at => `${at}.example`);
  const large: readonly (readonly [string, object])[] = [
    ['subjects', policy({ StringEquals: { [sub]: list(1500, at => `b${at}`), [aud]: list(500, at => `a${at}`) } })],
    [
      'providers',
      policy(
        { StringEquals: { '0.example:sub': 'x', '0.example:aud': list(500, at => `a${at}`) } },
        urls.map(url => `arn:aws:iam::111111111111:oidc-provider/${url}`),
      ),
    ],
  ];
  for (const [name, document] of large) {
    it(`judges a larger policy of many ${name} in seconds`, () => {
      const start = performance.now();
      findWeaknesses(parseTrustPolicy(document), { account, identities: [byId] });
      assert.ok(performance.now() - start < 10_000, 'more than ten seconds');
    });
  }
});
