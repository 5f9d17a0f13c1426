import { planFloor } from '../contenders/node-script.ts';
import { planTask, runTask } from '../contenders/task.ts';
import { listTimes, measure } from '../measure.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import type { Trust } from '../trust.ts';
import type { Bench, Found } from './suite.ts';

/** Measures the step on an agent's machine that names a company's authority by NODE_EXTRA_CA_CERTS. */
export async function measureAuthorities(bench: Bench): Promise<Found> {
  const { standIns, packed, floor, nodes } = bench;
  const trust: Trust = {
    ...bench.trust,
    environment: () => ({ NODE_EXTRA_CA_CERTS: bench.trust.file }),
    switches: [],
  };
  const run = await runTask(packed.taskFolder, { standIns, trust });
  const rows: string[][] = [];
  const measured: (readonly [string, number])[] = [];
  for (const node of nodes) {
    const rans = await measure([planFloor(floor, node, trust, standIns), planTask(run, node, trust)], bench);
    const [base, own] = [listTimes(rans.get('floor')), listTimes(rans.get('task'))];
    const ratio = findSpread(divideEach(own, base)).median;
    const ms = [base, own].map(times => formatNumber(findSpread(times).median));
    rows.push([`Node ${node.version}`, ...ms, ratio.toFixed(2)]);
    measured.push([`extra-${node.major}-0`, ratio]);
  }
  await run.job.finish();
  const notes = ["Both programs have NODE_EXTRA_CA_CERTS from the agent's machine; no delay."];
  const columns = ['', 'ms of the floor', 'ms of the task', 'ratio'];
  return { tables: [{ title: "With a company's authority", notes, columns, rows }], measured };
}
