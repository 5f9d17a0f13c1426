import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Job, StepResult } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { isUseNote } from './task-run.ts';

/** The id that a step gave to its post-job part. */
export function readUse(step: StepResult): string {
  return step.commands.findLast(isUseNote)?.data ?? assert.fail('the step left no note');
}

/** Runs a post-job part at another time than the agent would, in the environment of its step. */
export function cleanUp(job: Pick<Job, 'findTask'>, { environment }: StepResult, use: string): void {
  const env = { ...environment, VSTS_TASKVARIABLE_AWS_PROFILE_USE: use };
  const script = join(job.findTask(unpackTask()), 'cleanup.js');
  const { status, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
}
