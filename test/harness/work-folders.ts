import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

import type { TaskDefinition } from './task-definition.ts';
import type { HostType } from './types.ts';

/** The agent's folders for one job, in a new folder of the system's temporary one. */
export interface WorkFolders {
  readonly root: string;
  readonly work: string;
  readonly temp: string;
  readonly tools: string;
  /** `_work/1` for builds, `_work/r1` for releases. */
  readonly job: string;
  readonly sources: string;
  readonly artifacts: string;
}

export function createWorkFolders(hostType: HostType, workFolderName: string): WorkFolders {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'agent-')));
  const work = join(root, workFolderName);
  const job = join(work, hostType === 'build' ? '1' : 'r1');
  const [temp, tools] = [join(work, '_temp'), join(work, '_tool')];
  const [sources, artifacts] = [join(job, 's'), join(job, 'a')];
  const needed = hostType === 'build' ? [sources, artifacts, join(job, 'b'), join(job, 'TestResults')] : [artifacts];
  for (const folder of [temp, tools, ...needed]) mkdirSync(folder, { recursive: true });
  return { root, work, temp, tools, job, sources, artifacts };
}

/** Copies a task to where the agent unpacks it, once a job. Agent: Agent.Worker/TaskManager.cs, GetDirectory. */
export function installTask(folders: WorkFolders, { name, id, version, directory }: TaskDefinition): string {
  const installed = join(folders.work, '_tasks', `${name}_${id}`, version);
  if (existsSync(installed)) throw new Error(`${name} ${version} is already there; ${directory} is another one.`);
  cpSync(directory, installed, { recursive: true, dereference: true });
  return installed;
}

/** Every file and folder below, relative and with `/`, sorted. */
export function listFolder(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
}

/** Empties Agent.TempDirectory as far as that goes, and takes the job's folders away. */
export function removeWorkFolders({ root }: WorkFolders): void {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}
