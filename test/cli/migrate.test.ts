import assert from 'node:assert/strict';
import { chmodSync, linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Ran } from './command-line.ts';
import { buildCommandLine, writeInput } from './command-line.ts';
import {
  canaryKeys,
  canarySignature,
  entraAudiences,
  entraSubject,
  entraUrl,
  makeToken,
  oldConnectionId,
  oldSubject,
  oldUrl,
  tenantId,
  tokens,
} from './company.ts';
import {
  accountId,
  convertedConnection,
  deployPolicy,
  entraArn,
  entraConnection,
  evilConnection,
  exposedPolicy,
  govConnection,
  humans,
  nextSubject,
  oldArn,
  oldConnection,
  openPolicy,
  plainAccount,
  sharedProjectId,
  startMigration,
  type MigrateScene,
} from './migrate-scene.ts';

/** Windows has no permission bits. */
const isWindows = process.platform === 'win32';

interface Document {
  readonly status: string;
  readonly changes: readonly { readonly kind: string; readonly state: string }[];
  readonly done: number;
  readonly saved: string | null;
  readonly results: readonly {
    readonly role: { readonly arn: string };
    readonly state: string;
    readonly from: string | null;
  }[];
  readonly connections: readonly Readonly<Record<string, unknown>>[];
  readonly leftOut: readonly { readonly code: string; readonly connections: readonly string[] }[];
  readonly errors: readonly { readonly code: string; readonly found: string; readonly remedy: string }[];
  readonly warnings: readonly string[];
  readonly providerStays: string | null;
  readonly next: readonly string[];
  readonly hiddenConnections: number;
  readonly conflicts: readonly string[];
  readonly token: readonly { readonly decision: string }[] | null;
}

/** The document, with its one account's members beside its own. */
const read = ({ stdout }: Ran): Document => {
  const document = JSON.parse(stdout) as Document & { readonly accounts?: readonly [object] };
  const { errors, status } = document;
  const whole = { ...document, ...document.accounts?.[0], errors, status };
  return {
    ...whole,
    done: ((whole.changes as Document['changes'] | undefined) ?? []).filter(({ state }) => state === 'done').length,
  };
};
const roleArn = `arn:aws:iam::${accountId}:role/teams/deploy`;

let scene: MigrateScene | undefined;
async function start(...args: Parameters<typeof startMigration>): Promise<MigrateScene> {
  scene = await startMigration(...args);
  return scene;
}
before(() => {
  buildCommandLine();
});
afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const twin = {
  Sid: 'AwsWifEntra',
  Effect: 'Allow',
  Principal: { Federated: entraArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${entraUrl}:aud`]: entraAudiences, [`${entraUrl}:sub`]: nextSubject } },
};
const dualPolicy = { ...deployPolicy, Statement: [...deployPolicy.Statement, twin] };

describe('aws-wif migrate audit', () => {
  it('names the role that would refuse the connection, from when on, and the pipelines in its history', async () => {
    const { migrate, iam } = await start({}, [oldConnection, entraConnection, govConnection, evilConnection]);
    const ran = await migrate('audit', '--json');
    const { results, connections, warnings } = read(ran);
    assert.equal(ran.status, 1);
    assert.deepEqual(
      results.map(one => [one.role.arn, one.state, one.from]),
      [[roleArn, 'breaks', '2027-07-01, or when the connection is converted']],
    );
    assert.deepEqual(
      connections.map(one => [one['status'], one['inScope']]),
      [
        ['retiring', true],
        ['converted', true],
        ['exempt', false],
        ['unclear', true],
      ],
    );
    assert.deepEqual((connections[0]?.['pipelinesInExecutionHistory'] as string[]).slice(0, 2), [
      'infra-main',
      'infra-pr',
    ]);
    assert.match(warnings.join(), /cannot see are missing/);
    assert.ok(
      iam.calls.every(({ action }) => /^(?:Get|List)/.test(action)),
      'nothing is changed',
    );
  });

  it('prints names from outside harmlessly, and no token', async () => {
    const { migrate } = await start({}, [oldConnection, evilConnection]);
    for (const args of [[], ['--json']]) {
      const { stdout, stderr } = await migrate('audit', ...args);
      for (const bad of ['##vso[', '\u001b', '\u202e', tokens.full, canaryKeys.AWS_SECRET_ACCESS_KEY]) {
        assert.ok(!`${stdout}${stderr}`.includes(bad), JSON.stringify(bad));
      }
      assert.match(stdout, /Project settings > Service connections/);
    }
  });

  it('finds a shared connection once, by the project of its subject', async () => {
    const shared = { ...oldConnection, sharedWith: [{ projectId: sharedProjectId, name: 'aws-old-data' }] };
    const { migrate } = await start({}, [shared]);
    const { connections } = read(await migrate('audit', '--json'));
    assert.deepEqual(
      connections.map(one => [one['id'], one['status']]),
      [[oldConnectionId, 'retiring']],
    );
  });

  it('ends with 0 once the roles trust both issuers', async () => {
    const { migrate } = await start();
    await migrate('apply', '--yes');
    const ran = await migrate('audit', '--json');
    assert.deepEqual([ran.status, read(ran).results.map(one => one.state)], [0, ['ready']]);
  });

  const denied = [
    { action: 'ListRoles', code: 'IamForbidden', remedy: /iam:ListRoles, iam:ListOpenIDConnectProviders/ },
    { action: 'GetOpenIDConnectProvider', code: 'IamForbidden', remedy: /iam:GetOpenIDConnectProvider/ },
  ];
  for (const { action, code, remedy } of denied) {
    it(`concludes nothing without ${action}, and says what it needs`, async () => {
      const { migrate } = await start({ denied: [action] });
      const ran = await migrate('audit', '--json');
      const [error] = read(ran).errors;
      assert.deepEqual([ran.status, error?.code], [3, code]);
      assert.match(error?.remedy ?? '', remedy);
    });
  }

  it('names the scopes where the token may not list projects', async () => {
    const { runRaw, organization } = await start();
    const args = [
      'migrate',
      'audit',
      '--organization-url',
      `${organization.url}/contoso`,
      '--account',
      accountId,
      '--json',
    ];
    const ran = await runRaw(args, { AZURE_DEVOPS_EXT_PAT: tokens.noProjects });
    const [error] = read(ran).errors;
    assert.deepEqual([ran.status, error?.code], [3, 'AzureDevOpsForbidden']);
    assert.match(error?.remedy ?? '', /vso\.serviceendpoint.*vso\.project/);
  });
});

describe('aws-wif migrate passes over nothing that may break', () => {
  const renamed = { ...oldConnection, name: 'aws-new' };
  const hiddenSubject = {
    ...deployPolicy,
    Statement: {
      ...deployPolicy.Statement[1],
      Condition: { StringEquals: { [`${oldUrl}:sub`]: 'sc://contoso/Secret/x' } },
    },
  };
  const hidden = { ...oldConnection, id: '00000000-0000-4000-8000-000000000009', name: 'x', isHidden: true };
  const cases = [
    {
      name: 'a renamed connection whose subject is still trusted',
      connections: [renamed, entraConnection],
      roles: plainAccount.roles,
      code: 'ConnectionUnclear',
    },
    {
      name: 'the subject of a hidden connection',
      connections: [entraConnection, hidden],
      roles: [{ name: 'deploy', trustPolicy: hiddenSubject }],
      code: 'SubjectUnseen',
    },
    {
      name: 'a pattern that a converted connection was let in by',
      connections: [convertedConnection],
      roles: [{ name: 'open', trustPolicy: openPolicy }],
      code: 'ConnectionConverted',
    },
  ];
  for (const { name, connections, roles, code } of cases) {
    for (const command of ['audit', 'apply', 'verify']) {
      it(`${command}: ${name}`, async () => {
        const { migrate } = await start({ roles }, [...connections]);
        const ran = await migrate(command, '--json', ...(command === 'apply' ? ['--yes'] : []));
        const codes = read(ran).leftOut.map(one => one.code);
        assert.deepEqual([ran.status, codes.includes(code)], [1, true], codes.join());
      });
    }
  }

  it('and says that there are hidden ones, and how many', async () => {
    const { migrate } = await start({}, [oldConnection, entraConnection, hidden]);
    const { hiddenConnections, warnings } = read(await migrate('audit', '--json'));
    assert.equal(hiddenConnections, 1);
    assert.match(warnings.join(), /reports 1 that it does not show/);
    assert.match(warnings.join(), /multitenant applications/);
    assert.match(
      (await migrate('audit')).stdout,
      /Connections that obtain ID tokens: 2, and 1 that this token cannot see/,
    );
  });

  it('and how the organization is spelled', async () => {
    const { runRaw, organization } = await start();
    const place = ['--organization-url', `${organization.url}/Contoso`, '--account', accountId];
    const ran = await runRaw(['migrate', 'audit', ...place, '--json']);
    assert.deepEqual([ran.status, read(ran).results[0]?.state], [1, 'undecided']);
    assert.match(read(ran).warnings.join(), /Subjects spell the organization contoso/);
  });

  it('and verify ends with 1 where there is nothing to judge', async () => {
    const { migrate } = await start({
      roles: [{ name: 'humans', trustPolicy: { Version: '2012-10-17', Statement: [humans] } }],
    });
    const ran = await migrate('verify');
    assert.equal(ran.status, 1);
    assert.match(ran.stdout, /Nothing to verify/);
  });
});

describe('aws-wif migrate plan', () => {
  it('shows the provider and the twin, and changes nothing', async () => {
    const { migrate, iam, policy } = await start();
    const ran = await migrate('plan', '--json');
    const { changes, status, done } = read(ran);
    assert.deepEqual([ran.status, status, done], [0, 'planned', 0]);
    assert.deepEqual(changes, [
      {
        kind: 'create-provider',
        arn: entraArn,
        issuer: { kind: 'entra', url: `https://${entraUrl}` },
        clientIds: entraAudiences,
        tags: { 'managed-by': 'aws-wif' },
        state: 'planned',
      },
      {
        kind: 'set-trust-policy',
        role: { arn: roleArn, name: 'deploy' },
        trustPolicy: dualPolicy,
        state: 'planned',
      },
    ]);
    assert.deepEqual(policy('deploy'), deployPolicy);
    assert.ok(
      iam.calls.every(({ action }) => /^(?:Get|List)/.test(action)),
      'nothing is changed',
    );
    assert.match((await migrate('plan')).stdout, /\+ +"Sid": "AwsWifEntra"/);
  });

  it('lists a statement without a literal subject, and names what --expand would', async () => {
    const roles = [{ name: 'open', trustPolicy: openPolicy }];
    const { migrate } = await start({ roles }, [oldConnection, govConnection, entraConnection]);
    const ran = await migrate('plan', '--json');
    const left = read(ran).leftOut.map(({ code, connections }) => [code, connections]);
    assert.deepEqual([ran.status, read(ran).changes], [1, []]);
    assert.deepEqual(left, [
      ['SubjectPattern', ['Payments/aws-old']],
      ['ConnectionConverted', ['Payments/aws']],
    ]);
    const expanded = read(await migrate('plan', '--expand', '--json'));
    const text = JSON.stringify(expanded.changes);
    assert.ok(text.includes(nextSubject) && !text.includes(entraSubject), 'just the one that was not converted before');
    assert.ok(!/"login[^"]*:sub":"[^"]*\*/.test(text), 'no wildcard on the Entra issuer');
  });

  it('warns of trust policies past the quota before anything is written', async () => {
    const many = Array.from({ length: 9 }, (_, place): typeof oldConnection => ({
      ...oldConnection,
      id: `00000000-0000-4000-8000-0000000001${place}0`,
      name: `aws-${place}`,
      parameters: {
        ...oldConnection.parameters,
        workloadIdentityFederationSubject: `sc://contoso/Payments/aws-${place}`,
      },
    }));
    const subjects = many.map(({ name }) => `sc://contoso/Payments/${name}`);
    const [, statement] = deployPolicy.Statement;
    const Condition = { StringEquals: { [`${oldUrl}:sub`]: subjects } };
    const roles = [
      { name: 'deploy', trustPolicy: { Version: '2012-10-17', Statement: [{ ...statement, Condition }] } },
    ];
    const { migrate } = await start({ roles }, [...many, entraConnection]);
    const { warnings } = read(await migrate('plan', '--json'));
    assert.match(warnings.join(), /would have \d{4} characters; IAM accepts 2048/);
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).status, read(ran).done], [1, 'partial', 1]);
    assert.equal(read(ran).errors[0]?.code, 'TrustPolicyQuota');
    assert.match(read(ran).errors[0]?.found ?? '', /Cannot exceed quota/);
    assert.match(read(ran).errors[0]?.remedy ?? '', /increase of this quota in Service Quotas.*or split/);
  });
});

describe('aws-wif migrate apply', () => {
  it('is not held up by a role whose policy is too large for the account', async () => {
    const pad = { ...humans, Condition: { StringEquals: { 'aws:PrincipalTag/p': 'x'.repeat(1100) } } };
    const [, statement] = deployPolicy.Statement;
    // Of another connection, so that this one is ready, and is not told of as long as there are errors.
    const subject = 'sc://contoso/Payments/other';
    const other = { ...oldConnection, id: '00000000-0000-4000-8000-000000000009', name: 'other' };
    const parameters = { ...oldConnection.parameters, workloadIdentityFederationSubject: subject };
    const ofOther = JSON.parse(JSON.stringify(statement).replace(oldSubject, subject)) as unknown;
    const big = { Version: '2012-10-17', Statement: [pad, ofOther] };
    const roles = ['big', 'big-too'].map(name => ({ name, trustPolicy: big }));
    const { migrate, policy } = await start({ roles: [...roles, ...plainAccount.roles] }, [
      oldConnection,
      entraConnection,
      { ...other, parameters },
    ]);
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).done, read(ran).next], [1, 2, []]);
    assert.deepEqual(
      read(ran).errors.map(({ code }) => code),
      ['TrustPolicyQuota', 'TrustPolicyQuota'],
    );
    assert.deepEqual([policy('deploy'), policy('big')], [dualPolicy, big]);
  });

  it('says what comes next, with the page on which to convert', async () => {
    const { migrate, organization } = await start();
    for (const moment of ['done', 'unchanged']) {
      const { next } = read(await migrate('apply', '--yes', '--json'));
      const text = next.join('\n');
      assert.match(text, /aws-wif migrate verify --organization-url \S+\/contoso --account 111111111111/, moment);
      assert.match(text, /the connection > Update, and Update again/, moment);
      assert.ok(text.includes(`"${organization.url}/contoso/Payments/_settings/adminservices"`), text);
      assert.match(text, /aws-wif migrate finish/, moment);
    }
  });

  it('does not send anybody to convert what is refused', async () => {
    const { migrate } = await start({}, [oldConnection]);
    const { stdout } = await migrate('apply', '--yes');
    assert.match(stdout, /refused, nothing was changed/);
    assert.doesNotMatch(stdout, /Convert each connection/);
  });

  it('writes the twin next to the old statement, all else kept, and saves what was there', async () => {
    const { migrate, iam, policy, saved } = await start();
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).status, read(ran).done], [0, 'done', 2]);
    assert.deepEqual(policy('deploy'), dualPolicy);
    const provider = iam.state(accountId).providers.find(({ url }) => url === entraUrl);
    assert.deepEqual([provider?.clientIds, provider?.tags], [entraAudiences, { 'managed-by': 'aws-wif' }]);
    const [file = ''] = saved();
    if (!isWindows) assert.equal(statSync(file).mode & 0o777, 0o600);
    const { entries } = JSON.parse(readFileSync(file, 'utf8')) as { entries: { before: string | null }[] };
    assert.deepEqual([entries[0]?.before, JSON.parse(entries[1]?.before ?? '')], [null, deployPolicy]);
    assert.equal(iam.calls[0]?.action, 'GetCallerIdentity');
    assert.match(ran.stderr, /account 111111111111 as arn:aws:iam::111111111111:user\//);
  });

  it('ends after the call that is under way on Ctrl-C, says what was done, and the next run goes on', async () => {
    const { interrupt, migrate, policy } = await start();
    const ran = await interrupt('apply', '--yes', '--json');
    assert.equal(ran.status, 3, ran.stderr);
    const { status, changes, errors } = read(ran);
    assert.deepEqual([status, errors.map(({ code }) => code)], ['interrupted', ['Interrupted']]);
    assert.deepEqual(
      changes.map(({ kind, state }) => [kind, state]),
      [
        ['create-provider', 'done'],
        ['set-trust-policy', 'interrupted'],
      ],
    );
    assert.match(ran.stderr, /^Stopping after the current call/m);
    assert.deepEqual(policy('deploy'), deployPolicy);
    assert.equal((await migrate('apply', '--yes')).status, 0);
    assert.deepEqual(policy('deploy'), dualPolicy);
  });

  it('finds nothing to do the second time', async () => {
    const { migrate, saved } = await start();
    await migrate('apply', '--yes');
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).status, read(ran).changes, saved().length], [0, 'unchanged', [], 1]);
  });

  it('asks nobody without a terminal: wrong usage without --yes, and no request', async () => {
    const { migrate, iam, organization } = await start();
    const ran = await migrate('apply', '--json');
    assert.deepEqual([ran.status, read(ran).errors[0]?.code], [2, 'UsageWrong']);
    assert.deepEqual([iam.requests.length, organization.requests.length], [0, 0]);
  });

  it('refuses credentials of another account before it reads anything', async () => {
    const { migrate, iam } = await start({ accountId: '222222222222' });
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).errors[0]?.code], [1, 'AccountDiffers']);
    assert.deepEqual(
      iam.calls.map(({ action }) => action),
      ['GetCallerIdentity'],
    );
  });

  const refused = [
    {
      name: 'a tenant that nobody confirmed',
      connections: [oldConnection],
      args: [],
      code: 'TenantUnconfirmed',
      accepted: ['--tenant-id', tenantId],
    },
    {
      name: 'a role that the provider would open',
      connections: [oldConnection, entraConnection],
      args: [],
      code: 'RolesExposed',
      accepted: ['--accept-exposed-roles'],
    },
  ];
  for (const { name, connections, code, accepted } of refused) {
    it(`refuses ${name}, and writes with ${accepted[0] ?? ''}`, async () => {
      const exposed = code === 'RolesExposed' ? [{ name: 'exposed', trustPolicy: exposedPolicy }] : [];
      const { migrate, policy } = await start({ roles: [...plainAccount.roles, ...exposed] }, [...connections]);
      const ran = await migrate('apply', '--yes', '--json');
      assert.deepEqual([ran.status, read(ran).status, read(ran).errors[0]?.code], [1, 'refused', code]);
      assert.deepEqual(policy('deploy'), deployPolicy);
      const second = await migrate('apply', '--yes', '--json', ...accepted);
      assert.deepEqual([second.status, read(second).status], [0, 'done']);
      assert.deepEqual(policy('deploy'), dualPolicy);
    });
  }

  it('writes nothing for a tenant that the converted connections contradict', async () => {
    const { migrate, policy } = await start();
    const other = '11111111-2222-4333-8444-555555555555';
    const ran = await migrate('apply', '--yes', '--json', '--tenant-id', other);
    assert.deepEqual(
      [ran.status, read(ran).changes, read(ran).leftOut.map(({ code }) => code)],
      [1, [], ['TenantConflict']],
    );
    assert.deepEqual(policy('deploy'), deployPolicy);
  });

  it('stops at a trust policy that somebody changed meanwhile', async () => {
    const { migrate, iam, policy } = await start();
    const changed = { ...deployPolicy, Id: 'changed' };
    iam.watch(({ action }) => {
      const role = iam.state(accountId).roles.find(({ name }) => name === 'deploy');
      if (action === 'CreateOpenIDConnectProvider' && role !== undefined) role.trustPolicy = JSON.stringify(changed);
    });
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).status, read(ran).errors[0]?.code], [1, 'partial', 'ChangedMeanwhile']);
    assert.deepEqual(policy('deploy'), changed);
  });

  it('stops before the provider when a role meanwhile would be opened by it', async () => {
    const { migrate, iam } = await start();
    iam.watch(({ action }) => {
      const role = iam.state(accountId).roles.find(({ name }) => name === 'humans');
      if (action === 'GetOpenIDConnectProvider' && role !== undefined) role.trustPolicy = JSON.stringify(exposedPolicy);
    });
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).done], [1, 0]);
    assert.match(read(ran).errors[0]?.found ?? '', /would now open/);
  });

  it('vouches for a converted connection only by its id', async () => {
    const { migrate, policy } = await start({}, [convertedConnection]);
    const ran = await migrate('apply', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).leftOut[0]?.code], [1, 'ConnectionConverted']);
    assert.deepEqual(policy('deploy'), deployPolicy);
    const second = await migrate('apply', '--yes', '--include-converted', oldConnectionId);
    assert.equal(second.status, 0);
    assert.deepEqual(policy('deploy'), dualPolicy);
  });
});

describe('aws-wif migrate verify', () => {
  const cases = [
    { name: 'before apply', apply: false, sub: nextSubject, status: 1, states: ['breaks'], decision: undefined },
    { name: 'after apply', apply: true, sub: nextSubject, status: 0, states: ['ready'], decision: 'allowed' },
    {
      name: 'with a token of another one',
      apply: true,
      sub: entraSubject,
      status: 1,
      states: ['ready'],
      decision: 'denied',
    },
  ];
  for (const { name, apply, sub, status, states, decision } of cases) {
    it(`judges both identities and the token ${name}`, async () => {
      const { migrate } = await start();
      if (apply) await migrate('apply', '--yes');
      const file = writeInput('migrate-token.jwt', makeToken({ sub }));
      const ran = await migrate('verify', '--token-file', file, '--json');
      const { results, token } = read(ran);
      assert.deepEqual([ran.status, results.map(one => one.state), token?.[0]?.decision], [status, states, decision]);
      const text = (await migrate('verify')).stdout;
      for (const shown of [oldSubject, nextSubject, `https://${oldUrl}`, entraAudiences.join(' and ')]) {
        assert.ok(text.includes(shown), shown);
      }
      for (const secret of [canarySignature, 'canary-claim']) {
        assert.ok(!`${ran.stdout}${ran.stderr}`.includes(secret), secret);
      }
    });
  }
});

describe('aws-wif migrate finish', () => {
  async function bring(account: Parameters<typeof startMigration>[0] = {}): Promise<MigrateScene> {
    const made = await start(account);
    assert.equal((await made.migrate('apply', '--yes')).status, 0);
    return made;
  }

  it('removes nothing of a connection that is still on the old issuer', async () => {
    const { migrate, policy } = await bring();
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).changes, read(ran).leftOut[0]?.code], [0, [], 'StillOnOldIssuer']);
    assert.deepEqual(policy('deploy'), dualPolicy);
  });

  it('removes the old statement once the connection is seen on the Entra issuer, and keeps the rest', async () => {
    const { migrate, policy, connections, iam } = await bring();
    connections[0] = convertedConnection;
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).status], [0, 'done']);
    assert.deepEqual(policy('deploy'), { ...deployPolicy, Statement: [humans, twin] });
    assert.ok(
      iam.state(accountId).providers.some(({ url }) => url === oldUrl),
      'the provider stays without being told',
    );
    const second = await migrate('finish', '--yes', '--json');
    assert.deepEqual([second.status, read(second).status], [0, 'unchanged']);
  });

  it('reports a subject whose connection it cannot see, and keeps it', async () => {
    const { migrate, policy, connections } = await bring();
    connections.splice(0, 1);
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).leftOut[0]?.code], [1, 'SubjectUnseen']);
    assert.deepEqual(policy('deploy'), dualPolicy);
  });

  it('removes nothing of a role that does not admit the connection on the Entra issuer', async () => {
    const { migrate, policy } = await start({}, [convertedConnection]);
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).leftOut[0]?.code], [1, 'NotAllowedOnEntra']);
    assert.deepEqual(policy('deploy'), deployPolicy);
  });

  it('takes no connection for converted whose subject is not the computed one', async () => {
    const { migrate, policy, connections } = await bring();
    const parameters = { ...convertedConnection.parameters, workloadIdentityFederationSubject: entraSubject };
    connections[0] = { ...convertedConnection, parameters };
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).leftOut[0]?.code], [1, 'ConnectionUnclear']);
    assert.deepEqual(policy('deploy'), dualPolicy);
  });

  const open = { name: 'open', trustPolicy: openPolicy };
  const providers = [...plainAccount.providers, { url: entraUrl, clientIds: entraAudiences }];
  const admitted = {
    ...twin,
    Condition: { StringEquals: { [`${entraUrl}:aud`]: entraAudiences, [`${entraUrl}:sub`]: entraSubject } },
  };
  const deletions = [
    {
      name: 'deletes a provider that is ours and that nobody names',
      tags: { 'managed-by': 'aws-wif' },
      roles: [],
      stays: null,
    },
    { name: 'keeps one that is not tagged as ours', tags: {}, roles: [], stays: /not tagged/ },
    {
      name: 'keeps one that a role names',
      tags: { 'managed-by': 'aws-wif' },
      roles: [open],
      stays: /named by .*role\/open/,
    },
    {
      name: 'keeps one where a role cannot be read',
      tags: { 'managed-by': 'aws-wif' },
      roles: [{ name: 'unreadable', trustPolicy: '{"Version": "2012-10-17", "Statement": []}' }],
      stays: /unreadable cannot be read/,
    },
  ];
  for (const { name, tags, roles, stays } of deletions) {
    it(`with --delete-provider ${name}`, async () => {
      const [old] = plainAccount.providers;
      const made = await start({
        roles: [...plainAccount.roles, ...roles],
        providers: old === undefined ? [] : [{ ...old, tags }],
      });
      await made.migrate('apply', '--yes');
      made.connections[0] = convertedConnection;
      const ran = await made.migrate('finish', '--yes', '--delete-provider', '--json');
      const isThere = made.iam.state(accountId).providers.some(({ url }) => url === oldUrl);
      assert.equal(isThere, stays !== null);
      if (stays === null) assert.deepEqual([ran.status, read(ran).providerStays], [0, null]);
      else assert.match(read(ran).providerStays ?? '', stays);
    });
  }

  it('turns a pattern into the connections that were seen on the old issuer only with --expand', async () => {
    const both = { ...openPolicy, Statement: [openPolicy.Statement, admitted] };
    const roles = [{ name: 'open', trustPolicy: both }];
    const { migrate, policy } = await start({ roles, providers }, [oldConnection, govConnection, entraConnection]);
    const ran = await migrate('finish', '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).leftOut[0]?.code, policy('open')], [1, 'SubjectPattern', both]);
    const expanded = await migrate('finish', '--yes', '--expand');
    assert.match(expanded.stderr, /cannot see are missing here.*With --expand they lose access/);
    const { Statement } = policy('open') as { Statement: { Condition: unknown }[] };
    const subjects = [oldSubject, 'sc://contoso/Payments/gov'];
    assert.deepEqual(Statement[0]?.Condition, { StringEquals: { [`${oldUrl}:sub`]: subjects } });
  });

  const hidden = { ...oldConnection, id: '00000000-0000-4000-8000-000000000009', name: 'x', isHidden: true };
  const kept = [
    { name: 'where nobody that it matches is converted', connections: [oldConnection], code: 'StillOnOldIssuer' },
    { name: 'where nobody that it matches is seen', connections: [], code: 'SubjectUnseen' },
    { name: 'where connections are hidden', connections: [entraConnection, hidden], code: 'ConnectionsHidden' },
  ];
  for (const { name, connections, code } of kept) {
    it(`keeps a pattern with --expand ${name}`, async () => {
      const both = { ...openPolicy, Statement: [openPolicy.Statement, admitted] };
      const { migrate, policy } = await start({ roles: [{ name: 'open', trustPolicy: both }], providers }, [
        ...connections,
      ]);
      const ran = await migrate('finish', '--yes', '--expand', '--json');
      const codes = read(ran).leftOut.map(one => one.code);
      assert.deepEqual([codes.includes(code), read(ran).changes, policy('open')], [true, [], both], codes.join());
    });
  }

  it('says what to do about a Deny that keeps the provider', async () => {
    const deny = { Effect: 'Deny', Principal: { Federated: oldArn }, Action: '*' };
    const roles = [
      ...plainAccount.roles,
      { name: 'denies', trustPolicy: { Version: '2012-10-17', Statement: [humans, deny] } },
    ];
    const { migrate } = await start({ roles });
    const ran = await migrate('finish', '--yes', '--delete-provider', '--json');
    assert.deepEqual(
      [
        ran.status,
        read(ran)
          .leftOut.map(({ code }) => code)
          .includes('DenyRemains'),
      ],
      [1, true],
    );
  });
});

describe('aws-wif migrate rollback', () => {
  async function apply(): Promise<{ readonly made: MigrateScene; readonly back: (...args: string[]) => Promise<Ran> }> {
    const made = await start();
    await made.migrate('apply', '--yes');
    const [file = ''] = made.saved();
    const args = ['migrate', 'rollback', file, '--account', accountId, '--save-folder', made.saveFolder, '--json'];
    return { made, back: (...more) => made.runRaw([...args, ...more]) };
  }
  const url = (made: MigrateScene): string[] => ['--organization-url', `${made.organization.url}/contoso`];

  it('puts back what apply changed, and finds nothing to do the second time', async () => {
    const { made, back } = await apply();
    const ran = await back('--yes', ...url(made));
    assert.deepEqual([ran.status, read(ran).status, read(ran).done], [0, 'done', 2]);
    assert.deepEqual(made.policy('deploy'), deployPolicy);
    assert.ok(!made.iam.state(accountId).providers.some(one => one.url === entraUrl), 'the provider is gone');
    assert.equal(read(await back('--yes', ...url(made))).status, 'unchanged');
  });

  it('puts back what finish changed, the provider included', async () => {
    const made = await start();
    await made.migrate('apply', '--yes');
    made.connections[0] = convertedConnection;
    const { saved } = read(await made.migrate('finish', '--yes', '--delete-provider', '--json'));
    const back = [
      'migrate',
      'rollback',
      saved ?? '',
      '--account',
      accountId,
      '--save-folder',
      made.saveFolder,
      '--yes',
    ];
    const refused = await made.runRaw([...back, '--json']);
    assert.deepEqual([refused.status, read(refused).errors[0]?.code], [1, 'TrustWouldGrow']);
    const ran = await made.runRaw([...back, '--accept-more-trust', '--json']);
    assert.deepEqual([ran.status, read(ran).done], [0, 2]);
    assert.match(read(ran).next.join(), /aws-wif migrate audit/);
    assert.match((await made.runRaw(back)).stdout, /nothing to restore/);
    assert.deepEqual(made.policy('deploy'), dualPolicy);
    assert.ok(
      made.iam.state(accountId).providers.some(one => one.url === oldUrl),
      oldArn,
    );
  });

  it('leaves a document alone that somebody changed since, and the provider that it names', async () => {
    const { made, back } = await apply();
    const role = made.iam.state(accountId).roles.find(({ name }) => name === 'deploy');
    assert.ok(role !== undefined, 'the role is there');
    role.trustPolicy = JSON.stringify({ ...dualPolicy, Id: 'changed' });
    const ran = await back('--yes', ...url(made));
    assert.deepEqual([ran.status, read(ran).conflicts.length], [1, 2]);
    assert.deepEqual(made.policy('deploy'), { ...dualPolicy, Id: 'changed' });
  });

  it('takes no client id away that a connection needs by now', async () => {
    const [one = ''] = entraAudiences;
    const roles = [{ name: 'deploy', trustPolicy: dualPolicy }];
    const made = await start({ roles, providers: [...plainAccount.providers, { url: entraUrl, clientIds: [one] }] });
    const { saved } = read(await made.migrate('apply', '--yes', '--json'));
    made.connections[0] = convertedConnection;
    const ran = await made.migrate('rollback', saved ?? '', '--save-folder', made.saveFolder, '--yes', '--json');
    assert.deepEqual([ran.status, read(ran).errors[0]?.code], [1, 'TrustWouldBeLost']);
    const provider = made.iam.state(accountId).providers.find(({ url: issuer }) => issuer === entraUrl);
    assert.deepEqual([...(provider?.clientIds ?? [])].sort(), [...entraAudiences].sort());
  });

  it('reads what a large run saved', async () => {
    const { made } = await apply();
    const [file = ''] = made.saved();
    const saved = JSON.parse(readFileSync(file, 'utf8')) as { entries: object[] };
    const gone = { kind: 'trust-policy', roleName: 'gone', before: null, after: 'x'.repeat(1000) };
    const large = { ...saved, entries: [...Array.from({ length: 3000 }, () => gone), ...saved.entries] };
    writeFileSync(file, JSON.stringify(large));
    const ran = await made.runRaw([
      'migrate',
      'rollback',
      file,
      '--account',
      accountId,
      '--dry-run',
      '--json',
      ...url(made),
    ]);
    assert.deepEqual([statSync(file).size > 3_000_000, ran.status, read(ran).changes.length], [true, 0, 2]);
  });

  const openToAll = (file: string) => {
    chmodSync(file, 0o666);
    return file;
  };
  const tampered = [
    {
      name: 'that others may use',
      spoil: openToAll,
      code: 'SavedFileRefused',
    },
    {
      name: 'by a link',
      spoil: (file: string) => {
        symlinkSync(file, `${file}.link`);
        return `${file}.link`;
      },
      code: 'SavedFileRefused',
    },
    {
      name: 'with a second name',
      spoil: (file: string) => {
        linkSync(file, `${file}.link`);
        return file;
      },
      code: 'SavedFileRefused',
    },
    {
      name: 'that would let everyone in',
      spoil: (file: string) => {
        const saved = JSON.parse(readFileSync(file, 'utf8')) as { entries: Record<string, unknown>[] };
        const before = JSON.stringify({
          ...deployPolicy,
          Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: '*' },
        });
        const entries = saved.entries.map(one => (one['kind'] === 'trust-policy' ? { ...one, before } : one));
        writeFileSync(file, JSON.stringify({ ...saved, entries }));
        return file;
      },
      code: 'TrustWouldGrow',
    },
  ];
  for (const { name, spoil, code } of tampered) {
    it(`refuses a file ${name}`, async function () {
      if (isWindows && spoil === openToAll) this.skip();
      const { made } = await apply();
      const [file = ''] = made.saved();
      const args = ['migrate', 'rollback', spoil(file), '--account', accountId, '--save-folder', made.saveFolder];
      const ran = await made.runRaw([...args, '--yes', '--json', ...url(made)]);
      assert.deepEqual([ran.status, read(ran).errors[0]?.code], [1, code]);
      assert.deepEqual(made.policy('deploy'), dualPolicy);
    });
  }

  const lost = [
    { name: 'without knowing who uses it', args: () => [], convert: false },
    { name: 'of a connection that is on the Entra issuer', args: url, convert: true },
  ];
  for (const { name, args, convert } of lost) {
    it(`takes no Entra trust away ${name}, but with --accept-lost-trust`, async () => {
      const { made, back } = await apply();
      if (convert) made.connections[0] = convertedConnection;
      const ran = await back('--yes', ...args(made));
      assert.deepEqual([ran.status, read(ran).status, read(ran).errors[0]?.code], [1, 'refused', 'TrustWouldBeLost']);
      assert.deepEqual(made.policy('deploy'), dualPolicy);
      assert.equal((await back('--yes', '--accept-lost-trust')).status, 0);
      assert.deepEqual(made.policy('deploy'), deployPolicy);
    });
  }

  const files = [
    {
      name: 'of another account',
      text: { version: 1, account: '222222222222', partition: 'aws', savedAt: '', entries: [] },
      status: 1,
      code: 'AccountDiffers',
    },
    { name: 'that is none', text: { version: 2 }, status: 2, code: 'UsageWrong' },
    {
      name: 'with an entry that is none',
      text: {
        version: 1,
        account: accountId,
        partition: 'aws',
        savedAt: '',
        entries: [{ kind: 'provider', arn: oldArn, before: null, after: null }, { kind: 'provider' }],
      },
      status: 2,
      code: 'UsageWrong',
    },
    {
      name: 'with a provider of another account',
      text: {
        version: 1,
        account: accountId,
        partition: 'aws',
        savedAt: '',
        entries: [{ kind: 'provider', arn: oldArn.replace(accountId, '222222222222'), before: null, after: null }],
      },
      status: 1,
      code: 'AccountDiffers',
    },
  ];
  for (const { name, text, status, code } of files) {
    it(`refuses a file ${name}`, async () => {
      const made = await start();
      const file = writeInput('migrate-saved.json', JSON.stringify(text));
      chmodSync(file, 0o600);
      const ran = await made.runRaw(['migrate', 'rollback', file, '--account', accountId, '--yes', '--json']);
      assert.deepEqual([ran.status, read(ran).errors[0]?.code], [status, code]);
      assert.equal(made.iam.requests.length, 0);
    });
  }
});

describe('aws-wif migrate', () => {
  for (const name of ['audit', 'plan', 'apply', 'verify', 'finish', 'rollback']) {
    it(`${name} --help has examples and names what it needs, and no command that converts`, async () => {
      const { runRaw } = await start();
      const { status, stdout } = await runRaw(['migrate', name, '--help']);
      assert.equal(status, 0);
      assert.match(stdout, /Examples:\n {2}\$ aws-wif migrate/);
      assert.match(stdout.replace(/\s+/g, ' '), /AWS credentials need sts:GetCallerIdentity/);
      assert.doesNotMatch(stdout, /az devops|service-endpoint convert/);
    });
  }

  const wrong = [
    ['audit', '--account', accountId],
    ['audit', '--organization-url', 'https://dev.azure.com/contoso'],
    ['audit', '--organization-url', 'https://evil.example/contoso', '--account', accountId],
    ['plan', '--organization-url', 'https://dev.azure.com/contoso', '--account', accountId, '--tenant-id', 'contoso'],
    ['plan', '--organization-url', 'https://dev.azure.com/contoso', '--account', accountId, '--role', roleArn],
    [
      'plan',
      '--organization-url',
      'https://dev.azure.com/contoso',
      '--account',
      accountId,
      '--include-converted',
      'aws',
    ],
    ['rollback', '--account', accountId, '--yes'],
  ];
  for (const args of wrong) {
    it(`takes ${args.join(' ')} for wrong usage, before any request`, async () => {
      const { runRaw, iam } = await start();
      const ran = await runRaw(['migrate', ...args, '--json']);
      assert.deepEqual([ran.status, read(ran).errors[0]?.code, iam.requests.length], [2, 'UsageWrong', 0]);
    });
  }
});
