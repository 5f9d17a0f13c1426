import { resolve } from 'node:path';
import type { Job, StepResult } from '../harness/types.ts';
import type { Scene } from './scene.ts';

const script = resolve(import.meta.dirname, 'get-caller-identity.mjs');

/** The three keys as a script's `env:` block maps them, from variables whose names begin as told: '', 'aws.', 'NETWORK_'. */
export function mapKeys(start = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(keyNames.map(name => [name, `$(${start}${name})`]));
}

export const keyNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/** The names under which tasks of the AWS Toolkit look for the same three values. */
export const toolkitNames = ['AWS.AccessKeyID', 'AWS.SecretAccessKey', 'AWS.SessionToken'] as const;

/** The variables that point at the profile files. */
export const profileNames = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE'] as const;

/** Runs a script step that asks AWS STS who it is, with mapped keys and whatever else the job's variables give it. */
export function runCaller(scene: Scene, job: Job, start = ''): Promise<StepResult> {
  return job.runScript({ command: process.execPath, args: [script, scene.sts.url], environment: mapKeys(start) });
}

/** Returns the ARN in the caller's answer, undefined if it got none. */
export function readCallerArn(step: StepResult): string | undefined {
  return /"Arn": "([^"]+)"/.exec(step.rawLines.join('\n'))?.[1];
}
