import assert from 'node:assert/strict';
import { openAccount } from '../../src/aws/account.ts';
import type { IamChange } from '../../src/account/iam.ts';
import { IamError } from '../../src/aws/iam-error.ts';
import { leadTo, setEnvironment, startAccount } from '../cli/setup-scene.ts';
import { iamFaults, type IamServer } from './iam.ts';

const arn = 'arn:aws:iam::111111111111:oidc-provider/example.com/x';
const trust = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
const made = {
  arn: 'arn:aws:iam::111111111111:role/a/made',
  name: 'made',
  path: '/a/',
  trustPolicy: trust(allow),
  maxSessionSeconds: 7200,
  boundaryArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  description: 'made by a test',
  tags: { a: 'b' },
} as const;
const role = { kind: 'create-role', ...made } as const;
const provider = {
  kind: 'create-provider',
  arn,
  issuerUrl: 'https://example.com/x',
  clientIds: ['one'],
  tags: { a: 'b' },
} as const;
const set = (trustPolicy: string) => ({ kind: 'set-trust-policy', roleName: 'made', trustPolicy }) as const;

describe('IAM and its stand-in', () => {
  let iam: IamServer;
  let restore: () => void;
  beforeEach(async () => {
    iam = await startAccount();
    restore = setEnvironment(leadTo(iam));
  });
  afterEach(async () => {
    restore();
    await iam.close();
  });
  const account = () => openAccount({ partition: 'aws' });
  const apply = async (...changes: readonly IamChange[]) => {
    for (const change of changes) await account().apply(change);
  };

  it('tell who the credentials are', async () => {
    assert.deepEqual(await account().readCaller(), {
      accountId: '111111111111',
      partition: 'aws',
      arn: 'arn:aws:iam::111111111111:user/admin',
    });
  });

  it('give back what was written of a role', async () => {
    await apply(
      role,
      { kind: 'attach-policy', roleName: 'made', policyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
      { kind: 'tag-role', roleName: 'made', tags: { c: 'd' } },
      { kind: 'set-session-length', roleName: 'made', maxSessionSeconds: 3600 },
      { kind: 'set-boundary', roleName: 'made', boundaryArn: 'arn:aws:iam::111111111111:policy/boundary' },
      set(trust([allow, allow])),
    );
    const changed = {
      maxSessionSeconds: 3600,
      tags: { a: 'b', c: 'd' },
      boundaryArn: 'arn:aws:iam::111111111111:policy/boundary',
    };
    assert.deepEqual(await account().readRole('made'), { ...made, ...changed, trustPolicy: trust([allow, allow]) });
    assert.deepEqual(await account().listPolicies('made'), {
      attachedArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      inlineNames: [],
    });
    assert.deepEqual(
      (await account().listRoles()).map(one => one.arn),
      [role.arn],
    );
    assert.equal(await account().readRole('absent'), undefined);
  });

  it('give back what was written of a provider', async () => {
    await apply(
      provider,
      { kind: 'add-client-id', arn, clientId: 'two' },
      { kind: 'add-client-id', arn, clientId: 'two' },
      { kind: 'remove-client-id', arn, clientId: 'one' },
      { kind: 'tag-provider', arn, tags: { c: 'd' } },
      { kind: 'set-thumbprints', arn, thumbprints: ['a'.repeat(40)] },
    );
    const state = {
      arn,
      url: 'example.com/x',
      clientIds: ['two'],
      thumbprints: ['a'.repeat(40)],
      tags: { a: 'b', c: 'd' },
    };
    assert.deepEqual(await account().readProvider(arn), state);
    assert.deepEqual(await account().listProviderArns(), [arn]);
    await apply({ kind: 'delete-provider', arn });
    assert.equal(await account().readProvider(arn), undefined);
  });

  const long = trust(Array.from({ length: 30 }, () => allow));
  const refused: readonly { readonly name: string; readonly changes: readonly IamChange[]; readonly code: string }[] = [
    { name: 'a provider twice', changes: [provider, provider], code: 'EntityAlreadyExists' },
    { name: 'a role twice', changes: [role, { ...role, name: 'MADE' }], code: 'EntityAlreadyExists' },
    { name: 'a provider on http', changes: [{ ...provider, issuerUrl: 'http://example.com' }], code: 'InvalidInput' },
    {
      name: '101 client ids',
      changes: [{ ...provider, clientIds: Array.from({ length: 101 }, (_, n) => `id-${n}`) }],
      code: 'LimitExceeded',
    },
    { name: 'a trust policy that is too long', changes: [role, set(long)], code: 'LimitExceeded' },
    { name: 'a trust policy that is no JSON', changes: [role, set('{')], code: 'MalformedPolicyDocument' },
    {
      name: 'a trust policy with a Resource',
      changes: [role, set(trust({ ...allow, Resource: '*' }))],
      code: 'MalformedPolicyDocument',
    },
    {
      name: 'a trust policy without principal',
      changes: [role, set(trust({ Effect: 'Allow', Action: 'x' }))],
      code: 'MalformedPolicyDocument',
    },
    {
      name: 'a federated principal that is none',
      changes: [role, set(trust({ ...allow, Principal: { Federated: '*' } }))],
      code: 'MalformedPolicyDocument',
    },
    {
      name: 'characters past U+00FF',
      changes: [role, set(trust({ ...allow, Sid: '\u0100' }))],
      code: 'ValidationError',
    },
    {
      name: 'a policy that is not there',
      changes: [
        role,
        { kind: 'attach-policy', roleName: 'made', policyArn: 'arn:aws:iam::111111111111:policy/absent' },
      ],
      code: 'NoSuchEntity',
    },
    {
      name: 'a client id for a provider that is not there',
      changes: [{ kind: 'add-client-id', arn, clientId: 'x' }],
      code: 'NoSuchEntity',
    },
    {
      name: 'a session that is too long',
      changes: [role, { kind: 'set-session-length', roleName: 'made', maxSessionSeconds: 43_201 }],
      code: 'ValidationError',
    },
  ];
  for (const { name, changes, code } of refused) {
    it(`refuse ${name}: ${code}`, async () => {
      await apply(...changes.slice(0, -1));
      const before = iam.snapshot('111111111111');
      await assert.rejects(apply(...changes.slice(-1)), (thrown: unknown) => {
        assert.ok(thrown instanceof IamError, String(thrown));
        assert.equal(thrown.awsCode, code);
        return true;
      });
      assert.deepEqual(iam.snapshot('111111111111'), before);
    });
  }

  it('take white space between the parts of a long policy', async () => {
    await apply(role, set(JSON.stringify(JSON.parse(trust(Array.from({ length: 15 }, () => allow))), null, 40)));
  });

  const faults = [
    { name: 'failure', refusal: 'unavailable', done: false },
    { name: 'denied', refusal: 'forbidden', done: false },
    { name: 'throttled', refusal: 'throttled', done: false },
    { name: 'reset', refusal: 'unreachable', done: false },
    { name: 'lost', refusal: 'unreachable', done: true },
  ] as const;
  for (const { name, refusal, done } of faults) {
    it(`name a call that meets "${name}" ${refusal}${done ? ', which was done all the same' : ''}`, async () => {
      await apply(role);
      iam.failCall(1, iamFaults[name], 3);
      await assert.rejects(apply(set(trust([allow, allow]))), {
        name: 'IamError',
        refusal,
        action: 'iam:UpdateAssumeRolePolicy',
      });
      assert.equal(iam.state('111111111111').roles[0]?.trustPolicy === trust([allow, allow]), done);
    });
  }
});
