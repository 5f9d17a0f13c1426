import assert from 'node:assert/strict';
import { findExposedRoles } from '../../src/account/exposure.ts';

const url = 'login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0';
const arn = `arn:aws:iam::111111111111:oidc-provider/${url}`;
const sub = `${url}:sub`;
const allow = {
  Effect: 'Allow',
  Principal: { Federated: arn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [sub]: '/eid1/c/pub/x' } },
};
const policy = (...Statement: readonly unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const find = (trustPolicy: string) =>
  findExposedRoles({ arn, url }, [{ arn: 'arn:aws:iam::111111111111:role/r', name: 'r', path: '/', trustPolicy }]);

describe('roles that a provider exposes', () => {
  const condition = (Condition: unknown) => policy({ ...allow, Condition });
  const exposed = [
    { name: 'no condition', trust: condition({}) },
    { name: 'an audience alone', trust: condition({ StringEquals: { [`${url}:aud`]: 'x' } }) },
    { name: 'a pattern', trust: condition({ StringLike: { [sub]: '/eid1/c/pub/*' } }) },
    { name: 'a pattern without wildcards', trust: condition({ StringLike: { [sub]: 'x' } }) },
    { name: 'letter case ignored', trust: condition({ StringEqualsIgnoreCase: { [sub]: 'x' } }) },
    { name: 'IfExists', trust: condition({ StringEqualsIfExists: { [sub]: 'x' } }) },
    { name: 'ForAllValues', trust: condition({ 'ForAllValues:StringEquals': { [sub]: 'x' } }) },
    { name: 'a negation', trust: condition({ StringNotEquals: { [sub]: 'x' } }) },
    { name: 'a policy variable', trust: condition({ StringEquals: { [sub]: `\${${sub}}` } }) },
    { name: 'a variable beside a literal', trust: condition({ StringEquals: { [sub]: ['x', '${aws:userid}'] } }) },
    { name: 'the subject of another provider', trust: condition({ StringEquals: { 'example.com:sub': 'x' } }) },
    {
      name: 'everyone, with a claim of another provider that may be missing',
      trust: policy({ ...allow, Principal: '*', Condition: { StringEqualsIfExists: { 'example.com:sub': 'x' } } }),
    },
    {
      name: 'everyone and the provider by name, with a claim of another one',
      trust: policy({
        ...allow,
        Principal: { AWS: '*', Federated: arn },
        Condition: { StringEquals: { 'example.com:sub': 'x' } },
      }),
    },
    { name: 'the second statement', trust: policy(allow, { ...allow, Sid: 'Open', Condition: {} }) },
    { name: 'everyone', trust: policy({ ...allow, Principal: '*', Condition: {} }) },
    { name: 'everyone of AWS', trust: policy({ ...allow, Principal: { AWS: '*' }, Condition: {} }) },
    { name: 'NotPrincipal', trust: policy({ Effect: 'Allow', NotPrincipal: { AWS: 'x' }, Action: 'sts:*' }) },
    { name: 'all actions', trust: policy({ ...allow, Action: '*', Condition: {} }) },
    { name: 'NotAction', trust: policy({ Effect: 'Allow', Principal: allow.Principal, NotAction: 'sts:TagSession' }) },
    {
      name: 'another letter case',
      trust: policy({ ...allow, Principal: { Federated: arn.toUpperCase() }, Condition: {} }),
    },
    { name: 'a policy that cannot be read', trust: `{"Version":"2030-01-01","Statement":[],"x":"${arn}"}` },
  ];
  for (const { name, trust } of exposed) {
    it(name, () => {
      assert.deepEqual(
        find(trust).map(({ roleArn, provider }) => [roleArn, provider]),
        [['arn:aws:iam::111111111111:role/r', url]],
      );
    });
  }

  it('name the statement', () => {
    assert.equal(
      find(policy(allow, { ...allow, Sid: 'Open', Condition: {} }))[0]?.why,
      `statement 2 (Open) has no StringEquals on ${sub}`,
    );
  });

  const closed = [
    { name: 'an exact subject', trust: policy(allow) },
    {
      name: 'everyone with the exact subject of another provider',
      trust: policy({
        ...allow,
        Principal: '*',
        Condition: { StringEquals: { 'vstoken.dev.azure.com/x:sub': 'sc://a/b/c' } },
      }),
    },
    { name: 'several exact subjects', trust: condition({ StringEquals: { [sub]: ['x', 'y'] } }) },
    { name: 'a key in another letter case', trust: condition({ StringEquals: { [sub.toUpperCase()]: 'x' } }) },
    { name: 'ForAnyValue', trust: condition({ 'ForAnyValue:StringEquals': { [sub]: 'x' } }) },
    { name: 'a dollar that is escaped', trust: condition({ StringEquals: { [sub]: 'a${$}{b}' } }) },
    { name: 'a Deny', trust: policy({ ...allow, Effect: 'Deny', Condition: {} }) },
    { name: 'another provider', trust: policy({ ...allow, Principal: { Federated: `${arn}/other` }, Condition: {} }) },
    { name: 'another action', trust: policy({ ...allow, Action: 'sts:AssumeRole', Condition: {} }) },
    { name: 'a service', trust: policy({ ...allow, Principal: { Service: 'ec2.amazonaws.com' }, Condition: {} }) },
    { name: 'an unreadable policy about something else', trust: '{"Version":"2030-01-01","Statement":[]}' },
  ];
  for (const { name, trust } of closed) {
    it(`are none by ${name}`, () => {
      assert.deepEqual(find(trust), []);
    });
  }
});
