import { spawn } from 'node:child_process';
import type { Session } from '../fakes/sessions.ts';
import { startWitness, type Sighting } from '../fakes/witness.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Call, Client } from './client.ts';
import { runPreloaded, type Ended } from './preloaded.ts';
import { judge, type Verdict } from './verdict.ts';

/** One run of a client, and what it came to. */
export interface Run {
  readonly verdict: Verdict;
  /** How far the client's clock was off when it signed; undefined if it signed nothing. */
  readonly clockSeconds: number | undefined;
  /** What it printed, without the paths of this machine. */
  readonly words: string;
}

/** For hangs alone: a client that waits for the helper and retries takes seconds, on a busy machine many. */
const limitMs = 240_000;

/**
 * Runs a client in an environment against a witness of its own. `mayFork`: one that an interpreter loads is loaded once
 * for all its runs.
 */
export async function runCell(
  client: Client,
  environment: Readonly<Record<string, string>>,
  roleArn: string,
  findSession: (accessKeyId: string) => Session | undefined,
  mayFork: boolean,
): Promise<Run> {
  const witness = await startWitness(findSession);
  try {
    const [call, env] = [client.call(witness.url), { ...environment, ...client.environment }];
    const preload = mayFork ? client.preload?.() : undefined;
    const ended = preload === undefined ? await run(call, env) : await runPreloaded(preload, call.args, env, limitMs);
    return {
      verdict: judge(roleArn, ended.exitCode, witness.sightings),
      clockSeconds: readClock(witness.sightings),
      words: ended.output,
    };
  } finally {
    await witness.close();
  }
}

function readClock(sightings: readonly Sighting[]): number | undefined {
  const signedAt = sightings.map(sighting => sighting.signedAt).find(time => time !== undefined);
  return signedAt === undefined ? undefined : Math.round((signedAt - Date.now()) / 1000);
}

function run({ command, args }: Call, env: Readonly<Record<string, string>>): Promise<Ended> {
  const cwd = makeScratchFolder('cell');
  const child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const timer = setTimeout(() => {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? undefined, output });
    });
  });
}
