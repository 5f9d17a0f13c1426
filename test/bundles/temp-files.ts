import assert from 'node:assert/strict';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FinishedJob, Job } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';

/** The folder below Agent.TempDirectory that a job's profile files are in. */
export function jobFolder(job: Job): string {
  return join(job.tempDirectory, folderName);
}

/** System.JobId of every job that is not told another. */
const folderName = 'aws-12f1170f-54f2-53f3-20dd-22fc7dff55f9';

/** Only a folder of the job with it is used again; the step makes it on Windows alone. */
const proofFile = '.made-by';

/**
 * The names of what is in the job's folder, empty if there is none; without the proof that this job made it, which is
 * there on Windows from the beginning.
 */
export function listJobFiles(job: Job): readonly string[] {
  const inside = job.listTempDirectory().filter(path => path.startsWith(`${folderName}/`));
  return inside.map(path => path.slice(folderName.length + 1)).filter(path => path !== proofFile);
}

/** The text of a file of the job's folder. */
export function readJobFile(job: Job, name: string): string {
  return readFileSync(join(jobFolder(job), name), 'utf8');
}

/** The lines of every file in Agent.TempDirectory that is not private to the agent's user. */
export function readOpenFiles(job: Job): readonly string[] {
  const open = job.listTempDirectory().filter(path => !path.startsWith(`${folderName}/`));
  const files = open.map(path => join(job.tempDirectory, path)).filter(path => lstatSync(path).isFile());
  return files.flatMap(path => readFileSync(path, 'utf8').split('\n'));
}

/** Asserts that others can use nothing of what the task wrote: folder 0700, each file in it and each summary 0600. */
export function checkModes(job: Job): void {
  if (process.platform === 'win32') return;
  const own = job.listTempDirectory().filter(path => path.startsWith(folderName) || path.endsWith('.md'));
  for (const path of own) {
    const stat = lstatSync(join(job.tempDirectory, path));
    const expected = path === folderName ? 'folder 700' : 'file 600';
    const kind = stat.isDirectory() ? 'folder' : stat.isFile() ? 'file' : 'neither';
    assert.equal(`${kind} ${(stat.mode & 0o777).toString(8)}`, expected, path);
  }
}

/** Finishes a job and asserts that the post-job parts went well and left nothing of the task's but its summaries. */
export async function finishCleanly(job: Job): Promise<FinishedJob> {
  const finished = await job.finish();
  checkCleared(finished);
  return finished;
}

/** Asserts that post-job parts went well and left nothing of the task's but its summaries, which were not lost. */
export function checkCleared({ postJobSteps, lostUploads, leftInTempDirectory }: FinishedJob): void {
  for (const step of postJobSteps) {
    assert.deepEqual([step.result, step.exitCode, step.issues], ['Succeeded', 0, []], step.log.join('\n'));
    assert.deepEqual(step.stderrLines, []);
  }
  assert.deepEqual(lostUploads, []);
  assert.deepEqual(
    leftInTempDirectory.filter(path => !isLeftToAgent(path)),
    [],
  );
}

/** The agent uploads summaries some time later and empties the folder. */
export function isLeftToAgent(path: string): boolean {
  return /^AWSAssumeRoleWIF-[0-9a-f]{8}\.md$/.test(path);
}

/** Packs the task before the first test, so that no test is charged with it. */
export function packFirst(): void {
  unpackTask();
}
