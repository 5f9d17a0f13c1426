import assert from 'node:assert/strict';
import { findWeaknesses } from '../../src/trust/findings.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { connectionId, entraSubject, organizationId, tenantId } from '../cli/company.ts';
import { readPages } from './pages.ts';

/** What a reader puts instead of the words in angle brackets. */
const filled: readonly (readonly [string, string])[] = [
  ['<tenant id>', tenantId],
  ['<organization id>', organizationId],
  ['<connection id>', connectionId],
  ['<subject of the service connection>', entraSubject],
  ['<organization>', 'contoso'],
  ['<project>', 'Payments'],
  ['<connection>', 'aws'],
];

/** A policy for the old issuer is shown as what it is: the page says that it is retired. */
const saidByThePage = ['RetiringIssuerOnly'];

function judge(text: string): readonly string[] {
  const whole = filled.reduce((policy, [word, value]) => policy.replaceAll(word, value), text);
  assert.doesNotMatch(whole, /<[^>]+>/, 'a word in angle brackets that nobody fills');
  const known = { account: { accountId: '111111111111', partition: 'aws' } } as const;
  const account = whole.includes(':111111111111:') ? known : {};
  return findWeaknesses(parseTrustPolicy(whole), account)
    .filter(({ severity }) => severity !== 'low')
    .map(({ code }) => code);
}

describe('docs/trust-policies', () => {
  const policies = readPages()
    .flatMap(({ snippets }) => snippets)
    .filter(({ language, text }) => language === 'json' && text.includes('"sts:AssumeRoleWithWebIdentity"'));

  for (const { place, text } of policies) {
    it(`${place} lets in nobody but whom it names`, () => {
      assert.deepEqual(
        judge(text).filter(code => !saidByThePage.includes(code)),
        [],
      );
    });
  }

  it('finds policies at all', () => {
    assert.ok(policies.length > 0, 'no page has a trust policy');
  });

  it('would see a policy without a subject', () => {
    const [{ text } = { text: '' }] = policies;
    assert.notDeepEqual(judge(text.replace(/"[^"]*:sub": "[^"]*",?/, '').replace(/,(\s*\})/, '$1')), []);
  });
});
