import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** What a document holds besides its own where a command only reads, and has nothing to say. */
export const answered = { schemaVersion: 1, status: 'ok', exitCode: 0, warnings: [], errors: [] };

/**
 * Runs the built command line in an environment of its own: no home, no AWS files, no token but those given. `onStart` gets
 * the process, to send it signals. With --json it rejects where the document is not of its schema.
 */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<Ran> {
  const nothing = join(folder, 'nothing');
  const own = {
    HOME: nothing,
    USERPROFILE: nothing,
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(process.execPath, [buildCommandLine(), ...args], {
    cwd: folder,
    env: { ...own, ...env },
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
      const deviations = args.includes('--json') ? findDeviations(args, outputs.stdout) : [];
      if (deviations.length === 0) resolve({ status, ...outputs });
      else reject(new Error(`${args.join(' ')} printed JSON of another shape: ${deviations.join('; ')}`));
    });
  });
}

/** Writes a file for an option; returns its path. */
export function writeInput(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
