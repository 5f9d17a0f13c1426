import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLeaks } from '../harness/canaries.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { over, readAnswer, startProcess, startRefreshing, type HelperRun } from '../bundles/refresh-scene.ts';
import { addProfiles, writeProfiles, type ProfileRow } from '../bundles/roles.ts';
import { openScene, type Scene } from '../bundles/scene.ts';
import { agentEnvironment } from '../bundles/secure-servers.ts';
import {
  isUseNote,
  listAwsVariables,
  listIssues,
  listPublished,
  listSecrets,
  resetScene,
  runStep,
} from '../bundles/task-run.ts';
import { cleanUp } from '../bundles/post-job.ts';
import {
  checkModes,
  finishCleanly,
  isLeftToAgent,
  listJobFiles,
  packFirst,
  readJobFile,
} from '../bundles/temp-files.ts';
import { canLimitFiles, limitFiles, mountSmallDisk, withoutFiles, type SmallDisk } from './small-disk.ts';

const wholeError = /^FilesNotWritten: .+\n {2}Expected: .+\n {2}What to do: .+$/;

describe('hardness/full-disk', function () {
  let scene: Scene;
  let rows: readonly ProfileRow[];
  let disk: SmallDisk | undefined;

  before(async () => {
    packFirst();
    scene = await openScene();
    rows = addProfiles(scene, 4, 'us-east-1');
  });

  beforeEach(() => {
    resetScene(scene);
  });

  afterEach(() => {
    disk?.remove();
    disk = undefined;
  });

  after(() => scene.close());

  function mount(context: Mocha.Context, folder: string, pages: number): SmallDisk {
    disk = mountSmallDisk(folder, pages);
    if (disk !== undefined) return disk;
    console.log('*** SKIPPED: a small disk of its own: only root on Linux may mount one ***');
    return context.skip();
  }

  function requireLimits(context: Mocha.Context): void {
    if (canLimitFiles()) return;
    console.log('*** SKIPPED: limits of what a process may write: there is no bash with ulimit ***');
    context.skip();
  }

  /** One clear failure, nothing handed on, and nothing shown. */
  function checkFailed(job: Job, step: StepResult): void {
    const [error = '', ...more] = listIssues(step, 'error');
    const shown = step.rawLines.join('\n');
    assert.deepEqual([step.result, step.exitCode, more], ['Failed', 0, []], shown);
    assert.match(error, wholeError, shown);
    assert.deepEqual(listPublished(step), [], shown);
    assert.deepEqual(findLeaks(step.rawLines, listSecrets(scene)), []);
    assert.deepEqual(listPartial(job), []);
    checkModes(job);
  }

  /** The post-job part clears a full disk, too. */
  async function checkCleanedUp(job: Job, step: StepResult): Promise<void> {
    const use = step.commands.findLast(isUseNote)?.data;
    if (use !== undefined) await cleanUp(job, step, use);
    assert.deepEqual(
      job.listTempDirectory().filter(path => !isLeftToAgent(path)),
      [],
    );
  }

  describe('the task', () => {
    it('fails whole or succeeds whole, however little room there is', async function () {
      const results: string[] = [];
      const inputs = { refreshCredentials: 'true' };
      while (results.at(-1) !== 'Succeeded' && results.length < 20) {
        const job = await scene.startJob();
        const { remove } = mount(this, job.tempDirectory, results.length + 1);
        const step = await runStep(scene, job, { inputs });
        results.push(step.result);
        if (step.result === 'Failed') {
          checkFailed(job, step);
          assert.deepEqual([listJobFiles(job), listAwsVariables(job)], [[], []]);
        }
        await checkCleanedUp(job, step);
        remove();
        job.discard();
      }
      assert.ok(results.length > 3 && results.at(-1) === 'Succeeded', results.join());
    });

    it('leaves the profiles of an earlier use as they were, keys and region, and works once there is room', async function () {
      const job = await scene.startJob();
      mount(this, job.tempDirectory, 40);
      await runStep(scene, job, { inputs: { roleArn: '', profiles: writeProfiles(rows) } });
      const before = readProfiles(job);
      const filler = join(job.tempDirectory, 'filler');
      const moved = writeProfiles(rows).replaceAll('us-east-1', 'eu-west-1');
      let failed = 0;
      for (let pages = 1; pages < 8; pages += 1) {
        fillBut(filler, pages);
        const step = await runStep(scene, job, { inputs: { roleArn: '', profiles: moved }, step: always });
        rmSync(filler);
        if (step.result === 'Succeeded') break;
        failed += 1;
        checkFailed(job, step);
        assert.deepEqual(readProfiles(job), before, `with ${pages} pages`);
      }
      assert.ok(failed >= 2, `failed ${failed} times`);
      const [config, credentials] = readProfiles(job);
      assert.ok(config?.includes('eu-west-1') === true && !config.includes('us-east-1'), config);
      assert.notEqual(credentials, before[1]);
      disk?.remove();
      job.discard();
    });

    it('leaves them so where a file may not grow, too', async function () {
      requireLimits(this);
      const job = await scene.startJob({ node: limitFiles(2) });
      const inputs = { roleArn: '', profiles: writeProfiles(rows.slice(0, 1)) };
      const step = await runStep(scene, job, { inputs });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const before = readProfiles(job);
      const moved = writeProfiles(rows).replaceAll('us-east-1', 'eu-west-1');
      const next = await runStep(scene, job, { inputs: { roleArn: '', profiles: moved }, step: always });
      checkFailed(job, next);
      assert.deepEqual(readProfiles(job), before);
    });

    it('says so where the temp directory is read-only, and hands on nothing', async function () {
      const job = await scene.startJob();
      const readOnly = mount(this, job.tempDirectory, 40);
      readOnly.makeReadOnly();
      const step = await runStep(scene, job);
      checkFailed(job, step);
      readOnly.remove();
      assert.deepEqual(listAwsVariables(job), []);
      job.discard();
    });
  });

  describe('the refresh helper', () => {
    function checkOpened({ exitCode, stdout, stderr }: HelperRun): void {
      assert.equal(exitCode, 0, stderr);
      const { AccessKeyId } = readAnswer({ exitCode, stdout, stderr, signal: null, durationMs: 0 });
      assert.ok(scene.sts.sessions.some(({ accessKeyId }) => accessKeyId === AccessKeyId));
      assert.match(stderr, /^The session is valid, but could not be cached for later calls\. FilesNotWritten: /);
      assert.deepEqual(findLeaks(stderr.split('\n'), listSecrets(scene)), []);
    }

    it('answers with the session it opened where not a byte can be written, and leaves no lock', async function () {
      requireLimits(this);
      const refreshing = await startRefreshing(scene);
      refreshing.shift(over);
      const line = refreshing.line();
      for (const run of [1, 2].map(() => startProcess(withoutFiles(line), agentEnvironment)))
        checkOpened(await run.ended);
      assert.deepEqual([existsSync(refreshing.lockPath()), listPartial(refreshing.job)], [false, []]);
      assert.equal((await refreshing.run()).stderr, '');
      await finishCleanly(refreshing.job);
    });

    it('answers so on a disk that takes nothing more, full or read-only', async function () {
      const job = await scene.startJob();
      const small = mount(this, job.tempDirectory, 40);
      const step = await runStep(scene, job, { inputs: { refreshCredentials: 'true' } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const line = /credential_process = (.+)/.exec(readJobFile(job, 'credentials'))?.[1] ?? '';
      const cache = listJobFiles(job).find(name => name.startsWith('cache-')) ?? '';
      const path = join(job.tempDirectory, listFolder(job), cache);
      writeFileSync(path, '');
      fillBut(join(job.tempDirectory, 'filler'), 0);
      checkOpened(await startProcess(line, agentEnvironment).ended);
      small.makeReadOnly();
      checkOpened(await startProcess(line, agentEnvironment).ended);
      assert.deepEqual(
        listJobFiles(job).filter(name => name.startsWith('lock-') || name.endsWith('.partial')),
        [],
      );
      small.remove();
      job.discard();
    });
  });
});

const always = { condition: 'always' } as const;

function readProfiles(job: Job): readonly string[] {
  return ['config', 'credentials'].map(name => readJobFile(job, name));
}

function listPartial(job: Job): readonly string[] {
  return job.listTempDirectory().filter(path => path.endsWith('.partial'));
}

function listFolder(job: Job): string {
  return readdirSync(job.tempDirectory).find(name => name.startsWith('aws-')) ?? '';
}

/** Fills the disk of a file except for so many pages. */
function fillBut(filler: string, pages: number): void {
  const page = Buffer.alloc(4096);
  const file: Buffer[] = [];
  try {
    for (;;) {
      writeFileSync(filler, page, { flag: 'a' });
      file.push(page);
    }
  } catch {
    writeFileSync(filler, Buffer.concat(file.slice(0, Math.max(0, file.length - pages))));
  }
}
