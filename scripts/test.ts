// Everything that has to be true before a change is taken: npm test
// A stage that fails is named at the end and makes the exit code 1.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Stage {
  readonly name: string;
  readonly args: readonly string[];
  /** The Node that runs it, where it is not this one. */
  readonly node?: string;
}

const require = createRequire(import.meta.url);

/** Returns the file behind a package's command, so that nothing depends on a shell or on PATH. */
function findBin(name: string, command: string): string {
  const path = require.resolve(`${name}/package.json`);
  const { bin } = require(path) as { bin: string | Record<string, string> };
  return join(dirname(path), typeof bin === 'string' ? bin : (bin[command] ?? ''));
}

/** Most of a test's time is spent waiting for processes it started. */
function mocha(...files: readonly string[]): readonly string[] {
  return [findBin('mocha', 'mocha'), '--parallel', '--jobs', '4', ...files];
}

/** The bundles run on each Node that an agent brings. */
function listOtherNodes(): readonly Stage[] {
  const node = process.env['NODE24'] ?? '';
  if (node !== '') return [{ name: 'mocha on Node 24', node, args: mocha('test/bundles/**/*.test.ts') }];
  console.log('*** SKIPPED: the bundles on Node 24; name its binary in the environment variable NODE24 ***');
  return [];
}

/** What looks at files alone goes side by side, then the tests one after another. */
const groups: readonly (readonly Stage[])[] = [
  [
    { name: 'types', args: [findBin('typescript', 'tsc')] },
    { name: 'lint', args: [findBin('eslint', 'eslint'), '.', '--max-warnings', '0'] },
    { name: 'format', args: [findBin('prettier', 'prettier'), '--check', '--log-level', 'warn', '.'] },
    { name: 'audit', args: ['--import', 'tsx', 'scripts/audit.ts'] },
    { name: 'package', args: ['--import', 'tsx', 'scripts/package.ts'] },
  ],
  [{ name: 'mocha', args: mocha('test/**/*.test.ts') }],
  listOtherNodes(),
];

interface Ran {
  readonly stage: Stage;
  readonly code: number;
  readonly output: string;
}

/** Runs a stage. One that has the outputs to itself shows what it prints as it comes, others when they end. */
function runStage(stage: Stage, isAlone: boolean): Promise<Ran> {
  const began = performance.now();
  if (isAlone) console.log(`\n== ${stage.name}`);
  const child = spawn(stage.node ?? process.execPath, [...stage.args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (isAlone) process.stdout.write(chunk);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (!isAlone) console.log(`\n== ${stage.name}\n${output.trimEnd()}`);
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(`-- ${stage.name}: ${code === 0 ? 'ok' : 'FAILED'} after ${seconds} s`);
      resolve({ stage, code: code ?? 1, output });
    });
  });
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
    rans.push(...(await Promise.all(group.map(stage => runStage(stage, group.length === 1)))));
  }
  const failed = rans.filter(({ code }) => code !== 0);
  for (const { stage, output } of failed) console.log(`\nFAILED: ${stage.name}\n${quoteFailure(output)}`);
  const tests = rans.filter(({ stage }) => stage.name.startsWith('mocha'));
  console.log(summarize(tests.map(({ output }) => output).join('\n')));
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main();
