import assert from 'node:assert/strict';
import type { WifError } from '../../../src/errors.ts';
import { describeBuiltInRequest, describeFederatedCall } from '../../../src/trust/control-policies/federated-call.ts';
import { judgeControlPolicy } from '../../../src/trust/control-policies/judge-control.ts';
import { readControlPolicy } from '../../../src/trust/control-policies/read-control-policy.ts';
import { describeWebIdentity } from '../../../src/trust/web-identity.ts';
import { account, entraClaims, entraUrl, githubUrl, oldUrl } from '../company.ts';
import { roleArn } from './scene.ts';

const action = 'sts:AssumeRoleWithWebIdentity';
const request = describeWebIdentity({ claims: entraClaims, account });

function deny(condition: object, more: object = {}): object {
  return {
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: action, Resource: '*', Condition: condition, ...more },
  };
}

function judge(document: object, tags: Readonly<Record<string, string>> | undefined) {
  const call = describeFederatedCall(request, { arn: roleArn, account, tags });
  return judgeControlPolicy(readControlPolicy(JSON.stringify(document), 'test'), call).denies;
}

describe('trust/control-policies/judge-control', () => {
  const sub = `${entraUrl}:sub`;
  const none = `${githubUrl}:sub`;
  const cases: readonly (readonly [name: string, document: object, denies: true | false | 'unknown'])[] = [
    [
      'no statement that denies',
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
      false,
    ],
    ['a Deny without a condition', deny({}), true],
    ['another action', deny({}, { Action: ['sts:AssumeRole', 'sts:AssumeRoleWithSAML'] }), false],
    ['a pattern of actions', deny({}, { Action: 'sts:*' }), true],
    ['NotAction', deny({}, { Action: undefined, NotAction: 's3:*' }), true],
    ['a resource of another account', deny({}, { Resource: 'arn:aws:iam::222222222222:role/*' }), false],
    ['a resource by pattern', deny({}, { Resource: 'arn:aws:iam::*:role/pipelines/*' }), true],
    ['NotResource', deny({}, { Resource: undefined, NotResource: 'arn:aws:iam::*:role/pipelines/*' }), false],
    ['a resource with a variable', deny({}, { Resource: 'arn:aws:iam::${aws:PrincipalAccount}:role/*' }), 'unknown'],
    ['a service control policy', deny({}, { Principal: undefined }), false],
    ['another principal than everyone', deny({}, { Principal: { AWS: 'arn:aws:iam::111111111111:root' } }), false],
    ['Null false on a key that is there', deny({ Null: { [sub]: 'false' } }), true],
    ['Null false on a key that is missing', deny({ Null: { [none]: 'false' } }), false],
    ['Null true on all of several keys', deny({ Null: { [none]: 'true', [`${oldUrl}:sub`]: 'true' } }), true],
    ['Null true on a key that is there among others', deny({ Null: { [none]: 'true', [sub]: 'true' } }), false],
    [
      'a missing key under a negated operator with IfExists',
      deny({ StringNotLikeIfExists: { [none]: 'repo:us/*' } }),
      true,
    ],
    [
      'the same with Null beside it',
      deny({ StringNotLikeIfExists: { [none]: 'repo:us/*' }, Null: { [none]: 'false' } }),
      false,
    ],
    [
      'all keys of one operator, one of which does not hold',
      deny({ StringNotEquals: { [sub]: 'x', [`${entraUrl}:aud`]: entraClaims.azp } }),
      false,
    ],
    ['a key in another letter case', deny({ StringEquals: { [sub.toUpperCase()]: entraClaims.sub } }), true],
    ['a tag that the role has', deny({ StringEquals: { 'aws:ResourceTag/team': 'a' } }), true],
    ['a tag that it has with another value', deny({ StringNotEqualsIfExists: { 'aws:ResourceTag/Team': 'b' } }), true],
    ['a tag that it lacks', deny({ Null: { 'iam:ResourceTag/other': 'true' } }), true],
    ['the account of the role', deny({ StringNotEquals: { 'aws:ResourceAccount': '111111111111' } }), false],
    [
      'the organization of the caller, who has none',
      deny({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-a' } }),
      true,
    ],
    [
      'a service of AWS as the caller',
      deny({ Null: { 'aws:SourceAccount': 'false' }, Bool: { 'aws:PrincipalIsAWSService': 'true' } }),
      false,
    ],
    ['not a service of AWS, by IfExists', deny({ BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } }), true],
    [
      'the same without IfExists, which AWS leaves open',
      deny({ Bool: { 'aws:PrincipalIsAWSService': 'false' } }),
      'unknown',
    ],
    [
      'a provider by name that it is not, on either reading',
      deny({ StringEquals: { 'aws:FederatedProvider': 'www.amazon.com' } }),
      false,
    ],
    [
      'a provider by its ARN, which AWS leaves open',
      deny({ ArnLike: { 'aws:FederatedProvider': `arn:aws:iam::*:oidc-provider/${entraUrl}` } }),
      'unknown',
    ],
    [
      'all providers but this one, the same',
      deny({ StringNotEqualsIfExists: { 'aws:FederatedProvider': request.principal } }),
      'unknown',
    ],
    ['a key that only AWS knows', deny({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }), 'unknown'],
    [
      'one beside another that does not hold',
      deny({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' }, Null: { [none]: 'false' } }),
      false,
    ],
    ['a number that the request does not have', deny({ NumericLessThan: { 'aws:MultiFactorAuthAge': '1' } }), false],
    ['the same with IfExists', deny({ NumericLessThanIfExists: { 'aws:MultiFactorAuthAge': '1' } }), true],
    [
      'an operator that is not evaluated',
      deny({ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }),
      'unknown',
    ],
    ['an element that is not known', deny({}, { Extra: 1 }), 'unknown'],
    ['a variable that AWS may not resolve', deny({ StringNotEquals: { [sub]: '${aws:username}' } }), 'unknown'],
  ];
  for (const [name, document, denies] of cases) {
    it(`${name}: ${String(denies)}`, () => {
      assert.equal(judge(document, { team: 'a' }), denies);
    });
  }

  it('does not know tags and the ARN of a role that was not read', () => {
    assert.equal(judge(deny({ StringEquals: { 'aws:ResourceTag/team': 'a' } }), undefined), 'unknown');
    const call = describeFederatedCall(request, { arn: undefined, account, tags: {} });
    const judged = (resource: string) =>
      judgeControlPolicy(readControlPolicy(deny({}, { Resource: resource }), 'test'), call).denies;
    assert.deepEqual([judged('arn:aws:iam::*:role/a'), judged('*')], ['unknown', true]);
  });

  it('leaves open what IAM gives policies of GitHub besides the subject', () => {
    const claims = { iss: `https://${githubUrl}`, sub: 'repo:a/b', aud: ['x'], azp: undefined };
    const call = describeFederatedCall(describeWebIdentity({ claims, account }), { arn: roleArn, account, tags: {} });
    const judged = (key: string) =>
      judgeControlPolicy(readControlPolicy(deny({ StringNotEquals: { [`${githubUrl}:${key}`]: 'x' } }), 'test'), call)
        .denies;
    assert.deepEqual(['repository', 'sub', 'aud'].map(judged), ['unknown', true, false]);
  });

  it('knows the users of Cognito by their subject, and not by an ARN', () => {
    const cognito = describeBuiltInRequest('cognito-identity.amazonaws.com');
    assert.ok(cognito !== undefined);
    const call = describeFederatedCall(cognito, { arn: roleArn, account, tags: {} });
    const judged = (key: string) =>
      judgeControlPolicy(readControlPolicy(deny({ Null: { [key]: 'true' } }), 'test'), call).denies;
    assert.deepEqual(['cognito-identity.amazonaws.com:sub', 'cognito-identity.amazonaws.com:aud', sub].map(judged), [
      false,
      'unknown',
      true,
    ]);
    assert.equal(describeBuiltInRequest(request.principal), undefined);
  });

  it('names the statement that denies', () => {
    const document = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' },
        {
          ...deny({}),
          Sid: 'Two',
          Effect: 'Deny',
          Principal: '*',
          Action: action,
          Resource: '*',
          Version: undefined,
          Statement: undefined,
        },
      ],
    };
    const text = JSON.stringify(document);
    const { statement } = judgeControlPolicy(
      readControlPolicy(text, 'test'),
      describeFederatedCall(request, { arn: roleArn, account, tags: {} }),
    );
    assert.deepEqual([statement?.index, statement?.sid], [1, 'Two']);
  });
});

describe('trust/control-policies/read-control-policy', () => {
  const document = deny({});
  const wrapped = {
    Policy: { PolicySummary: { Name: 'a', Type: 'RESOURCE_CONTROL_POLICY' }, Content: JSON.stringify(document) },
  };
  for (const [name, source] of [
    ['a document', document],
    ['what describe-policy prints', wrapped],
    ['its member Policy', wrapped.Policy],
  ] as const) {
    it(`reads ${name}, as text and as a value`, () => {
      for (const one of [source, JSON.stringify(source)])
        assert.equal(readControlPolicy(one, 'x').policy.statements.length, 1);
    });
  }

  const refused = [
    '',
    '[]',
    '{}',
    'null',
    '{"Statement":[]}',
    '{"Statement":[1]}',
    '{"Policy":{}}',
    '{"Policy":{"Content":"x"}}',
    '{"Version":"2012-10-17","Statement":{"Effect":"deny","Action":"*"}}',
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":{}}}',
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
  ];
  for (const text of refused) {
    it(`refuses ${text}, naming the policy`, () => {
      assert.throws(
        () => readControlPolicy(text, 'rcp.json'),
        (thrown: WifError) =>
          thrown.code === 'ControlPolicyUnreadable' &&
          /The control policy rcp\.json cannot be read at (?:\$|line 1, column 1:)/.test(thrown.message) &&
          !/trust policy|get-role/.test(thrown.message),
      );
    });
  }
});
