import assert from 'node:assert/strict';
import { diagnoseEach, diagnoseRenewal } from '../../src/diagnosis/diagnose.ts';
import { account } from '../trust/company.ts';
import { call, hub, issuers } from './refused-calls.ts';

describe('diagnosis/diagnose, for several roles', () => {
  const inAccount = (accountId: string, name: string) => ({
    ...account,
    accountId,
    arn: `arn:aws:iam::${accountId}:role/${name}`,
  });

  it('shares a diagnosis among roles of an account that were refused in the same way', () => {
    const calls = ['a', 'b', 'a'].map(name => call('StsAccessDenied', { role: inAccount('111111111111', name) }));
    const { shown, more } = diagnoseEach(calls);
    assert.deepEqual([shown.length, more], [1, 0]);
    assert.match(
      shown[0]?.sent.join('\n') ?? '',
      /role\/a\nrefused in the same way: arn:aws:iam::111111111111:role\/b$/,
    );
  });

  it('keeps accounts, codes and chained roles apart', () => {
    const calls = [
      call('StsAccessDenied'),
      call('StsProviderMissing'),
      call('StsAccessDenied', { caller: hub }),
      call('StsAccessDenied', { role: inAccount('222222222222', 'deploy') }),
      call('StsAnswerUnreadable'),
    ];
    const { shown, more } = diagnoseEach(calls);
    assert.deepEqual([shown.length, more], [4, 0]);
    assert.match(shown[3]?.statement ?? '', /arn:aws:iam::222222222222:oidc-provider/);
  });

  it('shows five, and counts the rest', () => {
    const accounts = Array.from({ length: 12 }, (_, place) => String(100_000_000_000 + place));
    const { shown, more } = diagnoseEach(
      accounts.map(id => call('StsAccessDenied', { role: inAccount(id, 'deploy') })),
    );
    assert.deepEqual([shown.length, more], [5, 7]);
  });

  it('names ten of many roles', () => {
    const calls = Array.from({ length: 200 }, (_, place) =>
      call('StsAccessDenied', { role: inAccount('111111111111', `r${place}`) }),
    );
    assert.match(diagnoseEach(calls).shown[0]?.sent.join('\n') ?? '', /role\/r10 and 189 more$/);
  });
});

describe('diagnosis/diagnose, of an ID token that was not renewed', () => {
  for (const code of [
    'TokenRequestForbidden',
    'TokenRequestUnauthorized',
    'ConnectionNotFound',
    'TokenMissing',
  ] as const) {
    it(`explains ${code}`, () => {
      const diagnosis = diagnoseRenewal(code, issuers.old);
      assert.match(diagnosis?.likely.join('\n') ?? '', /refused the next one/);
      assert.equal(diagnosis?.statement, undefined);
    });
  }

  for (const code of [
    'StsAccessDenied',
    'NetworkTimeout',
    'Canceled',
    'TokenNotForConnection',
    'InternalError',
  ] as const) {
    it(`has none for ${code}`, () => {
      assert.equal(diagnoseRenewal(code, issuers.old), undefined);
    });
  }
});
