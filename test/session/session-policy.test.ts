import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compactSessionPolicy, isPolicyArn } from '../../src/session/session-policy.ts';

const policies = [
  { text: '{ "Version": "2012-10-17",\n\t"Statement": [ ] }\n', compact: '{"Version":"2012-10-17","Statement":[]}' },
  { text: '{"Resource":"arn:aws:s3:::a b/*"}', compact: '{"Resource":"arn:aws:s3:::a b/*"}' },
  { text: '{}', compact: '{}' },
  { text: '{ "a b" : "c  d" }', compact: '{"a b":"c  d"}' },
  { text: '{"Sid": "a\\" : {", "n": 1.0}', compact: '{"Sid":"a\\" : {","n":1.0}' },
  { text: '{"\\u0041": "\\/ü"}', compact: '{"\\u0041":"\\/ü"}' },
  { text: '{"a": {"b": 1}, "c": {"b": 2}}', compact: '{"a":{"b":1},"c":{"b":2}}' },
  { text: '{"a": [{"b": 1}, {"b": 2}]}', compact: '{"a":[{"b":1},{"b":2}]}' },
  { text: '{"a": "a", "b": "a"}', compact: '{"a":"a","b":"a"}' },
];

/** Readers differ in which of the two they take. */
const duplicates = [
  { text: '{"Effect":"Deny","Effect":"Allow"}', key: 'Effect' },
  { text: '{"a":{"b":1,"c":2,"b":3}}', key: 'b' },
  { text: '{"a":[{"b":1},{"b":1,"b":2}]}', key: 'b' },
  { text: '{"Effect":"Deny","\\u0045ffect":"Allow"}', key: 'Effect' },
  { text: '{"a":{"b":1},"a":2}', key: 'a' },
  { text: '{"a" :1,"a"\n: 2}', key: 'a' },
  { text: '{"__proto__":1,"__proto__":2}', key: '__proto__' },
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
      assert.deepEqual(compactSessionPolicy(text), { policy: compact });
    });
  }

  for (const text of noPolicies) {
    it(`takes no ${JSON.stringify(text)}`, () => {
      const result = compactSessionPolicy(text);
      assert.match('fault' in result ? result.fault : 'taken', /^is not (?:JSON|a JSON object)$/);
    });
  }

  for (const { text, key } of duplicates) {
    it(`takes no ${text}: a key that stands twice`, () => {
      const result = compactSessionPolicy(text);
      assert.ok('fault' in result);
      const [, found, line, column] =
        /^has the key "(.*)" twice in one object, again in line (\d+), column (\d+)$/.exec(result.fault) ?? [];
      assert.equal(found, key);
      const rest = text.split('\n')[Number(line) - 1]?.slice(Number(column) - 1) ?? '';
      assert.equal(JSON.parse(/^"[^"]*"/.exec(rest)?.[0] ?? ''), key);
    });
  }

  it('changes nothing but white space', () => {
    const policy = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(policy, value => {
        const compacted = compactSessionPolicy(JSON.stringify(value, undefined, 4));
        assert.deepEqual(compacted, { policy: JSON.stringify(value) });
      }),
    );
  });

  for (const { arn, partition, is } of arns) {
    it(`${is ? 'takes' : 'refuses'} "${arn}" as a policy of ${partition}`, () => {
      assert.equal(isPolicyArn(arn, { partition, accountId: '111111111111' }), is);
    });
  }

  it("refuses a policy of another account than the role's", () => {
    const role = { partition: 'aws', accountId: '222222222222' };
    assert.ok(!isPolicyArn('arn:aws:iam::111111111111:policy/teams/net', role));
    assert.ok(isPolicyArn('arn:aws:iam::222222222222:policy/teams/net', role));
  });

  it('takes any account and partition while the role is unknown', () => {
    assert.ok(isPolicyArn('arn:aws-cn:iam::111111111111:policy/a', undefined));
    assert.ok(!isPolicyArn('arn:aws-cn:iam::11111111111:policy/a', undefined));
  });
});
