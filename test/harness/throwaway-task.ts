import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startJob } from './job.ts';
import type { Job, JobOptions, StepResult, TaskStepOptions } from './types.ts';

export interface ThrowawayTask {
  /** CommonJS, run as the main part; a part that is left out is not in task.json. */
  readonly main?: string;
  readonly postJob?: string;
  /** Laid over the task.json. */
  readonly json?: Readonly<Record<string, unknown>>;
}

const written: string[] = [];

/** Writes a task of a few lines into a folder of its own, which `removeThrowaways` takes away. */
export function writeTask({ main, postJob, json }: ThrowawayTask): string {
  const folder = mkdtempSync(join(tmpdir(), 'task-'));
  written.push(folder);
  const section = (file: string) => ({ Node20_1: { target: file }, Node24: { target: file } });
  const parts = {
    ...(main === undefined ? {} : { execution: section('main.js') }),
    ...(postJob === undefined ? {} : { postjobexecution: section('post.js') }),
  };
  const definition = { id: randomUUID(), ...header, ...parts, ...json };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(definition));
  if (main !== undefined) writeFileSync(join(folder, 'main.js'), main);
  if (postJob !== undefined) writeFileSync(join(folder, 'post.js'), postJob);
  return folder;
}

export function removeThrowaways(): void {
  for (const folder of written.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const header = {
  name: 'Throwaway',
  friendlyName: 'Throwaway task',
  version: { Major: 1, Minor: 2, Patch: 3 },
  inputs: [],
};

/** Starts a job for one test and ends it whatever happens. */
export async function inJob<T>(options: JobOptions, use: (job: Job) => Promise<T>): Promise<T> {
  const job = await startJob(options);
  const ends = { count: 0 };
  const finish = () => {
    ends.count += 1;
    return job.finish();
  };
  try {
    return await use({ ...job, finish });
  } finally {
    if (ends.count === 0) await job.finish();
  }
}

/** One job with one step of this script. */
export async function runOnce(
  main: string,
  step: Omit<TaskStepOptions, 'taskDirectory'> = {},
  job: JobOptions = {},
): Promise<StepResult> {
  const taskDirectory = writeTask({ main });
  return inJob(job, started => started.runTask({ taskDirectory, ...step }));
}

/** A script that prints these lines. */
export function printing(...lines: readonly string[]): string {
  return `process.stdout.write(${JSON.stringify(lines.map(line => `${line}\n`).join(''))});`;
}
