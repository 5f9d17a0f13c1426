import assert from 'node:assert/strict';
import { findLeaks } from '../harness/canaries.ts';
import type { Issue, Job, JobOptions, LoggingCommand, StepResult, TaskStepOptions } from '../harness/types.ts';
import { keyNames, profileNames, toolkitNames } from './later-step.ts';
import { unpackTask } from './packed-task.ts';
import { names, openScene, type IssuerKind, type Scene } from './scene.ts';

/** What a run of the packed task differs in from the plain one: Entra issuer, YAML job, the step named `aws`. */
export interface TaskSetup {
  readonly issuer?: IssuerKind;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly job?: JobOptions;
  readonly step?: Partial<Omit<TaskStepOptions, 'taskDirectory' | 'inputs'>>;
}

export interface TaskRun {
  readonly job: Job;
  readonly step: StepResult;
}

/** Starts a job and runs the packed task in it; the caller finishes the job. */
export async function runTask(scene: Scene, setup: TaskSetup = {}): Promise<TaskRun> {
  const job = await scene.startJob(setup.job);
  return { job, step: await runStep(scene, job, setup) };
}

/** Runs the packed task as a step of a job that runs already. */
export function runStep(scene: Scene, job: Job, setup: Omit<TaskSetup, 'job'> = {}): Promise<StepResult> {
  const inputs = scene.inputs(setup.issuer ?? 'entra', setup.inputs);
  return job.runTask({ refName: 'aws', ...setup.step, taskDirectory: unpackTask(), inputs });
}

/** Runs the packed task in a scene of its own, which `arrange` may change before and `judge` may look at. */
export async function runInScene(
  arrange: (scene: Scene) => void,
  setup: TaskSetup | undefined,
  judge: (run: TaskRun & { readonly scene: Scene }) => void,
): Promise<void> {
  const scene = await openScene();
  arrange(scene);
  const run = await runTask(scene, setup);
  try {
    judge({ ...run, scene });
    assert.deepEqual(findLeaks(run.step.rawLines, listSecrets(scene)), []);
  } finally {
    await scene.close();
  }
}

/** How many requests Azure DevOps got for a token, and AWS STS for anything. */
export function countRequests({ azureDevOps, sts }: Scene): readonly [azureDevOps: number, sts: number] {
  return [azureDevOps.tokenRequests().length, sts.calls.length];
}

/** Every secret that has been in the scene so far. */
export function listSecrets({ azureDevOps, sts }: Scene): readonly string[] {
  const keys = sts.sessions.flatMap(session => [session.accessKeyId, session.secretAccessKey, session.sessionToken]);
  return [names.jobToken, ...azureDevOps.issuedTokens, ...keys];
}

export function listIssues(step: StepResult, type: Issue['type']): readonly string[] {
  return step.issues.filter(issue => issue.type === type).map(({ message }) => message);
}

/** The warnings of a step except for the one of a stand-in's address. */
export function listOwnWarnings(step: StepResult): readonly string[] {
  return listIssues(step, 'warning').filter(one => !one.startsWith('stsEndpoint '));
}

/** Commands that would hand something on. What the post-job part is told is the id of this use and nothing else. */
export function listPublished(step: StepResult): readonly string[] {
  const handsOn = ['setvariable', 'settaskvariable', 'setendpoint', 'prependpath', 'uploadfile', 'addattachment'];
  const published = step.commands.filter(({ event }) => handsOn.includes(event.toLowerCase()));
  return published.filter(command => !isUseNote(command)).map(({ event }) => event);
}

/** Returns whether a command is the note for the post-job part: its own name, and sixteen hexadecimal digits. */
export function isUseNote({ area, event, properties, data }: LoggingCommand): boolean {
  const { variable, ...others } = properties;
  const isNote = area === 'task' && event === 'settaskvariable' && variable === 'AWS_PROFILE_USE';
  return isNote && JSON.stringify(others) === '{"issecret":"false"}' && /^[0-9a-f]{16}$/.test(data);
}

/** The names among those that the task can set, plain or as output of the step `aws`, which the job has. */
export function listAwsVariables(job: Job): readonly string[] {
  const outputs = [...keyNames, 'AWS_ACCOUNT_ID', 'AWS_ASSUMED_ROLE_ARN', 'AWS_CREDENTIAL_EXPIRATION', 'AWS_REGION'];
  const plain = [...keyNames, ...toolkitNames, ...profileNames];
  const all = [...plain, ...outputs.map(name => `aws.${name}`)];
  return all.filter(name => job.variable(name) !== undefined);
}

/** Forgets what the stand-ins were asked and what was planned for them. */
export function resetScene({ azureDevOps, sts }: Scene): void {
  azureDevOps.server.reset();
  sts.server.reset();
}
