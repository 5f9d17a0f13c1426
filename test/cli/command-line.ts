import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { copyBuilt } from '../harness/build-once.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { findDeviations } from './json-schema.ts';

/** A folder that this process removes when it ends. */
export const folder = makeScratchFolder('command-line');

let bundle: string | undefined;

/** Returns the built command line, where no package of the project is in reach. */
export function buildCommandLine(): string {
  bundle ??= join(copyBuilt('dist/cli'), 'aws-wif.cjs');
  return bundle;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** What a document holds besides its own where a command only reads, and has nothing to say. */
export const answered = { schemaVersion: 1, status: 'ok', exitCode: 0, warnings: [], errors: [] };

/** An environment of its own: no home, no AWS files, no token but those given. */
function isolate(env: Environment): Environment {
  const nothing = join(folder, 'nothing');
  const files = { AWS_CONFIG_FILE: nothing, AWS_SHARED_CREDENTIALS_FILE: nothing };
  return { HOME: nothing, USERPROFILE: nothing, ...files, AWS_EC2_METADATA_DISABLED: 'true', ...env };
}

/** With --json it throws where the document is not of its schema. */
function checkDocument(args: readonly string[], ran: Ran): Ran {
  const deviations = args.includes('--json') ? findDeviations(args, ran.stdout) : [];
  if (deviations.length === 0) return ran;
  throw new Error(`${args.join(' ')} printed JSON of another shape: ${deviations.join('; ')}`);
}

/**
 * Runs the built command line in a process of its own, which takes thirty times as long as `run`: for signals, terminals,
 * and that the process ends. `onStart` gets the process.
 */
export function spawnRun(
  args: readonly string[],
  env: Environment = {},
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<Ran> {
  const child = spawn(process.execPath, [buildCommandLine(), ...args], {
    cwd: folder,
    env: isolate(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onStart(child);
  const outputs = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      outputs[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => {
      resolve({ status, ...outputs });
    });
  }).then(ran => checkDocument(args, ran as Ran));
}

type Entry = (exports: object, require: NodeJS.Require, module: object, process: object) => void;

let entry: Entry | undefined;

/** Node compiles the bundle once; each call evaluates it anew, so that no run sees what another one kept. */
function compileBundle(): Entry {
  const code = readFileSync(buildCommandLine(), 'utf8').replace(/^#!.*/, '');
  const names = ['exports', 'require', 'module', 'process'];
  return compileFunction(code, names, { filename: buildCommandLine() }) as Entry;
}

/** A process as the bundle sees it, with pipes for outputs and nobody at the terminal; all else is this process's. */
class PretendedProcess extends EventEmitter {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdin = { isTTY: false };
  readonly stdout = this.pipe('stdout');
  readonly stderr = this.pipe('stderr');
  readonly outputs = { stdout: '', stderr: '' };
  noDeprecation = false;
  exitCode: number | undefined;

  constructor(args: readonly string[], env: Environment) {
    super();
    this.argv = [process.execPath, buildCommandLine(), ...args];
    this.env = env;
  }

  private pipe(name: 'stdout' | 'stderr') {
    const write = (text: string) => {
      this.outputs[name] += text;
      return true;
    };
    return Object.assign(new EventEmitter(), { isTTY: false, write });
  }
}

let runs = 0;
const home = process.cwd();

/** Relative paths are those of the scratch folder while any run is under way. */
async function inScratchFolder(work: () => Promise<void>): Promise<void> {
  runs += 1;
  process.chdir(folder);
  try {
    await work();
  } finally {
    runs -= 1;
    if (runs === 0) process.chdir(home);
  }
}

/** Runs the built command line as `spawnRun` does, but in this process: see test/cli/process.test.ts. */
export async function run(args: readonly string[], env: Environment = {}): Promise<Ran> {
  entry ??= compileBundle();
  const start = entry;
  const pretended = new PretendedProcess(args, isolate(env));
  const seen = new Proxy(pretended, {
    get: (own, name): unknown => Reflect.get(name in own ? own : process, name),
  });
  const exports: { finished?: Promise<void> } = {};
  const module = { exports };
  await inScratchFolder(async () => {
    start(exports, createRequire(join(dirname(buildCommandLine()), 'alone.cjs')), module, seen);
    await module.exports.finished;
  });
  return checkDocument(args, { status: pretended.exitCode ?? 0, ...pretended.outputs });
}

/** Writes a file for an option; returns its path. */
export function writeInput(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
