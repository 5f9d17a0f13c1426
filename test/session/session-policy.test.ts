import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compactSessionPolicy, isPolicyArn } from '../../src/session/session-policy.ts';

const policies = [
  { text: '{ "Version": "2012-10-17",\n\t"Statement": [ ] }\n', compact: '{"Version":"2012-10-17","Statement":[]}' },
  { text: '{"Resource":"arn:aws:s3:::a b/*"}', compact: '{"Resource":"arn:aws:s3:::a b/*"}' },
  { text: '{}', compact: '{}' },
];

const noPolicies = [
  '',
  ' ',
  '[]',
  '[{}]',
  'null',
  'true',
  '1',
  '"text"',
  '{',
  "{'a':1}",
  '{"a":1,}',
  '{"a":1} {"b":2}',
  '// c\n{}',
  'Version: 1',
];

const arns = [
  { arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess', partition: 'aws', is: true },
  { arn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaRole', partition: 'aws', is: true },
  { arn: 'arn:aws:iam::111111111111:policy/teams/net', partition: 'aws', is: true },
  { arn: 'arn:aws-cn:iam::aws:policy/ReadOnlyAccess', partition: 'aws-cn', is: true },
  { arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess', partition: 'aws-cn', is: false },
  { arn: 'arn:aws-cn:iam::aws:policy/ReadOnlyAccess', partition: 'aws', is: false },
  { arn: 'arn:aws:iam::aws:policy/', partition: 'aws', is: false },
  { arn: 'arn:aws:iam::aws:role/ReadOnlyAccess', partition: 'aws', is: false },
  { arn: 'arn:aws:iam::amazon:policy/ReadOnlyAccess', partition: 'aws', is: false },
  { arn: 'arn:aws:iam:eu-west-1:aws:policy/ReadOnlyAccess', partition: 'aws', is: false },
  { arn: 'arn:aws:s3::aws:policy/ReadOnlyAccess', partition: 'aws', is: false },
  { arn: 'arn:aws:iam::aws:policy/Read Only', partition: 'aws', is: false },
  { arn: 'ReadOnlyAccess', partition: 'aws', is: false },
  { arn: '', partition: '', is: false },
];

describe('session/session-policy', () => {
  for (const { text, compact } of policies) {
    it(`makes ${JSON.stringify(text)} compact`, () => {
      assert.equal(compactSessionPolicy(text), compact);
    });
  }

  for (const text of noPolicies) {
    it(`takes no ${JSON.stringify(text)}`, () => {
      assert.equal(compactSessionPolicy(text), undefined);
    });
  }

  it('changes nothing but white space', () => {
    const policy = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(policy, value => {
        assert.deepEqual(compactSessionPolicy(JSON.stringify(value, undefined, 4)), JSON.stringify(value));
      }),
    );
  });

  for (const { arn, partition, is } of arns) {
    it(`${is ? 'takes' : 'refuses'} "${arn}" as a policy of ${partition}`, () => {
      assert.equal(isPolicyArn(arn, partition), is);
    });
  }
});
