// The packed task on Windows: on a real one, or on Windows' Node under wine (npm run test:windows).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { ending, over, readAnswer, startRefreshing } from '../bundles/refresh-scene.ts';
import { addChain, threeRoles } from '../bundles/roles.ts';
import { openScene, type Scene } from '../bundles/scene.ts';
import { listAwsVariables, listIssues, runStep, runTask } from '../bundles/task-run.ts';
import { finishCleanly, jobFolder, listJobFiles } from '../bundles/temp-files.ts';
import type { Job } from '../harness/types.ts';
import { hold, loosen, requireStandIns, slowDown, takeCalls } from './stand-in.ts';
import { suite } from './suite.ts';

/** How many callers ask at once, and how often; more often by hand. */
const rounds = Number(process.env['AWS_WIF_ROUNDS'] ?? '3');

/** Letters of two code pages and of none, blanks, and what cmd.exe takes apart. */
const workFolders = ['_work 1', '_wörk-Ägent', '_工作', '_work-folder(1)', '_a&b', '_%PATH%'];

it('windows/suite names tests that are there', () => {
  assert.deepEqual(
    suite.filter(path => !existsSync(path)),
    [],
  );
});

describe('windows/task', () => {
  let scene: Scene;

  before(function () {
    if (process.platform === 'win32') return;
    console.log('*** SKIPPED: the task on Windows; npm run test:windows runs it under wine ***');
    this.skip();
  });

  beforeEach(async () => {
    scene = await openScene();
  });

  afterEach(() => scene.close());

  it('hands credentials on, and again in a second use, with two programs and then one; cleanup leaves nothing', async function () {
    const standIns = process.env['AWS_WIF_STAND_INS'];
    if (standIns !== undefined) takeCalls(standIns);
    const { job, step } = await runTask(scene);
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    if (standIns !== undefined) assert.deepEqual(takeCalls(standIns), ['whoami.exe', 'icacls.exe']);
    const second = await runStep(scene, job, { step: { refName: 'second' }, inputs: { profileName: 'second' } });
    assert.equal(second.result, 'Succeeded', second.log.join('\n'));
    if (standIns !== undefined) assert.deepEqual(takeCalls(standIns), ['icacls.exe']);
    assert.deepEqual(listJobFiles(job), ['config', 'credentials']);
    await finishCleanly(job);
    if (standIns !== undefined) assert.deepEqual(takeCalls(standIns), []);
  });

  it('refuses a folder whose access list was loosened since', async () => {
    const { job } = await runTask(scene);
    await loosen(jobFolder(job));
    const second = await runStep(scene, job, { step: { refName: 'second' } });
    assert.equal(second.result, 'Failed');
    assert.match(listIssues(second, 'error').join('\n'), /FilesRefused: .* may be used by WD\./);
    await job.finish();
  });

  it('hands on twenty profiles, one of them by a chain, and renews the chain', async () => {
    const arns = Array.from({ length: 19 }, (_, index) => `arn:aws:iam::111111111111:role/role-${index}`);
    arns.forEach(scene.addRole);
    const rows = arns.map((arn, index) => `p${index} = ${arn}`);
    const profiles = [...rows, addChain(scene, 'chained', threeRoles).line].join('\n');
    const { job, step, run, shift } = await startRefreshing(scene, { inputs: { profiles } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    const calls = scene.sts.calls.length;
    shift(over, 'chained');
    const { AccountId, AccessKeyId } = readAnswer(await run('chained'));
    assert.deepEqual([AccountId, AccessKeyId], ['444444444444', scene.sts.sessions.at(-1)?.accessKeyId]);
    assert.equal(scene.sts.calls.length - calls, 3);
    await finishCleanly(job);
  });

  const refusals: readonly { name: string; inputs: Readonly<Record<string, string>>; code: RegExp }[] = [
    { name: 'a bad input', inputs: { roleArn: 'nobody', maxAttempts: '99' }, code: /^InputInvalid/ },
    {
      name: 'a role that is not there',
      inputs: { roleArn: 'arn:aws:iam::111111111111:role/none' },
      code: /^StsAccessDenied/,
    },
  ];
  for (const { name, inputs, code } of refusals) {
    it(`fails for ${name}, and leaves nothing`, async () => {
      const { job, step } = await runTask(scene, { inputs });
      assert.equal(step.result, 'Failed');
      assert.match(listIssues(step, 'error')[0] ?? '', code);
      assert.deepEqual(listAwsVariables(job), []);
      await finishCleanly(job);
    });
  }

  it("ends by Ctrl+C while Windows' own program runs, and hands nothing on", async function () {
    const standIns = requireStandIns(this);
    slowDown(standIns, 60_000);
    try {
      const job = await scene.startJob();
      const step = await runStep(scene, job, { step: { cancelAfterMs: 3000 } });
      assert.equal(step.result, 'Canceled', step.log.join('\n'));
      assert.match(step.log.join('\n'), /Canceled: .*\(SIGINT\) while waiting for the program .*whoami\.exe/);
      assert.deepEqual([listAwsVariables(job), listJobFiles(job)], [[], []]);
      rmSync(`${standIns}\\slow.txt`);
      await finishCleanly(job);
    } finally {
      rmSync(`${standIns}\\slow.txt`, { force: true });
    }
  });

  it('refreshes by cmd.exe, and as an argument list without a shell', async () => {
    const refreshing = await startRefreshing(scene);
    const { job, line, run, shift } = refreshing;
    shift(over);
    const first = readAnswer(await run());
    const [file = '', ...args] = line().split(' ');
    const { stdout, stderr } = await promisify(execFile)(file, args);
    assert.deepEqual([stderr, (JSON.parse(stdout) as typeof first).AccessKeyId], ['', first.AccessKeyId]);
    await finishCleanly(job);
  });

  it(`asks AWS STS once a round for eight callers, in ${rounds} rounds`, async () => {
    const { job, run, shift } = await startRefreshing(scene);
    for (let round = 0; round < rounds; round += 1) {
      shift(over);
      const calls = scene.sts.calls.length;
      const runs = await Promise.all(Array.from({ length: 8 }, () => run()));
      const keys = new Set(runs.map(one => readAnswer(one).AccessKeyId));
      assert.deepEqual([keys.size, scene.sts.calls.length - calls], [1, 1], `round ${round}`);
    }
    await finishCleanly(job);
  });

  for (const { sharing, name } of [
    { sharing: 0, name: 'shares nothing' },
    { sharing: 3, name: 'shares reading and writing' },
    { sharing: 7, name: 'shares all' },
  ] as const) {
    it(`refreshes while a program that ${name} opens lock and cache again and again`, async function () {
      const standIns = requireStandIns(this);
      const { job, run, shift, lockPath, cachePath, folder } = await startRefreshing(scene);
      shift(over);
      // One for each, so that none of the files is ever free for long.
      const holdBoth = () => Promise.all([lockPath(), cachePath()].map(path => hold(standIns, sharing, 5000, path)));
      const first = await holdBoth();
      const { exitCode, stdout, stderr } = await run();
      assert.deepEqual([exitCode, stderr.includes('bug in the task')], [0, false], stderr);
      assert.match(stdout, /"Version":1/);
      await Promise.all(first.map(({ ended }) => ended));
      // A refusal by AWS stays what it is.
      shift(over);
      scene.sts.failNext({ kind: 'answer', status: 403 });
      const second = await holdBoth();
      const denied = await run();
      assert.match(denied.stderr, /^Sts\w+: /, denied.stderr);
      await Promise.all(second.map(({ ended }) => ended));
      shift(ending);
      readAnswer(await run());
      assert.deepEqual(
        readdirSync(folder).filter(file => file.startsWith('lock-')),
        [],
      );
      await finishCleanly(job);
    });
  }

  it('is cleaned up although a program holds the credentials for three seconds', async function () {
    const standIns = requireStandIns(this);
    const { job } = await runTask(scene);
    const holder = await hold(standIns, 0, 3000, `${jobFolder(job)}\\credentials`);
    await finishCleanly(job);
    await holder.ended;
  });

  it('hears Ctrl+C as the agent sends it', async () => {
    scene.sts.failNext({ kind: 'hang' });
    const job = await scene.startJob();
    const running = runStep(scene, job);
    while (scene.sts.calls.length === 0) await new Promise(resolve => setTimeout(resolve, 50));
    job.cancel();
    const step = await running;
    assert.equal(step.result, 'Canceled');
    assert.match(step.log.join('\n'), /Canceled: .*\(SIGINT\) while waiting/);
    await finishCleanly(job);
  });

  for (const workFolderName of workFolders) {
    it(`refreshes below ${workFolderName}: the profile is ASCII, or the step says why not`, async () => {
      const job = await scene.startJob({ workFolderName });
      const step = await runStep(scene, job, { inputs: { refreshCredentials: 'true' } });
      // Wine always has a short name, but its cmd.exe takes & and % apart in quotes; a disk of Windows may keep none.
      const must = process.env['AWS_WIF_STAND_INS'] !== undefined && !/[&%]/.test(workFolderName);
      if (step.result === 'Succeeded' || must) await answers(job);
      else assert.match(listIssues(step, 'error')[0] ?? '', /^CommandLineRefused: .* has no short form \(8\.3\)/);
      await finishCleanly(job);
    });
  }

  async function answers(job: Job): Promise<void> {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '-p',
      `require('fs').readFileSync(${JSON.stringify(`${jobFolder(job)}\\credentials`)}, 'latin1')`,
    ]);
    const [, line = ''] = /^credential_process = (.*)$/m.exec(stdout) ?? [];
    assert.match(line, /^[\x21-\x7e]+(?: [\x21-\x7e]+){3}$/);
    const [file = '', ...args] = line.trim().split(' ');
    assert.match((await promisify(execFile)(file, args)).stdout, /"Version":1/);
  }

  it('takes programs of 25 s each within its own time', async function () {
    const standIns = requireStandIns(this);
    slowDown(standIns, 25_000);
    try {
      const { job, step } = await runTask(scene);
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const second = await runStep(scene, job, { step: { refName: 'second' }, inputs: { timeoutSeconds: '5' } });
      const [error = ''] = listIssues(second, 'error');
      assert.match(error, /^DeadlineExceeded: .* waiting for the program C:\\Windows\\System32\\icacls\.exe/);
      await finishCleanly(job);
    } finally {
      rmSync(`${standIns}\\slow.txt`);
    }
  });
});
