import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AllowList } from '../../scripts/package/allow-list.ts';
import { root } from '../../scripts/package/read-package.ts';
import { taskFolder } from './real-package.ts';

/** A copy of what a build reads, with small shells of its own, in a folder of its own. */
export type Project = {
  readonly folder: string;
  readonly write: (path: string, content: string) => void;
  /** Removes one file. */
  readonly drop: (path: string) => void;
  readonly remove: () => void;
};

const copied = [
  'scripts',
  'images',
  'docs',
  'examples',
  'infra',
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'vss-extension.json',
  'package.json',
  'package-lock.json',
  'overview.md',
  'LICENSE',
];

const allowList = 'scripts/package/allow-list.json';

/** The list of what may ship, with the variables that the small step reads besides. */
function allowSmallShells(): string {
  const list = JSON.parse(readFileSync(join(root, allowList), 'utf8')) as AllowList;
  const step = list['task/step.js'];
  if (step === undefined) throw new Error(`${allowList} does not name task/step.js.`);
  return JSON.stringify({
    ...list,
    'task/step.js': { ...step, environment: [...step.environment, 'NEEDS_STS', 'NEEDS_DIAGNOSIS'] },
  });
}

/** The main shell of the copied project loads its step. */
const smallMain = "import('./step.ts').then(({ run }) => run());";

/** The step: the library that the real one bundles, and the separate files, when they are needed. */
const smallStep = `
import { createHash } from 'node:crypto';
import * as library from 'azure-pipelines-task-lib/task.js';
const succeed = name => library.setResult(library.TaskResult.Succeeded, library.loc('LIB_ParameterIsRequired', name));
export function run() {
  if (process.env.NEEDS_STS === undefined) succeed('nothing');
  else import('../../../src/aws/sts.ts').then(({ openSts }) => succeed(typeof openSts().send));
  if (process.env.NEEDS_DIAGNOSIS !== undefined) import('../../../src/diagnosis/diagnose.ts').then(() => createHash('md5'));
}
`;

const smallCleanup = `console.log('clean');`;

/** What several shells load: the SDK and its start-up. */
const smallSts = `
import { STSClient } from '@aws-sdk/client-sts';
export function openSts() {
  const requestHandler = { handle: () => Promise.reject(new Error('offline')) };
  const defaultUserAgentProvider = () => Promise.resolve([]);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return new STSClient({ region: 'eu-west-1', credentials, requestHandler, defaultUserAgentProvider });
}
`;

/** What the real command line has replaced, or loads late: some of it at its start, the rest with its commands. */
const smallCommandLine = `
import { Command } from 'commander';
import { createHash } from 'node:crypto';
import { version } from '../../package.json';
new Command('aws-wif').version(version).parse();
console.log('clean', typeof createHash, typeof Command);
import('./commands.ts').then(({ run }) => run());
`;

const smallCommands = `
import 'side-channel';
import 'typed-rest-client/Handlers.js';
import { Command } from 'commander';
import { createHash } from 'node:crypto';
export const run = () => console.log('clean', typeof createHash, typeof Command);
`;

/** What a refused step loads; the small shells never are. It knows the page about errors. */
const smallDiagnosis = `export const diagnose = () => helpPage;`;

/** A fresh folder of the machine's temporary one. */
export function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'package-test-')));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Copies the project and gives it small shells. */
export function makeProject(): Project {
  const folder = makeFolder();
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  copied.forEach(path => {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  });
  for (const name of ['task.json', 'icon.png'])
    cpSync(join(root, 'tasks', taskFolder, name), join(folder, 'tasks', taskFolder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  write(`tasks/${taskFolder}/main.ts`, smallMain);
  write(`tasks/${taskFolder}/step.ts`, smallStep);
  write(`tasks/${taskFolder}/cleanup.ts`, smallCleanup);
  write('src/aws/sts.ts', smallSts);
  write('src/diagnosis/diagnose.ts', smallDiagnosis);
  write('src/cli/main.ts', smallCommandLine);
  write('src/cli/commands.ts', smallCommands);
  write('src/lambda/refresh-thumbprints.ts', smallCleanup);
  write(allowList, allowSmallShells());
  return {
    folder,
    write,
    drop: path => {
      rmSync(join(folder, path));
    },
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
