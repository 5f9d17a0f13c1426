import { findAction, planAction } from '../contenders/configure-aws-credentials.ts';
import { planFloor } from '../contenders/node-script.ts';
import { planAwsCli, planCurl } from '../contenders/shell.ts';
import { planTask, runTask } from '../contenders/task.ts';
import { hasTimeProgram, measureMemory, type Contender } from '../measure.ts';
import { findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

/** Measures how much memory each program has at its peak. */
export async function measurePeaks(bench: Bench): Promise<Found> {
  const { standIns, trust, packed, nodes, floor, folder } = bench;
  if (!hasTimeProgram) {
    console.log('*** MEMORY IS NOT MEASURED: no GNU time at /usr/bin/time.');
    return { tables: [], measured: [] };
  }
  const run = await runTask(packed.taskFolder, { standIns, trust });
  const action = findAction();
  const measured: (readonly [string, number])[] = [];
  const rows: string[][] = [];
  for (const node of nodes) {
    const scripts =
      node === firstNode(bench) ? [planCurl(folder, trust, standIns), planAwsCli(folder, trust, standIns)] : [];
    const neighbour = action === undefined ? undefined : planAction(action, folder, node, trust, standIns);
    const all = [planFloor(floor, node, trust, standIns), planTask(run, node, trust), ...scripts, neighbour];
    const contenders = all.filter((contender): contender is Contender => contender !== undefined);
    const peaks = await measureMemory(contenders, { standIns, runs: Math.min(bench.runs, 7) });
    const medians = new Map([...peaks].map(([name, mebibytes]) => [name, findSpread(mebibytes).median]));
    const base = medians.get('floor') ?? NaN;
    rows.push(
      ...[...medians].map(([name, peak]) => [
        `Node ${node.version}`,
        name,
        formatNumber(peak),
        (peak / base).toFixed(2),
      ]),
    );
    measured.push([`memory-${node.major}`, (medians.get('task') ?? NaN) / base]);
  }
  await run.job.finish();
  const note =
    'Largest resident set as GNU time tells it (`/usr/bin/time --format=%M`); of a shell script that of its largest process.';
  return {
    tables: [{ title: 'Peak memory', notes: [note], columns: ['', 'program', 'MiB', 'times the floor'], rows }],
    measured,
  };
}
