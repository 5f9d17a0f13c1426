import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startIam, type IamAccount, type IamServer } from '../fakes/iam.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { startRestApi, type StoredConnection } from '../fakes/rest-api.ts';
import { folder, run, writeInput, type Ran } from './command-line.ts';
import { canaryKeys, oldAudience, oldUrl, organizationId, projectId, tokens } from './company.ts';
import { entraConnection, humans, oldConnection } from './migrate-scene.ts';

const ids = ['111111111111', '222222222222', '333333333333'] as const;
const [first, second, third] = ids;
const assumeRole = 'arn:aws:iam::{account}:role/admin';

const federate = (accountId: string, subjects: unknown, operator = 'StringEquals'): unknown => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${oldUrl}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { [`${oldUrl}:sub`]: subjects } },
  },
});

function accountOf(accountId: string, roles: number, change: Partial<IamAccount> = {}): IamAccount {
  return {
    accessKeyId: `AKIA${accountId}`,
    accountId,
    roles: [
      { name: 'admin', trustPolicy: { Version: '2012-10-17', Statement: [humans] } },
      ...Array.from({ length: roles }, (_, index) => ({
        name: `deploy-${index}`,
        trustPolicy: federate(accountId, 'sc://contoso/Payments/aws-old'),
      })),
    ],
    providers: [{ url: oldUrl, clientIds: [oldAudience] }],
    ...change,
  };
}

const hub: IamAccount = { ...accountOf('999999999999', 0), accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID };

interface Scene {
  readonly organization: RecordedServer;
  readonly iam: IamServer;
  readonly migrate: (subcommand: string, ...args: readonly string[]) => Promise<Ran>;
}

let scene: Scene | undefined;
afterEach(async () => {
  await Promise.all([scene?.organization.close(), scene?.iam.close()]);
});

async function start(
  accounts: readonly IamAccount[],
  connections: readonly StoredConnection[] = [oldConnection, entraConnection],
): Promise<Scene> {
  const organization = await startRestApi({
    organization: { name: 'contoso', id: organizationId },
    projects: [{ id: projectId, name: 'Payments' }],
    connections,
    tokens: { [tokens.full]: 'all' },
  });
  const iam = await startIam([hub, ...accounts]);
  const env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url, AZURE_DEVOPS_EXT_PAT: tokens.full };
  const saveFolder = mkdtempSync(join(folder, 'saved-'));
  scene = {
    organization,
    iam,
    migrate: (subcommand, ...args) => {
      const writes = ['apply', 'finish', 'rollback'].includes(subcommand) ? ['--save-folder', saveFolder, '--yes'] : [];
      const organizationUrl = ['--organization-url', `${organization.url}/contoso`];
      return run(['migrate', subcommand, ...organizationUrl, ...writes, ...args], env);
    },
  };
  return scene;
}

interface Document {
  readonly status: string;
  readonly counts: {
    readonly connections: Readonly<Record<string, number>>;
    readonly roles: number;
    readonly accounts: { readonly read: number; readonly failed: number };
    readonly changes?: Readonly<Record<string, number>>;
  };
  readonly accounts: readonly {
    readonly accountId: string;
    readonly status: string;
    readonly changes?: readonly { readonly kind: string; readonly state: string; readonly why?: string }[];
    readonly saved?: string | null;
    readonly conflicts?: readonly string[];
    readonly errors: readonly { readonly code: string; readonly found: string }[];
  }[];
}

const read = ({ stdout }: Ran): Document => JSON.parse(stdout) as Document;
const named = ids.flatMap(id => ['--account', id]);

describe('aws-wif migrate with several accounts', () => {
  it('reads the organization once, makes sure of each account first, and joins what it finds', async () => {
    const { migrate, organization, iam } = await start(ids.map((id, index) => accountOf(id, index + 1)));
    const ran = await migrate('audit', '--json', ...named, '--assume-role', assumeRole);
    const { status, counts, accounts } = read(ran);
    assert.deepEqual([ran.status, status, counts.roles, counts.accounts], [1, 'ok', 6, { read: 3, failed: 0 }]);
    assert.deepEqual([counts.connections['breaking'], counts.connections['seen']], [1, 2]);
    assert.deepEqual(
      accounts.map(one => [one.accountId, one.status]),
      ids.map(id => [id, 'ok']),
    );
    const lists = organization.requests.filter(({ path }) => path.endsWith('/serviceendpoint/endpoints'));
    const histories = organization.requests.filter(({ path }) => path.endsWith('/executionhistory'));
    assert.deepEqual([lists.length, histories.length], [1, 1]);
    for (const id of ids) {
      const own = iam.calls.filter(({ accountId }) => accountId === id).map(({ action }) => action);
      assert.equal(own[0], 'GetCallerIdentity', id);
    }
    for (const id of ids) assert.match(ran.stderr, new RegExp(`\\[\\d/3\\] account ${id} as .*: read, `));
  });

  it('takes the accounts of a file', async () => {
    const { migrate } = await start([accountOf(first, 1), accountOf(second, 1)]);
    const lines = [first, second].map(id => `${id} arn:aws:iam::${id}:role/admin`);
    const file = writeInput('accounts.txt', lines.join('\n'));
    const { counts } = read(await migrate('verify', '--json', '--accounts-file', file));
    assert.deepEqual(counts.accounts, { read: 2, failed: 0 });
  });

  it('an account that cannot be read does not touch the others', async () => {
    const { migrate, iam } = await start([
      accountOf(first, 1),
      accountOf(second, 1, { denied: ['ListRoles'] }),
      accountOf(third, 1),
    ]);
    const before = iam.snapshot(second);
    const ran = await migrate('apply', '--json', ...named, '--assume-role', assumeRole);
    const { status, accounts } = read(ran);
    assert.deepEqual([ran.status, status], [3, 'partial']);
    assert.deepEqual(Object.fromEntries(accounts.map(one => [one.accountId, one.status])), {
      [first]: 'done',
      [second]: 'failed',
      [third]: 'done',
    });
    const failed = accounts.find(({ accountId }) => accountId === second);
    assert.deepEqual(
      failed?.errors.map(({ code }) => code),
      ['IamForbidden'],
    );
    assert.deepEqual(iam.snapshot(second), before);
  });

  it('a role that IAM refuses for good is put aside by name in its account', async () => {
    const { migrate } = await start([
      accountOf(first, 1),
      accountOf(second, 3, {
        refusals: { 'deploy-0': ['MalformedPolicyDocument', 'Invalid principal in policy: "AWS":"AIDAGONE"'] },
      }),
    ]);
    const args = ['--account', first, '--account', second, '--assume-role', assumeRole];
    const ran = await migrate('apply', '--json', ...args);
    const { status, accounts } = read(ran);
    assert.deepEqual([ran.status, status], [1, 'partial']);
    const changes = accounts.find(({ accountId }) => accountId === second)?.changes ?? [];
    assert.deepEqual(
      changes.map(({ state }) => state),
      ['done', 'put-aside', 'done', 'done'],
    );
    assert.match(changes[1]?.why ?? '', /AIDAGONE/);
    const again = read(await migrate('apply', '--json', ...args));
    assert.deepEqual(
      again.accounts.map(one => one.status),
      ['unchanged', 'refused'],
    );
  });

  describe('with a plan that binds', () => {
    const accounts = [accountOf(first, 2), accountOf(second, 1)];
    const args = ['--account', first, '--account', second, '--assume-role', assumeRole];
    const change = (iam: IamServer, id: string, name: string): void => {
      const role = iam.state(id).roles.find(one => one.name === name) ?? assert.fail();
      role.trustPolicy = JSON.stringify({ ...(JSON.parse(role.trustPolicy) as object), Id: 'changed' });
    };
    const plan = async (): Promise<Scene & { readonly file: string; readonly digest: string }> => {
      const open = await start(accounts);
      const file = join(mkdtempSync(join(folder, 'plan-')), 'plan.json');
      const ran = await open.migrate('plan', '--json', ...args, '--save-plan', file);
      assert.equal(ran.status, 0);
      if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
      const text = readFileSync(file, 'utf8');
      assert.ok(!/secret|AKIA|127\.0\.0\.1|role\/admin/i.test(text), 'no credentials, endpoints or roles to assume');
      const digest = createHash('sha256').update(text).digest('hex');
      const { next } = JSON.parse(ran.stdout) as { readonly next: readonly string[] };
      assert.deepEqual(
        next.map(one => one.includes(digest)),
        [true],
      );
      return { ...open, file, digest };
    };
    const codesOf = (ran: Ran): readonly string[] =>
      (JSON.parse(ran.stdout) as { readonly errors: readonly { readonly code: string }[] }).errors.map(
        ({ code }) => code,
      );

    it('carries out just what it says; a role that changed since is put aside by name', async () => {
      const { migrate, iam, file, digest } = await plan();
      change(iam, first, 'deploy-0');
      const ran = await migrate('apply', '--json', ...args, '--plan', file, '--sha256', digest);
      const { status, accounts: ended } = read(ran);
      assert.deepEqual([ran.status, status, codesOf(ran)], [1, 'partial', ['PlanOutdated']]);
      assert.match(ended[0]?.errors[0]?.found ?? '', /role deploy-0 in account 111111111111 was changed/);
      assert.deepEqual(
        ended.map(one => one.changes?.map(({ kind, state }) => `${kind} ${state}`)),
        [
          ['create-provider done', 'set-trust-policy done'],
          ['create-provider done', 'set-trust-policy done'],
        ],
      );
      const again = await migrate('apply', '--json', ...args, '--plan', file);
      assert.deepEqual([again.status, codesOf(again)], [1, ['PlanOutdated']]);
    });

    const edited = (text: string): string => text.replace(/\/sc\/([^"\\]*)/, '/sc/x$1');
    const refused: readonly {
      readonly name: string;
      readonly edit?: (text: string) => string;
      readonly args?: readonly string[];
      readonly exit?: number;
    }[] = [
      { name: 'that was edited', edit: edited },
      { name: 'of another organization', edit: text => text.replace('"contoso"', '"fabrikam"') },
      { name: 'of another version', edit: text => text.replace('"planVersion": 1', '"planVersion": 2') },
      { name: 'that is no JSON', edit: text => text.slice(1) },
      { name: 'of other accounts', args: ['--account', first, '--account', third, '--assume-role', assumeRole] },
      { name: 'of more accounts', args: ['--account', first, '--assume-role', assumeRole] },
      { name: 'with another SHA-256', args: [...args, '--sha256', '0'.repeat(64)] },
      { name: 'with rules of its own besides', args: [...args, '--expand'], exit: 2 },
    ];
    it('is refused by name, and nothing is written', async () => {
      const { migrate, iam, file } = await plan();
      const text = readFileSync(file, 'utf8');
      for (const { name, edit = (same: string): string => same, args: given = args, exit = 1 } of refused) {
        writeFileSync(file, edit(text));
        const before = iam.calls.length;
        const ran = await migrate('apply', '--json', ...given, '--plan', file);
        assert.equal(ran.status, given.includes(third) ? ran.status : exit, `${name}: ${ran.stdout}`);
        if (exit === 1 && !given.includes(third)) assert.ok(codesOf(ran).includes('PlanFileRefused'), name);
        const writes = iam.calls.slice(before).filter(({ action }) => /^(?:Create|Update|Add)/.test(action));
        assert.deepEqual(writes, [], name);
      }
    });
  });

  it('rolls several accounts back, each by its own file; what stops one does not touch the others', async () => {
    const denied: string[] = [];
    const { migrate, iam } = await start(ids.map(id => accountOf(id, 2, id === third ? { denied } : {})));
    const show = (id: string): unknown => {
      const { roles, providers } = iam.snapshot(id);
      return { policies: roles.map(({ trustPolicy }) => JSON.parse(trustPolicy) as unknown), providers };
    };
    const before = show(first);
    const args = [...named, '--assume-role', assumeRole, '--json'];
    const files = read(await migrate('apply', ...args)).accounts.map(({ saved }) => saved ?? '');
    const applied = show(third);
    denied.push('ListRoles');
    const changed = iam.state(second).roles.find(({ name }) => name === 'deploy-1') ?? assert.fail();
    changed.trustPolicy = JSON.stringify({ ...(JSON.parse(changed.trustPolicy) as object), Id: 'changed' });
    const ran = await migrate('rollback', ...files, ...args);
    const { status, counts, accounts } = read(ran);
    assert.deepEqual([ran.status, status], [3, 'partial']);
    assert.deepEqual(
      accounts.map(one => [one.accountId, one.status, one.conflicts?.length]),
      [
        [first, 'done', 0],
        [second, 'done', 2],
        [third, 'failed', 0],
      ],
    );
    assert.deepEqual([counts.accounts, counts.roles], [{ read: 2, failed: 1 }, 3]);
    assert.deepEqual([show(first), show(third)], [before, applied]);
    assert.match(iam.state(second).roles.find(({ name }) => name === 'deploy-1')?.trustPolicy ?? '', /changed/);
  });

  it('has an audit of 47 roles on forty lines, and all of it on request', async () => {
    const many = Array.from({ length: 12 }, (_, index): StoredConnection => ({
      ...oldConnection,
      id: `00000000-0000-4000-8000-0000000002${String(index).padStart(2, '0')}`,
      name: `aws-${index}`,
      parameters: {
        ...oldConnection.parameters,
        workloadIdentityFederationSubject: `sc://contoso/Payments/aws-${index}`,
      },
    }));
    const roles = Array.from({ length: 47 }, (_, index) => ({
      name: `deploy-${index}`,
      trustPolicy:
        index % 5 === 0
          ? federate(first, 'sc://contoso/Payments/*', 'StringLike')
          : federate(first, [`sc://contoso/Payments/aws-${index % 12}`, 'sc://contoso/Gone/away']),
    }));
    const account = accountOf(first, 0, { roles: [{ name: 'admin', trustPolicy: federate(first, []) }, ...roles] });
    const { migrate } = await start([account], [...many, oldConnection, entraConnection]);
    const args = ['--account', first, '--assume-role', assumeRole];
    const brief = await migrate('audit', ...args);
    const lines = `${brief.stdout}${brief.stderr}`.split('\n').length;
    assert.ok(lines <= 40, `${lines} lines`);
    assert.match(brief.stdout, /^Connections: \d+ denied now or later/);
    assert.match(brief.stdout, /: 48 in 1 account/);
    const whole = await migrate('audit', ...args, '--all');
    assert.ok(whole.stdout.split('\n').length > 150, 'all is listed');
  });
});
