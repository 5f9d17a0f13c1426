// Many more runs of the property tests than each change gets: npm run fuzz
// FUZZ_SECONDS ends it after about so many seconds, each property with a share of them; FUZZ_RUNS sets how many runs each
// property gets at most, FUZZ_SEED repeats a run whose seed a failure printed. What stands behind `--` goes to mocha:
//   FUZZ_SECONDS=45 npm run fuzz
//   npm run fuzz -- --grep claims
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Tests that go by what fuzz/check.ts says, and those that look at FUZZ_RUNS themselves. */
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => `test/${name.replaceAll('\\', '/')}`);
const files = [
  ...tests.filter(path => /from '[^']*\/(?:fuzz\/)?check\.ts'/.test(readFileSync(path, 'utf8'))),
  'test/migration/fleets.test.ts',
  'test/migration/accounts.test.ts',
  'test/migration/safety.test.ts',
];

/** What a property may take, where they share the seconds and the processors. */
function shareSeconds(seconds: number): string {
  const properties = files.flatMap(
    file => readFileSync(file, 'utf8').match(/\b(?:check|checkLater|fc\.assert)\(/g) ?? [],
  );
  return String(Math.ceil((seconds * 1000 * availableParallelism()) / properties.length));
}

const mocha = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin', 'mocha.js');
const runs = process.env['FUZZ_RUNS'] ?? '20000';
const { FUZZ_SECONDS: seconds, FUZZ_SEED: seed } = process.env;
const limit = seconds === undefined ? {} : { FUZZ_MS: shareSeconds(Number(seconds)) };

console.log(`${runs} runs of each property${seed === undefined ? '' : `, seed ${seed}`}`);
const { status } = spawnSync(
  process.execPath,
  [mocha, '--parallel', '--jobs', String(availableParallelism()), ...files, ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: runs, ...limit } },
);
process.exitCode = status ?? 1;
