import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';

import type { TaskDefinition } from './task-definition.ts';
import type { AgentSettings, HostType } from './types.ts';

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

/**
 * Puts a Node where the agent keeps its own, and returns its path there. A hard link, where the disk allows it: a Node is
 * 100 MB. Agent: NodeHandler.cs, GetNodeLocation.
 */
export function installNode({ root }: WorkFolders, node: string, name: 'node20_1' | 'node24'): string {
  // One that does not exist fails where a step is to be run by it.
  if (!existsSync(node)) return node;
  const installed = join(root, 'externals', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  mkdirSync(dirname(installed), { recursive: true });
  try {
    linkSync(node, installed);
  } catch {
    linkSync(copyNode(node), installed);
  }
  return installed;
}

/** A copy in the system's temporary folder, made once and kept for later runs. */
function copyNode(node: string): string {
  const { size, mtimeMs } = statSync(node);
  const copy = join(tmpdir(), `agent-node-${size}-${Math.round(mtimeMs)}`);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  copyFileSync(node, partial);
  renameSync(partial, copy);
  return copy;
}

/**
 * Writes the agent's own configuration as it does: what of it there is not has no file. UTF-8 with a byte-order mark.
 * Agent: AgentCertificateManager.cs, SaveCertificateSetting, and VstsAgentWebProxy.cs, SaveProxySetting.
 */
export function writeConfiguration({ root }: WorkFolders, { certificates, proxy }: AgentSettings): void {
  const write = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
  };
  write('.agent', '\uFEFF{"agentId":1,"poolName":"Default"}');
  if (proxy !== undefined) write('.proxy', `${proxy.url}\n`);
  if (certificates === undefined) return;
  const { skipValidation = false, caFile, client } = certificates;
  const setting = {
    skipServerCertValidation: skipValidation,
    caCert: caFile,
    clientCert: client?.certificate,
    clientCertPrivatekey: client?.key,
    clientCertArchive: client?.archive,
  };
  write('.certificates', `\uFEFF${JSON.stringify(setting, undefined, 2)}`);
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
  if (process.platform === 'win32') removeUnderWindows(root);
  else rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

/** Windows removes no name of a program that runs, as the tests' own Node does: such a link stays, and takes no room. */
function removeUnderWindows(root: string): void {
  const others = readdirSync(root).filter(name => name !== 'externals');
  for (const name of others) rmSync(join(root, name), { recursive: true, force: true, maxRetries: 5 });
  try {
    rmSync(root, { recursive: true, force: true });
  } catch {
    // It is left to whoever empties the system's temporary folder.
  }
}
