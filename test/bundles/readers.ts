import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Job, StepResult } from '../harness/types.ts';
import type { Scene } from './scene.ts';

export interface Call {
  readonly command: string;
  readonly args: readonly string[];
}

/** A program that finds AWS credentials by itself and asks AWS STS who it is. */
export interface Reader {
  readonly name: string;
  /** The words in which it says that there is no profile `nobody`. */
  readonly missing: RegExp;
  /** What is not on this machine, undefined where all is. */
  readonly findGap: () => string | undefined;
  /** Without a profile it takes the one that the environment names. */
  readonly call: (endpoint: string, profile?: string) => Call;
}

const sources = resolve(import.meta.dirname, '../readers');
const goCode = '/usr/share/gocode';
const botocore = '/usr/lib/python3/dist-packages/botocore';

export const awsCli: Reader = {
  name: 'AWS CLI',
  missing: /config profile \(nobody\) could not be found/,
  findGap: () => (findProgram('aws') === undefined ? 'no aws on PATH' : undefined),
  call: (endpoint, profile) => {
    const args = ['sts', 'get-caller-identity', '--output', 'json', '--endpoint-url', endpoint];
    return { command: 'aws', args: profile === undefined ? args : [...args, '--profile', profile] };
  },
};

export const goSdk: Reader = {
  name: 'SDK for Go',
  // This version passes over a profile that is not there and names the last place where it looked instead.
  missing: /failed to retrieve credentials: .*no EC2 IMDS role found/,
  findGap: () => {
    if (findProgram('go') === undefined) return 'no go on PATH';
    return existsSync(join(goCode, 'src/github.com/aws/aws-sdk-go-v2')) ? undefined : `no SDK for Go in ${goCode}`;
  },
  call: (endpoint, profile) => ({ command: buildGoCaller(), args: [endpoint, ...listDefined(profile)] }),
};

export const pythonSdk: Reader = {
  name: 'SDK for Python',
  missing: /config profile \(nobody\) could not be found/,
  findGap: () => (existsSync(botocore) ? undefined : `no ${botocore}`),
  call: (endpoint, profile) => ({
    command: '/usr/bin/python3',
    args: [join(sources, 'caller.py'), endpoint, ...listDefined(profile)],
  }),
};

export const javaScriptSdk: Reader = {
  name: 'SDK for JavaScript',
  missing: /Could not load credentials from any providers/,
  findGap: () => undefined,
  call: (endpoint, profile) => ({
    command: process.execPath,
    args: [join(sources, 'caller.mjs'), endpoint, ...listDefined(profile)],
  }),
};

export const readers: readonly Reader[] = [awsCli, goSdk, pythonSdk, javaScriptSdk];

/** Says loudly what is missing, and skips; installed by .ci/run. */
export function skipWithout({ name, findGap }: Reader, context: Mocha.Context): void {
  const gap = findGap();
  if (gap === undefined) return;
  console.log(`*** SKIPPED: ${name}: ${gap}; see .ci/run ***`);
  context.skip();
}

/** A home folder with nothing in it, and no metadata service: all else is what the agent gives to the step. */
export function bareStep(): Readonly<Record<string, string>> {
  return { AWS_EC2_METADATA_DISABLED: 'true', HOME: makeScratchFolder('home') };
}

/** Runs a reader as a script step; only a home folder and the metadata switch are its own. */
export function runReader(
  reader: Reader,
  scene: Scene,
  job: Job,
  profile?: string,
  environment: Readonly<Record<string, string>> = bareStep(),
): Promise<StepResult> {
  return job.runScript({ ...reader.call(scene.sts.url, profile), environment, continueOnError: true });
}

/** Returns a part of a reader's answer, undefined where it gave none. */
export function readAnswer(step: StepResult, part: 'Arn' | 'Region'): string | undefined {
  return new RegExp(`"${part}": "([^"]+)"`).exec(step.stdoutLines.join('\n'))?.[1];
}

let goCaller: string | undefined;

/** Built once per process, without network: sources of Debian's packages. */
export function buildGoCaller(): string {
  goCaller ??= compileGoCaller(join(makeScratchFolder('go'), 'caller'));
  return goCaller;
}

function compileGoCaller(target: string): string {
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: goCode, GOFLAGS: '' };
  const built = spawnSync('go', ['build', '-o', target, join(sources, 'caller.go')], { env, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`caller.go was not built: ${built.stderr}`, { cause: built.error });
  return target;
}

function findProgram(name: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter);
  return places.map(folder => join(folder, name)).find(path => existsSync(path));
}

function listDefined(profile: string | undefined): readonly string[] {
  return profile === undefined ? [] : [profile];
}
