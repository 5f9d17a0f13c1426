import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startIam, type IamServer } from '../../test/fakes/iam.ts';
import { startRestApi } from '../../test/fakes/rest-api.ts';
import { hasTimeProgram } from '../measure.ts';
import { findBend, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import { hub, makeAccounts, makeConnections, organization, tenantId, type FleetSize } from '../fleet.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

/** Measures `aws-wif migrate` on large organizations: processor time, memory, and how both grow. */
export async function measureFleet(bench: Bench): Promise<Found> {
  const all = [await measureLarge(bench), await measureMany(bench)];
  for (const axis of axes) all.push(await growBy(axis, bench));
  return {
    tables: all.flatMap(({ tables }) => tables),
    measured: all.flatMap(({ measured }) => measured),
    plots: all.flatMap(({ plots }) => plots ?? []),
  };
}

async function measureLarge(bench: Bench): Promise<Found> {
  const size = bench.quick
    ? { connections: 100, roles: 20, accounts: 1 }
    : { connections: 1000, roles: 200, accounts: 1 };
  const rows: Cost[] = [];
  await withFleet(size, bench, async migrate => {
    for (const command of ['audit', 'plan', 'apply']) rows.push({ command, ...(await migrate(command)) });
  });
  return {
    tables: [
      {
        title: `Migration of ${size.connections} connections and ${size.roles} roles`,
        notes: ['One account, no delay. Processor time of the command alone: the stand-ins run in the benchmark.'],
        columns: ['command', 'processor seconds', 'seconds', 'MiB'],
        rows: rows.map(({ command, ...cost }) =>
          [command, cost.processor, cost.seconds, cost.mebibytes].map(formatCell),
        ),
      },
    ],
    measured: [
      ...rows.map(({ command, processor }) => [`fleet ${command}`, processor] as const),
      ...(hasTimeProgram ? [['fleet memory', Math.max(...rows.map(one => one.mebibytes))] as const] : []),
    ],
  };
}

const delayMs = 50;

async function measureMany(bench: Bench): Promise<Found> {
  const size = bench.quick
    ? { connections: 40, roles: 10, accounts: 20 }
    : { connections: 200, roles: 40, accounts: 200 };
  const cost = await withFleet({ ...size, delayMs }, bench, migrate => migrate('audit'));
  return {
    tables: [
      {
        title: `Audit of ${size.accounts} accounts of ${size.roles} roles`,
        notes: [`${size.connections} connections; every answer takes ${delayMs} ms.`],
        columns: ['accounts', 'seconds', 'processor seconds', 'MiB'],
        rows: [[size.accounts, cost.seconds, cost.processor, cost.mebibytes].map(formatCell)],
      },
    ],
    measured: [['fleet accounts', cost.seconds]],
  };
}

type Axis = 'connections' | 'roles' | 'accounts';
const axes: readonly Axis[] = ['connections', 'roles', 'accounts'];

/** What stands still while one of them grows. */
const base: FleetSize = { connections: 100, roles: 20, accounts: 2 };
const sizes: Readonly<Record<Axis, readonly number[]>> = {
  connections: [100, 250, 500, 1000],
  roles: [20, 50, 100, 200],
  accounts: [2, 10, 25, 50],
};

async function growBy(axis: Axis, bench: Bench): Promise<Found> {
  const rounds = Math.min(bench.runs, 3);
  const found: { readonly size: number; readonly processor: number; readonly mebibytes: number }[] = [];
  for (const size of bench.quick ? sizes[axis].slice(0, 3) : sizes[axis]) {
    const costs = await withFleet({ ...base, [axis]: size }, bench, async migrate => {
      const all: Measured[] = [];
      for (let round = 0; round < rounds; round += 1) all.push(await migrate('audit'));
      return all;
    });
    const middle = (read: (cost: Measured) => number): number => findSpread(costs.map(read)).median;
    found.push({ size, processor: middle(one => one.processor), mebibytes: middle(one => one.mebibytes) });
  }
  const title = `Growth of an audit with the number of ${axis}`;
  const time = found.map(({ size, processor }) => ({ size, cost: processor * 1000 }));
  const still = axes.filter(other => other !== axis).map(other => `${base[other]} ${other}`);
  return {
    tables: [
      {
        title,
        notes: [`${still.join(', ')}${axis === 'accounts' ? ' each' : ''}; processor time.`],
        columns: [axis, 'ms', 'ms for each', 'MiB'],
        rows: found.map(({ size, processor, mebibytes }) =>
          [String(size), processor * 1000, (processor * 1000) / size, mebibytes].map(formatCell),
        ),
      },
    ],
    measured: [[`fleet ${axis}, time`, findBend(time)]],
    plots: [{ title, size: axis, cost: 'ms', points: time }],
  };
}

interface Measured {
  readonly processor: number;
  readonly seconds: number;
  readonly mebibytes: number;
}

interface Cost extends Measured {
  readonly command: string;
}

type Migrate = (command: string) => Promise<Measured>;

/** Starts an organization and its accounts, and returns what the work with them returns. */
async function withFleet<T>(
  size: FleetSize & { readonly delayMs?: number },
  bench: Bench,
  work: (migrate: Migrate) => Promise<T>,
): Promise<T> {
  const token = 'not-checked-by-the-stand-in';
  const { projects, connections } = makeConnections(size);
  const restApi = await startRestApi({ organization, projects, connections, tokens: { [token]: 'all' } });
  const accounts = makeAccounts(size);
  const iam = await startIam([hub, ...accounts], { pageSize: 1000 });
  for (const server of [restApi, iam]) server.setDelay(size.delayMs ?? 0);
  const args = [
    ...['--organization-url', `${restApi.url}/${organization.name}`, '--tenant-id', tenantId],
    ...['--assume-role', 'arn:aws:iam::{account}:role/admin', '--json'],
    ...accounts.flatMap(({ accountId }) => ['--account', accountId]),
  ];
  try {
    return await work(command => runMigrate(bench, { command, args, iam, token }));
  } finally {
    await Promise.all([restApi.close(), iam.close()]);
  }
}

interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly iam: IamServer;
  readonly token: string;
}

async function runMigrate({ folder, packed, ...bench }: Bench, { command, args, iam, token }: Call): Promise<Measured> {
  const [peak, saved] = [join(folder, 'fleet-cost'), join(folder, 'saved')];
  mkdirSync(saved, { recursive: true, mode: 0o700 });
  rmSync(peak, { force: true });
  const writes = command === 'apply' ? ['--yes', '--save-folder', saved] : [];
  const node = firstNode({ folder, packed, ...bench }).path;
  const own = [node, packed.commandLine, 'migrate', command, ...args, ...writes];
  const [file = '', ...rest] = hasTimeProgram
    ? ['/usr/bin/time', '--format=%U %S %M', `--output=${peak}`, ...own]
    : own;
  const began = performance.now();
  const child = spawn(file, rest, {
    env: {
      AWS_ACCESS_KEY_ID: hub.accessKeyId,
      AWS_SECRET_ACCESS_KEY: token,
      AWS_ENDPOINT_URL: iam.url,
      AWS_CONFIG_FILE: join(folder, 'absent'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'absent'),
      AZURE_DEVOPS_EXT_PAT: token,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child, 'close');
  const seconds = (performance.now() - began) / 1000;
  const { status } = JSON.parse(said) as { readonly status: string };
  if (!['ok', 'planned', 'done'].includes(status)) throw new Error(`migrate ${command}: ${said.slice(-3000)}`);
  if (!hasTimeProgram) return { processor: seconds, seconds, mebibytes: NaN };
  const [user = NaN, system = NaN, kibibytes = NaN] = (readFileSync(peak, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { processor: user + system, seconds, mebibytes: kibibytes / 1024 };
}

function formatCell(value: string | number): string {
  return typeof value === 'string' ? value : formatNumber(value);
}
