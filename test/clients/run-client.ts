import type { Scene } from '../bundles/scene.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Job, StepResult } from '../harness/types.ts';
import type { Client } from './client.ts';

/** Says loudly what is missing, and skips; installed by .ci/run. */
export function skipWithout({ name, findGap }: Client, context: Mocha.Context): void {
  const gap = findGap();
  if (gap === undefined) return;
  console.log(`*** SKIPPED: ${name}: ${gap}; see .ci/run ***`);
  context.skip();
}

/** A home folder with nothing in it, and no metadata service: all else is what the agent gives to the step. */
export function bareStep(): Readonly<Record<string, string>> {
  return { AWS_EC2_METADATA_DISABLED: 'true', HOME: makeScratchFolder('home') };
}

/** Runs a client as a script step of a job; without a profile it takes the one that the environment names. */
export function runClient(
  client: Client,
  scene: Scene,
  job: Job,
  profile?: string,
  environment: Readonly<Record<string, string>> = bareStep(),
): Promise<StepResult> {
  return job.runScript({ ...client.call(scene.sts.url, profile), environment, continueOnError: true });
}

/** Returns a part of a client's answer, undefined if it gave none. */
export function readAnswer(step: StepResult, part: 'Arn' | 'Region'): string | undefined {
  return new RegExp(`"${part}": "([^"]+)"`).exec(step.stdoutLines.join('\n'))?.[1];
}
