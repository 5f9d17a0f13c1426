import { describeAction, findAction, planAction } from '../contenders/configure-aws-credentials.ts';
import { planFloor } from '../contenders/node-script.ts';
import { describeAwsCli, planAwsCli, planCurl } from '../contenders/shell.ts';
import { planTask, runTask, type TaskRun } from '../contenders/task.ts';
import type { NodeBinary } from '../machine.ts';
import { listTimes, measure, type Contender, type Ran } from '../measure.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber, type Table } from '../table.ts';
import { firstNode, type Bench, type Found } from './suite.ts';

const delays = [0, 50, 100];

/** Measures the step against its neighbours, each as a whole process that starts cold. */
export async function measureStart(bench: Bench): Promise<Found> {
  const { standIns, trust, packed, nodes } = bench;
  const run = await runTask(packed.taskFolder, { standIns, trust });
  const measured: (readonly [string, number])[] = [];
  const tables: Table[] = [];
  const action = findAction();
  for (const node of nodes) {
    const contenders = listContenders(bench, node, run, action);
    const rows: string[][] = [];
    for (const delay of delays) {
      await standIns.setDelay(delay);
      const rans = await measure(contenders, bench);
      rows.push(...describeRows(rans, delay));
      measured.push(...readTargets(rans, node, delay));
    }
    tables.push({
      title: `Wall time, Node ${node.version}`,
      notes: noteNeighbours(node, bench, action),
      columns,
      rows,
    });
  }
  await standIns.setDelay(0);
  await run.job.finish();
  return { tables, measured };
}

function listContenders(bench: Bench, node: NodeBinary, run: TaskRun, action: string | undefined) {
  const { floor, trust, standIns, folder } = bench;
  const scripts =
    node === firstNode(bench) ? [planCurl(folder, trust, standIns), planAwsCli(folder, trust, standIns)] : [];
  const neighbour = action === undefined ? undefined : planAction(action, folder, node, trust, standIns);
  const all = [planFloor(floor, node, trust, standIns), planTask(run, node, trust), ...scripts, neighbour];
  return all.filter((contender): contender is Contender => contender !== undefined);
}

const columns = ['answers after', 'program', 'ms', 'middle half', 'times the floor', 'middle half'];

type Rans = ReadonlyMap<string, readonly Ran[]>;

function describeRows(rans: Rans, delay: number): string[][] {
  const floor = listTimes(rans.get('floor'));
  return [...rans].map(([name, own]) => {
    const times = findSpread(listTimes(own));
    const ratio = findSpread(divideEach(listTimes(own), floor));
    const range = (low: number, high: number) => `${formatNumber(low)} - ${formatNumber(high)}`;
    return [
      `${delay} ms`,
      name,
      formatNumber(times.median),
      range(times.low, times.high),
      ratio.median.toFixed(2),
      range(ratio.low, ratio.high),
    ];
  });
}

const neighbours = { task: 'floor', cac: 'configure-aws-credentials', aws: 'shell, curl and AWS CLI' };

/** The task's time against each of the others', by the name of the target. */
function readTargets(rans: Rans, { major }: NodeBinary, delay: number) {
  return Object.entries(neighbours).flatMap(([name, neighbour]) => {
    const [own, other] = [listTimes(rans.get('task')), listTimes(rans.get(neighbour))];
    if (other.length === 0) return [];
    return [[`${name}-${major}-${delay}`, findSpread(divideEach(own, other)).median] as const];
  });
}

function noteNeighbours(node: NodeBinary, bench: Bench, action: string | undefined): string[] {
  const notes = [
    `Medians of ${bench.runs} rounds, in each of which every program ran once, as a process of its own; ratios are taken round by round.`,
  ];
  const aws = node === firstNode(bench) ? describeAwsCli() : undefined;
  if (aws !== undefined) notes.push(`The AWS CLI is ${aws}, started directly and not through a version manager.`);
  if (action !== undefined) {
    notes.push(
      `configure-aws-credentials is ${describeAction(action)}; it makes a third request, GetCallerIdentity, which is part of what it does.`,
    );
  }
  return notes;
}
