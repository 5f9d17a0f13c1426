import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { pages } from './iam-pages.ts';

const provider = 'arn:aws:iam::111111111111:oidc-provider/vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const allow = { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' };
const federated = { type: 'Federated', value: provider };

describe(`trust/trust-policy (${pages.grammar})`, () => {
  it('reads one statement', () => {
    const policy = parseTrustPolicy({ Version: '2012-10-17', Statement: allow });
    assert.equal(policy.version, '2012-10-17');
    assert.deepEqual(policy.statements, [
      {
        index: 0,
        sid: undefined,
        effect: 'Allow',
        principals: { negated: false, listed: [federated] },
        actions: { negated: false, patterns: ['sts:AssumeRoleWithWebIdentity'] },
        conditions: [],
        unknownElements: [],
      },
    ]);
  });

  it('reads text, and statements in a list with Sid and Id', () => {
    const document = {
      Id: 'mine',
      Version: '2008-10-17',
      Statement: [allow, { ...allow, Sid: 'Two', Effect: 'Deny' }],
    };
    const policy = parseTrustPolicy(JSON.stringify(document));
    assert.deepEqual(policy.document, document);
    assert.deepEqual(
      policy.statements.map(({ index, sid, effect }) => ({ index, sid, effect })),
      [
        { index: 0, sid: undefined, effect: 'Allow' },
        { index: 1, sid: 'Two', effect: 'Deny' },
      ],
    );
  });

  it(`takes a policy without Version for one of 2008-10-17 (${pages.version})`, () => {
    assert.equal(parseTrustPolicy({ Statement: [allow] }).version, '2008-10-17');
  });

  it('keeps what it does not know, and names it', () => {
    const document = { Statement: [{ ...allow, Resource: '*', Color: 1 }], Comment: 'x' };
    const policy = parseTrustPolicy(document);
    assert.equal(policy.document, document);
    assert.deepEqual(policy.unknownElements, ['Comment']);
    assert.deepEqual(policy.statements[0]?.unknownElements, ['Resource', 'Color']);
  });

  it('takes a key under several operators, and several keys under one', () => {
    const Condition = { StringEquals: { a: 'x', ab: 'x' }, StringLike: { A: 'x' } };
    const [statement] = parseTrustPolicy(JSON.stringify({ Statement: { ...allow, Condition } })).statements;
    assert.equal(statement?.conditions.length, 3);
  });

  const principals = [
    { name: 'a star', Principal: '*', listed: [{ type: '*', value: '*' }] },
    { name: 'everyone at AWS', Principal: { AWS: '*' }, listed: [{ type: 'AWS', value: '*' }] },
    {
      name: 'a list',
      Principal: { Federated: [provider, 'x'] },
      listed: [federated, { type: 'Federated', value: 'x' }],
    },
    {
      name: 'several kinds',
      Principal: { AWS: '1', Service: 'ec2.amazonaws.com', CanonicalUser: 'c', Federated: provider },
      listed: [
        { type: 'AWS', value: '1' },
        { type: 'Service', value: 'ec2.amazonaws.com' },
        { type: 'CanonicalUser', value: 'c' },
        federated,
      ],
    },
    { name: 'nobody', Principal: {}, listed: [] },
    { name: 'an empty list', Principal: { AWS: [] }, listed: [] },
  ];
  for (const { name, Principal, listed } of principals) {
    it(`reads as principals ${name}`, () => {
      const [statement] = parseTrustPolicy({ Statement: { ...allow, Principal } }).statements;
      assert.deepEqual(statement?.principals, { negated: false, listed });
    });
  }

  it('reads NotPrincipal and NotAction', () => {
    const Statement = { Effect: 'Deny', NotPrincipal: { AWS: '1' }, NotAction: ['sts:*', 'iam:*'] };
    const [statement] = parseTrustPolicy({ Statement }).statements;
    assert.deepEqual(statement?.principals, { negated: true, listed: [{ type: 'AWS', value: '1' }] });
    assert.deepEqual(statement.actions, { negated: true, patterns: ['sts:*', 'iam:*'] });
  });

  it('reads conditions line by line, numbers and booleans as text', () => {
    const Condition = {
      StringEquals: { a: 'x', b: ['y', 'z'] },
      Bool: { c: true },
      NumericEquals: { d: [1, 2.5] },
      Null: {},
    };
    const [statement] = parseTrustPolicy({ Statement: { ...allow, Condition } }).statements;
    assert.deepEqual(statement?.conditions, [
      { operator: 'StringEquals', key: 'a', values: ['x'] },
      { operator: 'StringEquals', key: 'b', values: ['y', 'z'] },
      { operator: 'Bool', key: 'c', values: ['true'] },
      { operator: 'NumericEquals', key: 'd', values: ['1', '2.5'] },
    ]);
  });

  const key = { 'vstoken.dev.azure.com/x:sub': null };
  const refused: readonly { readonly name: string; readonly source: unknown; readonly found: string }[] = [
    { name: 'no JSON', source: '{', found: 'line 1, column 2: it has the end of the text, but "}" is missing' },
    { name: 'a comma too many', source: '{\n"a":1,\n}', found: 'line 2, column 6: it has a comma before' },
    { name: 'nothing', source: '', found: 'line 1, column 1: it has nothing' },
    { name: 'a list', source: [allow], found: '$: it has a list' },
    { name: 'null', source: null, found: '$: it has null' },
    { name: 'a number', source: '7', found: '$: it has 7' },
    { name: 'more than a megabyte', source: ' '.repeat(1_000_001), found: '$: it has 1000001 characters' },
    {
      name: 'another version',
      source: { Version: '2020-01-01', Statement: allow },
      found: '$.Version: it has "2020-01-01"',
    },
    {
      name: 'a version that is a number',
      source: { Version: 2012, Statement: allow },
      found: '$.Version: it has 2012',
    },
    { name: 'an Id that is no text', source: { Id: 1, Statement: allow }, found: '$.Id: it has 1' },
    { name: 'no statement', source: {}, found: '$.Statement: it has nothing' },
    { name: 'an empty list', source: { Statement: [] }, found: '$.Statement: it has an empty list' },
    { name: 'a statement that is text', source: { Statement: ['x'] }, found: '$.Statement[0]: it has "x"' },
    { name: 'a Sid that is no text', source: { Statement: { ...allow, Sid: 1 } }, found: '$.Statement.Sid: it has 1' },
    { name: 'no effect', source: { Statement: [allow, {}] }, found: '$.Statement[1].Effect: it has nothing' },
    {
      name: 'letter case',
      source: { Statement: { ...allow, Effect: 'allow' } },
      found: '$.Statement.Effect: it has "allow"',
    },
    {
      name: 'no principal',
      source: { Statement: { ...allow, Principal: undefined } },
      found: 'no Principal or NotPrincipal',
    },
    { name: 'two', source: { Statement: { ...allow, NotPrincipal: '*' } }, found: 'both Principal or NotPrincipal' },
    { name: 'no action', source: { Statement: { ...allow, Action: undefined } }, found: 'no Action or NotAction' },
    { name: 'two actions', source: { Statement: { ...allow, NotAction: '*' } }, found: 'both Action or NotAction' },
    {
      name: 'a principal that is text',
      source: { Statement: { ...allow, Principal: provider } },
      found: '.Principal: it has "arn',
    },
    {
      name: 'a kind of principal that IAM does not have',
      source: { Statement: { ...allow, Principal: { federated: provider } } },
      found: '$.Statement.Principal.federated: it has "federated"',
    },
    {
      name: 'a principal that is a number',
      source: { Statement: [{ ...allow, Principal: { AWS: ['1', 2] } }] },
      found: '$.Statement[0].Principal.AWS[1]: it has 2',
    },
    {
      name: 'an action that is none',
      source: { Statement: { ...allow, Action: {} } },
      found: '$.Statement.Action: it has an object',
    },
    {
      name: 'a list of conditions',
      source: { Statement: { ...allow, Condition: [] } },
      found: '.Condition: it has an empty list',
    },
    {
      name: 'an operator without keys',
      source: { Statement: { ...allow, Condition: { StringEquals: 'x' } } },
      found: '$.Statement.Condition.StringEquals: it has "x"',
    },
    {
      name: 'null for a value',
      source: { Statement: [{ ...allow, Condition: { 'ForAnyValue:StringLike': key } }] },
      found: '$.Statement[0].Condition["ForAnyValue:StringLike"]["vstoken.dev.azure.com/x:sub"]: it has null',
    },
    {
      name: 'a key twice in differing letter case',
      source: { Statement: [{ ...allow, Condition: { StringEquals: { 'a:b': 'x', 'A:b': 'y' } } }] },
      found: '$.Statement[0].Condition.StringEquals["A:b"]: it has this key again in another letter case',
    },
    {
      name: 'an element twice',
      source: JSON.stringify({ Statement: { ...allow, Sid: 'x' } }).replace('"Sid"', '"Effect":"Deny","Sid"'),
      found: '$.Statement.Effect: it has this name a second time',
    },
    {
      name: 'an operator twice',
      source: JSON.stringify({
        Statement: [{ ...allow, Condition: { StringEquals: { a: 'x' }, StringLike: { a: 'y' } } }],
      }).replace('StringLike', 'StringEquals'),
      found: '$.Statement[0].Condition.StringEquals: it has this name a second time',
    },
    {
      name: 'a list in a list',
      source: { Statement: { ...allow, Condition: { StringEquals: { a: ['x', ['y']] } } } },
      found: '$.Statement.Condition.StringEquals.a[1]: it has a list',
    },
  ];
  for (const { name, source, found } of refused) {
    it(`refuses ${name}, and says where`, () => {
      assert.throws(
        () => parseTrustPolicy(source),
        (error: unknown) =>
          error instanceof WifError && error.code === 'TrustPolicyUnreadable' && error.message.includes(found),
      );
    });
  }
});
