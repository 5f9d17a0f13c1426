// Everything that has to be true before a change is taken: npm test
// One stage after another; a stage that fails is named at the end and makes the exit code 1.
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
  return [findBin('mocha', 'mocha'), '--parallel', '--jobs', '3', ...files];
}

/** The bundles run on each Node that an agent brings. */
function listOtherNodes(): readonly Stage[] {
  const node = process.env['NODE24'] ?? '';
  if (node !== '') return [{ name: 'mocha on Node 24', node, args: mocha('test/bundles/**/*.test.ts') }];
  console.log('*** SKIPPED: the bundles on Node 24; name its binary in the environment variable NODE24 ***');
  return [];
}

const stages: readonly Stage[] = [
  { name: 'types', args: [findBin('typescript', 'tsc')] },
  { name: 'lint', args: [findBin('eslint', 'eslint'), '.', '--max-warnings', '0'] },
  { name: 'format', args: [findBin('prettier', 'prettier'), '--check', '--log-level', 'warn', '.'] },
  { name: 'audit', args: ['--import', 'tsx', 'scripts/audit.ts'] },
  { name: 'package', args: ['--import', 'tsx', 'scripts/package.ts'] },
  { name: 'mocha', args: mocha('test/**/*.test.ts') },
  ...listOtherNodes(),
];

interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a stage, showing its output as it comes. */
function runStage(stage: Stage): Promise<Ran> {
  const child = spawn(stage.node ?? process.execPath, [...stage.args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/** Returns the totals of all that mocha printed, as one plain line. */
function summarize(output: string): string {
  const count = (word: string): number =>
    [...output.matchAll(new RegExp(`^\\s+(\\d+) ${word}`, 'gm'))].reduce((sum, [, number]) => sum + Number(number), 0);
  return `${count('passing')} passed, ${count('failing')} failed, ${count('pending')} skipped`;
}

async function main(): Promise<void> {
  const failed: string[] = [];
  let printed = '';
  for (const stage of stages) {
    console.log(`\n== ${stage.name}`);
    const began = performance.now();
    const { code, output } = await runStage(stage);
    if (code !== 0) failed.push(stage.name);
    if (stage.name.startsWith('mocha')) printed += output;
    console.log(
      `-- ${stage.name}: ${code === 0 ? 'ok' : 'FAILED'} after ${Math.round((performance.now() - began) / 1000)} s`,
    );
  }
  if (failed.length > 0) console.log(`\nFAILED: ${failed.join(', ')}`);
  console.log(summarize(printed));
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main();
