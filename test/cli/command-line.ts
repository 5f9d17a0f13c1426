import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyBuilt } from '../harness/build-once.ts';
import { evaluateBundle, PretendedProcess } from '../harness/evaluate-bundle.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { findDeviations } from './json-schema.ts';

/** A folder that this process removes when it ends. */
export const folder = makeScratchFolder('command-line');

let bundle: string | undefined;

/** Returns the built command line, if no package of the project is in reach. */
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
export function isolate(env: Environment): Environment {
  const nothing = join(folder, 'nothing');
  const files = { AWS_CONFIG_FILE: nothing, AWS_SHARED_CREDENTIALS_FILE: nothing };
  return { HOME: nothing, USERPROFILE: nothing, ...files, AWS_EC2_METADATA_DISABLED: 'true', ...env };
}

/** With --json it throws if the document is not of its schema; with --out there is none. */
function checkDocument(args: readonly string[], ran: Ran): Ran {
  const isPrinted = args.includes('--json') && ran.stdout !== '';
  const deviations = isPrinted ? findDeviations(args, ran.stdout) : [];
  if (deviations.length === 0) return ran;
  throw new Error(`${args.join(' ')} printed JSON of another shape: ${deviations.join('; ')}`);
}

const standIn = /^(?:Warning: )?AWS_ENDPOINT_URL is set: requests go to 127\.0\.0\.1:\d+ instead of AWS\.$/;

/** Leaves out the warning that a stand-in answers in place of AWS; `runAsIs` has it. */
function omitStandIn({ status, stdout, stderr }: Ran, isJson: boolean): Ran {
  const lines = stderr.split('\n').filter(line => !standIn.test(line));
  return { status, stdout: isJson ? omitWarning(stdout) : stdout, stderr: lines.join('\n') };
}

/** Of the text itself, since how it is escaped is judged, too. */
function omitWarning(json: string): string {
  return json.replace(/,\s*"AWS_ENDPOINT_URL is set: [^"\n]+"|"AWS_ENDPOINT_URL is set: [^"\n]+"\s*,?/g, '');
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
  }).then(ran => omitStandIn(checkDocument(args, ran as Ran), args.includes('--json')));
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
  return omitStandIn(await runAsIs(args, env), args.includes('--json'));
}

/** The same with all that it prints. */
export async function runAsIs(args: readonly string[], env: Environment = {}): Promise<Ran> {
  const pretended = new PretendedProcess([process.execPath, buildCommandLine(), ...args], isolate(env));
  await inScratchFolder(async () => {
    await (evaluateBundle(buildCommandLine(), pretended) as { readonly finished: Promise<void> }).finished;
  });
  return checkDocument(args, { status: pretended.exitCode ?? 0, ...pretended.outputs });
}

/** Writes a file for an option; returns its path. */
export function writeInput(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
