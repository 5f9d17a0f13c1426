import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { iamFaults, startIam, type IamServer } from '../fakes/iam.ts';
import { makeChain, pem, pick, thumbprintOf, type Made } from '../thumbprint/chains.ts';
import { startIssuer, type IssuerServer } from '../thumbprint/issuer-server.ts';
import { buildCommandLine, folder, run, spawnRun, writeInput, type Ran } from './command-line.ts';

const accountId = '111111111111';
const old = '06b25927c42a721631c1efd9431e648fa62e1e39';
const auto = { 'auto-refresh': 'true' };
const audience = ['api://AzureADTokenExchange'];

interface Document {
  readonly notice: string;
  readonly providers: readonly Readonly<Record<string, unknown>>[];
  readonly errors: readonly { readonly code: string; readonly found: string }[];
  readonly saved?: string | null;
}

describe('aws-wif thumbprints', () => {
  let chain: readonly Made[];
  let current: string;
  let issuer: IssuerServer;
  let iam: IamServer;
  let caFile: string;
  let arn: string;

  before(async () => {
    buildCommandLine();
    chain = await makeChain(1);
    current = await thumbprintOf(pick(chain, 1));
    issuer = await startIssuer(chain.slice(0, -1));
    caFile = writeInput('ca.pem', pem(pick(chain, -1)));
    arn = `arn:aws:iam::${accountId}:oidc-provider/${issuer.provider}`;
  });
  beforeEach(async () => {
    iam = await startIam([
      {
        accessKeyId: 'AKIAADMIN',
        accountId,
        roles: [],
        providers: [
          { url: issuer.provider, clientIds: audience, tags: auto },
          { url: 'untagged.example', clientIds: audience },
        ],
      },
      {
        accessKeyId: 'AKIAREADER',
        accountId,
        roles: [],
        providers: [{ url: issuer.provider, clientIds: audience, tags: auto }],
        denied: ['UpdateOpenIDConnectProviderThumbprint', 'ListOpenIDConnectProviders'],
      },
    ]);
  });
  afterEach(async () => {
    issuer.reset();
    issuer.keysUrl = `${issuer.url}/keys`;
    await iam.close();
  });
  after(() => issuer.close());

  function thumbprints(args: readonly string[], key = 'AKIAADMIN'): Promise<Ran> {
    const env = { AWS_ENDPOINT_URL: iam.url, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: 'secret' };
    return run(['thumbprints', ...args], env);
  }

  const trusted = () => ['--ca-file', caFile, '--allow-loopback'];
  const list = (...args: readonly string[]) =>
    thumbprints(['list', ...trusted(), '--tag', 'auto-refresh=true', ...args]);
  const newFolder = () => mkdtempSync(join(folder, 'saved-'));
  const refresh = (...args: readonly string[]) =>
    thumbprints(['refresh', '--account', accountId, ...trusted(), '--tag', 'auto-refresh=true', ...args]);
  const save = (to = newFolder()) => ['--yes', '--save-folder', to];

  /** The document, with its one account's members beside its own. */
  function read({ stdout }: Ran): Document {
    const document = JSON.parse(stdout) as Document & { readonly accounts?: readonly [object] };
    return { ...document, ...document.accounts?.[0] };
  }

  const kept = () => iam.state('AKIAADMIN').providers.map(one => one.thumbprints);
  const writes = () => iam.calls.filter(({ action }) => !/^(?:Get|List)/.test(action)).map(({ action }) => action);

  for (const args of [[], ['list'], ['refresh']]) {
    it(`says in the help of "${args.join(' ')}" that AWS hardly needs thumbprints`, async () => {
      const { status, stdout } = await thumbprints([...args, '--help']);
      assert.equal(status, 0);
      assert.match(
        stdout.replace(/\s+/g, ' '),
        /has not needed thumbprints for publicly trusted certificates since July 2024/,
      );
      assert.match(stdout, /Examples:\n {2}\$ aws-wif thumbprints/);
      assert.ok(!stdout.includes('loopback'), stdout);
    });
  }

  describe('list', () => {
    it('shows what a provider has beside what its issuer shows, and finds the difference', async () => {
      const { status, stdout, stderr } = await list();
      assert.equal(status, 1);
      assert.match(stdout, new RegExp(`Provider +${arn}\nThumbprints +${old}\nCurrent +${current} at 127`));
      assert.match(stdout, /CN=Test Authority 1; last of 2 served/);
      assert.match(stdout, /Matches +no\n$/);
      assert.match(stderr, /^Warning: AWS has not needed thumbprints/);
    });

    it('is content where they are the same, whatever the letter case', async () => {
      iam.state('AKIAADMIN').providers.forEach(one => {
        one.thumbprints = [old, current.toUpperCase()];
      });
      const ran = await list('--json');
      assert.equal(ran.status, 0);
      const [provider] = read(ran).providers;
      assert.deepEqual([provider?.['matches'], provider?.['thumbprints']], [true, [old, current.toUpperCase()]]);
      assert.match(read(ran).notice, /July 2024/);
    });

    it('shows every provider without a selection, and 3 where one cannot be asked', async () => {
      iam.state('AKIAADMIN').providers.forEach((one, place) => {
        if (place === 1) Object.assign(one, { url: 'nobody.invalid' });
      });
      const ran = await thumbprints(['list', ...trusted(), '--json']);
      assert.equal(ran.status, 3);
      assert.deepEqual(
        read(ran).providers.map(one => one['matches']),
        [false, null],
      );
    });

    it('reads a provider named by ARN alone, without the right to list', async () => {
      const ran = await thumbprints(['list', ...trusted(), '--provider-arn', arn, '--json'], 'AKIAREADER');
      assert.equal(ran.status, 1);
      assert.deepEqual(
        iam.calls.map(({ action }) => action),
        ['GetOpenIDConnectProvider'],
      );
    });

    it('never writes', async () => {
      await list();
      assert.deepEqual(writes(), []);
    });

    const failures: readonly {
      readonly name: string;
      readonly args: () => readonly string[];
      readonly code: string;
    }[] = [
      { name: 'an authority that was not given', args: () => ['--allow-loopback'], code: 'TlsFailed' },
      { name: 'an issuer on this machine', args: () => ['--ca-file', caFile], code: 'AddressRefused' },
    ];
    for (const { name, args, code } of failures) {
      it(`finds ${name}`, async () => {
        const ran = await thumbprints(['list', ...args(), '--provider-arn', arn, '--json']);
        assert.equal(ran.status, 1);
        assert.equal((read(ran).providers[0]?.['problem'] as { code: string }).code, code);
      });
    }

    it('neutralises what an issuer writes', async () => {
      issuer.keysUrl = 'http://x/\n##vso[task.complete]\u001b[31m';
      const { status, stdout } = await list();
      assert.equal(status, 1);
      assert.match(stdout, /KeysUrlRefused/);
      for (const one of ['##vso[', '\u001b']) assert.ok(!stdout.includes(one), JSON.stringify(stdout));
    });
  });

  describe('refresh', () => {
    it('saves what was there, adds the current thumbprint, and names account and principal', async () => {
      const to = newFolder();
      const { status, stdout, stderr } = await refresh(...save(to));
      assert.equal(status, 0);
      assert.deepEqual(kept(), [[old, current], [old]]);
      const [saved = ''] = readdirSync(to);
      assert.match(
        stderr,
        new RegExp(`^account ${accountId} as arn:aws:iam::${accountId}:user/admin
[^]*OIDC provider ${arn}
[^]* saved in .*${saved}
`),
      );
      assert.match(stdout, new RegExp(`^${accountId} .* as arn:aws:iam::${accountId}:user/admin\n`));
      assert.match(stdout, /Outcome +changed/);
      const [file = '', ...others] = readdirSync(to);
      assert.deepEqual(others, []);
      if (process.platform !== 'win32') assert.equal(statSync(join(to, file)).mode & 0o777, 0o600);
      const { entries } = JSON.parse(readFileSync(join(to, file), 'utf8')) as { entries: readonly unknown[] };
      const provider = { arn, url: issuer.provider, clientIds: audience, tags: auto };
      assert.deepEqual(entries, [
        {
          kind: 'provider',
          arn,
          before: { ...provider, thumbprints: [old] },
          after: { ...provider, thumbprints: [old, current] },
        },
      ]);
    });

    it('asks who it is before anything else, and reads again just before it writes', async () => {
      await refresh(...save());
      const actions = iam.calls.map(({ action }) => action);
      assert.equal(actions[0], 'GetCallerIdentity');
      assert.deepEqual(actions.slice(-2), ['GetOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint']);
    });

    it('has nothing to do, to ask or to save the second time', async () => {
      await refresh(...save());
      const to = newFolder();
      const ran = await refresh(...save(to), '--json');
      assert.equal(ran.status, 0);
      assert.equal(read(ran).providers[0]?.['outcome'], 'unchanged');
      assert.deepEqual(readdirSync(to), []);
      assert.equal(writes().length, 1);
    });

    it('shows account and changes before it writes, with --yes, too', async () => {
      let told = '';
      let toldAtWrite = '';
      iam.watch(({ action }) => {
        if (action.startsWith('Update')) toldAtWrite = told;
      });
      const env = { AWS_ENDPOINT_URL: iam.url, AWS_ACCESS_KEY_ID: 'AKIAADMIN', AWS_SECRET_ACCESS_KEY: 'secret' };
      const args = ['refresh', '--account', accountId, ...trusted(), '--tag', 'auto-refresh=true', ...save()];
      await spawnRun(['thumbprints', ...args], env, child => {
        child.stderr?.on('data', (text: string) => {
          told += text;
        });
      });
      assert.match(toldAtWrite, /as arn[^]*Account 111111111111\n~ OIDC provider[^]*saved in/);
    });

    it('takes values of one key for alternatives, and asks that different keys all fit', async () => {
      const fits = await refresh('--tag', 'auto-refresh=weekly', '--dry-run', '--json');
      assert.equal(read(fits).providers.length, 1);
      const misses = await refresh('--tag', 'team=payments', '--dry-run', '--json');
      assert.equal(read(misses).providers.length, 0);
    });

    it('writes nothing where nothing can be saved, and names --save-folder', async () => {
      const { status, stdout } = await refresh('--yes', '--save-folder', caFile);
      assert.deepEqual([status, writes()], [3, []]);
      assert.match(stdout, /SaveFolderRefused: [^]*--save-folder/);
    });

    it('replaces with --max-thumbprints 1', async () => {
      await refresh(...save(), '--max-thumbprints', '1');
      assert.deepEqual(kept()[0], [current]);
    });

    it('shows in a dry run what it would do, and does nothing', async () => {
      const ran = await refresh('--dry-run', '--json');
      assert.equal(ran.status, 0);
      const { providers, saved } = read(ran);
      assert.deepEqual(
        [providers[0]?.['outcome'], providers[0]?.['next'], saved],
        ['would-change', [old, current], null],
      );
      assert.deepEqual(writes(), []);
    });

    it('changes nothing with credentials of another account', async () => {
      const other = ['refresh', '--account', '222222222222', ...trusted(), '--tag', 'auto-refresh=true', ...save()];
      const { status, stderr } = await thumbprints(other);
      assert.equal(status, 1);
      assert.match(stderr, /, account 111111111111, partition aws/);
      assert.deepEqual(
        iam.calls.map(({ action }) => action),
        ['GetCallerIdentity'],
      );
    });

    it('does not write to a provider that somebody changed meanwhile', async () => {
      // Who it is, the list, two providers; then the first of them again.
      iam.beforeCall(5, () => {
        iam.state('AKIAADMIN').providers.forEach(one => {
          one.thumbprints = ['b'.repeat(40)];
        });
      });
      const ran = await refresh(...save(), '--json');
      assert.equal(ran.status, 1);
      assert.equal((read(ran).providers[0]?.['problem'] as { code: string }).code, 'ChangedMeanwhile');
      assert.deepEqual(writes(), []);
    });

    it('says 3 where IAM does not let it write', async () => {
      const named = ['refresh', '--account', accountId, ...trusted(), '--provider-arn', arn, ...save(), '--json'];
      const ran = await thumbprints(named, 'AKIAREADER');
      assert.equal(ran.status, 3);
      assert.equal((read(ran).providers[0]?.['problem'] as { code: string }).code, 'IamForbidden');
    });

    it('finds that a provider which is named is not there', async () => {
      const named = ['--provider-arn', `arn:aws:iam::${accountId}:oidc-provider/gone.example`];
      const ran = await thumbprints(['refresh', '--account', accountId, ...named, '--dry-run', '--json']);
      assert.equal(ran.status, 1);
      assert.deepEqual(
        read(ran).errors.map(({ code }) => code),
        ['ProviderNotFound'],
      );
    });

    const faults = [
      ...[1, 3, 6].map(place => ({ place, fault: 'denied', times: 1, status: 3 }) as const),
      // As often as the SDK tries.
      { place: 6, fault: 'failure', times: 3, status: 3 },
      { place: 6, fault: 'lost', times: 1, status: 0 },
    ] as const;
    for (const { place, fault, times, status } of faults) {
      it(`is completed by the next run after call ${place} met "${fault}"`, async () => {
        iam.failCall(place, iamFaults[fault], times);
        assert.equal((await refresh(...save())).status, status);
        assert.equal((await refresh(...save())).status, 0);
        assert.deepEqual(kept(), [[old, current], [old]]);
      });
    }
  });

  describe('refuses as wrong usage, before it asks anybody,', () => {
    const account = ['--account', accountId];
    const tag = ['--tag', 'auto-refresh=true'];
    const provider = `arn:aws:iam::${accountId}:oidc-provider/example.com`;
    const cases: readonly { readonly args: readonly string[]; readonly says: string }[] = [
      { args: ['refresh', ...tag, '--yes'], says: '--account is missing.' },
      { args: ['refresh', '--account', '1111', ...tag, '--yes'], says: '--account is "1111".' },
      { args: ['refresh', ...account, '--yes'], says: 'Neither --tag nor --provider-arn is given.' },
      { args: ['refresh', ...account, ...tag], says: 'there is no terminal to ask for' },
      { args: ['refresh', ...account, ...tag, '--yes', '--dry-run'], says: 'Both --yes and --dry-run are given.' },
      { args: ['refresh', ...account, ...tag, '--max-thumbprints', '6', '--yes'], says: '--max-thumbprints is "6".' },
      { args: ['refresh', ...account, ...tag, '--max-thumbprints', '0', '--yes'], says: '--max-thumbprints is "0".' },
      {
        args: ['refresh', ...account, ...tag, '--max-thumbprints', '2.5', '--yes'],
        says: '--max-thumbprints is "2.5".',
      },
      { args: ['refresh', ...account, ...tag, '--provider-arn', provider], says: 'Both --tag and --provider-arn' },
      {
        args: ['refresh', '--account', '222222222222', '--provider-arn', provider, '--yes'],
        says: 'is in another account.',
      },
      {
        args: ['refresh', ...account, '--partition', 'aws-cn', '--provider-arn', provider, '--yes'],
        says: `--provider-arn is "${provider}".`,
      },
      { args: ['list', '--provider-arn', 'example.com'], says: '--provider-arn is "example.com".' },
      { args: ['list', '--tag', '=true'], says: '--tag is "=true".' },
      { args: ['list', '--tag', ''], says: '--tag is "".' },
      { args: ['list', '--yes'], says: "unknown option '--yes'." },
      { args: ['list', '--partition', 'mars'], says: "'mars' is invalid" },
      { args: ['list', '--ca-file', 'not-a-certificate'], says: 'contains no certificate in PEM format' },
      { args: ['prune'], says: "unknown command 'prune'." },
    ];
    before(() => writeInput('not-a-certificate', 'nothing of the kind'));

    for (const { args, says } of cases) {
      it(`"${args.join(' ')}"`, async () => {
        const { status, stdout, stderr } = await thumbprints(args);
        assert.deepEqual([status, stdout], [2, '']);
        assert.ok(stderr.includes(says), stderr);
        assert.deepEqual([iam.requests.length, issuer.requests.length], [0, 0]);
      });
    }
  });
});
