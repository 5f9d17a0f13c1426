import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RecordedRequest } from '../fakes/faults.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { unpackTask } from './packed-task.ts';
import { planted, setTrap, type Trap } from './planted-environment.ts';
import { recordProcess, type Recording } from './recorded-process.ts';
import {
  findTexts,
  over,
  readAnswer,
  startRefreshing,
  type HelperRun,
  type RefreshingJob,
  type StartedHelper,
} from './refresh-scene.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment, secureServers, type SecureServers } from './secure-servers.ts';
import { listSecrets, resetScene } from './task-run.ts';

type Values = Readonly<Record<string, string>>;
type Recorded = Readonly<Record<'read' | 'program' | 'connection', readonly string[]>>;

/** What else an SDK's caller may have in its environment, besides what is planted for the task itself. */
const further: Readonly<Record<string, (trap: Trap) => Values>> = {
  'the job of somebody else': ({ url, home }) => ({
    SYSTEM_OIDCREQUESTURI: url,
    SYSTEM_JOBID: '00000000-0000-0000-0000-000000000000',
    SYSTEM_COLLECTIONID: '00000000-0000-0000-0000-000000000000',
    AGENT_TEMPDIRECTORY: home,
    AGENT_PROXYURL: url,
    AGENT_SKIPCERTVALIDATION: 'true',
    VSTS_TASKVARIABLE_AWS_PROFILE_USE: '0'.repeat(16),
    TMPDIR: home,
    TEMP: home,
  }),
  'what Node obeys': ({ url, home }) => ({
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_USE_ENV_PROXY: '1',
    NODE_PATH: home,
    NODE_ENV: 'planted',
    NODE_PENDING_DEPRECATION: '0',
    GLOBAL_AGENT_HTTP_PROXY: url,
    SSL_CERT_DIR: home,
    OPENSSL_CONF: '/dev/null',
  }),
};

/** Apart from the rest: told to use proxies of the environment (NODE_USE_ENV_PROXY), Node 24 does not start with these. */
/** The helper's own file and what it requires beside it. */
const programs = ['credential-process.js', 'files.js', 'services.js', 'sts.js'];

const unusable = { HTTPS_PROXY: 'socks5://user:word@nowhere:1', https_proxy: '::', NO_PROXY: '((' };

describe('bundles/refresh-environment', () => {
  let scene: Scene;
  let refreshing: RefreshingJob;
  let stranger: RecordedServer;
  let trap: Trap;
  let clean: readonly unknown[];

  before(async () => {
    unpackTask();
    scene = await openScene();
    refreshing = await startRefreshing(scene);
    stranger = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    trap = setTrap(stranger.url);
    clean = (await runWatched({})).requests;
  });

  after(async () => {
    trap.remove();
    await stranger.close();
    await scene.close();
  });

  interface Watched {
    readonly run: HelperRun;
    readonly requests: readonly unknown[];
    readonly recording: Recorded;
  }

  async function runWatched(values: Values): Promise<Watched> {
    resetScene(scene);
    refreshing.shift(over);
    const recording = recordProcess();
    try {
      const run = await refreshing.run(undefined, { ...agentEnvironment, ...values, ...recording.environment });
      return { run, requests: listRequests(scene), recording: listAll(recording) };
    } finally {
      recording.remove();
    }
  }

  function checkUntouched({ run, requests, recording }: Watched): void {
    assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
    assert.equal(run.stderr, '');
    assert.equal(requests.length, 2);
    assert.deepEqual(requests, clean);
    const servers = [scene.azureDevOps.server.url, scene.sts.url].map(url => new URL(url).host);
    assert.deepEqual(recording.connection, servers);
    assert.deepEqual([stranger.connections, existsSync(trap.marker), recording.program], [0, false, []]);
  }

  it('security 19: reads its own script, what it requires beside it and files of the folder, and starts no program', async () => {
    const { recording } = await runWatched({});
    const taskFolder = dirname(/'?([^\s']+credential-process\.js)'?/.exec(refreshing.line())?.[1] ?? refreshing.line());
    const own = programs.map(name => join(taskFolder, name));
    // A number is a file that was opened before, by its path.
    const paths = recording.read.filter(path => !/^\d+$/.test(path));
    const strange = paths.filter(path => !own.includes(path) && !path.startsWith(`${refreshing.folder}/`));
    assert.deepEqual(strange, []);
    assert.ok(recording.read.includes(refreshing.statePath()));
    assert.deepEqual(recording.program, []);
  });

  it('security 19: has neither the task library nor agent.ts in it', () => {
    const read = (name: string) => readFileSync(join(unpackTask(), name), 'utf8');
    const library = /LIB_|task\.complete/;
    assert.match(read('step.js'), library);
    for (const name of programs) assert.doesNotMatch(read(name), library);
  });

  it("security 19: all that is planted in the caller's environment at once changes nothing", async () => {
    const groups = Object.values({ ...planted, ...further });
    checkUntouched(await runWatched(Object.assign({}, ...groups.map(plant => plant(trap))) as Values));
  });

  // Alone each of these might do what another keeps it from.
  const single: typeof planted = { ...further, 'proxies that are none': () => unusable };
  for (const [name, plant] of Object.entries(single)) {
    it(`security 19: ${name} in the caller's environment changes nothing`, async () => {
      checkUntouched(await runWatched(plant(trap)));
    });
  }

  it('security 19: an environment with nothing in it changes nothing', async () => {
    refreshing.shift(over);
    resetScene(scene);
    const run = await refreshing.run(undefined, {});
    assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
    assert.deepEqual(listRequests(scene), clean);
  });

  describe('secrets of a process that waits for AWS STS', () => {
    let helper: StartedHelper | undefined;

    afterEach(() => {
      helper?.kill();
    });

    it('are in neither its arguments nor its environment', async function () {
      if (process.platform !== 'linux') {
        console.log('    NOT CHECKED outside Linux: arguments and environment of running processes');
        this.skip();
      }
      const later = await refreshing.job.runScript({ command: process.execPath, args: ['-e', ''] });
      resetScene(scene);
      refreshing.shift(over);
      scene.sts.failNext({ kind: 'hang' });
      helper = refreshing.start(undefined, later.environment);
      await waitUntil('a call to AWS STS', () => scene.sts.calls.length > 0);
      const shown = listGroup(helper.pid).flatMap(pid => ['cmdline', 'environ'].map(file => readProcess(pid, file)));
      assert.ok(shown.some(text => text.includes('credential-process.js')));
      assert.ok(shown.some(text => text.includes('AWS_SHARED_CREDENTIALS_FILE')));
      for (const secret of listSecrets(scene)) assert.ok(!shown.some(text => text.includes(secret)));
      assert.deepEqual(findTexts(refreshing.folder, scene.azureDevOps.issuedTokens), []);
    });
  });

  describe('certificates of AWS STS', () => {
    let trusted: SecureServers;
    let stranger: SecureServers;
    let secure: Scene;
    let job: RefreshingJob;

    before(async () => {
      trusted = await secureServers(['azureDevOps', 'sts']);
      stranger = await secureServers(['sts']);
      secure = await openScene(trusted.scene);
      job = await startRefreshing(secure, { job: { inheritedEnvironment: trusted.trusting } });
    });

    after(() => secure.close());

    it('are those of the step, whatever NODE_EXTRA_CA_CERTS of the caller says or does not say', async () => {
      for (const environment of [agentEnvironment, stranger.trusting]) {
        job.shift(over);
        const run = await job.run(undefined, environment);
        assert.equal(readAnswer(run).AccessKeyId, secure.sts.sessions.at(-1)?.accessKeyId);
        assert.equal(run.stderr, '');
      }
    });

    const hostile: Readonly<Record<string, () => Values>> = {
      NODE_EXTRA_CA_CERTS: () => trusted.trusting,
      'NODE_TLS_REJECT_UNAUTHORIZED=0': () => ({ ...agentEnvironment, NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    };
    for (const [name, environment] of Object.entries(hostile)) {
      it(`security 19: ${name} of the caller makes nobody trusted whom the step did not trust`, async () => {
        resetScene(secure);
        job.shift(over);
        const state = readFileSync(job.statePath(), 'utf8');
        job.changeState({
          network: {
            proxy: { server: null, bypassExpressions: [], noProxy: [] },
            tls: { ca: [], clientCertificate: null },
          },
        });
        const run = await job.run(undefined, environment());
        job.changeState(JSON.parse(state) as Values);
        assert.deepEqual([run.exitCode, run.stdout], [1, '']);
        assert.match(run.stderr, /NetworkTls: /);
        assert.equal(secure.azureDevOps.tokenRequests().length + secure.sts.calls.length, 0);
      });
    }
  });
});

function listAll({ list }: Recording): Recorded {
  return { read: list('read'), program: list('program'), connection: list('connection') };
}

/** All that reached the stand-ins, without what differs in every run. */
function listRequests({ azureDevOps, sts }: Scene): readonly unknown[] {
  const all = [...azureDevOps.tokenRequests(), ...sts.calls.map(({ request }) => request)];
  return all.map(request => describeRequest(request, azureDevOps.issuedTokens));
}

function describeRequest({ method, url, headers, body }: RecordedRequest, tokens: readonly string[]): unknown {
  const withoutTokens = tokens.reduce((text, token) => text.replaceAll(token, 'ID-TOKEN'), body);
  const same = Object.entries(headers).filter(([name]) => name !== 'amz-sdk-invocation-id');
  return { method, url, headers: Object.fromEntries(same), body: withoutTokens };
}

/** The processes of a group: the shell, and what it runs. */
function listGroup(leader: number): readonly number[] {
  const children = readProcess(leader, `task/${leader}/children`)
    .trim()
    .split(' ')
    .filter(text => text !== '');
  return [leader, ...children.map(Number)];
}

function readProcess(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}
