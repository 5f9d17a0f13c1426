// Many more runs of the property tests in test/hardness/fuzz than each change gets: npm run fuzz
// FUZZ_RUNS sets how many runs each property gets, FUZZ_SEED repeats a run whose seed a failure printed. What stands
// behind `--` goes to mocha: npm run fuzz -- --grep claims
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin', 'mocha.js');
const runs = process.env['FUZZ_RUNS'] ?? '20000';
const seed = process.env['FUZZ_SEED'];

console.log(`${runs} runs of each property${seed === undefined ? '' : `, seed ${seed}`}`);
const { status } = spawnSync(
  process.execPath,
  [mocha, '--reporter', 'spec', 'test/hardness/fuzz/*.test.ts', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: runs } },
);
process.exitCode = status ?? 1;
