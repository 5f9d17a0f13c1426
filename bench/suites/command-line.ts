import { planNothing } from '../contenders/node-script.ts';
import { listTimes, measure, type Contender } from '../measure.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import type { Bench, Found } from './suite.ts';

/** Measures how long `aws-wif --help` takes. */
export async function measureCommandLine(bench: Bench): Promise<Found> {
  const rows: string[][] = [];
  const measured: (readonly [string, number])[] = [];
  for (const node of bench.nodes) {
    const help: Contender = {
      name: 'help',
      file: node.path,
      args: [bench.packed.commandLine, '--help'],
      environment: {},
      findFault: ({ stdout }) => (stdout.startsWith('Usage: aws-wif ') ? undefined : 'printed no help'),
    };
    const nothing = planNothing(node);
    const rans = await measure([nothing, help], bench);
    const [times, bases] = [listTimes(rans.get('help')), listTimes(rans.get(nothing.name))];
    const ratio = findSpread(divideEach(times, bases)).median;
    rows.push([
      `Node ${node.version}`,
      ...[bases, times].map(all => formatNumber(findSpread(all).median)),
      ratio.toFixed(2),
    ]);
    measured.push([`help-${node.major}`, ratio]);
  }
  const columns = ['', 'ms of node -e 0', 'ms of aws-wif --help', 'ratio'];
  return { tables: [{ title: 'Command line', notes: [], columns, rows }], measured };
}
