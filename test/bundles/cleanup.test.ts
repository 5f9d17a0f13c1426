import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import { stsErrors } from '../fakes/sts-errors.ts';
import type { FinishedJob, Job } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { addProfiles, writeProfiles, type ProfileRow } from './roles.ts';
import { cleanUp, readUse } from './post-job.ts';
import { openScene, type Scene } from './scene.ts';
import { isUseNote, resetScene, runStep, runTask } from './task-run.ts';
import { checkCleared, jobFolder, listJobFiles, packFirst, readJobFile } from './temp-files.ts';

const refreshing = { refreshCredentials: 'true' } as const;

describe('bundles/cleanup', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];

  before(async () => {
    packFirst();
    scene = await openScene();
    rows = addProfiles(scene, 4);
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  for (const inputs of [refreshing, { writeProfile: 'false' }] as const) {
    it(`leaves nothing after a success with ${JSON.stringify(inputs)}`, async () => {
      const { job, step } = await runTask(scene, { inputs });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      checkUploaded(await finish(job, 'Succeeded'), 1);
    });
  }

  it('leaves nothing after a refusal', async () => {
    scene.sts.failNext(stsErrors.accessDenied);
    const { job, step } = await runTask(scene, { inputs: refreshing });
    assert.equal(step.result, 'Failed');
    checkUploaded(await finish(job, 'Failed'), 1);
  });

  it('leaves nothing after wrong inputs, which made nothing either', async () => {
    const { job, step } = await runTask(scene, { inputs: { region: 'x' } });
    assert.deepEqual(step.commands.filter(isUseNote), []);
    checkUploaded(await finish(job, 'Failed'), 1);
  });

  it('does nothing for a main part that never ran, whatever the use before it left', async () => {
    const { job } = await runTask(scene);
    const never = await runStep(scene, job, { step: { refName: 'never', condition: 'never' } });
    assert.equal(never.result, 'Skipped');
    const finished = await finish(job, 'Succeeded');
    assert.deepEqual(
      finished.postJobSteps.map(({ stdoutLines }) => stdoutLines),
      [[], ['AWS profile files removed.']],
    );
  });

  it('leaves nothing after three uses of which one replaced another and one failed', async () => {
    const { job } = await runTask(scene, { inputs: { profiles: writeProfiles(rows), ...refreshing } });
    await runStep(scene, job, { step: { refName: 'again' }, issuer: 'azure-devops' });
    scene.sts.failNext(stsErrors.accessDenied);
    const failed = await runStep(scene, job, { inputs: { variablePrefix: 'X_' }, step: { refName: 'x' } });
    assert.equal(failed.result, 'Failed');
    checkUploaded(await finish(job, 'Failed'), 3);
  });

  it("leaves the other uses' profiles when one use is over", async () => {
    const { job, step } = await runTask(scene, { inputs: refreshing });
    const roleArn = rows[0]?.roleArn ?? '';
    await runStep(scene, job, { inputs: { roleArn }, step: { refName: 'successor' } });
    const prefixed = { roleArn: rows[1]?.roleArn ?? '', variablePrefix: 'OTHER_', ...refreshing };
    await runStep(scene, job, { inputs: prefixed, step: { refName: 'other' } });
    const first = readUse(step);
    assert.ok(listJobFiles(job).some(name => name.includes(first)));
    await cleanUp(job, step, first);
    assert.deepEqual(
      listJobFiles(job).filter(name => name.includes(first)),
      [],
    );
    assert.ok(!readJobFile(job, 'config').includes(first) && !readJobFile(job, 'credentials').includes(first));
    assert.ok(readJobFile(job, 'credentials').includes(`role ${roleArn} `));
    assert.equal(await askArn(job, 'other'), rows[1]?.sessionArn);
    await finish(job, 'Succeeded');
  });

  it('leaves nothing after attempts that failed and one that did not', async () => {
    scene.sts.failNext(stsErrors.accessDenied, 2);
    const { job, step } = await runTask(scene, { inputs: refreshing, step: { retryCountOnTaskFailure: 2 } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.equal(step.commands.filter(isUseNote).length, 3);
    checkUploaded(await finish(job, 'Succeeded'), 3);
  });

  /** A cancel comes with one of the lines that the step prints: before, while and after it writes files. */
  const lines: readonly (readonly [when: string, cancelWhen: (line: string) => boolean])[] = [
    ['the first line', () => true],
    ['the note for the post-job part', line => line.includes('task.settaskvariable')],
    ['the sessions', line => line.startsWith('Profile ')],
    ['the path of the files', line => line.includes('variable=AWS_PROFILE')],
  ];
  for (const [when, cancelWhen] of lines) {
    it(`leaves nothing when the job is canceled with ${when}`, async () => {
      const inputs = { profiles: writeProfiles(rows), ...refreshing };
      const { job, step } = await runTask(scene, { inputs, step: { cancelWhen } });
      assert.equal(step.result, 'Canceled', step.log.join('\n'));
      await finish(job, 'Canceled');
    });
  }

  it('leaves nothing when the job is canceled while a session is waited for', async () => {
    const inputs = { profiles: writeProfiles(rows), ...refreshing };
    scene.sts.failNext({ kind: 'delay', ms: 5000 });
    const { job, step } = await runTask(scene, { inputs, step: { cancelAfterMs: 1000 } });
    assert.equal(step.result, 'Canceled', step.log.join('\n'));
    assert.deepEqual(listJobFiles(job), []);
    await finish(job, 'Canceled');
  });

  for (const line of ['Profile ']) {
    it(`leaves nothing when the step is killed right after "${line}"`, async () => {
      const { job } = await runTask(scene, { job: { timings: { sigintWaitMs: 1, sigtermWaitMs: 1 } } });
      const inputs = { profiles: writeProfiles(rows), ...refreshing };
      const step = { refName: 'killed', cancelWhen: (printed: string) => printed.startsWith(line) };
      assert.equal((await runStep(scene, job, { inputs, step })).result, 'Canceled');
      await finish(job, 'Canceled');
    });
  }

  // Windows ends a process with such a signal, whatever it listens to.
  if (process.platform !== 'win32') {
    it('finishes what it has begun when it is told to stop', async () => {
      const { job, step } = await runTask(scene);
      const folder = jobFolder(job);
      for (let index = 0; index < 2000; index += 1) writeFileSync(join(folder, `${index}`), '', { mode: 0o600 });
      const { mtimeNs } = statSync(folder, { bigint: true });
      const env = { ...step.environment, VSTS_TASKVARIABLE_AWS_PROFILE_USE: readUse(step) };
      const child = spawn(process.execPath, [join(job.findTask(unpackTask()), 'cleanup.js')], { env, stdio: 'ignore' });
      while (statSync(folder, { bigint: true, throwIfNoEntry: false })?.mtimeNs === mtimeNs) await setImmediate();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [0, null]);
      assert.deepEqual(listJobFiles(job), []);
      job.discard();
    });
  }

  // What else is no use is in test/handoff/cleanup.test.ts.
  const hostile = ['../../x', 'config', '0'.repeat(16), ''];
  it('does nothing with a pipeline variable that poses as a use, whatever it says', async () => {
    const [value = ''] = hostile;
    const variables = { VSTS_TASKVARIABLE_AWS_PROFILE_USE: value, 'vsts.taskvariable.aws.profile.use': value };
    const { job, step: written } = await runTask(scene, { inputs: refreshing, job: { variables } });
    await runStep(scene, job, { step: { refName: 'never', condition: 'never' } });
    const read = () => [...listJobFiles(job), readJobFile(job, 'config'), readJobFile(job, 'credentials')];
    const before = read();
    for (const use of hostile) {
      await cleanUp(job, written, use);
      assert.deepEqual(read(), before, JSON.stringify(use));
    }
    await finish(job, 'Succeeded');
  });

  async function askArn(job: Job, profile?: string): Promise<string | undefined> {
    const step = await runClient(javaScriptV3, scene, job, profile);
    return readAnswer(step, 'Arn');
  }
});

/** Post-job parts go well and leave nothing, whatever became of the job. */
async function finish(job: Job, result: FinishedJob['result']): Promise<FinishedJob> {
  const finished = await job.finish();
  assert.equal(finished.result, result);
  checkCleared(finished);
  return finished;
}

function checkUploaded({ leftInTempDirectory }: FinishedJob, summaries: number): void {
  assert.equal(leftInTempDirectory.filter(path => path.endsWith('.md')).length, summaries);
}
