import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { unpackTask } from './packed-task.ts';
import {
  ending,
  findTexts,
  listModes,
  over,
  readAnswer,
  startProcess,
  startRefreshing,
  type HelperRun,
  type RefreshingJob,
} from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listSecrets, resetScene } from './task-run.ts';

const minute = 60_000;

describe('bundles/refresh', () => {
  let scene: Scene;
  let refreshing: RefreshingJob;

  before(async () => {
    unpackTask();
    scene = await openScene();
    refreshing = await startRefreshing(scene);
  });

  beforeEach(() => {
    resetScene(scene);
    scene.sts.setSessionLife(undefined);
  });

  after(() => scene.close());

  /** The helper's answer is the newest session of AWS STS, with an end five minutes early. */
  function checkNewest(run: HelperRun): void {
    const session = scene.sts.sessions.at(-1);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(readAnswer(run), {
      Version: 1,
      AccessKeyId: session?.accessKeyId,
      SecretAccessKey: session?.secretAccessKey,
      SessionToken: session?.sessionToken,
      AccountId: names.accountId,
      Expiration: new Date((session?.expiration.getTime() ?? 0) - 5 * minute).toISOString(),
    });
    assert.equal(run.stderr, '');
  }

  /** It failed with this code, told with what to do, and printed no secret and no credentials. */
  function checkFailure(run: HelperRun, code: string): void {
    assert.deepEqual([run.exitCode, run.stdout], [1, ''], run.stderr);
    assert.match(run.stderr, new RegExp(`^${code}: .+\\n  Expected: .+\\n  What to do: .+\\n$`));
    checkSilence(run);
  }

  function checkSilence({ stderr }: HelperRun): void {
    for (const secret of listSecrets(scene)) assert.ok(!stderr.includes(secret));
    assert.doesNotMatch(stderr, /InternalError|\n\s+at /);
  }

  it('answers from its cache without any request, and tells an end five minutes before that of AWS STS', async () => {
    checkNewest(await refreshing.run());
    assert.deepEqual(countRequests(scene), [0, 0]);
  });

  it('waits for a reader who is slow, and fails where nobody reads its answer', async function () {
    if (process.platform === 'win32') {
      console.log('    *** SKIPPED on Windows: a pipe that nobody reads needs a POSIX shell ***');
      this.skip();
    }
    const startPiped = (reader: string) =>
      startProcess(`{ ${refreshing.line()}; echo "$?" >&2; } | ${reader}`, agentEnvironment);
    const slow = await startPiped('{ sleep 1; cat; }').ended;
    assert.equal(slow.stderr, '0\n');
    assert.equal(readAnswer(slow).SessionToken, scene.sts.sessions.at(-1)?.sessionToken);
    const gone = await startPiped('true').ended;
    assert.deepEqual([gone.stdout, gone.stderr], ['', '1\n']);
  });

  it('keeps its files to the user alone: folder 0700, files 0600', async function () {
    if (process.platform === 'win32') {
      console.log('    NOT CHECKED on Windows: modes of files');
      this.skip();
    }
    refreshing.shift(over);
    checkNewest(await refreshing.run());
    assert.deepEqual(
      listModes(refreshing.folder).filter(entry => !entry.endsWith(' 600')),
      [],
    );
    assert.ok(listModes(refreshing.job.tempDirectory).some(entry => /^aws-[0-9a-f-]{36} 700$/.test(entry)));
  });

  /** Every life and moment is in test/handoff/credential-process.test.ts. */
  const ages = [
    { life: 3600, age: 39 * 60, asks: false },
    { life: 3600, age: 41 * 60, asks: true },
    { life: 900, age: 7 * 60, asks: true },
  ];
  for (const { life, age, asks } of ages) {
    it(`${asks ? 'renews' : 'hands out'} a session of ${life} s that is ${age / 60} minutes old`, async () => {
      refreshing.shift({ ageSeconds: age, lifeSeconds: life });
      const before = refreshing.readCache();
      const run = await refreshing.run();
      const answer = readAnswer(run);
      assert.deepEqual(countRequests(scene), asks ? [1, 1] : [0, 0]);
      if (asks) checkNewest(run);
      else assert.deepEqual([answer.AccessKeyId, run.stderr], [before.accessKeyId, '']);
      if (!asks) assert.equal(Date.parse(answer.Expiration), Date.parse(before.expiration) - 5 * minute);
    });
  }

  it('asks for a session once per call where AWS STS gives only such as are about to end', async () => {
    scene.sts.setSessionLife(400);
    refreshing.shift(over);
    for (let call = 1; call <= 3; call += 1) {
      checkNewest(await refreshing.run());
      assert.deepEqual(countRequests(scene), [call, call]);
    }
  });

  it('never tells an end that is over, while the session still works', async () => {
    scene.sts.setSessionLife(200);
    refreshing.shift(over);
    const { Expiration } = readAnswer(await refreshing.run());
    assert.ok(Date.parse(Expiration) > Date.now());
    assert.equal(Date.parse(Expiration), scene.sts.sessions.at(-1)?.expiration.getTime());
  });

  for (const [state, times] of Object.entries({ 'is over': over, 'is about to end': ending })) {
    it(`opens one session for six callers at the same instant, where the one they have ${state}`, async () => {
      refreshing.shift(times);
      scene.sts.failNext({ kind: 'delay', ms: times === over ? 2000 : 0 });
      const runs = await Promise.all(Array.from({ length: 6 }, () => refreshing.start().ended));
      for (const run of runs) checkNewest(run);
      assert.deepEqual(countRequests(scene), [1, 1]);
    });
  }

  describe('when the session cannot be renewed', () => {
    /** One of each kind; that a refusal is told by these codes is in test/identity and test/session. */
    const refusals: readonly { name: string; code: string; plan: () => void }[] = [
      {
        name: "the job's token is no longer accepted",
        code: 'TokenRequestUnauthorized',
        plan: () => scene.azureDevOps.jobTokens.delete(names.jobToken),
      },
      {
        name: 'AWS refuses the role',
        code: 'StsAccessDenied',
        plan: () => {
          scene.sts.failNext({ status: 403, code: 'AccessDenied', message: 'Not authorized to perform sts:Assume' });
        },
      },
      {
        name: 'AWS STS answers for another role (security 20: account checks again)',
        code: 'StsIdentityMismatch',
        plan: () => {
          const text = 'arn:aws:sts::222222222222:assumed-role/deploy/infra-main-4711-1';
          scene.sts.tamperNext({ kind: 'replace', element: 'Arn', text });
        },
      },
      {
        name: 'the ID token is not that of the connection',
        code: 'TokenNotForConnection',
        plan: () => {
          scene.azureDevOps.bendNext({ claims: { sub: 'p://contoso/Platform/infra-main' } });
        },
      },
    ];

    afterEach(() => scene.azureDevOps.jobTokens.add(names.jobToken));

    for (const { name, code, plan } of refusals) {
      it(`because ${name}: ${code} and no answer, once the session is over`, async () => {
        refreshing.shift(over);
        const before = readFileSync(refreshing.cachePath(), 'utf8');
        plan();
        checkFailure(await refreshing.run(), code);
        assert.equal(readFileSync(refreshing.cachePath(), 'utf8'), before);
      });
    }

    for (const { name, code, plan } of refusals.slice(0, 2)) {
      it(`because ${name}: the old session and a word on stderr, while it works`, async () => {
        refreshing.shift(ending);
        const { accessKeyId, expiration } = refreshing.readCache();
        plan();
        const run = await refreshing.run();
        const answer = readAnswer(run);
        assert.equal(run.exitCode, 0);
        assert.deepEqual([answer.AccessKeyId, Date.parse(answer.Expiration)], [accessKeyId, Date.parse(expiration)]);
        assert.ok(run.stderr.includes(` ${code}: `), run.stderr);
        checkSilence(run);
      });
    }

    it('tries again what can pass, and says nothing of it', async () => {
      refreshing.shift(over);
      scene.azureDevOps.failNext({ kind: 'answer', status: 503 });
      scene.sts.failNext({ kind: 'reset-before-headers' });
      checkNewest(await refreshing.run());
      assert.deepEqual(countRequests(scene), [2, 2]);
    });

    it('keeps no ID token in any file', () => {
      assert.ok(scene.azureDevOps.issuedTokens.length > 5);
      assert.deepEqual(findTexts(refreshing.job.workFolder, scene.azureDevOps.issuedTokens), []);
    });
  });

  describe('files that are not as they were written', () => {
    function runLine(change: (line: string) => string): Promise<HelperRun> {
      return startProcess(change(refreshing.line()), agentEnvironment).ended;
    }

    // What else is no session is in test/handoff/session-cache.test.ts.
    for (const text of ['{', 'x'.repeat(70_000)]) {
      it(`a cache of ${JSON.stringify(text.slice(0, 30))} is replaced by a new session`, async () => {
        writeFileSync(refreshing.cachePath(), text);
        checkNewest(await refreshing.run());
        assert.deepEqual(countRequests(scene), [1, 1]);
      });
    }

    it('a cache that is missing is made anew', async () => {
      rmSync(refreshing.cachePath());
      checkNewest(await refreshing.run());
    });

    // What else is no state is in test/handoff/refresh-state.test.ts.
    const states = ['{"jobToken":"job-token-a8Kf0Zq4Vw9rTe2XnLp6Bc","requestUrl":', '{"network":1}'];
    for (const text of states) {
      it(`a state of ${JSON.stringify(text)} is refused without a word of what it holds`, async () => {
        const whole = readFileSync(refreshing.statePath(), 'utf8');
        refreshing.shift(over);
        writeFileSync(refreshing.statePath(), text);
        const run = await refreshing.run();
        writeFileSync(refreshing.statePath(), whole);
        checkFailure(run, 'RefreshStateUnreadable');
        assert.deepEqual(countRequests(scene), [0, 0]);
      });
    }

    const lines: Readonly<Record<string, (line: string) => string>> = {
      'another number': line => line.replace(/\d+$/, '77'),
      'neither state nor id': line => line.replace(/ \S+ \S+$/, ''),
      'a folder that is not there': line => line.replace(/aws-[0-9a-f]{8}/, 'aws-00000000'),
      'a path as its id': line => line.replace(/\S+$/, '../../x.1'),
    };
    for (const [name, change] of Object.entries(lines)) {
      it(`a command line with ${name} is refused and makes nothing`, async () => {
        const before = [refreshing.job.listTempDirectory(), listModes(refreshing.folder)];
        const run = await runLine(change);
        checkFailure(run, 'RefreshStateUnreadable');
        assert.deepEqual([refreshing.job.listTempDirectory(), listModes(refreshing.folder)], before);
        assert.deepEqual(countRequests(scene), [0, 0]);
      });
    }

    it('a folder that others may use is refused', async function () {
      if (process.platform === 'win32') {
        console.log('    NOT CHECKED on Windows: modes of folders');
        this.skip();
      }
      chmodSync(refreshing.folder, 0o755);
      const run = await refreshing.run();
      chmodSync(refreshing.folder, 0o700);
      checkFailure(run, 'FilesRefused');
    });

    it('a link in the place of the folder is refused', async function () {
      if (process.platform === 'win32') {
        console.log('    NOT CHECKED on Windows: links need a right');
        this.skip();
      }
      const line = refreshing.line();
      const moved = `${refreshing.folder}-moved`;
      renameSync(refreshing.folder, moved);
      symlinkSync(moved, refreshing.folder);
      const run = await startProcess(line, agentEnvironment).ended;
      rmSync(refreshing.folder);
      renameSync(moved, refreshing.folder);
      checkFailure(run, 'FilesRefused');
    });

    it('a cache that others may read is refused', async function () {
      if (process.platform === 'win32') {
        console.log('    NOT CHECKED on Windows: modes of files');
        this.skip();
      }
      chmodSync(refreshing.cachePath(), 0o644);
      const run = await refreshing.run();
      chmodSync(refreshing.cachePath(), 0o600);
      checkFailure(run, 'FilesRefused');
    });
  });

  // That it goes on with a new session is in test/clients.
  describe('the AWS CLI with a refreshing profile', () => {
    async function askWho(): Promise<string> {
      const args = ['sts', 'get-caller-identity', '--endpoint-url', scene.sts.url, '--output', 'json'];
      const { log, rawLines } = await refreshing.job.runScript({ command: 'aws', args });
      return /"Arn": "([^"]+)"/.exec(rawLines.join('\n'))?.[1] ?? log.join('\n');
    }

    before(function () {
      if (spawnSync('aws', ['--version'], { shell: process.platform === 'win32' }).status === 0) return;
      console.log('    NOT CHECKED: there is no AWS CLI on PATH');
      this.skip();
    });

    it('shows why there are no credentials', async () => {
      refreshing.shift(over);
      scene.azureDevOps.jobTokens.delete(names.jobToken);
      const said = await askWho();
      scene.azureDevOps.jobTokens.add(names.jobToken);
      assert.match(said, /TokenRequestUnauthorized/);
    });
  });
});
