import { hasTimeProgram, runChecked, watchMemory, type Contender } from '../measure.ts';
import type { StandIns } from '../stand-ins.ts';
import { findBend, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import { planStatements, type Others } from '../contenders/diagnose.ts';
import { listRoles, maxProfiles, planRoles, runRoles } from './roles.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

/** A size and the processes that it takes, one after another. */
interface Sized {
  readonly size: number;
  readonly steps: readonly Contender[];
}

/** Measures how time and memory grow with the number of roles and with the statements of a trust policy. */
export async function measureGrowth(bench: Bench): Promise<Found> {
  const all = [await growRoles(bench), await growStatements(bench, 'sound'), await growStatements(bench, 'wrong')];
  return {
    tables: all.flatMap(({ tables }) => tables),
    measured: all.flatMap(({ measured }) => measured),
    plots: all.flatMap(({ plots }) => plots ?? []),
  };
}

async function growRoles(bench: Bench): Promise<Found> {
  const counts = bench.quick ? [1, 10, 100] : [1, 10, 50, 100, 200, 1000];
  await bench.standIns.addRoles(listRoles(Math.max(...counts)));
  const runs = await Promise.all(counts.map(async size => ({ size, run: await runRoles(bench, size) })));
  const node = firstNode(bench);
  const sized = runs.map(({ size, run }) => ({ size, steps: planRoles(run, node, bench) }));
  const found = await grow(sized, bench, {
    name: 'roles',
    title: 'Growth with the number of roles',
    notes: [
      `All as profiles, no delay. A step takes at most ${maxProfiles} lines of the input \`profiles\`, so that 1000 roles are five steps of a job, one after another: their times are added up, their memory is the largest of theirs.`,
    ],
  });
  for (const { run } of runs) await run.steps[0]?.run.job.finish();
  return found;
}

function growStatements(bench: Bench, others: Others): Promise<Found> {
  const counts = bench.quick ? [1, 10, 30] : [1, 5, 10, 15, 20, 30];
  const node = firstNode(bench);
  const sized = counts.map(size => ({ size, steps: [planStatements(size, others, bench, node)] }));
  return grow(sized, bench, {
    name: `${others} statements`,
    title: `Growth with the ${others} statements of a trust policy`,
    notes: [
      '`aws-wif diagnose --token-file --trust-policy-file --json`; the last statement is the one that lets the token in.',
      ...(others === 'wrong' ? ['Each of the others has a mistake, which is reported with a corrected policy.'] : []),
    ],
  });
}

interface Growth {
  readonly name: string;
  readonly title: string;
  readonly notes: readonly string[];
}

async function grow(sized: readonly Sized[], { standIns, runs }: Bench, growth: Growth): Promise<Found> {
  const rounds = Math.min(runs, 7);
  const costs = sized.map(({ size }) => ({ size, times: [] as number[], peaks: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [place, { steps }] of sized.entries()) {
      const cost = await runSteps(steps, standIns);
      if (round > 0) costs[place]?.times.push(cost.ms);
      if (round > 0) costs[place]?.peaks.push(cost.mebibytes);
    }
  }
  const medians = costs.map(({ size, times, peaks }) => ({
    size,
    ms: findSpread(times).median,
    mebibytes: findSpread(peaks).median,
  }));
  const time = medians.map(({ size, ms }) => ({ size, cost: ms }));
  const memory = medians.map(({ size, mebibytes }) => ({ size, cost: mebibytes }));
  const { name, title, notes } = growth;
  return {
    tables: [
      {
        title,
        notes,
        columns: [name, 'ms', `ms for each`, 'MiB'],
        rows: medians.map(({ size, ms, mebibytes }) => [String(size), ms, ms / size, mebibytes].map(formatCell)),
      },
    ],
    measured: [
      [`${name}, time`, findBend(time)],
      ...(hasTimeProgram ? [[`${name}, memory`, findBend(memory)] as const] : []),
    ],
    plots: [
      { title, size: name, cost: 'ms', points: time },
      ...(hasTimeProgram ? [{ title, size: name, cost: 'MiB', points: memory }] : []),
    ],
  };
}

function formatCell(value: string | number): string {
  return typeof value === 'string' ? value : formatNumber(value);
}

async function runSteps(steps: readonly Contender[], standIns: StandIns): Promise<{ ms: number; mebibytes: number }> {
  let ms = 0;
  let mebibytes = 0;
  for (const step of steps) {
    const { ran } = await runChecked(watchMemory(step), standIns);
    ms += ran.durationMs;
    mebibytes = Math.max(mebibytes, (ran.peakKiB ?? 0) / 1024);
  }
  return { ms, mebibytes };
}
