import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { callsAction } from '../fakes/sts.ts';
import { createAuthority } from '../fakes/certificates.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { findLeaks } from '../harness/canaries.ts';
import {
  defaultProfile,
  listModes,
  over,
  readAnswer,
  startRefreshing,
  type HelperRun,
  type RefreshingJob,
} from '../bundles/refresh-scene.ts';
import { addChain, threeRoles, type ProfileRow } from '../bundles/roles.ts';
import { openScene, type Scene } from '../bundles/scene.ts';
import { agentEnvironment } from '../bundles/secure-servers.ts';
import { countRequests, listSecrets, resetScene } from '../bundles/task-run.ts';
import { finishCleanly, packFirst } from '../bundles/temp-files.ts';
import { turnClock, watchMemory } from './preloads.ts';
import { heavyFaults, isAnswered, wireFaults, type WireFault } from './wire-faults.ts';

/** The three requests of a refresh, in their order, and who answers them. */
const requests = { 'the ID token': 'azureDevOps', 'the first role': 'sts', 'the role behind it': 'sts' } as const;
type RequestName = keyof typeof requests;

const attemptMs = 15_000;
const besidesMs = 30_000;
const helper = 'credential-process.js';

/** What of its state the helper is told wrongly, so that a connection cannot be made. */
type Misled = (origin: string) => Readonly<Record<string, unknown>>;

describe('hardness/refresh-faults', () => {
  const memory = watchMemory();
  let scene: Scene;
  let refreshing: RefreshingJob;
  let chain: ProfileRow;
  let usualMb = 0;

  before(async () => {
    packFirst();
    scene = await openScene();
    chain = addChain(scene, 'chain', threeRoles);
    refreshing = await startRefreshing(scene, { inputs: { profiles: chain.line, maxAttempts: '1' } });
    refreshing.shift(over, chain.name);
    const run = await refreshing.run(chain.name, { ...agentEnvironment, ...memory.environment });
    assert.equal(run.exitCode, 0, run.stderr);
    usualMb = memory.readPeak(helper);
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  function plan(fault: WireFault['fault'], name: RequestName): void {
    if (name === 'the ID token') scene.azureDevOps.failNext(fault);
    else if (name === 'the first role') scene.sts.failNext(fault, 1, callsAction('AssumeRoleWithWebIdentity'));
    else scene.sts.failNext(fault, 1, callsAction('AssumeRole'));
  }

  /** One clear failure in time, nothing printed that an SDK would read, nothing shown, changed or left. */
  function checkFailed(run: HelperRun, code: RegExp, cache: string): void {
    assert.deepEqual([run.exitCode, run.stdout], [1, ''], run.stderr);
    assert.match(run.stderr, /^\w+: .+\n {2}Expected: .+\n {2}What to do: .+\n$/);
    assert.match(run.stderr, code);
    assert.ok(run.durationMs < attemptMs + besidesMs, `took ${run.durationMs} ms`);
    assert.deepEqual(findLeaks(run.stderr.split('\n'), listSecrets(scene)), []);
    assert.equal(readFileSync(refreshing.cachePath(chain.name), 'utf8'), cache);
    checkFolder();
  }

  function checkFolder(): void {
    const strange = readdirSync(refreshing.folder).filter(name => /^lock-|partial$/.test(name));
    assert.deepEqual(strange, []);
    if (process.platform === 'win32') return;
    assert.deepEqual(
      listModes(refreshing.folder).filter(entry => !entry.endsWith(' 600')),
      [],
    );
  }

  async function runFailing(environment = agentEnvironment): Promise<readonly [HelperRun, string]> {
    refreshing.shift(over, chain.name);
    const cache = readFileSync(refreshing.cachePath(chain.name), 'utf8');
    return [await refreshing.run(chain.name, environment), cache];
  }

  const names = Object.keys(requests) as RequestName[];

  // Each fault meets one of the requests, all of them in turn; test/host and test/identity know the answers to each.
  for (const [index, row] of [...wireFaults, ...heavyFaults].entries()) {
    const name = names[index % names.length] ?? 'the ID token';
    const service = requests[name];
    const isHeavy = heavyFaults.includes(row);
    const answered = service === 'sts' && isAnswered(row);
    const end = isHeavy ? 'a clear failure in no more than half as much memory again' : 'one clear failure';
    it(`${row.name} for ${name}: ${answered ? 'no fault of AWS STS' : end}`, async () => {
      plan(row.fault, name);
      const [run, cache] = await runFailing(isHeavy ? { ...agentEnvironment, ...memory.environment } : undefined);
      if (answered) assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
      else checkFailed(run, row[service], cache);
      const peak = isHeavy ? memory.readPeak(helper) : 0;
      assert.ok(peak < usualMb * 1.5, `${peak} MB where ${usualMb} MB are usual`);
    });
  }

  describe('no connection', () => {
    const servers: RecordedServer[] = [];
    const hour = 3_600_000;
    const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
    const origins = new Map<string, { readonly origin: string; readonly ca: readonly string[] }>();

    before(async () => {
      const authority = await createAuthority();
      const open = async (name: string, leaf: Parameters<typeof authority.issue>[0], ca: readonly string[]) => {
        const server = await startRecordedServer(() => ({ status: 200 }), { tls: await authority.issue(leaf) });
        servers.push(server);
        origins.set(name, { origin: server.url, ca });
      };
      await open('a certificate of the past', { hosts: ['127.0.0.1'], ...past }, [authority.pem]);
      await open('a certificate of another host', { hosts: ['elsewhere.invalid'] }, [authority.pem]);
      await open('a certificate of an unknown authority', { hosts: ['127.0.0.1'] }, []);
      origins.set('a name that is not in DNS', { origin: 'https://name.invalid', ca: [] });
      origins.set('a port that is closed', { origin: 'http://127.0.0.1:1', ca: [] });
    });

    after(() => Promise.all(servers.map(server => server.close())));

    const rows: Readonly<Record<string, RegExp>> = {
      'a certificate of the past': /^NetworkTls: .*127\.0\.0\.1/,
      'a certificate of another host': /^NetworkTls: .*127\.0\.0\.1/,
      'a certificate of an unknown authority': /^NetworkTls: .*127\.0\.0\.1/,
      'a name that is not in DNS': /^NetworkNameNotResolved: .*name\.invalid:443/,
      'a port that is closed': /^NetworkRefused: .*127\.0\.0\.1:1/,
    };
    for (const [name, code] of Object.entries(rows)) {
      for (const [service, mislead] of Object.entries({ 'Azure DevOps': misleadToken, 'AWS STS': misleadSts })) {
        it(`${name} at ${service}: one clear failure, and nothing is sent`, async () => {
          const { origin = '', ca = [] } = origins.get(name) ?? {};
          const whole = readFileSync(refreshing.statePath(), 'utf8');
          refreshing.changeState({
            ...mislead(whole)(origin),
            network: { ...readNetwork(whole), tls: { ca, clientCertificate: null } },
          });
          const [run, cache] = await runFailing({ ...agentEnvironment, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
          refreshing.changeState(JSON.parse(whole) as Record<string, unknown>);
          checkFailed({ ...run, stderr: withoutWarning(run.stderr) }, code, cache);
          assert.deepEqual(countRequests(scene), [service === 'Azure DevOps' ? 0 : 1, 0]);
          assert.ok(servers.every(server => server.requests.length === 0));
        });
      }
    }
  });

  for (const hours of [-30, 30]) {
    it(`a clock that is off by ${hours} hours: the session, and a signature that AWS STS takes`, async () => {
      refreshing.shift(over, chain.name);
      const run = await refreshing.run(chain.name, { ...agentEnvironment, ...turnClock(hours) });
      assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId, run.stderr);
      assert.deepEqual([run.stderr, scene.sts.violations], ['', []]);
    });
  }

  describe('after all of it', () => {
    it('the next call works, and cleanup leaves nothing', async () => {
      refreshing.shift(over, chain.name);
      for (const profile of [chain.name, defaultProfile]) assert.equal((await refreshing.run(profile)).stderr, '');
      await finishCleanly(refreshing.job);
    });
  });
});

function misleadToken(state: string): Misled {
  const { pathname } = new URL((JSON.parse(state) as { requestUrl: string }).requestUrl);
  return origin => ({ requestUrl: `${origin}${pathname}` });
}

function misleadSts(state: string): Misled {
  const { goals } = JSON.parse(state) as { goals: Record<string, object> };
  return origin => ({
    goals: Object.fromEntries(Object.entries(goals).map(([id, goal]) => [id, { ...goal, endpoint: `${origin}/` }])),
  });
}

function readNetwork(state: string): object {
  return (JSON.parse(state) as { network: object }).network;
}

/** Node warns of the variable itself. */
function withoutWarning(stderr: string): string {
  return stderr.replace(/^\(node:\d+\) Warning: .*\n(?:\(Use .*\n)?/gm, '');
}
