import assert from 'node:assert/strict';
import type { ConditionBlock } from './trust-conditions.ts';
import { askTrust, readTrustPolicy } from './trust-policy.ts';
import type { Caller, PolicyDocument, Principals, Statement } from './trust-policy.ts';

const provider = 'vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const providerArn = `arn:aws:iam::111111111111:oidc-provider/${provider}`;
const federated: Caller = { kind: 'federated', providerArn };
const hub: Caller = {
  kind: 'session',
  roleArn: 'arn:aws:iam::111111111111:role/ci/hub',
  sessionArn: 'arn:aws:sts::111111111111:assumed-role/hub/run-1',
  accountId: '111111111111',
};

const context = new Map([
  [`${provider}:sub`, ['sc://contoso/Payments/aws']],
  [`${provider}:aud`, ['api://AzureADTokenExchange']],
  ['sts:externalid', ['42']],
  ['aws:principalarn', ['arn:aws:iam::111111111111:role/ci/hub']],
  ['aws:tagkeys', ['team', 'cost']],
]);

function allow(Condition?: ConditionBlock, Principal: string | Principals = { Federated: providerArn }): Statement {
  const statement: Statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity' };
  return Condition ? { ...statement, Condition } : statement;
}

function ask(Statement: PolicyDocument['Statement'], caller = federated, action = 'sts:AssumeRoleWithWebIdentity') {
  return askTrust(readTrustPolicy({ Version: '2012-10-17', Statement }), { action, caller, context });
}

describe('fakes/trust-policy', () => {
  const sub = `${provider}:sub`;
  for (const { name, condition, admitted } of [
    { name: 'no condition', condition: {}, admitted: true },
    { name: 'StringEquals', condition: { StringEquals: { [sub]: 'sc://contoso/Payments/aws' } }, admitted: true },
    {
      name: 'a key in other letter case',
      condition: { StringEquals: { [sub.toUpperCase()]: 'sc://contoso/Payments/aws' } },
      admitted: true,
    },
    {
      name: 'a value in other letter case',
      condition: { StringEquals: { [sub]: 'SC://contoso/Payments/aws' } },
      admitted: false,
    },
    {
      name: 'IgnoreCase',
      condition: { StringEqualsIgnoreCase: { [sub]: 'SC://contoso/Payments/aws' } },
      admitted: true,
    },
    { name: 'a star in StringEquals', condition: { StringEquals: { [sub]: 'sc://contoso/*' } }, admitted: false },
    { name: 'a star in StringLike', condition: { StringLike: { [sub]: 'sc://contoso/*' } }, admitted: true },
    {
      name: 'a question mark',
      condition: { StringLike: { [sub]: 'sc://contoso/Payments/aw?' } },
      admitted: true,
    },
    { name: 'an escaped star', condition: { StringLike: { [sub]: 'sc://contoso/${*}' } }, admitted: false },
    { name: 'a list', condition: { StringEquals: { [sub]: ['x', 'sc://contoso/Payments/aws'] } }, admitted: true },
    { name: 'a missing key', condition: { StringEquals: { [`${provider}:tid`]: 'x' } }, admitted: false },
    { name: 'IfExists', condition: { StringEqualsIfExists: { [`${provider}:tid`]: 'x' } }, admitted: true },
    { name: 'a negated missing key', condition: { StringNotEquals: { [`${provider}:tid`]: 'x' } }, admitted: true },
    {
      name: 'a negated match',
      condition: { StringNotLike: { [sub]: ['x', 'sc://contoso/*'] } },
      admitted: false,
    },
    {
      name: 'ForAllValues without the key',
      condition: { 'ForAllValues:StringEquals': { [`${provider}:amr`]: 'x' } },
      admitted: true,
    },
    {
      name: 'ForAnyValue without the key',
      condition: { 'ForAnyValue:StringEquals': { [`${provider}:amr`]: 'x' } },
      admitted: false,
    },
    {
      name: 'ForAnyValue with one of two',
      condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } },
      admitted: true,
    },
    {
      name: 'ForAllValues with one of two',
      condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' } },
      admitted: false,
    },
    { name: 'Null of a missing key', condition: { Null: { [`${provider}:tid`]: 'true' } }, admitted: true },
    { name: 'Null of a present key', condition: { Null: { [sub]: 'true' } }, admitted: false },
    { name: 'a variable', condition: { StringEquals: { 'sts:ExternalId': '${sts:ExternalId}' } }, admitted: true },
    {
      name: 'a variable without value',
      condition: { StringLike: { [sub]: '*${aws:nothing}*' } },
      admitted: false,
    },
    {
      name: 'an ARN whose star would cross a colon',
      condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:*:role/ci/hub' } },
      admitted: false,
    },
    {
      name: 'an ARN with a star inside a part',
      condition: { ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::111111111111:role/*' } },
      admitted: true,
    },
    {
      name: 'two keys of which one fails',
      condition: { StringEquals: { [sub]: 'sc://contoso/Payments/aws', [`${provider}:aud`]: 'other' } },
      admitted: false,
    },
  ]) {
    it(`${admitted ? 'admits' : 'refuses'}: ${name}`, () => {
      assert.equal(ask(allow(condition)), admitted ? 'allowed' : 'refused');
    });
  }

  it('lets a Deny win', () => {
    assert.equal(ask([allow(), { ...allow(), Effect: 'Deny' }]), 'refused');
    const other = { StringEquals: { [sub]: 'other' } };
    assert.equal(ask([allow(), { ...allow(other), Effect: 'Deny' }]), 'allowed');
  });

  it('matches actions without letter case and with stars', () => {
    assert.equal(ask({ ...allow(), Action: ['sts:tagsession', 'STS:Assume*'] }), 'allowed');
    assert.equal(ask({ ...allow(), Action: 'sts:AssumeRole' }), 'refused');
  });

  it('tells trust in a role from trust in its account', () => {
    const trust = (AWS: string) => ask({ ...allow(), Principal: { AWS }, Action: 'sts:*' }, hub, 'sts:AssumeRole');
    assert.equal(trust('arn:aws:iam::111111111111:role/ci/hub'), 'allowed');
    assert.equal(trust('arn:aws:sts::111111111111:assumed-role/hub/run-1'), 'allowed');
    assert.equal(trust('arn:aws:iam::111111111111:root'), 'allowed-for-account');
    assert.equal(trust('111111111111'), 'allowed-for-account');
    assert.equal(trust('arn:aws:iam::222222222222:root'), 'refused');
    assert.equal(trust('arn:aws:iam::111111111111:role/hub'), 'refused');
  });

  it('expands no variables in policies without the new version', () => {
    const policy = readTrustPolicy({ Statement: allow({ StringLike: { [sub]: 'sc:${*}' } }) });
    const question = { action: 'sts:AssumeRoleWithWebIdentity', caller: federated, context };
    assert.equal(askTrust(policy, question), 'refused');
  });

  const strange: readonly (readonly [string, Statement])[] = [
    ['NotPrincipal', Object.assign(allow(), { NotPrincipal: '*' })],
    ['an unknown operator', allow({ StringMatches: { [sub]: 'x' } })],
    ['an unknown effect', { ...allow(), Effect: 'Maybe' }],
  ];
  for (const [name, statement] of strange) {
    it(`says so rather than guess at ${name}`, () => {
      assert.throws(() => readTrustPolicy({ Statement: statement }), /stand-in/);
    });
  }
});
