import { planTask, runTask } from '../contenders/task.ts';
import { listTimes, measure, runChecked } from '../measure.ts';
import type { Seen } from '../stand-ins.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber, type Table } from '../table.ts';
import { listRoles, planRoles, runRoles } from './roles.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

/** Counts requests, connections and TLS handshakes, and compares a hundred roles with one. */
export async function measureWire(bench: Bench): Promise<Found> {
  const node = firstNode(bench);
  const { standIns, trust } = bench;
  await standIns.addRoles(listRoles(100));
  const single = await runTask(bench.packed.taskFolder, { standIns, trust });
  const one = planTask(single, node, trust);
  const hundred = await runRoles(bench, 100);
  const many = { ...only(planRoles(hundred, node, bench)), name: '100 roles' };
  await standIns.setDelay(100);
  const seen = { one: (await runChecked(one, standIns)).seen, many: (await runChecked(many, standIns)).seen };
  const rans = await measure([one, many], { standIns, runs: Math.min(bench.runs, 10) });
  await standIns.setDelay(0);
  const [times, base] = [listTimes(rans.get('100 roles')), listTimes(rans.get('task'))];
  const ratio = findSpread(divideEach(times, base)).median;
  await Promise.all([single.job, ...hundred.steps.slice(0, 1).map(({ run }) => run.job)].map(job => job.finish()));
  return {
    tables: [describeWire(seen, findSpread(base).median, findSpread(times).median)],
    measured: [
      ['requests-1', countRequests(seen.one)],
      ['handshakes-1', seen.one.handshakes],
      ['requests-100', countRequests(seen.many)],
      ['connections-100', seen.many.connections[1]],
      ['roles-100', ratio],
    ],
  };
}

function only<T>(all: readonly T[]): T {
  const [first] = all;
  if (first === undefined || all.length > 1) throw new RangeError(`${all.length} instead of one`);
  return first;
}

function countRequests({ tokenRequests, stsRequests }: Seen): number {
  return tokenRequests + stsRequests.length;
}

function describeWire(seen: { one: Seen; many: Seen }, one: number, many: number): Table {
  const row = (name: string, own: Seen, ms: number) => [
    name,
    String(own.tokenRequests),
    String(own.stsRequests.length),
    own.connections.join(' + '),
    `${own.handshakes} (${own.resumed})`,
    String(own.maxAtOnce),
    formatNumber(ms),
  ];
  return {
    title: 'Requests',
    notes: ['As the stand-ins counted them; connections to Azure DevOps and to AWS STS, answers after 100 ms.'],
    columns: ['', 'for the ID token', 'to AWS STS', 'connections', 'TLS handshakes (resumed)', 'most at once', 'ms'],
    rows: [row('1 role', seen.one, one), row('100 roles', seen.many, many)],
  };
}
