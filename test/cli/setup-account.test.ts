import assert from 'node:assert/strict';
import type { AccountRun } from '../../src/cli/accounts/run.ts';
import { foundThumbprint } from '../fakes/iam-state.ts';
import type { IamRole, IamServer } from '../fakes/iam.ts';
import { entraSubject, entraUrl } from './company.ts';
import {
  accountId,
  ask,
  boundary,
  doneOf,
  entraArn,
  entraIdentity,
  leadTo,
  oldArn,
  oldIdentity,
  ownPolicy,
  readOnly,
  setEnvironment,
  setUp,
  startAccount,
  type Saved,
} from './setup-scene.ts';

const codes = ({ problems }: AccountRun): readonly string[] => problems.map(({ code }) => code);
const writes = (iam: IamServer) => iam.calls.filter(({ action }) => !/^(?:Get|List)/.test(action));
const others = {
  Version: '2012-10-17',
  Id: 'kept',
  Statement: [
    { Sid: 'One', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole', Later: [] },
    { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: ['sts:TagSession'], Condition: {} },
  ],
};
const foreign: IamRole = {
  name: 'deploy',
  path: '/teams/',
  trustPolicy: JSON.stringify(others, null, 4),
  description: 'kept',
  tags: { owner: 'others' },
  attachedArns: ['arn:aws:iam::aws:policy/AmazonS3FullAccess'],
  inlineNames: ['inline'],
};
const existing = { existingRole: true };
const noBoundary = { boundaryArn: undefined };

describe('setup of an account', () => {
  let iam: IamServer;
  let restore: () => void;
  const begin = async (change: Parameters<typeof startAccount>[0] = {}) => {
    iam = await startAccount(change);
    restore = setEnvironment(leadTo(iam));
  };
  afterEach(async () => {
    restore();
    await iam.close();
  });

  describe('of nothing', () => {
    it('makes providers and role as asked, reads them back, and finds nothing more to do', async () => {
      await begin();
      const first = await setUp(ask());
      assert.deepEqual([first.status, first.problems], ['done', []]);
      assert.deepEqual(
        first.admissions.map(({ decision }) => decision),
        ['allowed', 'allowed'],
      );
      const made = iam.snapshot(accountId);
      assert.deepEqual(
        made.roles.map(role => ({ ...role, trustPolicy: '' })),
        [
          {
            path: '/',
            name: 'deploy',
            trustPolicy: '',
            description: 'Azure Pipelines, by workload identity federation.',
            maxSessionSeconds: 7200,
            boundaryArn: boundary,
            tags: { team: 'payments', 'managed-by': 'aws-wif' },
            attachedArns: [readOnly, ownPolicy],
            inlineNames: [],
          },
        ],
      );
      const second = await setUp(ask());
      assert.deepEqual([second.status, second.changes], ['unchanged', []]);
      assert.deepEqual(iam.snapshot(accountId), made);
    });

    it('asks who the credentials are before anything else', async () => {
      await begin();
      await setUp(ask());
      assert.equal(iam.calls[0]?.action, 'GetCallerIdentity');
    });

    it('gives no thumbprint, and takes what IAM found for no difference', async () => {
      await begin();
      await setUp(ask());
      assert.ok(
        iam.calls.every(({ parameters }) => parameters.list('ThumbprintList').length === 0),
        'a thumbprint was given',
      );
      assert.deepEqual(
        iam.state(accountId).providers.map(({ thumbprints }) => thumbprints),
        [[foundThumbprint], [foundThumbprint]],
      );
      assert.deepEqual((await setUp(ask())).changes, []);
    });

    it('attaches no policy that was not named', async () => {
      await begin();
      await setUp(ask({}, { policyArns: [] }));
      assert.deepEqual(iam.state(accountId).roles[0]?.attachedArns, []);
    });

    it('saves every document before the first change', async () => {
      await begin();
      const saved: Saved = [];
      let written = 0;
      const run = await setUp(ask({ identities: [entraIdentity] }), {
        saved,
        between: () => {
          written = writes(iam).length;
        },
      });
      assert.equal(written, 0);
      const trust = iam.state(accountId).roles[0]?.trustPolicy ?? '';
      const tags = { team: 'payments', 'managed-by': 'aws-wif' };
      const clientIds = entraIdentity.audiences;
      assert.deepEqual(saved, [
        [
          {
            kind: 'provider',
            arn: entraArn,
            before: null,
            after: { arn: entraArn, url: entraUrl, clientIds, thumbprints: [], tags },
          },
          { kind: 'trust-policy', roleName: 'deploy', before: null, after: trust },
        ],
      ]);
      assert.equal(run.saved, 'saved.json');
    });

    it('changes nothing where nothing can be saved', async () => {
      await begin();
      const saved: Saved = [];
      Object.defineProperty(saved, 'push', {
        value: () => {
          throw new Error('the disk is full');
        },
      });
      const run = await setUp(ask(), { saved });
      assert.deepEqual([run.status, run.exit, doneOf(run), writes(iam)], ['failed', 3, [], []]);
      assert.match(run.problems[0]?.found ?? '', /the disk is full/);
    });
  });

  describe('keeps what is of others', () => {
    it('in a provider: client ids in their order, thumbprints, tags', async () => {
      const clientIds = ['sts.amazonaws.com', entraIdentity.audiences[1] ?? '', 'other'];
      const provider = { url: entraUrl, clientIds, thumbprints: ['a'.repeat(40)], tags: { owner: 'others' } };
      await begin({ providers: [provider] });
      const run = await setUp(ask({ identities: [entraIdentity] }));
      assert.equal(run.status, 'done');
      assert.deepEqual(iam.state(accountId).providers, [
        { ...provider, clientIds: [...clientIds, entraIdentity.audiences[0]] },
      ]);
      assert.equal((await setUp(ask({ identities: [entraIdentity] }))).status, 'unchanged');
    });

    it('in a role: statements, unknown elements, policies, tags, description, path', async () => {
      await begin({ roles: [foreign] });
      const run = await setUp(ask(existing));
      assert.deepEqual([run.status, run.problems], ['done', []]);
      const role = iam.state(accountId).roles[0];
      const after = JSON.parse(role?.trustPolicy ?? '') as typeof others;
      assert.deepEqual({ ...after, Statement: after.Statement.slice(0, 2) }, others);
      assert.deepEqual(Object.keys(after), Object.keys(others));
      assert.equal(after.Statement.length, 4);
      assert.deepEqual(
        [role?.path, role?.description, role?.inlineNames, role?.attachedArns, role?.tags],
        [
          '/teams/',
          'kept',
          ['inline'],
          [...(foreign.attachedArns ?? []), readOnly, ownPolicy],
          { owner: 'others', team: 'payments' },
        ],
      );
      assert.equal((await setUp(ask(existing))).status, 'unchanged');
    });

    it('in a policy with an element that is not known, which only AWS can judge then', async () => {
      const trustPolicy = { ...others, FutureElement: { a: [1, 'two', { b: null }] } };
      await begin({ roles: [{ ...foreign, trustPolicy }] });
      assert.equal((await setUp(ask(existing))).exit, 3);
      const after = JSON.parse(iam.state(accountId).roles[0]?.trustPolicy ?? '') as typeof trustPolicy;
      assert.deepEqual({ ...after, Statement: after.Statement.slice(0, 2) }, trustPolicy);
      assert.deepEqual((await setUp(ask(existing))).changes, []);
    });

    it('in a policy whose one statement stands in no list', async () => {
      const trustPolicy = { ...others, Statement: others.Statement[0] };
      await begin({ roles: [{ ...foreign, trustPolicy }] });
      await setUp(ask(existing));
      const after = JSON.parse(iam.state(accountId).roles[0]?.trustPolicy ?? '') as typeof others;
      assert.deepEqual(after.Statement[0], others.Statement[0]);
      assert.equal(after.Statement.length, 3);
    });

    it('and adds only the statement that is missing', async () => {
      await begin();
      await setUp(ask({ identities: [oldIdentity] }));
      const before = JSON.parse(iam.state(accountId).roles[0]?.trustPolicy ?? '') as typeof others;
      await setUp(ask());
      const after = JSON.parse(iam.state(accountId).roles[0]?.trustPolicy ?? '') as typeof others;
      assert.deepEqual(after.Statement.slice(0, 1), before.Statement);
      assert.equal(after.Statement.length, 2);
    });
  });

  const open = { Effect: 'Allow', Principal: { Federated: entraArn }, Action: 'sts:AssumeRoleWithWebIdentity' };
  const exposed: IamRole = { name: 'open', trustPolicy: { Version: '2012-10-17', Statement: [open] } };
  const many = Array.from({ length: 100 }, (_, place) => `client-${place}`);
  const conflicting = { ...others, Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Action: '*' }] };
  const doubtful = { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } };
  const ownOpen: IamRole = {
    name: 'deploy',
    tags: { 'managed-by': 'aws-wif' },
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          ...open,
          Condition: { StringEquals: { [`${entraUrl}:aud`]: [...entraIdentity.audiences] } },
        },
      ],
    },
  };
  const complete = { url: entraUrl, clientIds: [...entraIdentity.audiences] };
  const onEntra = { identities: [entraIdentity] };
  const bare = { policyArns: [], maxSessionSeconds: undefined, boundaryArn: undefined, tags: {} };
  const refused = [
    {
      name: 'to attach a policy to a role that is open to all of the tenant',
      start: { roles: [ownOpen], providers: [complete] },
      request: ask(onEntra, { ...bare, policyArns: [readOnly] }),
      code: 'RolesExposed',
    },
    {
      name: "to trust a connection in others' role that is open to all of the tenant",
      start: { roles: [{ ...ownOpen, tags: {} }], providers: [complete] },
      request: ask({ ...existing, identities: [entraIdentity, oldIdentity] }, bare),
      code: 'RolesExposed',
    },
    {
      name: 'to make the other provider for a role that is open already',
      start: { roles: [ownOpen], providers: [complete] },
      request: ask({}, bare),
      code: 'RolesExposed',
    },
    { name: 'a role of others without --existing-role', start: { roles: [foreign] }, code: 'RoleNotOurs' },
    { name: 'a provider that a role names without :sub', start: { roles: [exposed] }, code: 'RolesExposed' },
    {
      name: 'a client id for a provider that a role names without :sub',
      start: { roles: [exposed], providers: [{ url: entraUrl, clientIds: [] }] },
      code: 'RolesExposed',
    },
    {
      name: 'another path',
      start: { roles: [foreign] },
      request: ask(existing, { path: '/other/' }),
      code: 'RolePathDiffers',
    },
    {
      name: 'another letter case',
      start: { roles: [foreign] },
      request: ask(existing, { name: 'Deploy' }),
      code: 'RoleNameDiffers',
    },
    {
      name: "another boundary on others' role",
      start: { roles: [{ ...foreign, boundaryArn: readOnly }] },
      request: ask(existing),
      code: 'BoundaryDiffers',
    },
    {
      name: "another tag on others' role",
      start: { roles: [foreign] },
      request: ask(existing, { tags: { owner: 'us' } }),
      code: 'TagDiffers',
    },
    ...[
      { name: 'a policy of AWS that does not exist', policyArns: [readOnly.replace('Only', 'only')] },
      { name: 'a policy of the account that does not exist', policyArns: [readOnly, `${ownPolicy}x`] },
      { name: 'a boundary that does not exist', boundaryArn: `${boundary}x` },
    ].map(({ name, ...policies }) => ({
      name,
      start: {},
      request: ask({}, policies),
      code: 'PolicyNotFound',
    })),
    {
      name: 'a policy of a service-linked role',
      start: { roles: [foreign] },
      request: ask(existing, {
        policyArns: [readOnly.replace(/[^/]+$/, 'aws-service-role/AmazonECSServiceRolePolicy')],
      }),
      code: 'PolicyNotAttachable',
    },
    {
      name: 'a Deny that applies',
      start: { roles: [{ ...foreign, trustPolicy: conflicting }] },
      request: ask(existing),
      code: 'ConnectionDenied',
    },
    {
      name: 'a trust policy that is none',
      start: { roles: [{ ...foreign, trustPolicy: '{"Statement":7}' }] },
      request: ask(existing),
      code: 'TrustUnreadable',
    },
    {
      name: 'a provider that is full',
      start: { providers: [{ url: entraUrl, clientIds: many }] },
      code: 'ClientIdsFull',
    },
    {
      name: 'credentials of another account',
      start: {},
      request: ask({ account: { accountId: '222222222222', partition: 'aws' } }),
      code: 'AccountDiffers',
    },
    {
      name: 'credentials of another partition',
      start: { partition: 'aws-us-gov' },
      request: ask(),
      code: 'AccountDiffers',
    },
  ];
  for (const { name, start, request = ask(), code } of refused) {
    it(`refuses ${name}, and changes nothing`, async () => {
      await begin(start);
      const before = iam.snapshot(accountId);
      const run = await setUp(request);
      assert.deepEqual([run.status, run.exit], ['refused', 1]);
      assert.ok(codes(run).includes(code), codes(run).join());
      assert.deepEqual([writes(iam), iam.snapshot(accountId)], [[], before]);
    });
  }

  it('attaches policies that the credentials may not read, with a warning', async () => {
    await begin({ denied: ['GetPolicy'] });
    const run = await setUp(ask());
    assert.deepEqual([run.status, run.exit], ['done', 0]);
    assert.match(run.warnings.join(), /^Could not check whether \S+, \S+, \S+ exists: .* iam:GetPolicy\.$/);
  });

  it('finds a role that is open to all of the tenant, though nothing is to be changed', async () => {
    await begin({ roles: [ownOpen], providers: [complete] });
    const run = await setUp(ask(onEntra, bare));
    assert.deepEqual([run.status, run.exit, codes(run), run.changes], ['unchanged', 1, ['RolesExposed'], []]);
    assert.match(run.problems[0]?.found ?? '', /role\/deploy \(for .*: statement 1 has no StringEquals on .*:sub\)/);
    const accepted = await setUp(ask({ ...onEntra, acceptExposedRoles: true }, bare));
    assert.deepEqual([accepted.status, accepted.exit, accepted.problems], ['unchanged', 0, []]);
    assert.match(accepted.warnings[0] ?? '', /^The role allows more than specific connections, which you/);
  });

  it('strengthens a role that is open to all of the tenant where that is accepted, with a warning', async () => {
    await begin({ roles: [ownOpen], providers: [complete] });
    const run = await setUp(ask({ ...onEntra, acceptExposedRoles: true }, { ...bare, policyArns: [readOnly] }));
    assert.deepEqual([run.status, run.exit], ['done', 0]);
    assert.deepEqual(
      run.exposed.map(({ roleArn }) => roleArn),
      [`arn:aws:iam::${accountId}:role/deploy`],
    );
    assert.equal(run.warnings.length, 1);
  });

  describe('where the trust policy would be longer than 2048 characters', () => {
    const identities = Array.from({ length: 60 }, (_, place) => ({
      ...oldIdentity,
      subject: `sc://contoso/Payments/${'n'.repeat(20)}${place}`,
    }));
    for (const { start, roles } of [
      { start: 'a new role', roles: [] },
      { start: 'a standing one', roles: [{ name: 'deploy', tags: { 'managed-by': 'aws-wif' }, trustPolicy: others }] },
    ]) {
      it(`refuses ${start} before anything is changed`, async () => {
        await begin({ roles });
        const run = await setUp(ask({ identities }));
        assert.deepEqual([run.status, run.exit, codes(run)], ['refused', 1, ['TrustTooLarge']]);
        assert.match(run.problems[0]?.remedy ?? '', /--raised-quota/);
        assert.deepEqual(writes(iam), []);
      });

      it(`makes ${start} with --raised-quota in an account that takes it, and says what is wrong in another`, async () => {
        await begin({ roles, trustPolicyLength: 4096 });
        assert.deepEqual(codes(await setUp(ask({ identities, raisedQuota: true }))), []);
        await iam.close();
        restore();
        await begin({ roles });
        const run = await setUp(ask({ identities, raisedQuota: true }));
        assert.deepEqual([run.status, run.exit, codes(run)], ['partial', 3, ['IamQuotaReached']]);
        assert.match(run.problems[0]?.found ?? '', /would exceed a quota of the account.*ACLSizePerRole: 2048/);
      });
    }
  });

  describe('tags of roles, whose keys are not case-sensitive', () => {
    const own = { ...foreign, trustPolicy: others, tags: { 'managed-by': 'aws-wif', Team: 'network' } };
    it('are none to add where they differ in the letter case of the key alone', async () => {
      await begin({ roles: [{ ...own, tags: { ...own.tags, Team: 'payments' } }] });
      const run = await setUp(ask({}, noBoundary));
      assert.deepEqual([run.status, run.problems], ['done', []]);
      assert.ok(!doneOf(run).some(({ kind }) => kind === 'tag-role'), 'the tag was written');
    });

    it('are replaced on a role of its own, and the run goes on', async () => {
      await begin({ roles: [own] });
      assert.deepEqual(codes(await setUp(ask({}, noBoundary))), []);
      assert.deepEqual(iam.state(accountId).roles[0]?.tags, { 'managed-by': 'aws-wif', team: 'payments' });
      assert.equal((await setUp(ask({}, noBoundary))).status, 'unchanged');
    });

    it("are not replaced on others' role", async () => {
      await begin({ roles: [{ ...foreign, tags: { TEAM: 'network' } }] });
      const run = await setUp(ask(existing));
      assert.deepEqual([run.status, codes(run), writes(iam)], ['refused', ['TagDiffers'], []]);
      assert.match(run.problems[0]?.found ?? '', /has the tag TEAM with the value "network"/);
    });
  });

  it('ends after the call that is under way when it is told to, says what was done, and the next run completes', async () => {
    await begin();
    const whole = await setUp(ask());
    assert.equal(whole.status, 'done');
    for (let position = 0; position <= doneOf(whole).length; position += 1) {
      await iam.close();
      restore();
      await begin();
      const { signal, abort } = makeStop();
      iam.watch(() => {
        if (writes(iam).length === position) abort();
      });
      if (position === 0) abort();
      const run = await setUp(ask(), { stop: signal });
      const isWhole = position === doneOf(whole).length;
      assert.equal(doneOf(run).length, position, `${position}`);
      assert.deepEqual(
        [run.status, run.exit, codes(run)],
        isWhole ? ['done', 0, []] : ['interrupted', 3, ['Interrupted']],
      );
      assert.equal(writes(iam).length, position);
      assert.ok(['done', 'unchanged'].includes((await setUp(ask())).status), `after ${position}`);
    }
  });

  it('takes a provider that a role names without :sub where that is accepted, and lists the role', async () => {
    await begin({ roles: [exposed] });
    const run = await setUp(ask({ acceptExposedRoles: true }));
    assert.equal(run.status, 'done');
    assert.deepEqual(
      run.exposed.map(({ roleArn }) => roleArn),
      [`arn:aws:iam::${accountId}:role/open`],
    );
  });

  it('reads every page of roles for it', async () => {
    await begin();
    const closed = Array.from({ length: 230 }, (_, place) => ({ name: `role-${place}`, trustPolicy: others }));
    await iam.close();
    restore();
    await begin({ roles: [...closed, exposed] });
    assert.deepEqual(codes(await setUp(ask())), ['RolesExposed']);
  });

  it('refuses a statement that an old Version would make of no effect', async () => {
    const identity = { ...oldIdentity, subject: 'sc://contoso/Payments/${aws:userid}' };
    await begin({ roles: [{ ...foreign, trustPolicy: { ...others, Version: '2008-10-17' } }] });
    const run = await setUp(ask({ ...existing, identities: [identity] }));
    assert.deepEqual([run.status, codes(run), writes(iam)], ['refused', ['StatementWithoutEffect'], []]);
  });

  it('cannot verify what a Deny leaves to AWS, and says so', async () => {
    const deny = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:*', Condition: doubtful };
    await begin({ roles: [{ ...foreign, trustPolicy: { ...others, Statement: [deny] } }] });
    const run = await setUp(ask(existing));
    assert.deepEqual([run.status, run.exit], ['done', 3]);
    assert.equal(run.problems[0]?.code, 'NotSettled');
    assert.match(run.problems[0].found, /^Only AWS can decide whether /);
    assert.equal((await setUp(ask(existing))).exit, 3);
  });

  const trusted = (iamState: IamServer) => iamState.state(accountId).roles[0]?.trustPolicy ?? '';
  const moves = [
    {
      name: "the role's trust policy",
      move: () => {
        const [role] = iam.state(accountId).roles;
        if (role !== undefined) role.trustPolicy = JSON.stringify({ ...others, Id: 'moved' });
      },
    },
    {
      name: "the provider's client ids",
      move: () => iam.state(accountId).providers[0]?.clientIds.push('moved'),
    },
    {
      name: 'a role that the provider exposes',
      move: () => {
        iam.state(accountId).roles.push({
          ...iam.snapshot(accountId).roles[0],
          name: 'open',
          path: '/',
          trustPolicy: JSON.stringify(exposed.trustPolicy),
        } as never);
      },
    },
    { name: 'a tag of the role', move: () => Object.assign(iam.state(accountId).roles[0]?.tags ?? {}, { moved: '1' }) },
  ];
  for (const { name, move } of moves) {
    it(`stops where ${name} moved since the plan`, async () => {
      await begin({ roles: [foreign], providers: [{ url: entraUrl, clientIds: [] }] });
      const request = ask({ ...existing, identities: [entraIdentity] });
      let moved;
      const run = await setUp(request, {
        between: () => {
          move();
          moved = iam.snapshot(accountId);
        },
      });
      assert.deepEqual(
        [run.status, run.exit, codes(run)],
        [doneOf(run).length === 0 ? 'refused' : 'partial', 1, ['ChangedMeanwhile']],
      );
      assert.ok(!trusted(iam).includes(entraSubject), 'the trust was written all the same');
      if (doneOf(run).length === 0) assert.deepEqual(iam.snapshot(accountId), moved);
    });
  }

  it('widens no role of its own by a second connection', async () => {
    await begin();
    await setUp(ask({ identities: [entraIdentity] }, noBoundary));
    const run = await setUp(ask({ identities: [entraIdentity, oldIdentity] }, noBoundary));
    assert.deepEqual(
      run.changes.map(({ change }) => change.kind),
      ['create-provider', 'set-trust-policy'],
    );
    assert.ok(
      iam.state(accountId).providers.some(({ url }) => oldArn.endsWith(url)),
      'the provider is missing',
    );
  });
});

function makeStop(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}
