import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/package/read-package.ts';
import { taskFolder } from './real-package.ts';

/** A copy of what a build reads, with a small task of its own, in a folder of its own. */
export type Project = {
  readonly folder: string;
  readonly write: (path: string, content: string) => void;
  readonly remove: () => void;
};

const copied = ['scripts', 'images', 'vss-extension.json', 'package.json', 'overview.md', 'LICENSE'];

/** The shell of the copied project: the libraries that every real one bundles, and their start-up. */
export const smallShell = `
import * as library from 'azure-pipelines-task-lib/task.js';
import { STSClient } from '@aws-sdk/client-sts';
const requestHandler = { handle: () => Promise.reject(new Error('offline')) };
const client = new STSClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler });
library.setResult(library.TaskResult.Succeeded, library.loc('LIB_ParameterIsRequired', typeof client.send));
`;

/** A fresh folder of the machine's temporary one. */
export function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'package-test-')));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Copies the project and gives it a small shell. */
export function makeProject(): Project {
  const folder = makeFolder();
  const write = (path: string, content: string) => {
    writeFileSync(join(folder, path), content);
  };
  copied.forEach(path => {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  });
  for (const name of ['task.json', 'icon.png'])
    cpSync(join(root, 'tasks', taskFolder, name), join(folder, 'tasks', taskFolder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  write(`tasks/${taskFolder}/main.ts`, smallShell);
  return {
    folder,
    write,
    remove: () => {
      removeFolder(folder);
    },
  };
}

export type Run = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs Node in a folder, with nothing of this process's environment but what is given. */
export function runNode(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The files below a folder, by their path in it. */
export function readTree(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = entries.map(entry => join(entry.parentPath, entry.name));
  return new Map(paths.map(path => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]));
}
