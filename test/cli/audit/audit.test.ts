import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Ajv from 'ajv';
import type { AuditedFinding, AuditedRole } from '../../../src/cli/audit/audited.ts';
import { openMask } from '../../../src/cli/audit/mask.ts';
import { warnOfSize } from '../../../src/cli/audit/sarif.ts';
import { iamFaults, startIam, type IamAccount, type IamServer } from '../../fakes/iam.ts';
import { inlineContent } from '../../fakes/iam-roles.ts';
import { folder, run, writeInput, type Ran } from '../command-line.ts';
import { canaryKeys, oldAudience, oldUrl } from '../company.ts';

const [first, second] = ['111111111111', '222222222222'] as const;
const assumeRole = ['--assume-role', 'arn:aws:iam::{account}:role/audit'];
const both = ['--account', first, '--account', second, ...assumeRole];
const service = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const admin = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action: 'sts:AssumeRole' };

const trust = (accountId: string, condition: unknown, ...more: readonly unknown[]): unknown => ({
  Version: '2012-10-17',
  Statement: [
    ...more,
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
    },
  ],
});
const audience = { [`${oldUrl}:aud`]: oldAudience };
const exact = { StringEquals: { ...audience, [`${oldUrl}:sub`]: 'sc://contoso/Payments/aws-old' } };
const wide = { StringEquals: audience, StringLike: { [`${oldUrl}:sub`]: 'sc://contoso/*' } };

const auditor = { name: 'audit', trustPolicy: { Version: '2012-10-17', Statement: [admin] } };

function accountOf(accountId: string, change: Partial<IamAccount> = {}): IamAccount {
  return {
    accessKeyId: `AKIA${accountId}`,
    accountId,
    roles: [
      auditor,
      { name: 'lambda', trustPolicy: { Version: '2012-10-17', Statement: [service] } },
      { name: 'deploy', trustPolicy: trust(accountId, exact), inlineNames: ['deploy-policy'] },
      {
        name: 'wide',
        trustPolicy: trust(accountId, wide, service),
        attachedArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      },
    ],
    providers: [{ url: oldUrl, clientIds: [oldAudience] }],
    ...change,
  };
}

const hub: IamAccount = {
  ...accountOf('999999999999', { roles: [] }),
  accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID,
};

let iam: IamServer | undefined;
afterEach(async () => {
  await iam?.close();
});

async function audit(accounts: readonly IamAccount[], ...args: readonly string[]): Promise<Ran> {
  iam = await startIam([hub, ...accounts], { pageSize: 7 });
  return run(['audit', ...args], { ...canaryKeys, AWS_ENDPOINT_URL: iam.url });
}

const portal = { kind: 'answer', status: 200, body: '<html>portal</html>' } as const;

/** Audits an account, and does something once a first call of an action is answered. */
async function auditFrom(
  first: { readonly account: IamAccount; readonly action: string; readonly args?: readonly string[] },
  act: (server: IamServer) => void,
): Promise<Ran> {
  const { account, action, args = [] } = first;
  const server = await startIam([hub, account], { pageSize: 7 });
  iam = server;
  let isDone = false;
  server.watch(call => {
    if (isDone || call.action !== action) return;
    isDone = true;
    act(server);
  });
  const options = ['--account', account.accountId, ...assumeRole, ...args];
  return run(['audit', ...options], { ...canaryKeys, AWS_ENDPOINT_URL: server.url });
}

/** The same once roles and providers are read: what follows is asked of each role. */
function auditReach(act: (server: IamServer) => void): Promise<Ran> {
  const third = { name: 'third', trustPolicy: trust(first, wide) };
  const account = accountOf(first, { roles: [...accountOf(first).roles, third] });
  return auditFrom({ account, action: 'GetOpenIDConnectProvider' }, act);
}

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly hash: string;
  readonly line: number | null;
  readonly accepted: unknown;
}
interface Role {
  readonly role: { readonly arn: string | null; readonly name: string };
  readonly place: { readonly line: number } | null;
  readonly state: string;
  readonly reach: { readonly policies: readonly string[]; readonly administrator: boolean } | null;
  readonly callers: readonly { readonly text: string; readonly kind: string }[];
  readonly findings: readonly Finding[];
}
interface Document {
  readonly counts: { readonly roles: Readonly<Record<string, number>>; readonly outdated: number };
  readonly accounts: readonly {
    readonly accountId: string;
    readonly status: string;
    readonly roles: readonly Role[];
  }[];
  readonly files: readonly { readonly file: string; readonly roles: readonly Role[] }[];
  readonly errors: readonly { readonly code: string; readonly found: string }[];
}
const read = ({ stdout }: Ran): Document => JSON.parse(stdout) as Document;
const name = (roles: readonly Role[] = []) => roles.map(({ role }) => role.name);

const providerActions = ['ListOpenIDConnectProviders', 'GetOpenIDConnectProvider'];
const needed = ['ListRoles', ...providerActions, 'ListAttachedRolePolicies', 'ListRolePolicies'];
const neededForDetails = ['GetAccountAuthorizationDetails', ...providerActions];

describe('aws-wif audit, of accounts', () => {
  it('shows who gets into each role that callers from outside AWS can assume, in every account', async () => {
    const ran = await audit([accountOf(first), accountOf(second)], ...both, '--json');
    const { accounts, counts } = read(ran);
    assert.equal(ran.status, 1);
    assert.deepEqual(
      accounts.map(one => name(one.roles)),
      [
        ['deploy', 'wide'],
        ['deploy', 'wide'],
      ],
    );
    assert.deepEqual([counts.roles['seen'], counts.roles['federated'], counts.roles['administrators']], [8, 4, 2]);
    const [deploy, open] = accounts[1]?.roles ?? [];
    assert.deepEqual(
      [deploy?.callers.map(one => one.text), open?.callers.map(one => one.kind)],
      [['connection Payments/aws-old of organization contoso'], ['pattern']],
    );
    assert.equal(open?.role.arn, `arn:aws:iam::${second}:role/wide`);
    assert.deepEqual([deploy?.reach?.policies, open.reach?.administrator], [['deploy-policy (inline)'], true]);
    assert.ok(open.findings.some(one => one.code === 'SubjectWildcard' && one.severity === 'high'));
  });

  for (const [option, actions, text] of [
    [[], needed, /AWS credentials need ([^.]*)\./],
    [['--account-details'], neededForDetails, /With --account-details they need ([^.]*)\./],
  ] as const) {
    it(`asks only for what --help says it needs, ${option.join('') || 'without options'}`, async () => {
      await audit([accountOf(first)], '--account', first, ...assumeRole, '--json', ...option);
      const asked = new Set(iam?.calls.map(({ action }) => action));
      assert.deepEqual([...asked].sort(), ['AssumeRole', 'GetCallerIdentity', ...actions].sort());
      const { stdout } = await run(['audit', '--help']);
      const line = text.exec(stdout.replace(/\s+/g, ' '))?.[1] ?? '';
      assert.deepEqual(line.split(', ').sort(), ['sts:GetCallerIdentity', ...actions.map(one => `iam:${one}`)].sort());
    });
  }

  const field = readdirSync('test/trust/field').map((file, index) => ({
    name: `field-${index}`,
    path: index % 2 === 0 ? '/' : '/teams/a/',
    trustPolicy: readFileSync(join('test/trust/field', file), 'utf8'),
    attachedArns: index % 3 === 0 ? ['arn:aws:iam::aws:policy/IAMFullAccess'] : [`arn:aws:iam::${first}:policy/x/own`],
    inlineNames: index % 4 === 0 ? ['one', 'two'] : [],
  }));
  const large = accountOf(first, { roles: [...accountOf(first).roles, ...field] });

  it('gives the same by listing, by --account-details, and by the file of all details', async () => {
    const one = ['--account', first, ...assumeRole];
    const [listed] = read(await audit([large], ...one, '--json')).accounts;
    await iam?.close();
    const ran = await audit([large], ...one, '--json', '--account-details');
    assert.deepEqual(read(ran).accounts[0], listed);
    assert.doesNotMatch(`${ran.stdout}${ran.stderr}`, new RegExp(inlineContent));
    const RoleDetailList = iam?.state(first).roles.map(role => ({
      RoleName: role.name,
      Arn: `arn:aws:iam::${first}:role${role.path}${role.name}`,
      AssumeRolePolicyDocument: JSON.parse(role.trustPolicy) as unknown,
      AttachedManagedPolicies: role.attachedArns.map(PolicyArn => ({ PolicyArn })),
      RolePolicyList: role.inlineNames.map(PolicyName => ({ PolicyName })),
    }));
    const path = writeInput('details.json', JSON.stringify({ RoleDetailList }));
    const [file] = read(await run(['audit', '--file', path, '--json'])).files;
    const strip = ({ role, state, reach, findings }: Role) => ({
      ...{ role, state, reach },
      findings: findings.map(one => ({ ...one, line: null })),
    });
    assert.ok((listed?.roles.length ?? 0) > 20);
    assert.deepEqual(file?.roles.map(strip), listed?.roles.map(strip));
  });

  for (const [what, fault, code] of [
    ['is denied', iamFaults.denied, 'IamForbidden'],
    ['is throttled', iamFaults.throttled, 'IamUnavailable'],
    ['comes from a portal', portal, 'IamUnavailable'],
    ['is cut off', { kind: 'truncate' }, 'IamUnavailable'],
  ] as const) {
    it(`calls an account unknown of whose roles the second page ${what}`, async () => {
      for (const [action, args] of [
        ['ListRoles', []],
        ['GetAccountAuthorizationDetails', ['--account-details']],
      ] as const) {
        const ran = await auditFrom({ account: large, action, args: [...args, '--json'] }, server => {
          server.failCall(1, fault, 99);
        });
        const { accounts, errors } = read(ran);
        assert.deepEqual([ran.status, accounts[0]?.roles, errors.map(one => one.code)], [3, [], [code]], action);
        await iam?.close();
      }
    });
  }

  it('lists roles where --account-details is denied, and says so by the name of the permission', async () => {
    const denied = accountOf(first, { denied: ['GetAccountAuthorizationDetails'] });
    const ran = await audit([denied], '--account', first, ...assumeRole, '--account-details', '--json');
    const plain = await run(['audit', '--account', first, ...assumeRole, '--json'], {
      ...canaryKeys,
      AWS_ENDPOINT_URL: iam?.url ?? '',
    });
    assert.deepEqual([ran.status, read(ran).accounts], [1, read(plain).accounts]);
    assert.match(ran.stderr + ran.stdout, /iam:GetAccountAuthorizationDetails is denied in account 111111111111/);
  });

  for (const [what, actions, code, action] of [
    [
      'neither details nor lists are allowed',
      ['GetAccountAuthorizationDetails', 'ListRoles'],
      'IamForbidden',
      /Details in/,
    ],
    ['providers cannot be listed', ['ListOpenIDConnectProviders'], 'IamForbidden', /ListOpenIDConnectProviders in/],
  ] as const) {
    it(`calls an account unknown where ${what}`, async () => {
      const denied = accountOf(first, { denied: actions });
      const ran = await audit([denied], '--account', first, ...assumeRole, '--account-details', '--json');
      const [error] = read(ran).errors;
      assert.deepEqual([ran.status, error?.code], [3, code]);
      assert.match(error?.found ?? '', action);
    });
  }

  it('calls an account that cannot be read unknown, by name, and judges the others', async () => {
    const ran = await audit([accountOf(first, { denied: ['ListRoles'] }), accountOf(second)], ...both, '--json');
    const { accounts, errors } = read(ran);
    assert.equal(ran.status, 3);
    assert.deepEqual(
      accounts.map(({ status }) => status),
      ['failed', 'ok'],
    );
    assert.ok(
      errors.some(one => one.code === 'IamForbidden' && one.found.includes(first)),
      ran.stdout,
    );
    assert.deepEqual(name(accounts[1]?.roles), ['deploy', 'wide']);
  });

  it('calls a role that cannot be judged unknown, and never clean', async () => {
    const strange = { name: 'strange', trustPolicy: '{"Version":"2012-10-17","Statement":{"Effect":"Perhaps"}}' };
    const ran = await audit([accountOf(first, { roles: [auditor, strange] })], '--account', first, ...assumeRole);
    assert.equal(ran.status, 3);
    assert.match(
      ran.stdout,
      /1 role unknown[^]*role\/strange[^]*unknown: its trust policy cannot be read at \$\.Statement\S*: it has "Perhaps"/,
    );
  });

  it('says that it does not know how far roles reach where it may not list policies', async () => {
    const denied = { denied: ['ListAttachedRolePolicies'] };
    const ran = await audit([accountOf(first, denied)], '--account', first, ...assumeRole);
    assert.match(ran.stderr, /The reach of 2 roles in account 111111111111 could not be read\. Allow iam:ListAtt/);
    assert.equal(ran.status, 1);
  });

  // What fails for one role alone is asked of the next; the first two are asked about at once.
  for (const [what, fault, asked, says] of [
    [
      'throttles',
      iamFaults.throttled,
      9,
      /reach of 3 roles in .*ListAttachedRolePolicies in account 1{12} was throttled/,
    ],
    ['fails', iamFaults.failure, 6, /reach of 3 roles in .*ListAttachedRolePolicies in account 1{12} failed/],
    ['is a portal', portal, 2, /reach of 3 roles in .*response that did not come from AWS/],
  ] as const) {
    it(`says why it does not know how far roles reach where IAM ${what}`, async () => {
      let before = 0;
      const ran = await auditReach(server => {
        before = server.requests.length;
        server.failCall(1, fault, 99);
      });
      assert.match(ran.stderr, says);
      assert.deepEqual([ran.status, (iam?.requests.length ?? 0) - before], [1, asked]);
    });
  }

  it('says that a role was deleted while the account was read', async () => {
    const ran = await auditReach(server => {
      server.state(first).roles = server.state(first).roles.filter(one => one.name !== 'deploy');
    });
    assert.match(ran.stderr, /The reach of role deploy in account 1{12} could not be read: deleted since/);
    assert.equal(ran.status, 1);
  });

  it('fits on a screen until everything is asked for', async () => {
    const roles = Array.from({ length: 47 }, (_, index) => ({
      name: `deploy-${index}`,
      trustPolicy: trust(first, wide),
    }));
    const brief = await audit([accountOf(first, { roles: [auditor, ...roles] })], '--account', first, ...assumeRole);
    assert.ok(brief.stdout.split('\n').length <= 40, brief.stdout);
    assert.match(brief.stdout, /^Findings: 0 critical, 47 high[^]*high SubjectWildcard: 47 roles/);
    const whole = await run(['audit', '--account', first, ...assumeRole, '--all'], {
      ...canaryKeys,
      AWS_ENDPOINT_URL: iam?.url ?? '',
    });
    for (const { name: role } of roles) assert.ok(whole.stdout.includes(`role/${role}\n`), role);
  });

  it('hides account ids everywhere, and keeps roles of an account together', async () => {
    const denied = { denied: ['ListRoles'] };
    for (const format of [['--json'], ['--format', 'html'], ['--format', 'sarif'], ['--all']]) {
      const ran = await audit([accountOf(first, denied), accountOf(second)], ...both, '--mask-accounts', ...format);
      assert.doesNotMatch(`${ran.stdout}${ran.stderr}`, /111111111111|222222222222|999999999999/, format.join(' '));
      assert.match(ran.stdout, /arn:aws:iam::0{11}\d:role/);
      await iam?.close();
    }
  });

  it('hides account ids beside letters, but no part of another id', () => {
    const others = [
      `12345678-1234-4000-8000-${first}`,
      `vpce-0${first}abcd`,
      `${'a'.repeat(26)}${first}${'b'.repeat(26)}`,
    ];
    const names = {
      [`${first}-a`]: [`deploy${first}_x`, `log-${first}.bucket`, `${second}prod`, `\u0001${first}\n${second}`],
    };
    assert.deepEqual(openMask()([names, null, 1, true, ...others]), [
      {
        '000000000001-a': [
          'deploy000000000001_x',
          'log-000000000001.bucket',
          '000000000002prod',
          '\u0001000000000001\n000000000002',
        ],
      },
      ...[null, 1, true],
      ...others,
    ]);
  });
});

describe('aws-wif audit, by severity and baseline', () => {
  const one = ['--account', first, ...assumeRole];
  const cases = [
    { failOn: 'critical', roles: ['wide'], exit: 0 },
    { failOn: 'high', roles: ['wide'], exit: 1 },
    { failOn: 'none', roles: ['wide'], exit: 0 },
    { failOn: 'medium', roles: ['deploy'], exit: 1 },
    { failOn: 'high', roles: ['deploy'], exit: 0 },
    { failOn: 'low', roles: ['lambda'], exit: 0 },
  ];
  for (const { failOn, roles, exit } of cases) {
    it(`exits with ${exit} for ${roles.join()} at --fail-on ${failOn}`, async () => {
      const account = accountOf(first);
      const some = { ...account, roles: account.roles.filter(role => role === auditor || roles.includes(role.name)) };
      assert.equal((await audit([some], ...one, '--fail-on', failOn)).status, exit);
    });
  }

  async function accept(
    change: (entry: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<string> {
    const [found] = read(await audit([accountOf(first)], ...one, '--json')).accounts;
    await iam?.close();
    const accepted = (found?.roles ?? []).flatMap(({ role, findings }) =>
      findings
        .filter(({ code }) => code === 'SubjectWildcard')
        .map(({ code, hash }) =>
          change({ role: role.arn ?? '', code, hash, reason: 'the team owns it', date: '2024-05-01' }),
        ),
    );
    return writeInput('baseline.json', JSON.stringify({ baselineVersion: 1, accepted }));
  }

  it('takes what a baseline accepts, of the statement as it was', async () => {
    const baseline = ['--baseline', await accept(entry => entry)];
    const ran = await audit([accountOf(first)], ...one, ...baseline, '--all');
    assert.equal(ran.status, 0, ran.stdout);
    assert.match(ran.stdout, /accepted SubjectWildcard, statement 2: 2024-05-01 the team owns it/);
  });

  it('finds by name what lapsed: a changed statement, a role that is gone, a finding that is no more', async () => {
    const baseline = ['--baseline', await accept(entry => entry)];
    const changed = { ...wide, Bool: { 'aws:SecureTransport': 'true' } };
    const deny = { ...service, Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::999999999999:root' } };
    for (const [trustPolicy, why] of [
      [trust(first, wide, service, deny), /but the statement has changed since then, or a Deny in the policy/],
      [trust(first, changed), /but the statement has changed since then/],
      [trust(first, exact), /but the role no longer has that finding/],
      [{ Version: '2012-10-17', Statement: [service] }, /but the role was not found/],
    ] as const) {
      const ran = await audit(
        [accountOf(first, { roles: [auditor, { name: 'wide', trustPolicy }] })],
        ...one,
        ...baseline,
      );
      assert.equal(ran.status, 1);
      assert.match(
        ran.stdout,
        /BaselineOutdated: The baseline accepts SubjectWildcard of arn:aws:iam::111111111111:role\/wide/,
      );
      assert.match(ran.stdout.replace(/\s+/g, ' '), why);
      await iam?.close();
    }
  });

  it('says nothing about accepted findings of an account that was not read', async () => {
    const baseline = ['--baseline', await accept(entry => entry)];
    const ran = await audit([accountOf(first, { denied: ['ListRoles'] })], ...one, ...baseline, '--json');
    assert.deepEqual([ran.status, read(ran).counts.outdated], [3, 0]);
  });

  it('warns of accepted findings in accounts that are not part of the audit, which have not lapsed', async () => {
    const baseline = ['--baseline', await accept(entry => ({ ...entry, role: `arn:aws:iam::${second}:role/wide` }))];
    const ran = await audit([accountOf(first)], ...one, ...baseline, '--fail-on', 'none');
    assert.equal(ran.status, 0);
    assert.match(ran.stderr, /The baseline has 1 accepted finding in accounts that this audit does not read/);
  });

  it('exits with 3 for what is unknown, whatever else was found', async () => {
    const lapsed = ['--baseline', await accept(entry => ({ ...entry, hash: '0'.repeat(64) }))];
    const accounts = [accountOf(first), accountOf(second, { denied: ['ListRoles'] })];
    for (const failOn of ['none', 'low']) {
      const ran = await audit(accounts, ...both, ...lapsed, '--fail-on', failOn, '--json');
      assert.deepEqual([ran.status, read(ran).counts.outdated], [3, 1], failOn);
      await iam?.close();
    }
  });

  const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 10);

  it('takes a day that has begun somewhere', async () => {
    const baseline = await accept(entry => ({ ...entry, date: inHours(13) }));
    assert.equal((await audit([accountOf(first)], ...one, '--baseline', baseline)).status, 0);
  });

  for (const [what, says, text] of [
    [
      'another version',
      'this version of aws-wif reads baselineVersion 1 only',
      '{"baselineVersion": 2, "accepted": []}',
    ],
    ['no version', 'baselineVersion is missing', '{"accepted": []}'],
    ['no list', 'accepted is not a list', '{"baselineVersion": 1, "accepted": {}}'],
    ['another member', 'it has members other than', '{"baselineVersion": 1, "accepted": [], "x": 1}'],
    [
      'a name twice',
      'the name at $.accepted appears a second',
      '{"baselineVersion": 1, "accepted": [], "accepted": []}',
    ],
    ['a list', 'it is not a JSON object', '[]'],
    ['deep nesting', 'it is not a JSON object', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['a comma too many', 'line 1, column 35 has a comma before', '{"baselineVersion":1,"accepted":[],}'],
    ['an entry that is none', 'entry 1 is not an object', '{"baselineVersion": 1, "accepted": [7]}'],
    ['nothing', 'it is not JSON: line 1, column 1 has nothing', ''],
  ] as const) {
    it(`refuses a baseline file with ${what}`, async () => {
      const ran = await run(['audit', ...one, '--baseline', writeInput('shape.json', text)]);
      assert.equal(ran.status, 2);
      assert.ok(ran.stderr.includes(says), ran.stderr);
    });
  }

  it('refuses a baseline with an entry that appears twice', async () => {
    const path = await accept(entry => entry);
    const { accepted } = JSON.parse(readFileSync(path, 'utf8')) as { accepted: readonly unknown[] };
    const twice = JSON.stringify({ baselineVersion: 1, accepted: [...accepted, ...accepted] });
    const ran = await run(['audit', ...one, '--baseline', writeInput('twice.json', twice)]);
    assert.deepEqual([ran.status, ran.stderr.includes('entry 2 repeats an earlier entry')], [2, true]);
  });

  for (const [what, says, change] of [
    ['no reason', 'has no reason', { reason: ' ' }],
    ['a day that is still to come everywhere', 'has an invalid date, or one in the future', { date: inHours(39) }],
    ['a day that there is not', 'has an invalid date, or one in the future', { date: '2024-02-31' }],
    ['a code that is none', 'has an unknown code', { code: 'Everything' }],
    ['a pattern for a hash', 'has an invalid hash', { hash: '*' }],
    ['an unknown member', 'has unknown members', { until: '2030-01-01' }],
  ] as const) {
    it(`refuses a baseline with ${what}`, async () => {
      const baseline = await accept(entry => ({ ...entry, ...change }));
      const ran = await run(['audit', ...one, '--baseline', baseline]);
      assert.equal(ran.status, 2);
      assert.ok(ran.stderr.includes(`entry 1 ${says}`), ran.stderr);
    });
  }
});

describe('aws-wif audit, of files', () => {
  const template = [
    'Resources:',
    '  Service:',
    '    Type: AWS::IAM::Role',
    '    Properties:',
    `      AssumeRolePolicyDocument: ${JSON.stringify({ Version: '2012-10-17', Statement: [service] })}`,
    '  Deploy:',
    '    Type: AWS::IAM::Role',
    '    Properties:',
    '      RoleName: deploy',
    '      AssumeRolePolicyDocument:',
    "        Version: '2012-10-17'",
    '        Statement:',
    '          - Effect: Allow',
    '            Principal: { Service: lambda.amazonaws.com }',
    '            Action: sts:AssumeRole',
    '          - Effect: Allow',
    `            Principal: { Federated: !Sub 'arn:aws:iam::\${AWS::AccountId}:oidc-provider/${oldUrl}' }`,
    '            Action: sts:AssumeRoleWithWebIdentity',
    `            Condition: { StringLike: { '${oldUrl}:sub': 'sc://contoso/*' } }`,
  ].join('\n');
  const roles = [
    { RoleName: 'lambda', AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [service] } },
    { RoleName: 'wide', Arn: `arn:aws:iam::${first}:role/wide`, AssumeRolePolicyDocument: trust(first, wide, service) },
  ];
  const plan = {
    format_version: '1.2',
    planned_values: {
      root_module: {
        resources: [],
        child_modules: [
          {
            resources: [
              {
                address: 'module.a.aws_iam_role.wide',
                type: 'aws_iam_role',
                mode: 'managed',
                values: { name: 'wide', assume_role_policy: JSON.stringify(trust(first, wide)) },
              },
            ],
          },
        ],
      },
    },
  };
  const lineOf = (text: string, pattern: RegExp, skip = 0): number => {
    const lines = text.split('\n');
    return (
      lines.findIndex(
        (line, index) => pattern.test(line) && lines.slice(0, index).filter(one => pattern.test(one)).length === skip,
      ) + 1
    );
  };
  const list = JSON.stringify({ Roles: roles }, null, 2);
  const show = JSON.stringify(plan, null, 2);

  for (const [file, text, line] of [
    ['template.yaml', template, lineOf(template, /- Effect: Allow/, 1)],
    ['roles.json', list, lineOf(list, /"Effect"/, 2) - 1],
    ['plan.json', show, lineOf(show, /assume_role_policy/)],
    ['one-line.json', JSON.stringify({ Roles: roles }), 1],
  ] as const) {
    it(`names the line of the statement in ${file}`, async () => {
      const path = writeInput(file, text);
      const ran = await run(['audit', '--file', path, '--account', first, '--json']);
      const [found] = read(ran).files;
      assert.equal(ran.status, 1);
      assert.equal(found?.roles.length, 1);
      const finding = found.roles[0]?.findings.find(({ code }) => code === 'SubjectWildcard');
      assert.equal(finding?.line, line);
    });
  }

  it('gives the same as the account does', async () => {
    const path = writeInput('same.json', list);
    const file = read(await run(['audit', '--file', path, '--json'])).files[0]?.roles[0];
    const live = read(await audit([accountOf(first)], '--account', first, ...assumeRole, '--json')).accounts[0]
      ?.roles[1];
    const strip = (findings: readonly Finding[] = []) => findings.map(one => ({ ...one, line: null }));
    assert.deepEqual(
      [file?.role, file?.callers, strip(file?.findings)],
      [live?.role, live?.callers, strip(live?.findings)],
    );
  });

  it('reads a file once that is named twice, and says which roles files have more than once', async () => {
    const path = writeInput('same.json', list);
    const strict = [{ ...roles[1], AssumeRolePolicyDocument: trust(first, exact) }];
    const other = writeInput('other.json', JSON.stringify({ Roles: strict }));
    const again = writeInput('again.json', JSON.stringify({ Roles: roles.toReversed() }));
    const files = (...paths: readonly string[]) => paths.flatMap(one => ['--file', one]);
    const one = await run(['audit', ...files(path, `./${basename(path)}`), '--json']);
    assert.deepEqual([read(one).files.length, one.stdout.includes('more than one entry')], [1, false]);
    const equal = await run(['audit', ...files(path, again)]);
    assert.match(
      equal.stderr,
      /1 role has more than one entry in the files; each is listed and counted: arn:\S*role\/wide/,
    );
    assert.doesNotMatch(equal.stderr, /different trust policies/);
    const different = await run(['audit', ...files(path, other)]);
    assert.match(
      different.stderr,
      /1 role has different trust policies in the files; only one can be current: arn:\S*wide/,
    );
  });

  it('judges every file of public reports, and leaves no role out', async () => {
    // The one that is left out allows AWS principals only.
    const names = readdirSync('test/trust/field').filter(one => one !== 'for-any-value-if-exists-everyone.json');
    const files = names.map(one => join(process.cwd(), 'test/trust/field', one));
    const ran = await run(['audit', ...files.flatMap(one => ['--file', one]), '--account', first, '--json']);
    assert.deepEqual(
      read(ran).files.map(({ roles: found }) => found.length),
      files.map(() => 1),
    );
  });

  it('calls a file that cannot be read unknown, by name, and judges the others', async () => {
    const path = writeInput('good.yaml', template);
    const broken = writeInput('broken.json', '{"Roles": [');
    const ran = await run(['audit', '--file', broken, '--file', path, '--account', first]);
    assert.equal(ran.status, 3);
    assert.match(ran.stdout, /TrustPolicyUnreadable: .*broken\.json/);
    assert.match(ran.stdout, /SubjectWildcard/);
  });

  it('says where --account has no effect, since every role has an ARN of another one', async () => {
    for (const [account, says] of [
      [second, true],
      [first, false],
    ] as const) {
      const Role = {
        RoleName: 'a',
        Arn: `arn:aws:iam::${first}:role/a`,
        AssumeRolePolicyDocument: trust(first, exact),
      };
      const path = writeInput('own-arn.json', JSON.stringify({ Role }));
      const ran = await run(['audit', '--file', path, '--account', account, '--json']);
      const said = `--account ${account} has no effect: every role in the files has an ARN, and none is of that account (${first}).`;
      assert.equal(ran.stdout.includes(said), says, ran.stdout);
    }
  });

  it('calls a role whose policy is not in the file unknown', async () => {
    const listed = [{ RoleName: 'bare' }, { RoleName: 'deploy', AssumeRolePolicyDocument: trust(first, exact) }];
    const path = writeInput('bare.json', JSON.stringify({ Roles: listed }));
    const ran = await run(['audit', '--file', path, '--account', first, '--json']);
    assert.deepEqual(
      [ran.status, read(ran).files[0]?.roles.map(({ role, state }) => [role.name, state])],
      [
        3,
        [
          ['bare', 'unknown'],
          ['deploy', 'judged'],
        ],
      ],
    );
  });

  it('calls a file with a part of the list of roles unknown', async () => {
    const Roles = [{ RoleName: 'deploy', AssumeRolePolicyDocument: trust(first, exact) }];
    const path = writeInput('page.json', JSON.stringify({ Roles, IsTruncated: true, Marker: 'AAA' }));
    const ran = await run(['audit', '--file', path, '--account', first]);
    assert.equal(ran.status, 3);
    assert.match(ran.stdout, /page\.json: The file contains only a part of the list of roles/);
  });

  it('calls a role whose policy is known only after deployment unknown', async () => {
    const path = writeInput('unresolved.yaml', template.replace(/!Sub '[^']*'/, '!GetAtt Provider.Arn'));
    const ran = await run(['audit', '--file', path, '--account', first]);
    assert.equal(ran.status, 3);
    assert.match(ran.stdout, /unknown: its trust policy has values that are known only after deployment/);
  });

  for (const [args, says] of [
    [['--file', 'x', '--profile', 'p'], 'Both --file and --profile are given.'],
    [['--file', 'x', '--account-details'], 'Both --file and --account-details are given.'],
    [['--file', 'x', '--account', first, '--account', second], '--account is given more than once with --file.'],
    [['--file', 'x', '--json', '--format', 'html'], 'Both --json and --format are given.'],
    [[], '--account is missing.'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const ran = await run(['audit', ...args]);
      assert.equal(ran.status, 2);
      assert.ok(`${ran.stdout}${ran.stderr}`.includes(says), `${ran.stdout}${ran.stderr}`);
    });
  }
});

describe('aws-wif audit, as SARIF', () => {
  // The schema of OASIS as it is published: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json
  const schema = JSON.parse(readFileSync('test/cli/audit/sarif-schema-2.1.0.json', 'utf8')) as object;
  const validate = new Ajv({ allErrors: true, schemaId: 'auto' }).compile(schema);

  it('is valid, names file and line, and shows hostile names as text', async () => {
    const hostile = '[x](https://evil.example)\u202e\ud800##vso[task.setvariable variable=a]b</style>|`';
    const path = writeInput(
      'hostile.json',
      JSON.stringify({ Roles: [{ RoleName: hostile, AssumeRolePolicyDocument: trust(first, wide) }] }, null, 2),
    );
    const { stdout, status } = await run(['audit', '--file', path, '--account', first, '--format', 'sarif']);
    assert.equal(status, 1);
    const log = JSON.parse(stdout) as { runs: readonly { results: readonly { message: { text: string } }[] }[] };
    assert.equal(validate(log), true, JSON.stringify(validate.errors));
    const texts = log.runs.flatMap(one => one.results.map(({ message }) => message.text));
    assert.ok(texts.length > 0);
    for (const text of texts) assert.doesNotMatch(text, /[^\\]\]\(|\u202e/);
    assert.doesNotMatch(stdout, /##vso\[/);
  });

  it('has unknown accounts and roles as notifications of a run that failed', async () => {
    const ran = await audit(
      [accountOf(first, { denied: ['ListRoles'] })],
      '--account',
      first,
      ...assumeRole,
      '--format',
      'sarif',
    );
    const log = JSON.parse(ran.stdout) as {
      runs: readonly {
        invocations: readonly { executionSuccessful: boolean; toolExecutionNotifications: readonly unknown[] }[];
      }[];
    };
    assert.equal(validate(log), true, JSON.stringify(validate.errors));
    const [invocation] = log.runs[0]?.invocations ?? [];
    assert.deepEqual([invocation?.executionSuccessful, invocation?.toolExecutionNotifications.length], [false, 1]);
  });

  for (const [count, says] of [
    [5000, undefined],
    [5001, 'The SARIF report has 5,001 results. GitHub code scanning shows the 5,000 most severe: run one'],
    [25_000, 'The SARIF report has 25,000 results. GitHub code scanning shows the 5,000 most severe: run one'],
    [25_001, 'The SARIF report has 25,001 results. GitHub code scanning rejects more than 25,000: run one'],
  ] as const) {
    it(`says what GitHub does with ${count} results`, () => {
      const finding = {} as AuditedFinding;
      const role = { findings: Array.from({ length: count }, () => finding) } as unknown as AuditedRole;
      const file = { file: 'a', errors: [], seen: 1, roles: [role] };
      const [text] = warnOfSize({ accounts: [], files: [file], outdated: [], warnings: [] });
      assert.equal(text?.slice(0, says?.length), says);
    });
  }

  it('would be found invalid', () => {
    assert.equal(validate({ version: '2.1.0', runs: [{ tool: {} }] }), false);
  });

  it('goes to a file with a word of caution, and with what makes it fail', async () => {
    const out = join(folder, 'audit.sarif');
    const provider =
      'arn:aws:iam::111111111111:oidc-provider/vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6';
    const open = `{Effect: Allow, Action: "sts:AssumeRoleWithWebIdentity", Principal: {Federated: "${provider}"}}`;
    const path = writeInput(
      'caution.yaml',
      `Resources: {A: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [${open}]}}}}`,
    );
    for (const [failOn, status, says] of [
      ['none', 0, /It is a map of your weakest roles: restrict who can read it\.$/m],
      ['high', 1, /It is a map of your weakest roles.* Findings: 1 critical.* \(--fail-on high\)\.$/m],
    ] as const) {
      const options = ['--format', 'sarif', '--out', out, '--overwrite', '--fail-on', failOn];
      const ran = await run(['audit', '--file', path, ...options]);
      assert.equal(ran.status, status);
      assert.match(ran.stderr, says);
    }
  });
});
