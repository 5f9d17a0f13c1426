import { planFloor, planNothing } from '../contenders/node-script.ts';
import { ageSession, prepareHelper, type Helper } from '../contenders/task.ts';
import { findExchangeFault, oneExchange } from '../contenders/exchange.ts';
import type { NodeBinary } from '../machine.ts';
import { listTimes, measure, type Contender, type Ran } from '../measure.ts';
import { divideEach, findSpread } from '../statistics.ts';
import { formatNumber } from '../table.ts';
import type { Trust } from '../trust.ts';
import type { Bench, Found } from './suite.ts';

/** Measures what AWS SDKs wait for: a cached answer of the helper, and a new session. */
export async function measureHelper(bench: Bench): Promise<Found> {
  const { standIns, trust, packed, floor } = bench;
  const helper = await prepareHelper(packed.taskFolder, standIns, trust);
  const rows: string[][] = [];
  const measured: (readonly [string, number])[] = [];
  for (const node of bench.nodes) {
    const pairs = [
      { name: 'cached', own: planCached(helper, node), base: planNothing(node) },
      { name: 'refresh', own: planRefresh(helper, node, trust), base: planFloor(floor, node, trust, standIns) },
    ];
    for (const { name, own, base } of pairs) {
      const rans = await measure([base, own], bench);
      const [times, bases] = [listTimes(rans.get(own.name)), listTimes(rans.get(base.name))];
      const ratio = findSpread(divideEach(times, bases)).median;
      const ms = [bases, times].map(all => formatNumber(findSpread(all).median));
      rows.push([`Node ${node.version}`, own.name, ...ms, ratio.toFixed(2)]);
      measured.push([`${name}-${node.major}`, ratio]);
    }
  }
  await helper.job.finish();
  const note =
    "The program of a profile's `credential_process`, without the shell that an SDK starts it by. A cached answer is compared with `node -e 0`, a refresh with the floor.";
  const columns = ['', 'answer', 'ms of the other', 'ms', 'ratio'];
  return { tables: [{ title: 'Refreshing profiles', notes: [note], columns, rows }], measured };
}

function planCached({ args }: Helper, node: NodeBinary): Contender {
  return {
    name: 'cached',
    file: node.path,
    args,
    environment: {},
    findFault: (ran, { tokenRequests }) => (tokenRequests === 0 ? findAnswerFault(ran) : 'asked for a token'),
  };
}

function planRefresh(helper: Helper, node: NodeBinary, { switches }: Trust): Contender {
  return {
    name: 'renewed',
    file: node.path,
    // Not by NODE_OPTIONS: where that is set the helper takes more care what it trusts.
    args: [...switches, ...helper.args],
    environment: {},
    prepare: () => {
      ageSession(helper);
    },
    findFault: (ran, seen) => findAnswerFault(ran) ?? findExchangeFault(ran.stdout, ran, seen, oneExchange),
  };
}

function findAnswerFault({ exitCode, stdout, stderr }: Ran): string | undefined {
  if (exitCode !== 0 || stderr !== '') return `ended with exit code ${exitCode ?? 'none'}: ${stderr}`;
  return /^\{"Version":1,.*"AccessKeyId":"ASIA/.test(stdout) ? undefined : 'printed no credentials';
}
