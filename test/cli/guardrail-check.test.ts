import assert from 'node:assert/strict';
import { startIam, type IamServer } from '../fakes/iam.ts';
import { run, writeInput } from './command-line.ts';
import {
  canaryKeys,
  entraAudiences,
  entraSubject,
  entraUrl,
  hostileName,
  oldSubject,
  oldUrl,
  organizationId,
  policies,
  tenantId,
} from './company.ts';

const account = ['--account', '111111111111'];
const organization = ['--organization-id', organizationId];
const subjects = ['subjects', ...organization, '--tenant-id', tenantId, '--organization', 'contoso'];
const admin = ['--admin-role', 'arn:aws:iam::*:role/admin'];
const role = (name: string) => `arn:aws:iam::111111111111:role/${name}`;

function federated(principal: string): unknown {
  const statement = { Effect: 'Allow', Principal: { Federated: principal }, Action: 'sts:AssumeRoleWithWebIdentity' };
  return { Version: '2012-10-17', Statement: [statement] };
}

const eksUrl = 'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123456789ABCDEF0123456789';
const otherSubject = entraSubject.replace(organizationId, '11111111-2222-4333-8444-555555555555');
const roles = [
  { name: 'ours', trustPolicy: policies.entra },
  { name: 'old', trustPolicy: policies.old, tags: { 'Wif-Exempt': 'yes' } },
  {
    name: 'theirs',
    trustPolicy: JSON.parse(JSON.stringify(policies.entra).replaceAll(entraSubject, otherSubject)) as unknown,
  },
  { name: 'open', trustPolicy: policies.audienceOnly },
  { name: 'pod', trustPolicy: federated(`arn:aws:iam::111111111111:oidc-provider/${eksUrl}`) },
  { name: 'app', trustPolicy: federated('cognito-identity.amazonaws.com') },
  { name: 'person', trustPolicy: federated('arn:aws:iam::111111111111:saml-provider/sso') },
];
const providers = [
  { url: entraUrl, clientIds: entraAudiences },
  { url: 'gitlab.com', clientIds: ['x'] },
];

interface Document {
  readonly policies: readonly {
    readonly document: { readonly Statement: readonly { readonly Condition: { readonly Null: object } }[] };
  }[];
  readonly check: {
    readonly roles: number;
    readonly refused: readonly { readonly role: string; readonly subject: string | null; readonly decision: string }[];
    readonly outside: readonly string[];
    readonly withoutAdministrator: readonly string[];
    readonly unreadable: readonly { readonly name: string }[];
  };
  readonly warnings: readonly string[];
  readonly errors: readonly { readonly code: string; readonly found: string }[];
}

describe('aws-wif guardrail in an account', () => {
  let iam: IamServer;
  const base = { accountId: '111111111111', providers };
  before(async () => {
    iam = await startIam([
      { ...base, accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID, roles },
      { ...base, accessKeyId: 'AKIADENIED', roles, denied: ['ListOpenIDConnectProviders'] },
      {
        ...base,
        accessKeyId: 'AKIABROKEN',
        roles: [...roles, { name: 'broken', trustPolicy: '{"Version":"2012-10-17"}' }],
      },
      { ...base, accessKeyId: 'AKIANOTAGS', roles, denied: ['GetRole'] },
    ]);
  });
  after(() => iam.close());

  const ask = async (args: readonly string[], accessKeyId: string = canaryKeys.AWS_ACCESS_KEY_ID) => {
    const env = { ...canaryKeys, AWS_ACCESS_KEY_ID: accessKeyId, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: iam.url };
    const { status, stdout } = await run(['guardrail', ...args, '--json'], env);
    return { status, document: JSON.parse(stdout) as Document };
  };
  const refusedBy = async (args: readonly string[]) => {
    const { status, document } = await ask([...args, ...account, '--check']);
    return { status, refused: document.check.refused.map(({ role: arn, subject }) => [arn, subject]) };
  };

  it('says whom subjects would deny', async () => {
    assert.deepEqual(await refusedBy(subjects), {
      status: 1,
      refused: [
        [role('theirs'), otherSubject],
        [role('open'), null],
      ],
    });
    const also = ['--also-subject', otherSubject];
    assert.deepEqual((await refusedBy([...subjects, ...also])).refused, [[role('open'), null]]);
  });

  it('says whom retired would deny, but not an exempt role', async () => {
    const retired = ['retired', ...organization];
    assert.deepEqual(await refusedBy(retired), { status: 1, refused: [[role('old'), oldSubject]] });
    const exempt = ['--exempt-tag', 'wif-exempt=yes', '--admin-role', 'arn:aws:iam::*:role/person'];
    assert.deepEqual(await refusedBy([...retired, ...exempt]), { status: 0, refused: [] });
  });

  it('leaves out the management account', async () => {
    const { status, document } = await ask([
      'retired',
      ...organization,
      ...account,
      '--check',
      '--management-account',
      '111111111111',
    ]);
    assert.deepEqual([status, document.check.refused, document.check.outside.length], [0, [], 6]);
  });

  it('says in which account nobody could make changes any more', async () => {
    const found = async (arn: string) => {
      const { status, document } = await ask(['changes', '--admin-role', arn, '--all-roles', ...account, '--check']);
      return [status, document.check.withoutAdministrator];
    };
    assert.deepEqual(await found('arn:aws:iam::*:role/admin'), [1, ['111111111111']]);
    assert.deepEqual(await found('arn:aws:iam::*:role/person'), [0, []]);
  });

  it('makes the list of providers of what roles trust, and names the others', async () => {
    const { status, document } = await ask([
      'providers',
      ...account,
      '--provider',
      'https://token.actions.githubusercontent.com',
      '--provider',
      'https://sts.windows.net/33212232-b0fe-437b-bd22-ca13c0037ded/',
    ]);
    const keys = Object.keys(document.policies[0]?.document.Statement[0]?.Condition.Null ?? {});
    const expected = [
      'cognito-identity.amazonaws.com',
      entraUrl,
      eksUrl,
      'sts.windows.net/33212232-b0fe-437b-bd22-ca13c0037ded/',
      'token.actions.githubusercontent.com',
      oldUrl,
    ];
    assert.deepEqual([status, keys], [0, expected.map(url => `${url}:sub`)]);
    assert.ok(document.warnings.some(one => one.includes('no role trusts them') && one.includes('gitlab.com')));
  });

  it('leaves a provider out if told to, and says whom that denies', async () => {
    const without = ['providers', '--without', eksUrl];
    assert.deepEqual(await refusedBy(without), { status: 1, refused: [[role('pod'), null]] });
    assert.deepEqual(await refusedBy(['providers']), { status: 0, refused: [] });
    assert.equal((await ask(['providers', ...account, '--without', 'gitlab.com'])).status, 2);
  });

  for (const key of ['AKIADENIED', 'AKIABROKEN', 'AKIAUNKNOWN']) {
    it(`makes no list of what cannot be read (${key}), and concludes nothing of it`, async () => {
      const { status, document } = await ask(['providers', ...account], key);
      assert.deepEqual([status, document.errors.map(({ code }) => code)], [3, ['InventoryIncomplete']]);
      const checked = await ask([...subjects, ...account, '--check'], key);
      assert.ok(checked.status === 3 || checked.document.check.refused.length > 0);
      assert.equal(checked.document.check.unreadable.length, 1);
    });
  }

  it('does not know an exempt role whose tags it may not read', async () => {
    const { status, document } = await ask(
      ['retired', ...organization, '--exempt-tag', 'wif-exempt=yes', ...admin, ...account, '--check'],
      'AKIANOTAGS',
    );
    assert.deepEqual([status, document.check.unreadable.length], [3, 1]);
  });

  it('counts first, then a line for each', async () => {
    const env = { ...canaryKeys, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: iam.url };
    const { status, stdout } = await run(['guardrail', ...subjects, ...account, '--check'], env);
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^Identities that would be denied: 2, of all that 6 roles in 1 account allow today\.\n\nWould be denied\n {2}- arn:/,
    );
  });

  const listed = (list: readonly (typeof roles)[number][]) =>
    writeInput(
      'guarded-roles.json',
      JSON.stringify({
        Roles: list.map(({ name, trustPolicy }) => ({
          RoleName: name,
          Arn: role(name),
          AssumeRolePolicyDocument: trustPolicy,
        })),
      }),
    );

  it('says the same of files as of the account', async () => {
    const file = listed(roles);
    for (const args of [subjects, ['retired', ...organization]]) {
      const [live, read] = [
        await ask([...args, ...account, '--check']),
        await ask([...args, '--file', file, '--check']),
      ];
      assert.deepEqual([read.status, read.document.check], [live.status, live.document.check]);
    }
  });

  it('concludes nothing of what files do not say', async () => {
    const everyone = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:*' }] };
    const large = { ...policies.entra, Id: 'x'.repeat(20_000) };
    const file = listed([
      { name: 'all', trustPolicy: everyone },
      { name: 'large', trustPolicy: large },
    ]);
    const plain = writeInput('guarded-plain.json', JSON.stringify(policies.entra));
    const files = [file, plain, 'no-such-file.json'].flatMap(path => ['--file', path]);
    const { status, document } = await ask(['retired', ...organization, ...files, '--check']);
    assert.deepEqual([status, document.check.roles, document.check.unreadable.length], [3, 0, 4]);
    const named = await ask([...subjects, '--file', plain, ...account, '--check']);
    assert.deepEqual([named.status, named.document.check.roles], [0, 1]);
    const isIdle = ({ document: { warnings } }: Awaited<ReturnType<typeof ask>>) =>
      warnings.some(one => one.startsWith('--account 222222222222 has no effect'));
    const other = ['--account', '222222222222', '--check'];
    assert.equal(isIdle(await ask([...subjects, '--file', listed(roles), ...other])), true);
    assert.equal(isIdle(await ask([...subjects, '--file', plain, ...other])), false);
  });

  it('takes files for a check alone, instead of accounts, and without a tag', async () => {
    const file = ['retired', ...organization, '--file', 'x.json'];
    const exempt = ['--exempt-tag', 'a=b', ...admin];
    for (const more of [
      [],
      ['--check', '--profile', 'x'],
      ['--check', '--file', '-', '--file', '-'],
      ['--check', ...exempt],
    ]) {
      assert.equal((await ask([...file, ...more])).status, 2, more.join(' '));
    }
  });

  it('asks for accounts where it needs them, and for --check where they are given', async () => {
    for (const args of [
      ['providers'],
      ['retired', ...organization, '--check'],
      ['retired', ...organization, ...account],
    ]) {
      assert.equal((await ask(args)).status, 2, args.join(' '));
    }
  });

  it('names all account ids that are none', async () => {
    const wrong = ['--check', '--account', '1', '--management-account', '2'];
    const { status, document } = await ask(['retired', ...organization, ...wrong]);
    assert.equal(status, 2);
    assert.deepEqual(document.errors.map(({ found }) => found).sort(), [
      '--account is "1".',
      '--management-account is "2".',
    ]);
  });
});

describe('aws-wif diagnose --control-policy-file', () => {
  const trustFile = writeInput('guarded-trust.json', JSON.stringify(policies.entra));
  const connection = [
    '--organization-id',
    organizationId,
    '--tenant-id',
    tenantId,
    '--connection-id',
    entraSubject.slice(-36),
  ];
  const policy = (condition: object, more: object = {}) => ({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'One', Effect: 'Deny', Principal: '*', Action: 'sts:*', Resource: '*', Condition: condition, ...more },
    ],
  });
  const own = policy({
    StringNotLikeIfExists: { [`${entraUrl}:sub`]: `${entraSubject.slice(0, -36)}*` },
    Null: { [`${entraUrl}:sub`]: 'false' },
  });
  const cases: readonly {
    readonly name: string;
    readonly file: unknown;
    readonly status: number;
    readonly decision: string;
    readonly by: string | undefined;
  }[] = [
    { name: 'a guardrail of its own organization', file: own, status: 0, decision: 'allowed', by: undefined },
    {
      name: 'one that denies it',
      file: policy({ Null: { [`${entraUrl}:sub`]: 'false' } }),
      status: 1,
      decision: 'denied',
      by: 'denied',
    },
    {
      name: 'the same as describe-policy prints it',
      file: { Policy: { Content: JSON.stringify(policy({ Null: { [`${entraUrl}:sub`]: 'false' } })) } },
      status: 1,
      decision: 'denied',
      by: 'denied',
    },
    {
      name: 'one that only AWS can tell of',
      file: policy({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }),
      status: 3,
      decision: 'unknown',
      by: 'unknown',
    },
    {
      name: 'one for roles by tag, which a file does not have',
      file: policy({ StringNotEquals: { 'aws:ResourceTag/a': 'b' } }),
      status: 3,
      decision: 'unknown',
      by: 'unknown',
    },
    {
      name: 'a service control policy',
      file: policy({}, { Principal: undefined }),
      status: 0,
      decision: 'allowed',
      by: undefined,
    },
  ];
  for (const [index, { name, file, status, decision, by }] of cases.entries()) {
    it(`${name}: ${decision}`, async () => {
      const path = writeInput(`control-${index}.json`, JSON.stringify(file));
      const ran = await run([
        'diagnose',
        '--trust-policy-file',
        trustFile,
        ...connection,
        '--control-policy-file',
        path,
        '--json',
      ]);
      const { results, warnings } = JSON.parse(ran.stdout) as {
        readonly warnings: readonly string[];
        readonly results: readonly {
          readonly decision: string;
          readonly statementToAdd: unknown;
          readonly refusal: string | null;
          readonly reasons: readonly string[];
          readonly controlPolicy: { readonly decision: string; readonly statement: { readonly sid: string } } | null;
        }[];
      };
      const [result] = results;
      assert.equal(ran.status, status, ran.stdout);
      assert.deepEqual(
        [result?.decision, result?.controlPolicy?.decision, result?.statementToAdd],
        [decision, by, null],
      );
      if (by !== undefined)
        assert.ok(
          result?.reasons.some(one => one.includes('statement 1 (One)')),
          ran.stdout,
        );
      assert.equal(result?.refusal, by === 'denied' ? 'StsAccessDenied' : null);
      assert.equal(
        warnings.some(one => one.includes('is a service control policy')),
        name === 'a service control policy',
      );
    });
  }

  it('says of both what denies, and neutralises a hostile Sid', async () => {
    const path = writeInput('control-hostile.json', JSON.stringify(policy({}, { Sid: hostileName })));
    const other = writeInput('guarded-other.json', JSON.stringify(policies.other));
    const { status, stdout } = await run([
      'diagnose',
      '--trust-policy-file',
      other,
      ...connection,
      '--control-policy-file',
      path,
    ]);
    assert.equal(status, 1);
    assert.match(stdout, /Statement\n/);
    assert.match(stdout, /control policy .* denies the call, statement 1/);
    assert.ok(!stdout.includes('##vso['));
  });

  const places = { '': 'line 1, column 1: it has nothing', '[]': '$: ', '{"Version":"2012-10-17"}': '$.Statement' };
  for (const [text, place] of Object.entries(places)) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const path = writeInput('control-bad.json', text);
      const { status, stderr } = await run([
        'diagnose',
        '--trust-policy-file',
        trustFile,
        '--control-policy-file',
        path,
      ]);
      assert.equal(status, 2);
      assert.match(stderr, /^ControlPolicyUnreadable: The control policy \S+control-bad\.json cannot be read at /);
      assert.ok(stderr.includes(`cannot be read at ${place}`), stderr);
    });
  }
});
