// Everything that has to be true before a change is taken: npm test
// A stage that fails is named at the end and makes the exit code 1. One that takes longer than its budget on two cores
// that nobody else uses is named, too, and fails nothing.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Stage {
  readonly name: string;
  readonly args: readonly string[];
  readonly budgetSeconds: number;
  /** What it prints is shown as it comes, that of others when they end. */
  readonly isShown?: true;
  /** The Node that runs it, if it is not this one. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

/** Returns the file behind a package's command, so that nothing depends on a shell or on PATH. */
function findBin(name: string, command: string): string {
  const path = require.resolve(`${name}/package.json`);
  const { bin } = require(path) as { bin: string | Record<string, string> };
  return join(dirname(path), typeof bin === 'string' ? bin : (bin[command] ?? ''));
}

/** One more than there are cores: tests wait for processes they started. Each further worker loads all modules again. */
function mocha(...files: readonly string[]): readonly string[] {
  return [findBin('mocha', 'mocha'), '--parallel', '--jobs', '3', ...files];
}

/** Folders of tests that take long, so that no core waits at the end for one that began late. */
const longest = ['release', 'clients', 'package', 'cli', 'hardness', 'bundles'];

/** All tests, those first that take longest. */
function listTests(): readonly string[] {
  const paths = readdirSync('test', { recursive: true, encoding: 'utf8' }).map(path => path.replaceAll('\\', '/'));
  const rank = (path: string): number => longest.indexOf(path.split('/')[0] ?? '') + 1 || longest.length + 1;
  return paths
    .filter(path => path.endsWith('.test.ts'))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
    .map(path => `test/${path}`);
}

/**
 * What differs by Node runs on each that an agent brings: TLS, certificates and proxies, the environment that Node obeys,
 * signals, and each packed program from end to end with one run of each outcome. What our own code decides does not.
 */
const differsByNode = [
  'cancel',
  'cleanup',
  'core-attacks',
  'evaluated',
  'failures',
  'happy-path',
  'hostile-environment',
  'proxy',
  'proxy-certificates',
  'proxy-failures',
  'refresh',
  'refresh-environment',
  'steered',
];

function listOtherNodes(): readonly Stage[] {
  const node = process.env['NODE24'] ?? '';
  const args = mocha(...differsByNode.map(name => `test/bundles/${name}.test.ts`));
  if (node !== '') return [{ name: 'mocha on Node 24', node, args, budgetSeconds: 70, isShown: true }];
  console.log('*** SKIPPED: the bundles on Node 24; name its binary in the environment variable NODE24 ***');
  return [];
}

/** The linter's type checks are a Go program, which otherwise spends a fifth of its time on garbage collection. */
const roomy = { GOGC: '400', GOMEMLIMIT: '3GiB' };

/** What is built comes first, since tests use it; then those that keep a core busy stand beside those that wait. */
const groups: readonly (readonly Stage[])[] = [
  [
    { name: 'build', args: ['--import', 'tsx', 'test/harness/build-once.ts'], budgetSeconds: 15 },
    { name: 'prose', args: ['scripts/prose.mjs'], budgetSeconds: 10 },
  ],
  [
    { name: 'mocha', args: mocha(...listTests()), budgetSeconds: 220, isShown: true },
    { name: 'types and lint', args: [findBin('oxlint', 'oxlint'), '--deny-warnings'], budgetSeconds: 40, env: roomy },
    { name: 'audit', args: ['--import', 'tsx', 'scripts/audit.ts'], budgetSeconds: 10 },
    { name: 'format', args: [findBin('oxfmt', 'oxfmt'), '--check'], budgetSeconds: 5 },
  ],
  listOtherNodes(),
];

/** What all may take on two cores that nobody else uses: on the clock, and of their time. */
const budget = { seconds: 240, processorSeconds: 480 };

interface Ran {
  readonly stage: Stage;
  readonly code: number;
  readonly output: string;
}

function runStage(stage: Stage): Promise<Ran> {
  const began = performance.now();
  if (stage.isShown) console.log(`\n== ${stage.name}`);
  const child = spawn(stage.node ?? process.execPath, [...stage.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...stage.env },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (stage.isShown) process.stdout.write(chunk);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (!stage.isShown) console.log(`\n== ${stage.name}\n${output.trimEnd()}`);
      const seconds = Math.round((performance.now() - began) / 1000);
      const slow = seconds > stage.budgetSeconds ? `, more than its ${stage.budgetSeconds} s` : '';
      console.log(`-- ${stage.name}: ${code === 0 ? 'ok' : 'FAILED'} after ${seconds} s${slow}`);
      resolve({ stage, code: code ?? 1, output });
    });
  });
}

/** Returns what this process and those that it waited for took of the processors, where the system tells. */
function readProcessorSeconds(): number | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

function describeTotal(): string {
  const seconds = Math.round(performance.now() / 1000);
  const processor = readProcessorSeconds();
  const isSlow = seconds > budget.seconds || (processor ?? 0) > budget.processorSeconds;
  const taken = `${seconds} s${processor === undefined ? '' : `, ${Math.round(processor)} s of the processors`}`;
  const slow = `, more than ${budget.seconds} s or ${budget.processorSeconds} s of the processors`;
  return `-- all: ${taken}${isSlow ? slow : ''}`;
}

/** Returns the totals of all that mocha printed, as one plain line. */
function summarize(output: string): string {
  const count = (word: string): number =>
    [...output.matchAll(new RegExp(`^\\s+(\\d+) ${word}`, 'gm'))].reduce((sum, [, number]) => sum + Number(number), 0);
  return `${count('passing')} passed, ${count('failing')} failed, ${count('pending')} skipped`;
}

/**
 * Returns what a failed stage printed last, of mocha the tests that failed: it may stand far above the end, and of a log
 * often only that is shown.
 */
function quoteFailure(output: string): string {
  const failures = /^ +\d+ failing$[^]*/m.exec(output)?.[0].trimEnd();
  if (failures === undefined) return `…${output.trimEnd().slice(-1500)}`;
  return failures.length > 4000 ? `${failures.slice(0, 4000)}…` : failures;
}

async function main(): Promise<void> {
  const rans: Ran[] = [];
  for (const group of groups) {
    rans.push(...(await Promise.all(group.map(runStage))));
  }
  const failed = rans.filter(({ code }) => code !== 0);
  for (const { stage, output } of failed) console.log(`\nFAILED: ${stage.name}\n${quoteFailure(output)}`);
  const tests = rans.filter(({ stage }) => stage.name.startsWith('mocha'));
  console.log(summarize(tests.map(({ output }) => output).join('\n')));
  console.log(describeTotal());
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main();
