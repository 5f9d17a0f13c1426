import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasTimeProgram } from '../measure.ts';
import { findBend, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import { tenantId, type FleetSize } from '../fleet.ts';
import { startFleet, type Measured } from '../run-fleet.ts';
import type { Bench, Found } from './suite.ts';

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
  const fleet = await startFleet(size, bench);
  const saved = join(bench.folder, 'saved');
  mkdirSync(saved, { recursive: true, mode: 0o700 });
  const own = ['--organization-url', fleet.organizationUrl, '--tenant-id', tenantId];
  try {
    return await work(command =>
      fleet.run(['migrate', command, ...own, ...(command === 'apply' ? ['--yes', '--save-folder', saved] : [])]),
    );
  } finally {
    await fleet.close();
  }
}

function formatCell(value: string | number): string {
  return typeof value === 'string' ? value : formatNumber(value);
}
