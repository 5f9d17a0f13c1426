import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { canEvaluate, evaluateProgram } from '../harness/evaluate-step.ts';
import type { Job, StepResult } from '../harness/types.ts';
import type { Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { runTask, type TaskSetup } from './task-run.ts';

/** The name that a profile has where the step names none. */
export const defaultProfile = 'azure-pipelines';

/** How long a process of the helper ran and what came of it. */
export interface HelperRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface StartedHelper {
  /** Of the shell, which leads a group of its own. */
  readonly pid: number;
  readonly ended: Promise<HelperRun>;
  /** Kills shell and helper at once, as a machine that dies would. */
  readonly kill: () => void;
}

/** What an AWS SDK reads on stdout. */
export interface Answer {
  readonly Version: number;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
  readonly AccountId: string;
}

/** A cached session as it is in its file. */
export interface CacheFile {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: string;
  readonly obtainedAtMs: number;
}

/** A job in which the packed task has written profiles that refresh themselves. */
export interface RefreshingJob {
  readonly job: Job;
  readonly step: StepResult;
  readonly folder: string;
  /** What the credentials file says to run for a profile. */
  readonly line: (profile?: string) => string;
  /** Runs that line through a shell, as AWS SDKs do: for what signals, locks and several processes at once come to. */
  readonly start: (profile?: string, environment?: Readonly<Record<string, string>>) => StartedHelper;
  /** Evaluates the program of that line in this process, where neither Node nor the environment makes a difference. */
  readonly run: (profile?: string, environment?: Readonly<Record<string, string>>) => Promise<HelperRun>;
  readonly readCache: (profile?: string) => CacheFile;
  /** Rewrites a cached session's times: the helper goes by the machine's clock, which no test can turn. */
  readonly shift: (times: { readonly ageSeconds: number; readonly lifeSeconds: number }, profile?: string) => void;
  /** Changes fields of the state file that all profiles of the step share. */
  readonly changeState: (change: Readonly<Record<string, unknown>>) => void;
  readonly cachePath: (profile?: string) => string;
  readonly lockPath: (profile?: string) => string;
  readonly statePath: () => string;
}

/** Runs the task with refreshing profiles; the caller finishes the job. */
export async function startRefreshing(scene: Scene, setup: TaskSetup = {}): Promise<RefreshingJob> {
  const inputs = { refreshCredentials: 'true', ...setup.inputs };
  const { job, step } = await runTask(scene, { ...setup, inputs });
  const credentials = job.variable('AWS_SHARED_CREDENTIALS_FILE');
  if (step.result !== 'Succeeded' || credentials === undefined) throw new Error(step.log.join('\n'));
  const folder = dirname(credentials);
  const { node, node24, isEvaluated = true } = setup.job ?? {};
  const mayEvaluate = isEvaluated && node === undefined && node24 === undefined;
  const line = (profile = defaultProfile) => readLine(readFileSync(credentials, 'utf8'), profile);
  const pathOf = (kind: string) => (profile?: string) =>
    join(folder, `${kind}-${line(profile).split(' ').at(-1) ?? ''}`);
  const [cachePath, lockPath] = [pathOf('cache'), pathOf('lock')];
  const statePath = () => join(folder, readdirSync(folder).find(name => name.startsWith('refresh-')) ?? '');
  const start: RefreshingJob['start'] = (profile, environment = agentEnvironment) =>
    startProcess(line(profile), environment);
  const readCache = (profile?: string) => JSON.parse(readFileSync(cachePath(profile), 'utf8')) as CacheFile;
  return {
    job,
    step,
    folder,
    line,
    start,
    run: (profile, environment = agentEnvironment) =>
      mayEvaluate && canEvaluate(environment)
        ? evaluateLine(line(profile), environment)
        : start(profile, environment).ended,
    readCache,
    shift: ({ ageSeconds, lifeSeconds }, profile) => {
      const obtainedAtMs = Date.now() - ageSeconds * 1000;
      const expiration = new Date(obtainedAtMs + lifeSeconds * 1000).toISOString();
      writeFileSync(cachePath(profile), JSON.stringify({ ...readCache(profile), obtainedAtMs, expiration }));
    },
    changeState: change => {
      const state = JSON.parse(readFileSync(statePath(), 'utf8')) as Record<string, unknown>;
      writeFileSync(statePath(), JSON.stringify({ ...state, ...change }));
    },
    cachePath,
    lockPath,
    statePath,
  };
}

/** A session that AWS STS accepts no longer. */
export const over = { ageSeconds: 3700, lifeSeconds: 3600 };

/** A session that still works, but not long enough to be handed out without trying for another. */
export const ending = { ageSeconds: 3300, lifeSeconds: 3600 };

/** Returns what the helper printed, as the JSON that it has to be. */
export function readAnswer({ stdout, stderr }: HelperRun): Answer {
  if (!/^\{[^\n]*\}\n$/.test(stdout)) throw new Error(`stdout is no line of JSON: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Answer;
}

/** Evaluates the program of a line. What a shell makes of the line is left out. */
async function evaluateLine(line: string, environment: Readonly<Record<string, string>>): Promise<HelperRun> {
  const beganAt = performance.now();
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
  const run = await evaluateProgram(words, environment);
  return { ...run, signal: null, durationMs: performance.now() - beganAt };
}

/** Starts a command line through the shell of the system. */
export function startProcess(line: string, environment: Readonly<Record<string, string>>): StartedHelper {
  const beganAt = performance.now();
  const child = spawn(line, {
    shell: true,
    env: { ...environment },
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  const ended = new Promise<HelperRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal, ...output, durationMs: performance.now() - beganAt });
    });
  });
  const pid = child.pid ?? 0;
  const kill = () => {
    killGroup(pid);
  };
  return { pid, ended, kill };
}

/** Returns each file of a folder with its mode, as `cache-… 600`. */
export function listModes(folder: string): readonly string[] {
  return readdirSync(folder).map(name => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`);
}

/** Returns the paths of all files below a folder that hold one of the texts. */
export function findTexts(folder: string, texts: readonly string[]): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return files
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => texts.some(text => readFileSync(path, 'utf8').includes(text)))
    .map(path => basename(path));
}

function readLine(text: string, profile: string): string {
  const section = text.split(/^\[/m).find(part => part.startsWith(`${profile}]`)) ?? '';
  const line = /^credential_process = (.+)$/m.exec(section)?.[1];
  if (line === undefined) throw new Error(`profile ${profile} has no credential_process: ${section}`);
  return line;
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
