import type { ChildProcess } from 'node:child_process';
import type { IamServer } from '../fakes/iam.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { spawnRun, type Ran } from './command-line.ts';

/** Runs the command line and sends it a signal with the first write, which is not answered until it says that it ends. */
export function runInterrupted(
  iam: IamServer,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: NodeJS.Signals,
): Promise<Ran> {
  let child: ChildProcess | undefined;
  let told = '';
  iam.watch(async ({ action }) => {
    if (!action.startsWith('Create')) return;
    child?.kill(signal);
    await waitUntil('the word that it ends', () => told.includes('Stopping after'));
  });
  return spawnRun(args, env, started => {
    child = started;
    started.stderr?.on('data', (part: Buffer | string) => {
      told += String(part);
    });
  });
}
