import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SavedDocuments } from '../../src/account/saved-documents.ts';
import { startIam, type IamAccount, type IamServer } from '../fakes/iam.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { buildCommandLine, folder, run, spawnRun, writeInput } from './command-line.ts';
import {
  canaryKeys,
  entraSubject,
  entraUrl,
  offlineEntra,
  offlineOld,
  oldSubject,
  startCompany,
  tenantId,
  tokens,
} from './company.ts';
import { runInterrupted } from './interrupted.ts';
import { accountId, readOnly, startAccount } from './setup-scene.ts';

const saves = join(folder, 'saved-by-setup');
const service = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const role = ['--account', accountId, '--role-name', 'deploy', '--save-folder', saves];
const entra = ['setup', ...role, '--issuer', 'entra', ...offlineEntra];
const trusts = (iam: IamServer) => iam.state(accountId).roles.map(({ trustPolicy }) => trustPolicy);
const written = (iam: IamServer) => iam.calls.filter(({ action }) => !/^(?:Get|List|AssumeRole$)/.test(action));

interface Printed {
  readonly dryRun: boolean;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly caller: { readonly arn: string } | null;
    readonly status: string;
    readonly changes: readonly { readonly kind: string; readonly state: string }[];
    readonly saved: string | null;
    readonly admissions: readonly { readonly decision: string }[];
    readonly errors: readonly { readonly code: string; readonly found: string; readonly remedy: string }[];
  }[];
  readonly warnings: readonly string[];
}

const doneOf = ({ changes }: Printed['accounts'][number]) => changes.filter(({ state }) => state === 'done').length;

describe('aws-wif setup', () => {
  let iam: IamServer;
  let env: Readonly<Record<string, string>>;
  before(() => {
    buildCommandLine();
  });
  beforeEach(async () => {
    iam = await startAccount();
    env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url };
  });
  afterEach(async () => {
    rmSync(saves, { recursive: true, force: true });
    await iam.close();
  });
  const report = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = await run([...omitEarlier(args), '--json'], { ...env, ...more });
    return { status, stderr, printed: JSON.parse(stdout) as Printed };
  };

  it('sets an account up, says how, and finds nothing to do the second time', async () => {
    const { status, stdout, stderr } = await run([...entra, '--policy-arn', readOnly, '--yes'], env);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^111111111111 {2}set up \(3 of 3 changes\) as arn:aws:iam::111111111111:user\/admin$/m);
    assert.ok(stdout.includes(`allowed: ${entraSubject}`), stdout);
    assert.match(
      stdout,
      /^Paste this into the pipeline:\n\nsteps:\n[^]*^ {6}roleArn: arn:aws:iam::111111111111:role\/deploy$/m,
    );
    assert.doesNotMatch(stdout, /without questions/);
    assert.match(stderr, /^\+ {3}policy arn:aws:iam::aws:policy\/ReadOnlyAccess$/m);
    assert.match(
      stderr,
      /^\[1\/1\] account 111111111111 as arn:aws:iam::111111111111:user\/admin: set up \(3 of 3 changes\)$/m,
    );
    const again = await report([...entra, '--policy-arn', readOnly, '--yes']);
    assert.deepEqual([again.status, again.printed.accounts[0]?.status], [0, 'unchanged']);
    assert.deepEqual(again.printed.accounts[0]?.changes, []);
  });

  it('binds the trust to a network, warns before it writes, and keeps that in every later run', async () => {
    const first = await run([...entra, '--source-vpce', 'vpce-01234567', '--yes'], env);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /Microsoft-hosted agents cannot use the role[^]*set up \(/);
    assert.ok(first.stdout.includes(`allowed: ${entraSubject}`), first.stdout);
    const again = await report([...entra, '--yes']);
    assert.deepEqual([again.status, again.printed.accounts[0]?.changes], [0, []]);
    assert.match(again.printed.warnings.join(), /from one network only .*vpce-01234567/);
    const further = ['setup', ...role, '--issuer', 'azure-devops', ...offlineOld, '--yes'];
    const added = await run(further, env);
    assert.equal(added.status, 0, added.stderr);
    assert.match(added.stderr, /The new statements are restricted to the same network as the role's other statements/);
    assert.equal(added.stderr.match(/^\+ .*vpce-01234567/gm)?.length, 1, added.stderr);
    const other = await report([...further, '--any-network', '--source-ip', '203.0.113.0/24']);
    assert.equal(other.status, 2);
  });

  it('shows the difference in a dry run and changes nothing, not even a file', async () => {
    const { status, stdout } = await run([...entra, '--dry-run'], env);
    assert.equal(status, 0);
    assert.match(stdout, /^\+ OIDC provider arn:aws:iam::111111111111:oidc-provider\/login\.microsoftonline\.com/m);
    assert.match(stdout, /^\+ role arn:aws:iam::111111111111:role\/deploy$/m);
    assert.match(stdout, /^111111111111 {2}planned, nothing was changed \(2 changes\) as /m);
    assert.doesNotMatch(stdout, /Paste this/, 'there is no role yet');
    assert.deepEqual(written(iam), []);
    assert.throws(() => readdirSync(saves), { code: 'ENOENT' });
  });

  it('saves what was there to a file of its owner alone', async () => {
    const { printed } = await report([...entra, '--yes']);
    const path = printed.accounts[0]?.saved ?? '';
    assert.deepEqual(
      readdirSync(saves).map(name => join(saves, name)),
      [path],
    );
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
    if (process.platform !== 'win32') assert.equal(statSync(saves).mode & 0o777, 0o700);
    const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedDocuments;
    assert.deepEqual([saved.version, saved.account, saved.partition], [1, accountId, 'aws']);
    assert.deepEqual(
      saved.entries.map(({ kind, before }) => [kind, before]),
      [
        ['provider', null],
        ['trust-policy', null],
      ],
    );
    assert.match(saved.savedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('shows a trust that is added line by line, and the policies of the role', async () => {
    await run([...entra, '--policy-arn', readOnly, '--yes'], env);
    const args = ['setup', ...role, '--issuer', 'azure-devops', ...offlineOld, '--dry-run'];
    const { stdout } = await run(args, env);
    assert.match(stdout, /^~ role arn:aws:iam::111111111111:role\/deploy$/m);
    assert.match(stdout, /^ {6}policy arn:aws:iam::aws:policy\/ReadOnlyAccess$/m);
    assert.match(stdout, new RegExp(`^\\+ .*${oldSubject}`, 'm'));
    assert.ok(!new RegExp(`^[+-] .*${entraSubject}`, 'm').test(stdout), 'what is there is no difference');
  });

  it('says where it saved what was there before it writes', async () => {
    let told = '';
    let toldAtWrite: string | undefined;
    iam.watch(({ action }) => {
      if (action.startsWith('Create')) toldAtWrite ??= told;
    });
    await spawnRun([...entra, '--yes'], env, child => {
      child.stderr?.on('data', (text: string) => {
        told += text;
      });
    });
    const [name = ''] = readdirSync(saves);
    assert.ok(
      toldAtWrite?.includes(`account ${accountId}: the current documents are saved in ${join(saves, name)}`),
      toldAtWrite,
    );
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends after the call that is under way on ${signal}, says what was done, and the next run goes on`, async () => {
      const { status, stdout, stderr } = await runInterrupted(
        iam,
        [...entra, '--policy-arn', readOnly, '--yes'],
        env,
        signal,
      );
      assert.equal(status, 3, stderr);
      assert.match(stdout, /^111111111111 {2}interrupted: changes made so far were kept \(1 of 3 changes\)/m);
      assert.match(
        stdout,
        /^ {2}done: create-provider .*\n {2}not done: create-role deploy\n {2}not done: attach-policy deploy$/m,
      );
      assert.match(stdout, /^ {2}saved before the change \(for aws-wif migrate rollback\): .*saved-by-setup/m);
      assert.match(stdout, /Interrupted: The run was interrupted/);
      assert.match(stderr, /^Stopping after the current call/m);
      assert.deepEqual(
        written(iam).map(({ action }) => action),
        ['CreateOpenIDConnectProvider'],
      );
      const again = await report([...entra, '--policy-arn', readOnly, '--yes']);
      assert.deepEqual([again.status, again.printed.accounts[0]?.status], [0, 'done']);
    });
  }

  it('tells programs the same, as one JSON document', async () => {
    const { status, stdout } = await runInterrupted(iam, [...entra, '--yes', '--json'], env, 'SIGTERM');
    assert.equal(status, 3);
    const [account] = (JSON.parse(stdout) as Printed).accounts;
    assert.deepEqual([account?.status, account && doneOf(account)], ['interrupted', 1]);
    assert.deepEqual(readdirSync(saves), [account?.saved?.replace(/^.*[/\\]/, '')]);
    assert.deepEqual(
      account?.errors.map(({ code }) => code),
      ['Interrupted'],
    );
  });

  const folders: readonly { readonly name: string; readonly make: (path: string) => void; readonly says: RegExp }[] = [
    {
      name: 'is a file',
      make: path => {
        writeFileSync(path, '');
      },
      says: /EEXIST|a file/,
    },
    {
      name: 'is a link',
      make: path => {
        mkdirSync(`${path}-there`, { mode: 0o700 });
        symlinkSync(`${path}-there`, path);
      },
      says: /it is a link/,
    },
    {
      name: 'its group may write to',
      make: path => {
        mkdirSync(path);
        chmodSync(path, 0o770);
      },
      says: /others can write to it \(mode 0770\)/,
    },
    {
      name: 'everybody may write to',
      make: path => {
        mkdirSync(path);
        chmodSync(path, 0o707);
      },
      says: /others can write to it \(mode 0707\)/,
    },
    {
      name: 'cannot be made',
      make: path => {
        writeFileSync(path, '');
      },
      says: /ENOTDIR/,
    },
  ];
  for (const { name, make, says } of folders) {
    it(`begins nothing where the folder of what is saved ${name}`, async function () {
      if (process.platform === 'win32') {
        console.log(`SKIPPED: Windows knows no modes, so a folder that ${name} was not tried`);
        this.skip();
      }
      const path = mkdtempSync(join(folder, 'folder-'));
      const given = join(path, 'saved');
      make(given);
      const args = ['--yes', '--save-folder', name === 'cannot be made' ? join(given, 'below') : given];
      const { status, printed } = await report([...entra, ...args]);
      const [account] = printed.accounts;
      assert.deepEqual([status, account?.status, account && doneOf(account), account?.saved], [3, 'failed', 0, null]);
      const [error] = account?.errors ?? [];
      assert.deepEqual([error?.code, (error?.remedy ?? '').includes('--save-folder')], ['SaveFolderRefused', true]);
      assert.match(error?.found ?? '', says);
      assert.ok(!/agent|job/.test(`${error?.found} ${error?.remedy}`), error?.found);
      assert.deepEqual(written(iam), []);
    });
  }

  it("shows the plan and the policies of others' role before it refuses it", async () => {
    const trustPolicy = { Version: '2012-10-17', Statement: [] };
    await iam.close();
    iam = await startAccount({
      roles: [{ name: 'deploy', trustPolicy: { ...trustPolicy, Statement: [service] }, attachedArns: [administrator] }],
    });
    env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url };
    const { status, stdout, stderr } = await run([...entra, '--yes'], env);
    assert.equal(status, 1);
    assert.match(stdout, /RoleNotOurs/);
    assert.match(stderr, /^~ role arn:aws:iam::111111111111:role\/deploy \(not created by aws-wif\)$/m);
    assert.match(stderr, /^ {6}policy arn:aws:iam::aws:policy\/AdministratorAccess$/m);
    assert.deepEqual(written(iam), []);
  });

  it('refuses a role that is open to the whole tenant, in a dry run, too', async () => {
    await iam.close();
    const arn = `arn:aws:iam::${accountId}:oidc-provider/${entraUrl}`;
    const audience = '499b84ac-1321-427f-aa17-267ca6975798';
    const aud = { StringEquals: { [`${entraUrl}:aud`]: audience } };
    const open = { Effect: 'Allow', Principal: { Federated: arn }, Action: 'sts:AssumeRoleWithWebIdentity' };
    iam = await startAccount({
      providers: [{ url: entraUrl, clientIds: [audience, 'fb60f99c-7a34-4190-8149-302f77469936'] }],
      roles: [
        { name: 'deploy', trustPolicy: { Version: '2012-10-17', Statement: [{ ...open, Condition: aud }] } },
        {
          name: 'both',
          trustPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                ...open,
                Condition: {
                  StringEquals: {
                    [`${entraUrl}:aud`]: [audience, 'fb60f99c-7a34-4190-8149-302f77469936'],
                  },
                },
              },
            ],
          },
        },
      ],
    });
    env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url };
    const strengthen = [...entra, '--existing-role', '--policy-arn', administrator];
    for (const end of ['--dry-run', '--yes']) {
      const { status, printed } = await report([...strengthen, end]);
      assert.deepEqual([status, printed.accounts[0]?.status], [1, 'refused'], end);
      assert.deepEqual(
        printed.accounts[0]?.errors.map(({ code }) => code),
        ['RolesExposed'],
      );
    }
    const standing = await report([...entra, '--role-name', 'both', '--yes']);
    assert.deepEqual([standing.status, standing.printed.accounts[0]?.status], [1, 'unchanged']);
    assert.match(
      (await run(omitEarlier([...entra, '--role-name', 'both', '--yes']), env)).stdout,
      /already set up, but open to other identities/,
    );
    assert.deepEqual(written(iam), []);
  });

  it('warns where AdministratorAccess is named, and before it is attached', async () => {
    const { status, stderr } = await run([...entra, '--policy-arn', administrator, '--yes'], env);
    assert.equal(status, 0);
    assert.match(
      stderr,
      /Warning: AdministratorAccess is attached to deploy[^]*\[1\/1\] account 111111111111 .*: set up/,
    );
    assert.equal(stderr.match(/Warning: AdministratorAccess/g)?.length, 1, stderr);
    const { printed } = await report([...entra, '--policy-arn', administrator, '--role-name', 'other', '--yes']);
    assert.equal(printed.warnings.length, 1);
  });

  describe('looks connections up', () => {
    let company: RecordedServer;
    before(async () => {
      company = await startCompany();
    });
    after(() => company.close());
    const live = (connection: string) => [
      ...['setup', ...role, '--yes', '--organization-url', `${company.url}/contoso`],
      ...['--project', 'Payments', '--connection', connection],
    ];
    const token = { AZURE_DEVOPS_EXT_PAT: tokens.full };

    it('and trusts what was computed from what it read', async () => {
      const { status, printed } = await report([...live('aws'), '--issuer', 'entra'], token);
      assert.deepEqual([status, printed.accounts[0]?.status], [0, 'done']);
      assert.match(trusts(iam)[0] ?? '', new RegExp(entraSubject));
    });

    it('and says that the old issuer is not needed for one that left it', async () => {
      const { printed } = await report([...live('aws'), '--issuer', 'both'], token);
      assert.ok(
        printed.warnings.some(text => text.includes('Without --issuer')),
        printed.warnings.join(),
      );
    });

    it("and has a connection's tenant confirmed by another one that was converted, or by --tenant-id", async () => {
      for (const more of [[], ['--tenant-id', tenantId], ['--connection', 'aws']]) {
        const confirmed = await report(
          [...live('aws-old'), ...more, '--role-name', `confirmed-${more.length}-${more[0]}`],
          token,
        );
        assert.deepEqual([confirmed.status, confirmed.printed.accounts[0]?.status], [0, 'done'], more.join());
        assert.doesNotMatch(confirmed.printed.warnings.join(), /may differ from the organization/);
      }
    });

    for (const name of ['renamed', 'evil']) {
      it(`and writes nothing for "${name}", whose subject is not the one computed`, async () => {
        const { status, stdout } = await run([...live(name), '--json'], { ...env, ...token });
        assert.equal(status, 1);
        assert.match(stdout, /"code": "IdentityDiffers"/);
        assert.ok(!stdout.includes('##vso['), stdout);
        assert.deepEqual(iam.requests, []);
      });
    }
  });

  const tags = (count: number) => Array.from({ length: count }, (_, place) => ['--tag', `key${place}=x`]).flat();
  describe('refuses', () => {
    const elsewhere = ['--account', '222222222222', '--role-name', 'deploy'];
    const many = ['--account', accountId, '--account', '222222222222', '--role-name', 'deploy'];
    const usage = [
      { name: 'to write without a terminal and without --yes', args: entra, says: /--yes/ },
      { name: '--yes with --dry-run', args: [...entra, '--yes', '--dry-run'], says: /one of them/ },
      {
        name: 'no account',
        args: ['setup', '--yes', '--role-name', 'x', ...offlineEntra],
        says: /--account is missing/,
      },
      {
        name: 'no role',
        args: ['setup', '--yes', '--account', accountId, ...offlineEntra],
        says: /--role-name is missing/,
      },
      { name: 'no connection', args: ['setup', '--yes', ...role], says: /No service connection is given/ },
      {
        name: 'a role name with a path',
        args: [...entra, '--yes', '--role-name', 'a/b'],
        says: /--role-name is "a\/b"/,
      },
      { name: 'a path without slashes', args: [...entra, '--yes', '--path', 'x'], says: /--path is "x"/ },
      {
        name: 'a policy that is none',
        args: [...entra, '--yes', '--policy-arn', 'ReadOnlyAccess'],
        says: /--policy-arn is "ReadOnlyAccess"/,
      },
      {
        name: 'a policy of another account',
        args: [...entra, '--yes', '--policy-arn', 'arn:aws:iam::222222222222:policy/x'],
        says: /but --account is 111111111111/,
      },
      {
        name: 'a boundary of another partition',
        args: [...entra, '--yes', '--permissions-boundary', `arn:aws-cn:iam::${accountId}:policy/x`],
        says: /in partition aws\b/,
      },
      {
        name: 'a session that is too short',
        args: [...entra, '--yes', '--max-session-duration', '900'],
        says: /3600 to 43200/,
      },
      {
        name: 'a session that is no number',
        args: [...entra, '--yes', '--max-session-duration', '1h'],
        says: /3600 to 43200/,
      },
      { name: 'a tag without value', args: [...entra, '--yes', '--tag', 'x'], says: /--tag is "x"/ },
      { name: 'a tag of AWS', args: [...entra, '--yes', '--tag', 'aws:x=1'], says: /must not start with aws:/ },
      { name: 'a tag twice', args: [...entra, '--yes', '--tag', 'A=1', '--tag', 'a=2'], says: /each key only once/ },
      { name: 'fifty tags', args: [...entra, '--yes', ...tags(50)], says: /at most 49/ },
      { name: 'the tag of aws-wif', args: [...entra, '--yes', '--tag', 'managed-by=me'], says: /not managed-by/ },
      {
        name: 'several accounts with one set of credentials',
        args: ['setup', ...many, '--yes', ...offlineEntra],
        says: /only one set of credentials/,
      },
      {
        name: 'fewer profiles than accounts',
        args: ['setup', ...many, '--yes', '--profile', 'one', ...offlineEntra],
        says: /--account is given 2 times, --profile 1 time/,
      },
      {
        name: 'a role to assume that is of one account only',
        args: ['setup', ...many, '--yes', '--assume-role', `arn:aws:iam::${accountId}:role/x`, ...offlineEntra],
        says: /--account is 222222222222/,
      },
      {
        name: 'a role to assume of another partition',
        args: [...entra, '--yes', '--assume-role', 'arn:aws-cn:iam::{account}:role/x'],
        says: /in partition aws\b/,
      },
      {
        name: 'a role to assume that is none',
        args: [...entra, '--yes', '--assume-role', 'admin'],
        says: /the ARN of an IAM role/,
      },
    ];
    for (const { name, args, says } of usage) {
      it(`${name}: exit 2, and no request`, async () => {
        const { status, stdout, stderr } = await run(args, env);
        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.match(stderr, says);
        assert.deepEqual(iam.requests, []);
      });
    }

    it('credentials of another account: exit 1, and nothing but the question whose they are', async () => {
      const { status, printed } = await report(['setup', ...elsewhere, '--yes', '--issuer', 'entra', ...offlineEntra]);
      assert.equal(status, 1);
      assert.deepEqual(
        printed.accounts[0]?.errors.map(({ code }) => code),
        ['AccountDiffers'],
      );
      assert.equal(printed.accounts[0].caller?.arn, `arn:aws:iam::${accountId}:user/admin`);
      assert.deepEqual(
        iam.calls.map(({ action }) => action),
        ['GetCallerIdentity'],
      );
    });
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  for (const { answer, exit, made } of [
    { answer: 'yes', exit: 0, made: 1 },
    { answer: '', exit: 1, made: 0 },
  ]) {
    it(`asks on a terminal, and takes "${answer}" for ${made === 1 ? 'yes' : 'no'}`, async function () {
      if (!hasScript) {
        console.log('SKIPPED: there is no "script" (util-linux) to make a terminal with');
        this.skip();
      }
      const command = ['"$NODE"', '"$CLI"', ...entra].map(one => (one.startsWith('"') ? one : `'${one}'`)).join(' ');
      const ran = await typeInto(command, answer, { ...env, NODE: process.execPath, CLI: buildCommandLine() });
      assert.equal(ran.status, exit, ran.output);
      assert.match(ran.output, /Apply 2 changes in 1 account\?/);
      assert.equal(ran.output.includes('NotConfirmed'), made === 0);
      assert.equal(iam.state(accountId).roles.length, made);
    });
  }
});

describe('aws-wif setup of several accounts', () => {
  const ids = Array.from({ length: 25 }, (_, place) => String(100_000_000_000 + place));
  const trustPolicy = { Version: '2012-10-17', Statement: [] };
  const admin = { name: 'admin', trustPolicy };
  const members = ids.map((id): IamAccount => ({
    accessKeyId: `AKIA${id}`,
    accountId: id,
    roles: [admin],
    providers: [],
  }));
  const hub = { accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID, accountId: '999999999999', roles: [], providers: [] };
  const accounts = (some: readonly string[]) => some.flatMap(id => ['--account', id]);
  const common = [
    'setup',
    '--role-name',
    'deploy',
    '--issuer',
    'entra',
    ...offlineEntra,
    '--yes',
    '--save-folder',
    saves,
  ];
  const assume = ['--assume-role', 'arn:aws:iam::{account}:role/admin'];
  let iam: IamServer | undefined;
  afterEach(async () => {
    rmSync(saves, { recursive: true, force: true });
    await iam?.close();
  });
  const begin = async (list: readonly IamAccount[]) => {
    iam = await startIam(list);
    return { server: iam, env: { ...canaryKeys, AWS_ENDPOINT_URL: iam.url } };
  };

  it('takes 25 accounts, at most twenty requests at once, and tells of each', async () => {
    const { server, env } = await begin([hub, ...members]);
    server.setDelay(50);
    const { status, stdout, stderr } = await run([...common, ...accounts(ids), ...assume], env);
    assert.equal(status, 0, stderr.slice(-500));
    assert.ok(server.maxInFlight <= 20 && server.maxInFlight > 4, `${server.maxInFlight} requests at once`);
    assert.equal(stderr.match(/^\[\d+\/25\] account \d{12} as .*: set up \(2 of 2 changes\)$/gm)?.length, 25);
    assert.equal(stderr.match(/^\+ role /gm)?.length, 1, 'the same plan is shown once');
    assert.equal(stdout.match(/ set up \(2 of 2 changes\) /g)?.length, 25);
    assert.ok(
      ids.every(id => server.state(id).roles.length === 2),
      'a role is missing',
    );
    assert.equal(server.state(hub.accountId).roles.length, 0);
  });

  it('goes on where one account fails, and ends with the worst exit code', async () => {
    const [first = '', second = '', third = ''] = ids;
    const [one, two, three] = members;
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three');
    const { server, env } = await begin([hub, one, { ...two, denied: ['CreateRole'] }, { ...three, roles: [] }]);
    const { status, stdout } = await run([...common, ...accounts([first, second, third]), ...assume, '--json'], env);
    assert.equal(status, 3);
    const printed = JSON.parse(stdout) as Printed;
    assert.deepEqual(
      printed.accounts.map(each => [each.accountId, each.status, each.errors.map(({ code }) => code)]),
      [
        [first, 'done', []],
        [second, 'partial', ['IamForbidden']],
        [third, 'failed', ['AssumeRoleRefused']],
      ],
    );
    assert.deepEqual(
      server.state(second).providers.map(({ url }) => url),
      [entraUrl],
    );
  });

  it('takes a profile for each account, in their order', async () => {
    const [one, two] = members;
    if (one === undefined || two === undefined) throw new Error('there are two');
    const { env } = await begin([one, two]);
    const keys = (key: string) => `aws_access_key_id = ${key}\naws_secret_access_key = canary\n`;
    const credentials = `[one]\n${keys(one.accessKeyId)}\n[two]\n${keys(two.accessKeyId)}`;
    const file = { AWS_SHARED_CREDENTIALS_FILE: writeInput('setup-credentials', credentials) };
    const both = accounts([one.accountId, two.accountId]);
    const right = await run([...common, ...both, '--profile', 'one', '--profile', 'two', '--json'], {
      ...env,
      ...file,
    });
    assert.equal(right.status, 0, right.stdout);
    const wrong = await run([...common, ...both, '--profile', 'two', '--profile', 'one', '--json'], {
      ...env,
      ...file,
    });
    assert.equal(wrong.status, 1);
    const codes = (JSON.parse(wrong.stdout) as Printed).accounts.flatMap(({ errors }) =>
      errors.map(({ code }) => code),
    );
    assert.deepEqual(codes, ['AccountDiffers', 'AccountDiffers']);
  });

  it('names a profile that is not there: exit 3', async () => {
    const [one] = members;
    if (one === undefined) throw new Error('there is one');
    const { server, env } = await begin([one]);
    const args = [...common, ...accounts([one.accountId]), '--profile', 'absent', '--json'];
    const { status, stdout } = await run(args, env);
    assert.equal(status, 3);
    assert.match(stdout, /AwsCredentialsMissing/);
    assert.deepEqual(server.requests, []);
  });
});

/** Runs a command on a terminal of its own, and types an answer once it asks. */
function typeInto(
  command: string,
  answer: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TERM: 'dumb', AWS_CONFIG_FILE: '/absent', ...env },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const asked = output.includes('(y/N)');
    output += text;
    if (!asked && output.includes('(y/N)')) child.stdin.write(`${answer}\n`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => {
      resolve({ status, output });
    });
  });
}

/** Of options that take one value, the last one counts here: rows change those of the usual command line. */
function omitEarlier(args: readonly string[]): readonly string[] {
  const single = ['--save-folder', '--role-name', '--tenant-id', '--organization-id', '--organization', '--issuer'];
  const isEarlier = (index: number): boolean =>
    single.includes(args[index] ?? '') && args.lastIndexOf(args[index] ?? '') > index;
  return args.filter((_, index) => !isEarlier(index) && !isEarlier(index - 1));
}
