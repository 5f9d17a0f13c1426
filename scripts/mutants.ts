// Whether the tests notice faults that are put in on purpose:
//   npm run mutants                        runs the known mutants, in scripts/mutants/mutants.json, against their tests
//   npm run mutants -- --only src/trust    those of one folder
//   npm run mutants -- --untried           those that nobody tried yet
//   npm run mutants -- --choose 120        chooses as many again, by --seed
// What is found of a mutant that nobody tried yet is written down at once, so that a run may be stopped and goes on.
// Exit code: 0 all that were killed before are killed, 1 some are not, or their lines are gone and want new ones.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseMutants, type Mutant } from './mutants/choose.ts';

const list = 'scripts/mutants/mutants.json';

/** A hang is a kill, too. */
const hangMs = 600_000;

const { values: options } = parseArgs({
  options: {
    choose: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    untried: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});

/** Returns a copy of the project that may be spoilt; the packages stay where they are. */
function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  const left = ['node_modules', '.git', 'build', 'dist'].map(name => resolve(name));
  cpSync('.', folder, { recursive: true, filter: path => !left.includes(resolve(path)) });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** Returns whether a test file passes in a copy. */
function passes(folder: string, test: string): Promise<boolean> {
  const args = [join(folder, 'node_modules/mocha/bin/mocha.js'), '--bail', test];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore', timeout: hangMs, killSignal: 'SIGKILL' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      resolve(code === 0);
    });
  });
}

/** Returns whether a test passes without any mutant, asked once: one that fails anyway kills nothing. */
function openSoundness(): (folder: string, test: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (folder, test) => {
    const answer = known.get(test) ?? passes(folder, test);
    known.set(test, answer);
    return answer;
  };
}

const isSound = openSoundness();

/** Returns the first test that fails with a mutant; undefined if the mutant's line is gone. */
async function findKiller(folder: string, mutant: Mutant): Promise<string | null | undefined> {
  const path = join(folder, mutant.file);
  const content = readFileSync(path, 'utf8');
  if (content.split(mutant.from).length !== 2) return undefined;
  const order = [...new Set([...(mutant.killedBy ? [mutant.killedBy] : []), ...mutant.tests])];
  for (const test of order) {
    writeFileSync(
      path,
      content.replace(mutant.from, () => mutant.to),
    );
    const isKilled = !(await passes(folder, test));
    writeFileSync(path, content);
    if (isKilled && (await isSound(folder, test))) return test;
  }
  return null;
}

interface Judged {
  readonly mutant: Mutant;
  readonly killer: string | null | undefined;
}

function describe({ mutant, killer }: Judged): string {
  const verdict = killer === undefined ? 'GONE' : killer === null ? 'SURVIVED' : `killed by ${killer}`;
  return `${verdict}: ${mutant.file}: ${mutant.operator}\n  - ${mutant.from.trim()}\n  + ${mutant.to.trim()}`;
}

/** Tests that spawn what is built take long, so that they come last. */
function isSlow({ tests }: Mutant): boolean {
  return tests.some(test => /^test\/(?:bundles|cli|lambda|hardness)\//.test(test));
}

async function judgeAll(mutants: readonly Mutant[], tell: (judged: Judged) => void): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  const left = [...mutants].sort((one, other) => Number(isSlow(one)) - Number(isSlow(other)));
  const work = async () => {
    const folder = copyProject();
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const one = { mutant, killer: await findKiller(folder, mutant) };
      judged.push(one);
      tell(one);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, work));
  return judged;
}

function write(mutants: readonly Mutant[]): void {
  writeFileSync(list, `${JSON.stringify(mutants, null, 2)}\n`);
}

async function main(): Promise<void> {
  const { choose, seed, only } = options;
  if (choose !== undefined) write(await chooseMutants(Number(seed), Number(choose)));
  const mutants = JSON.parse(readFileSync(list, 'utf8')) as Mutant[];
  const tell = (one: Judged) => {
    console.log(describe(one));
    if (one.mutant.killedBy !== undefined || one.killer === undefined) return;
    mutants[mutants.indexOf(one.mutant)] = { ...one.mutant, killedBy: one.killer };
    write(mutants);
  };
  const judged = await judgeAll(
    mutants.filter(({ file, killedBy }) => file.startsWith(only) && !(options.untried && killedBy !== undefined)),
    tell,
  );
  const lost = judged.filter(({ mutant, killer }) => mutant.killedBy && !killer);
  console.log(`\n${judged.filter(({ killer }) => killer).length} of ${judged.length} killed`);
  if (lost.length > 0) console.log(`LOST:\n${lost.map(describe).join('\n')}`);
  process.exitCode = lost.length > 0 ? 1 : 0;
}

await main();
