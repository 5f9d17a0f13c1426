// Measures the task against its neighbours:
//   npm run bench -- [--runs 20] [--only SUITE ...] [--quick] [--check]
// Whole runs write bench/RESULTS.md, bench/results.json and bench/growth.png; --only and --quick write to dist/bench.
// Exit code: 0 done, 1 with --check: a target is missed, 2 wrong usage, 3 something could not be measured.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeScratchFolder } from '../test/harness/scratch-folder.ts';
import { drawPlots } from './chart.ts';
import { buildFloor } from './contenders/node-script.ts';
import { describeMachine, findNodes } from './machine.ts';
import { readOptions, type Options } from './options.ts';
import { packAll } from './package.ts';
import { renderPng } from './render-png.ts';
import { describeJudgement, encodeResults, renderResults, type Results } from './results.ts';
import { startStandIns } from './stand-ins.ts';
import { measureAccounts } from './suites/accounts.ts';
import { measureAudit } from './suites/audit.ts';
import { measureAuthorities } from './suites/authorities.ts';
import { measureCommandLine } from './suites/command-line.ts';
import { measureFleet } from './suites/fleet.ts';
import { measureGrowth } from './suites/growth.ts';
import { measureHelper } from './suites/helper.ts';
import { measurePeaks } from './suites/memory.ts';
import { measureSize } from './suites/size.ts';
import { measureNetwork, measureStart } from './suites/start.ts';
import type { Found, Suite } from './suites/suite.ts';
import { measureWire } from './suites/wire.ts';
import { names } from '../test/bundles/scene.ts';
import { judge } from './targets.ts';
import { writeTrust } from './trust.ts';
import { formatText } from '../scripts/format-text.ts';

const suites: Readonly<Record<string, Suite>> = {
  size: measureSize,
  start: measureStart,
  network: measureNetwork,
  authorities: measureAuthorities,
  memory: measurePeaks,
  wire: measureWire,
  helper: measureHelper,
  'command-line': measureCommandLine,
  accounts: measureAccounts,
  fleet: measureFleet,
  audit: measureAudit,
  growth: measureGrowth,
};

async function measureAll(options: Options): Promise<Results> {
  const nodes = findNodes();
  const machine = describeMachine(nodes);
  const folder = makeScratchFolder('bench');
  const standIns = await startStandIns();
  try {
    await standIns.addRoles([names.roleArn]);
    const trust = writeTrust(folder, standIns.authority);
    const { runs, quick } = options;
    const bench = { standIns, trust, nodes, packed: packAll(), floor: buildFloor(folder), folder, runs, quick };
    const found: Found[] = [];
    for (const [name, suite] of Object.entries(suites).filter(([name]) => isChosen(name, options))) {
      console.log(`== ${name}`);
      found.push(await suite(bench));
    }
    const measured = new Map(found.flatMap(({ measured }) => measured));
    return { date: new Date().toISOString().slice(0, 10), machine, runs, found, judgements: judge(measured) };
  } finally {
    standIns.close();
  }
}

function isChosen(name: string, { only }: Options): boolean {
  return only.length === 0 || only.includes(name);
}

async function writeResults(results: Results, { quick, only }: Options): Promise<string> {
  const isWhole = !quick && only.length === 0;
  const folder = isWhole ? import.meta.dirname : resolve(import.meta.dirname, '../dist/bench');
  mkdirSync(folder, { recursive: true });
  const plots = results.found.flatMap(found => found.plots ?? []);
  if (plots.length > 0) renderPng(drawPlots(plots), join(folder, 'growth.png'));
  const tried = readFileSync(join(import.meta.dirname, 'TRIED.md'), 'utf8');
  const markdown = renderResults(results, tried, plots.length > 0 ? 'growth.png' : undefined);
  const texts = { 'RESULTS.md': markdown, 'results.json': JSON.stringify(encodeResults(results)) };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), await formatText(name, text));
  return folder;
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), Object.keys(suites));
  } catch (thrown) {
    console.error(`bench: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 2;
  }
  const results = await measureAll(options);
  const folder = await writeResults(results, options);
  const judged = results.judgements.filter(({ verdict }) => verdict !== 'not measured');
  for (const judgement of judged) console.log(describeJudgement(judgement).join(' | '));
  const left = results.judgements.filter(({ verdict }) => verdict === 'not measured');
  if (left.length > 0) console.log(`*** NOT MEASURED: ${left.map(({ target }) => target.text).join('; ')}`);
  console.log(`written to ${folder}`);
  const missed = judged.filter(({ verdict }) => verdict === 'missed');
  for (const { target } of missed) console.log(`*** MISSED: ${target.text}`);
  return options.check && missed.length > 0 ? 1 : 0;
}

process.exitCode = await main().catch((thrown: unknown) => {
  console.error(thrown);
  return 3;
});
