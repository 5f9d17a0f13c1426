import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeEndpoint, names } from '../../test/bundles/scene.ts';
import { startJob } from '../../test/harness/job.ts';
import type { Job, StepResult } from '../../test/harness/types.ts';
import type { NodeBinary } from '../machine.ts';
import type { Contender, Ran } from '../measure.ts';
import type { Seen, StandIns } from '../stand-ins.ts';
import type { Trust } from '../trust.ts';
import { findExchangeFault, oneExchange } from './exchange.ts';

/** A job of a pretended agent in which the packed task has run once: what it is started with is the agent's own doing. */
export interface TaskRun {
  readonly job: Job;
  readonly step: StepResult;
  readonly taskFolder: string;
}

/** Runs the packed task as a step, in a job of its own or in one that runs already. */
export async function runTask(
  taskFolder: string,
  { standIns, trust, inputs = {}, job }: { standIns: StandIns; trust: Trust; inputs?: Inputs; job?: Job },
): Promise<TaskRun> {
  const ownJob = job ?? (await startJob(describeJob(standIns, trust)));
  const step = await ownJob.runTask({
    taskDirectory: taskFolder,
    refName: 'aws',
    inputs: {
      serviceConnection: names.connections.entra.id,
      roleArn: names.roleArn,
      region: names.region,
      stsEndpoint: standIns.stsUrl,
      ...inputs,
    },
  });
  if (step.result !== 'Succeeded') throw new Error(`the task failed:\n${step.log.join('\n')}`);
  return { job: ownJob, step, taskFolder };
}

type Inputs = Readonly<Record<string, string>>;

/** Returns the task as the agent started it; each run finds the temp directory of a job that has just begun. */
export function planTask(
  { job, step, taskFolder }: TaskRun,
  node: NodeBinary,
  trust: Trust,
  findFault: Contender['findFault'] = findTaskFault,
): Contender {
  return {
    name: 'task',
    file: node.path,
    args: [join(job.findTask(taskFolder), 'main.js')],
    environment: { ...step.environment, ...trust.environment(node.major) },
    prepare: () => {
      emptyFolder(job.tempDirectory);
    },
    findFault,
  };
}

function findTaskFault(ran: Ran, seen: Seen): string | undefined {
  return findResultFault(ran) ?? findExchangeFault(ran.stdout, ran, seen, oneExchange);
}

/** Returns what the task told the agent, if that is not that it succeeded. */
export function findResultFault({ stdout }: Ran): string | undefined {
  return stdout.includes('##vso[task.complete result=Succeeded;]') ? undefined : 'did not say that it succeeded';
}

export function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

function describeJob({ collectionUrl, tokenUrl }: StandIns, trust: Trust) {
  return {
    accessToken: names.jobToken,
    collectionUri: collectionUrl,
    serverUri: collectionUrl,
    oidcRequestUri: tokenUrl,
    organizationId: names.organization.id,
    projectId: names.project.id,
    projectName: names.project.name,
    definitionName: 'infra-main',
    variables: { 'Build.BuildId': '4711', 'System.JobAttempt': '1' },
    endpoints: [describeEndpoint('entra')],
    inheritedEnvironment: { PATH: process.env['PATH'] ?? '', ...trust.environment(readMajor()) },
  };
}

function readMajor(): number {
  return Number(process.versions.node.split('.')[0]);
}

/** The helper of a profile that refreshes itself, as an AWS SDK would start it but without the shell between. */
export interface Helper {
  readonly job: Job;
  readonly args: readonly string[];
  readonly cacheFile: string;
}

/** Runs the task with refreshing profiles and returns what it wrote for AWS SDKs to run. */
export async function prepareHelper(taskFolder: string, standIns: StandIns, trust: Trust): Promise<Helper> {
  const { job } = await runTask(taskFolder, { standIns, trust, inputs: { refreshCredentials: 'true' } });
  const credentials = job.variable('AWS_SHARED_CREDENTIALS_FILE') ?? '';
  const line = /^credential_process = (.+)$/m.exec(readFileSync(credentials, 'utf8'))?.[1] ?? '';
  const [, ...args] = line.split(' ').map(part => part.replace(/^'(.*)'$/, '$1'));
  return { job, args, cacheFile: join(dirname(credentials), `cache-${args.at(-1) ?? ''}`) };
}

/** Makes the cached session one that began long ago and works a few minutes more, so that the helper renews it. */
export function ageSession({ cacheFile }: Helper): void {
  const obtainedAtMs = Date.now() - 3_300_000;
  const expiration = new Date(obtainedAtMs + 3_600_000).toISOString();
  const cached = JSON.parse(readFileSync(cacheFile, 'utf8')) as Record<string, unknown>;
  writeFileSync(cacheFile, JSON.stringify({ ...cached, obtainedAtMs, expiration }));
}
