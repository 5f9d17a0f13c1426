import assert from 'node:assert/strict';
import { join } from 'node:path';
import { evaluateProgram } from '../harness/evaluate-step.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { isUseNote } from './task-run.ts';

/** The id that a step gave to its post-job part. */
export function readUse(step: StepResult): string {
  return step.commands.findLast(isUseNote)?.data ?? assert.fail('the step left no note');
}

/** Evaluates a post-job part at another time than the agent would run it, in the environment of its step. */
export async function cleanUp(
  job: Pick<Job, 'findTask'>,
  { environment }: Pick<StepResult, 'environment'>,
  use: string,
): Promise<void> {
  const env = { ...environment, VSTS_TASKVARIABLE_AWS_PROFILE_USE: use };
  const script = join(job.findTask(unpackTask()), 'cleanup.js');
  const { exitCode, stderr } = await evaluateProgram([process.execPath, script], env, true);
  assert.deepEqual([exitCode, stderr], [0, '']);
}
