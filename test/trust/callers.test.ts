import assert from 'node:assert/strict';
import { listCallers } from '../../src/trust/callers.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { account, oldProvider, oldUrl } from './company.ts';

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

  it('does not grow with the square of the patterns in a file that IAM would not accept', () => {
    assert.ok(listSubjects(300).length < 20_000);
  });
});
