import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startIam } from '../test/fakes/iam.ts';
import { startRestApi } from '../test/fakes/rest-api.ts';
import { hub, makeAccounts, makeConnections, organization, type FleetSize } from './fleet.ts';
import { hasTimeProgram } from './measure.ts';
import { firstNode, type Bench } from './suites/suite.ts';

/** What a command cost: NaN where this machine cannot tell. */
export interface Measured {
  /** Seconds of processor time of the command alone; of the clock where the other is not known. */
  readonly processor: number;
  readonly seconds: number;
  readonly mebibytes: number;
}

/** An organization and its accounts, and the way to run a command on them. */
export interface StartedFleet {
  readonly organizationUrl: string;
  /** Runs a command on all accounts. Rejects if it does not come to its end. */
  readonly run: (command: readonly string[]) => Promise<Measured>;
  readonly close: () => Promise<void>;
}

const token = 'not-checked-by-the-stand-in';

/** Starts the stand-ins of an organization and its accounts. */
export async function startFleet(size: FleetSize & { readonly delayMs?: number }, bench: Bench): Promise<StartedFleet> {
  const { projects, connections } = makeConnections(size);
  const restApi = await startRestApi({ organization, projects, connections, tokens: { [token]: 'all' } });
  const accounts = makeAccounts(size);
  const iam = await startIam([hub, ...accounts], { pageSize: 1000 });
  for (const server of [restApi, iam]) server.setDelay(size.delayMs ?? 0);
  const targets = [
    ...['--assume-role', 'arn:aws:iam::{account}:role/admin'],
    ...accounts.flatMap(({ accountId }) => ['--account', accountId]),
  ];
  const env = {
    AWS_ACCESS_KEY_ID: hub.accessKeyId,
    AWS_SECRET_ACCESS_KEY: token,
    AWS_ENDPOINT_URL: iam.url,
    AZURE_DEVOPS_EXT_PAT: token,
  };
  return {
    organizationUrl: `${restApi.url}/${organization.name}`,
    run: command => runCommand([...command, ...targets], bench, env),
    close: async () => {
      await Promise.all([restApi.close(), iam.close()]);
    },
  };
}

/**
 * Runs a command with `--json` and returns what it cost. Its document goes to a file: reading hundreds of megabytes would slow
 * down the stand-ins, which are in this process.
 */
export async function runCommand(
  command: readonly string[],
  bench: Bench,
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const [peak, said] = [join(bench.folder, 'command-cost'), join(bench.folder, 'command-said')];
  rmSync(peak, { force: true });
  const own = [firstNode(bench).path, bench.packed.commandLine, ...command, '--json'];
  const [file = '', ...rest] = hasTimeProgram
    ? ['/usr/bin/time', '--format=%U %S %M', `--output=${peak}`, ...own]
    : own;
  const absent = join(bench.folder, 'absent');
  const stdout = openSync(said, 'w');
  const began = performance.now();
  const child = spawn(file, rest, {
    env: { ...env, AWS_CONFIG_FILE: absent, AWS_SHARED_CREDENTIALS_FILE: absent },
    stdio: ['ignore', stdout, 'ignore'],
  });
  await once(child, 'close');
  closeSync(stdout);
  const seconds = (performance.now() - began) / 1000;
  await requireEnd(said, command);
  if (!hasTimeProgram) return { processor: seconds, seconds, mebibytes: NaN };
  const [user = NaN, system = NaN, kibibytes = NaN] = (readFileSync(peak, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { processor: user + system, seconds, mebibytes: kibibytes / 1024 };
}

/** The status is among the first members of the document. */
async function requireEnd(said: string, command: readonly string[]): Promise<void> {
  let start = '';
  for await (const part of createReadStream(said, { encoding: 'utf8', end: 3000 })) start += String(part);
  const status = /"status": "(\w+)"/.exec(start)?.[1] ?? 'none';
  if (!['ok', 'planned', 'done'].includes(status)) throw new Error(`${command.slice(0, 2).join(' ')}: ${start}`);
}
