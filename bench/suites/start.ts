import { describeAction, findAction, planAction } from '../contenders/configure-aws-credentials.ts';
import { planFloor } from '../contenders/node-script.ts';
import { describeAwsCli, planAwsCli, planCurl } from '../contenders/shell.ts';
import { planTask, runTask, type TaskRun } from '../contenders/task.ts';
import type { NodeBinary } from '../machine.ts';
import { listTimes, measure, type Contender, type Ran } from '../measure.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber, type Table } from '../table.ts';
import { firstNode, type Bench, type Found, type Plot } from './suite.ts';

/** What lies between the programs and the services: how its tables and targets name it, and how it is set. */
interface Surroundings {
  readonly title: string;
  /** Heads the first column. */
  readonly column: string;
  readonly values: readonly number[];
  /** Stands before the value in the names of targets. */
  readonly key: string;
  readonly set: (ms: number) => Promise<unknown>;
}

/** Measures the step against its neighbours, each as a whole process that starts cold; each answer takes a while. */
export async function measureStart(bench: Bench): Promise<Found> {
  const { setDelay } = bench.standIns;
  return measureAmong(bench, {
    title: 'Wall time',
    column: 'answers after',
    values: [0, 50, 100],
    key: '',
    set: setDelay,
  });
}

/** The same behind a relay, where every flight of a connection takes its time and handshakes cost most. */
export async function measureNetwork(bench: Bench): Promise<Found> {
  const { setRoundTrip, relayed } = bench.standIns;
  return measureAmong(
    { ...bench, standIns: { ...bench.standIns, ...relayed } },
    {
      title: 'Wall time over a network',
      column: 'round trip',
      values: [0, 20, 40, 80],
      key: 'rtt',
      set: setRoundTrip,
    },
  );
}

async function measureAmong(bench: Bench, surroundings: Surroundings): Promise<Found> {
  const { standIns, trust, packed, nodes } = bench;
  const run = await runTask(packed.taskFolder, { standIns, trust });
  const found = { tables: [] as Table[], measured: [] as (readonly [string, number])[], plots: [] as Plot[] };
  const action = findAction();
  for (const node of nodes) {
    const contenders = listContenders(bench, node, run, action);
    const all = new Map<number, Rans>();
    for (const value of surroundings.values) {
      await surroundings.set(value);
      all.set(value, await measure(contenders, bench));
    }
    found.tables.push({
      title: `${surroundings.title}, Node ${node.version}`,
      notes: noteNeighbours(node, bench, action),
      columns: [surroundings.column, ...columns],
      rows: [...all].flatMap(([value, rans]) => describeRows(rans, value)),
    });
    found.measured.push(...[...all].flatMap(([value, rans]) => readTargets(rans, node, `${surroundings.key}${value}`)));
    if (surroundings.key !== '') found.plots.push(plotTimes(all, surroundings, node));
  }
  await surroundings.set(0);
  await run.job.finish();
  return found;
}

function listContenders(bench: Bench, node: NodeBinary, run: TaskRun, action: string | undefined) {
  const { floor, trust, standIns, folder } = bench;
  const scripts =
    node === firstNode(bench) ? [planCurl(folder, trust, standIns), planAwsCli(folder, trust, standIns)] : [];
  const neighbour = action === undefined ? undefined : planAction(action, folder, node, trust, standIns);
  const all = [planFloor(floor, node, trust, standIns), planTask(run, node, trust), ...scripts, neighbour];
  return all.filter((contender): contender is Contender => contender !== undefined);
}

const columns = ['program', 'ms', 'middle half', 'times the floor', 'middle half'];

type Rans = ReadonlyMap<string, readonly Ran[]>;

function describeRows(rans: Rans, value: number): string[][] {
  const floor = listTimes(rans.get('floor'));
  return [...rans].map(([name, own]) => {
    const times = findSpread(listTimes(own));
    const ratio = findSpread(divideEach(listTimes(own), floor));
    const range = (low: number, high: number) => `${formatNumber(low)} - ${formatNumber(high)}`;
    return [
      `${value} ms`,
      name,
      formatNumber(times.median),
      range(times.low, times.high),
      ratio.median.toFixed(2),
      range(ratio.low, ratio.high),
    ];
  });
}

const neighbours = {
  task: 'floor',
  curl: 'shell, curl and sed',
  cac: 'configure-aws-credentials',
  aws: 'shell, curl and AWS CLI',
};

/** The task's time against each of the others', by the name of the target. */
function readTargets(rans: Rans, { major }: NodeBinary, surroundings: string) {
  return Object.entries(neighbours).flatMap(([name, neighbour]) => {
    const [own, other] = [listTimes(rans.get('task')), listTimes(rans.get(neighbour))];
    if (other.length === 0) return [];
    return [[`${name}-${major}-${surroundings}`, findSpread(divideEach(own, other)).median] as const];
  });
}

/** The task's time, and that of those which send the same two requests. */
function plotTimes(all: ReadonlyMap<number, Rans>, { title, column }: Surroundings, node: NodeBinary): Plot {
  const points = (name: string) =>
    [...all].flatMap(([size, rans]) => {
      const times = listTimes(rans.get(name));
      return times.length === 0 ? [] : [{ size, cost: findSpread(times).median }];
    });
  const others = ['floor', 'shell, curl and sed'].map(name => ({ name, points: points(name) }));
  return {
    title: `${title}, Node ${node.major}`,
    size: `${column} in ms`,
    cost: 'ms; blue is the task',
    points: points('task'),
    others: others.filter(other => other.points.length > 0),
  };
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
