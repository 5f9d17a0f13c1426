import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { retryAfter, type Fault } from '../fakes/faults.ts';
import { findLeaks } from '../harness/canaries.ts';
import { unpackTask } from './packed-task.ts';
import { openScene, type Scene } from './scene.ts';
import { countRequests, listAwsVariables, listIssues, listPublished, listSecrets, runStep } from './task-run.ts';
import { finishCleanly, listJobFiles } from './temp-files.ts';

/** The agent sends SIGTERM 7.5 s after SIGINT. Here only a hang brings it, so that a step that ends has heard the first. */
const timings = { sigintWaitMs: 100_000 };

/** A canceled step is not an error of the pipeline, so the task adds none to what the agent says. */
const agentsOwn = [
  'The Operation will be canceled. The next steps may not contain expected logs.',
  'The operation was canceled.',
];

/** What the step is waiting for: who keeps it waiting and how, and how many requests it has made by then. */
const waits: readonly (readonly [name: string, who: 'azureDevOps' | 'sts', fault: Fault, requests: Requests])[] = [
  ['the token', 'azureDevOps', { kind: 'hang' }, [1, 0]],
  ['the end of the token', 'azureDevOps', { kind: 'hang-after-headers' }, [1, 0]],
  ['AWS STS', 'sts', { kind: 'hang' }, [1, 1]],
  ['the end of the answer of AWS STS', 'sts', { kind: 'hang-after-headers' }, [1, 1]],
  ['the next attempt at Azure DevOps', 'azureDevOps', retryAfter(503, 30), [1, 0]],
  ['the next attempt at AWS STS', 'sts', retryAfter(503, 30), [1, 1]],
];

type Requests = readonly [azureDevOps: number, sts: number];

/** Resolves a moment after the stand-ins have had so many requests, when the step can but wait. */
async function untilWaiting(scene: Scene, requests: Requests): Promise<void> {
  while (countRequests(scene).join() !== requests.join()) await wait(10);
  await wait(150);
}

describe('bundles/cancel', () => {
  let scene: Scene;

  before(() => {
    unpackTask();
  });

  beforeEach(async () => {
    scene = await openScene();
  });

  afterEach(() => scene.close());

  for (const [name, who, fault, requests] of waits) {
    it(`ends at once while it waits for ${name}`, async () => {
      scene[who].failNext(fault);
      const job = await scene.startJob({ timings, isEvaluated: false });
      const running = runStep(scene, job);
      await untilWaiting(scene, requests);
      job.cancel();
      const step = await running;
      assert.deepEqual([step.result, step.exitCode, step.signal], ['Canceled', 0, undefined], step.log.join('\n'));
      assert.deepEqual([listPublished(step), listAwsVariables(job), listJobFiles(job)], [[], [], []]);
      assert.match(step.log.join('\n'), /Canceled: .*\(SIGINT\)/);
      assert.deepEqual(listIssues(step, 'error'), agentsOwn);
      assert.deepEqual(countRequests(scene), requests);
      assert.deepEqual(findLeaks(step.rawLines, listSecrets(scene)), []);
      assert.equal((await finishCleanly(job)).result, 'Canceled');
    });
  }

  it('ends at once when the job is canceled before its first request', async () => {
    const job = await scene.startJob();
    const step = await runStep(scene, job, { step: { cancelAfterMs: 0 } });
    assert.equal(step.result, 'Canceled');
    assert.deepEqual([listPublished(step), listAwsVariables(job), listJobFiles(job)], [[], [], []]);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends at once after ${signal} alone`, async function () {
      if (process.platform === 'win32') {
        console.log(`*** SKIPPED: ${signal} alone; Windows has no signals, and the agent's Ctrl+C is tried above ***`);
        return this.skip();
      }
      const job = await scene.startJob();
      scene.azureDevOps.failNext({ kind: 'answer', status: 403 });
      const { environment } = await runStep(scene, job);
      scene.sts.failNext({ kind: 'hang' });
      const target = join(job.findTask(unpackTask()), 'main.js');
      const child = spawn(process.execPath, [target], { env: { ...environment }, cwd: job.workFolder });
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (printed += String(chunk)));
      const ended = once(child, 'close');
      await untilWaiting(scene, [2, 1]);
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      assert.equal(code, 0, printed);
      assert.match(printed, new RegExp(`Canceled: The step was canceled \\(${signal}\\)`));
      assert.doesNotMatch(printed, /task\.setvariable/);
    });
  }
});
