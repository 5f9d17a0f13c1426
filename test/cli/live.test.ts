import assert from 'node:assert/strict';
import { redirectTo, signInPage, type Fault, retryAfter } from '../fakes/faults.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import {
  azureDevOpsConnection,
  connectionId,
  entraSubject,
  hostileName,
  oldConnectionId,
  oldSubject,
  organizationId,
  policies,
  startCompany,
  tenantId,
  tokens,
  toolkitKey,
} from './company.ts';
import { buildCommandLine, run, writeInput, type Ran } from './command-line.ts';

let company: RecordedServer;
before(async () => {
  buildCommandLine();
  company = await startCompany();
});
afterEach(() => {
  company.reset();
});
after(() => company.close());

const full = { AZURE_DEVOPS_EXT_PAT: tokens.full };

function organizationUrl(): string {
  return `${company.url}/contoso`;
}

function live(connection: string, project = 'Payments'): readonly string[] {
  return ['--organization-url', organizationUrl(), '--project', project, '--connection', connection];
}

interface Document {
  readonly connection: Readonly<Record<string, unknown>>;
  readonly identities: readonly {
    readonly issuer: { readonly kind: string; readonly url: string };
    readonly subject: string;
    readonly current: boolean | null;
  }[];
  readonly missing: readonly { readonly why: string }[];
  readonly differences: readonly { readonly what: string; readonly read: string; readonly derived: string }[];
  readonly warnings: readonly string[];
}

function read({ stdout, stderr }: Ran): Document {
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Document;
}

function assertHarmless(text: string): void {
  for (const one of ['##vso[', '\u001b', '\u202e']) assert.ok(!text.includes(one), JSON.stringify(one));
}

describe('aws-wif asks Azure DevOps', () => {
  for (const [kind, token] of [
    ['a personal access token', tokens.full],
    ['an Entra token', tokens.entra],
  ] as const) {
    it(`for an organization's id with ${kind}`, async () => {
      const ran = await run(['organization-id', organizationUrl()], { AZURE_DEVOPS_EXT_PAT: token });
      assert.deepEqual(ran, { status: 0, stdout: `${organizationId}\n`, stderr: '' });
      const scheme =
        kind === 'an Entra token' ? `Bearer ${token}` : `Basic ${Buffer.from(`PAT:${token}`).toString('base64')}`;
      assert.deepEqual(
        company.requests.map(({ method, url, headers }) => [method, url, headers.authorization]),
        [['GET', '/contoso/_apis/connectionData', scheme]],
      );
    });
  }

  it('for a connection on the Entra issuer, whose read identity is the derived one', async () => {
    const ran = await run(['connection', ...live('aws'), '--json'], full);
    const { connection, identities, differences, missing, warnings } = read(ran);
    assert.equal(ran.status, 0);
    assert.deepEqual(connection, {
      organizationId,
      organization: 'contoso',
      project: 'Payments',
      name: 'aws',
      tenantId,
      id: connectionId,
      environment: 'AzureCloud',
      kind: 'azure-rm',
      type: 'azurerm',
      scheme: 'WorkloadIdentityFederation',
      openToAll: false,
      approval: true,
      branchControl: true,
    });
    assert.deepEqual(
      identities.map(one => [one.issuer.kind, one.subject, one.current]),
      [
        ['azure-devops', 'sc://contoso/Payments/aws', false],
        ['entra', entraSubject, true],
      ],
    );
    assert.deepEqual([differences, missing, warnings], [[], [], []]);
  });

  const spellings = ['aws-OLD', 'aws-old'];
  for (const name of spellings) {
    it(`for ${name}, whose subject has the letter case of Azure DevOps`, async () => {
      const ran = await run(['connection', ...live(name, 'PAYMENTS'), '--tenant-id', tenantId, '--json'], full);
      const { connection, identities, warnings } = read(ran);
      assert.equal(ran.status, 0);
      assert.equal(connection['id'], oldConnectionId);
      assert.deepEqual(identities.map(one => [one.subject, one.current])[0], [oldSubject, true]);
      assert.deepEqual(warnings, []);
    });
  }

  it('warning that the tenant of the Entra issuer is not confirmed', async () => {
    const { warnings } = read(await run(['connection', ...live('aws-old'), '--json'], full));
    assert.match(
      warnings.join(),
      /^The Entra issuer of aws-old is derived from the connection's own tenant, which may differ/,
    );
  });

  it('for a name with a comma, and says that the connection is shared', async () => {
    const ran = await run(['connection', ...live('a,b'), '--issuer', 'azure-devops', '--json'], full);
    const { identities, warnings } = read(ran);
    assert.equal(ran.status, 0);
    assert.deepEqual(
      identities.map(one => one.subject),
      ['sc://contoso/Payments/a,b'],
    );
    assert.deepEqual(warnings, ['a,b is shared with other projects: their pipelines can use it, too.']);
  });

  it('for a connection of another cloud, which has one issuer', async () => {
    const { identities, missing } = read(await run(['connection', ...live('china'), '--json'], full));
    assert.deepEqual(
      identities.map(one => one.issuer.kind),
      ['azure-devops'],
    );
    assert.deepEqual(
      missing.map(one => one.why),
      ['connections of environment AzureChinaCloud keep the Azure DevOps issuer'],
    );
  });

  it('for a connection whose identity is not shown, and says so', async () => {
    const { warnings, differences } = read(await run(['connection', ...live('bare'), '--json'], full));
    assert.match(warnings.join(), /^Azure DevOps does not show the issuer of bare/);
    assert.deepEqual(differences, []);
  });

  it('for an Azure DevOps connection, which has the Entra issuer alone', async () => {
    const ran = await run(['connection', ...live(azureDevOpsConnection.name), '--json'], full);
    const { connection, identities, missing, differences, warnings } = read(ran);
    assert.deepEqual([ran.status, connection['kind'], connection['type']], [0, 'azure-devops', 'WorkloadIdentityUser']);
    assert.deepEqual(
      identities.map(one => [one.subject, one.current]),
      [[azureDevOpsConnection.subject, true]],
    );
    assert.match(missing.map(one => one.why).join(), /^connections of the kind "Azure DevOps.*" never have it$/);
    assert.deepEqual([differences, warnings], [[], []]);
  });

  it("for the AWS Toolkit's connection, and warns with the date; its keys are nowhere", async () => {
    const ran = await run(['connection', ...live('toolkit'), '--json'], full);
    const { connection, identities, warnings } = read(ran);
    assert.deepEqual([ran.status, connection['kind'], connection['type']], [0, 'aws-toolkit', 'AWS']);
    assert.deepEqual(
      identities.map(one => [one.subject, one.current]),
      [['sc://contoso/Payments/toolkit', true]],
    );
    assert.match(
      warnings[0] ?? '',
      /^toolkit is an AWS Toolkit connection.*2027-07-01.*AWSAssumeRoleWIF does not accept it/,
    );
    assert.ok(!ran.stdout.includes(toolkitKey) && !ran.stdout.includes('AKIAIOSFODNN7EXAMPLE'));
  });

  for (const [name, subject] of [
    [azureDevOpsConnection.name, azureDevOpsConnection.subject],
    ['toolkit', 'sc://contoso/Payments/toolkit'],
  ] as const) {
    it(`for a trust policy of ${name}, which names what it sends and nothing else`, async () => {
      const { status, stdout, stderr } = await run(['trust-policy', '--account', '111111111111', ...live(name)], full);
      const { Statement } = JSON.parse(stdout) as { readonly Statement: readonly unknown[] };
      assert.deepEqual([status, Statement.length], [0, 1], stderr);
      assert.ok(stdout.includes(`"${subject}"`), stdout);
      assert.equal(stderr.includes('2027-07-01'), name === 'toolkit', stderr);
      assert.ok(!stderr.includes('--issuer both'), stderr);
    });
  }

  for (const [name, issuer] of [
    [azureDevOpsConnection.name, 'azure-devops'],
    ['toolkit', 'entra'],
  ] as const) {
    it(`refusing --issuer ${issuer} for ${name}`, async () => {
      const args = ['trust-policy', '--account', '111111111111', ...live(name), '--issuer', issuer];
      const { status, stdout } = await run(args, full);
      assert.deepEqual([status, stdout], [2, '']);
    });
  }

  it('for a trust policy of several connections', async () => {
    const args = ['trust-policy', '--account', '111111111111', ...live('aws'), '--connection', 'aws-old'];
    const { status, stdout } = await run([...args, '--tenant-id', tenantId], full);
    assert.equal(status, 0);
    for (const subject of [oldSubject, entraSubject]) assert.ok(stdout.includes(`"${subject}"`));
    assert.ok(!stdout.includes('"sc://contoso/Payments/aws"'), stdout);
  });

  it('for a trust policy of another cloud, on its one issuer', async () => {
    const { status, stdout } = await run(['trust-policy', '--account', '111111111111', ...live('china')], full);
    assert.equal(status, 0);
    assert.ok(stdout.includes('sc://contoso/Payments/china') && !stdout.includes('microsoftonline'));
  });

  describe('and finds a difference', () => {
    const cases = [
      { name: 'renamed', args: [], what: 'subject', read: oldSubject, derived: 'sc://contoso/Payments/renamed' },
      { name: 'aws', args: ['--tenant-id', organizationId], what: 'tenant', read: tenantId, derived: organizationId },
    ];
    for (const { name, args, what, read: shown, derived } of cases) {
      it(`of the ${what}`, async () => {
        const ran = await run(['connection', ...live(name), ...args, '--json'], full);
        assert.equal(ran.status, 1);
        assert.deepEqual(read(ran).differences, [{ what, read: shown, derived }]);
      });

      it(`of the ${what}, so that no trust policy is printed`, async () => {
        const ran = await run(['trust-policy', '--account', '111111111111', ...live(name), ...args], full);
        assert.deepEqual([ran.status, ran.stdout], [1, '']);
        assert.ok(
          ran.stderr.startsWith(`IdentityDiffers: Azure DevOps shows ${what} ${shown} for ${name}, but ${derived} `),
          ran.stderr,
        );
      });
    }

    it('without what the text of Azure DevOps could do to a terminal or a log', async () => {
      const { status, stdout } = await run(['connection', ...live('evil')], full);
      assert.equal(status, 1);
      assert.match(stdout, /# #vso\[task\.setvariable/);
      assertHarmless(stdout);
      assert.match(stdout, /changed for display, --json has it exact/);
      const json = await run(['connection', ...live('evil'), '--json'], full);
      assertHarmless(json.stdout);
      assert.ok(read(json).differences[0]?.read.includes('##vso[task.setvariable variable=PATH]/\u001b[31m\u202ey'));
    });
  });

  const guarded = [
    {
      name: 'open',
      shown: ['all of the project', 'approval, branch control'],
      says: [/^open is open to all pipelines in the project/],
    },
    {
      name: 'unguarded',
      shown: ['only those that were permitted', 'no approval, no branch control'],
      says: [/^unguarded has neither an approval nor a branch control check/],
    },
    { name: 'guarded', shown: ['only those that were permitted', 'branch control'], says: [] },
    { name: 'unseen', shown: ['unknown', 'unknown'], says: [/^Could not read who may use unseen/] },
  ];
  for (const { name, shown, says } of guarded) {
    it(`warns of who may use the connection ${name}: ${says.length === 0 ? 'nothing' : String(says)}`, async () => {
      const args = ['connection', ...live(name), '--tenant-id', tenantId, '--json'];
      const { warnings } = read(await run(args, full));
      assert.equal(warnings.length, says.length, warnings.join('\n'));
      says.forEach((pattern, place) => {
        assert.match(warnings[place] ?? '', pattern);
      });
    });

    it(`shows who may use the connection ${name}`, async () => {
      const { stdout } = await run(['connection', ...live(name), '--tenant-id', tenantId], full);
      const rows = ['pipelines', 'checks'].map(row => new RegExp(`^${row} +(.+)$`, 'm').exec(stdout)?.[1]);
      assert.deepEqual(rows, shown);
    });
  }

  const hostile = [
    { command: 'connection', more: [] },
    { command: 'trust-policy', more: ['--account', '111111111111'] },
    { command: 'diagnose', more: ['--trust-policy-file', ''] },
  ];
  for (const { command, more } of hostile) {
    it(`${command} prints nothing raw of a hostile name and cloud`, async () => {
      const policy = writeInput('hostile-policy.json', JSON.stringify(policies.old));
      const { stdout, stderr } = await run([command, ...live(hostileName), ...more.map(one => one || policy)], full);
      assertHarmless(stdout);
      assertHarmless(stderr);
      assert.match(stderr, /# #vso\[task\.setvariable variable=PATH\]\[31my/);
    });
  }

  interface Failure {
    readonly name: string;
    readonly token?: string;
    readonly args?: () => readonly string[];
    readonly fault?: Fault;
    readonly says: RegExp;
  }
  const other = (connection: string, project?: string) => () => live(connection, project);
  const problem = { kind: 'answer', headers: { 'content-type': 'application/json' } } as const;
  const failures: readonly Failure[] = [
    { name: 'no token', token: '', says: /^AzureDevOpsTokenMissing: AZURE_DEVOPS_EXT_PAT is not set\./ },
    {
      name: 'a token with a line break',
      token: 'canary\nX: y',
      says: /^AzureDevOpsTokenMissing: AZURE_DEVOPS_EXT_PAT is not a token/,
    },
    {
      name: 'a wrong token',
      token: tokens.wrong,
      says: /^AzureDevOpsUnauthorized: .* did not accept the token in AZURE_DEVOPS_EXT_PAT \(status 401\)\./,
    },
    {
      name: 'a sign-in page',
      fault: signInPage(203),
      says: /^AzureDevOpsUnauthorized: .* answered with its sign-in page: .* \(status 203\)\./,
    },
    {
      name: 'a sign-in page of status 200',
      fault: signInPage(200),
      says: /^AzureDevOpsUnauthorized: .* \(status 200\)\./,
    },
    {
      name: 'missing rights',
      token: tokens.nothing,
      says: /^AzureDevOpsForbidden: .* \(status 403\)\. It says: TF400813: The user is not authorized\.\n/,
    },
    {
      name: 'missing rights on projects',
      token: tokens.noProjects,
      args: other('absent'),
      says: /^AzureDevOpsForbidden: .*vso\.project/,
    },
    {
      name: 'an unknown organization',
      args: () => ['--organization-url', `${company.url}/fabrikam`, '--project', 'a', '--connection', 'b'],
      says: /^OrganizationNotFound: .*\/fabrikam\/ found no such address \(status 404\)\./,
    },
    {
      name: 'an unknown project',
      args: other('aws', 'Absent'),
      says: /^ProjectNotFound: The organization contoso has no project "Absent" that this token can see\./,
    },
    {
      name: 'an unknown connection',
      args: other('absent'),
      says: /^ConnectionNotFound: The project "Payments" has no service connection "absent" that this token can see\./,
    },
    {
      name: 'several connections of a name',
      args: other('twice'),
      says: /^ConnectionAmbiguous: The project "Payments" has 2 service connections named "twice": Twice \(00000000-.*1\), TWICE \(00000000-.*2\)\./,
    },
    {
      name: 'another scheme',
      args: other('secret'),
      says: /^ConnectionSchemeUnsupported: The service connection "secret" uses the authentication scheme ServicePrincipal\./,
    },
    {
      name: 'a redirect',
      fault: redirectTo('https://evil.example/canary-path'),
      says: /^AzureDevOpsAnswerUnreadable: .*redirect, which is not followed \(status 302\)\. It says: evil\.example\n/,
    },
    {
      name: 'throttling',
      fault: { ...problem, status: 429, body: '{"message":"slow down"}' },
      says: /^AzureDevOpsUnavailable: .* is throttling requests \(status 429\)\. It says: slow down\n/,
    },
    {
      name: 'an outage',
      fault: { ...problem, status: 503, body: 'canary-body' },
      says: /^AzureDevOpsUnavailable: .* failed \(status 503\)\.\n/,
    },
    {
      name: 'a message that repeats the token',
      fault: { ...problem, status: 400, body: JSON.stringify({ message: `bad ${tokens.full}` }) },
      says: /^AzureDevOpsRejected: .* It says: bad \*\*\*\n/,
    },
    {
      name: 'a message that repeats the header',
      fault: {
        ...problem,
        status: 400,
        body: JSON.stringify({ message: `bad ${Buffer.from(`PAT:${tokens.full}`).toString('base64')}` }),
      },
      says: /^AzureDevOpsRejected: .* It says: bad \*\*\*\n/,
    },
    {
      name: 'an answer of no JSON',
      fault: { ...problem, status: 200, body: 'canary-body' },
      says: /^AzureDevOpsAnswerUnreadable: .* returned something that is not a REST API response \(status 200\)\.\n/,
    },
    {
      name: 'an answer without an id',
      fault: { ...problem, status: 200, body: '{"instanceId":"x"}' },
      says: /^AzureDevOpsAnswerUnreadable: /,
    },
    {
      name: 'an answer without end',
      fault: { kind: 'huge-body', megabytes: 3 },
      says: /^AzureDevOpsAnswerUnreadable: .* returned more than 1 MB/,
    },
    {
      name: 'a connection that breaks',
      fault: { kind: 'reset-before-headers' },
      says: /^NetworkReset: Azure DevOps at 127\.0\.0\.1:\d+ closed the connection/,
    },
    {
      name: 'nobody there',
      args: () => ['--organization-url', 'http://127.0.0.1:9/contoso', '--project', 'a', '--connection', 'b'],
      says: /^NetworkRefused: Azure DevOps at 127\.0\.0\.1:9 refused the connection/,
    },
  ];
  describe('and concludes nothing from', () => {
    for (const { name, token = tokens.full, args = other('aws'), fault, says } of failures) {
      it(name, async () => {
        if (fault !== undefined) company.failNext(fault);
        const ran = await run(['connection', ...args()], { AZURE_DEVOPS_EXT_PAT: token });
        assert.deepEqual([ran.status, ran.stdout], [3, '']);
        assert.match(ran.stderr, says);
        assert.doesNotMatch(ran.stderr, /canary/);
      });
    }

    it('an unknown connection, as JSON', async () => {
      const ran = await run(['connection', ...live('absent'), '--json'], full);
      const { errors } = JSON.parse(ran.stdout) as { errors: readonly Record<string, string>[] };
      assert.deepEqual([ran.status, ran.stderr, errors.map(({ code }) => code)], [3, '', ['ConnectionNotFound']]);
    });
  });

  it('saying for what it waits, and how long', async () => {
    company.failNext(retryAfter(429, 1, '{}'));
    const { status, stderr } = await run(['organization-id', organizationUrl(), '--json'], full);
    assert.deepEqual(
      [status, stderr],
      [0, 'Azure DevOps is throttling requests (status 429): waiting 1 s, as it asks.\n'],
    );
  });

  it('never by way of a proxy for loopback, whatever the environment says', async () => {
    const env = {
      ...full,
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NODE_TLS_REJECT_UNAUTHORIZED: '1',
    };
    assert.equal((await run(['organization-id', organizationUrl()], env)).stdout, `${organizationId}\n`);
  });
});
