// Which mutants there are, and which tests could kill each: the same seed chooses the same from the same sources.
import { readdirSync, readFileSync } from 'node:fs';
import { build, type Metafile } from 'esbuild';
import { listEdits, type Edit } from './operators.ts';

/** A line of a file that becomes another, and the tests that may notice. */
export interface Mutant {
  readonly file: string;
  readonly operator: string;
  readonly from: string;
  readonly to: string;
  /** The nearest first. */
  readonly tests: readonly string[];
  /** The test file that failed with it, null if all passed; absent if nobody tried yet. */
  readonly killedBy?: string | null;
}

/** Returns numbers in [0, 1), the same for the same seed (mulberry32). */
function seedChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The lines that an edit touches, before and after; undefined if the file holds such lines twice. */
function toLines(content: string, { start, end, text }: Edit): readonly [from: string, to: string] | undefined {
  const first = content.lastIndexOf('\n', start - 1) + 1;
  const next = content.indexOf('\n', end);
  const last = next < 0 ? content.length : next;
  const from = content.slice(first, last);
  if (content.split(from).length !== 2) return undefined;
  return [from, content.slice(first, start) + text + content.slice(end, last)];
}

/** Every file of the product that a test reaches by imports, with how many steps away it is. */
function measureDistances(test: string, { inputs }: Metafile): ReadonlyMap<string, number> {
  const distances = new Map([[test, 0]]);
  for (const [file, distance] of distances) {
    for (const { path } of inputs[file]?.imports ?? []) {
      if (path in inputs && !distances.has(path)) distances.set(path, distance + 1);
    }
  }
  return distances;
}

function splitWords(path: string): readonly string[] {
  return path
    .replace(/(?:\.test)?\.ts$/, '')
    .split(/[/\-.]/)
    .slice(1);
}

/** How many words two paths share. */
function countShared(one: string, other: string): number {
  const words = new Set(splitWords(other));
  return splitWords(one).filter(word => words.has(word)).length;
}

/** Tests that spawn what is built reach all that is in it, whatever they import. */
function spawns(test: string, file: string): boolean {
  if (file.startsWith('src/lambda/')) return test.startsWith('test/lambda/');
  const isTask = file.startsWith('tasks/') || /^src\/(?:azure-devops|session|handoff|host)\//.test(file);
  return test.startsWith(isTask ? 'test/bundles/' : 'test/cli/');
}

/** Of tests that spawn a file and are named no more alike than others, these are the cheapest that go through most. */
const plain = ['test/bundles/happy-path.test.ts', 'test/cli/offline.test.ts'];

function likeness(test: string, file: string): number {
  return countShared(test, file) + (plain.includes(test) ? 0.5 : 0);
}

/** Returns the three tests nearest to a file: by imports, else those that spawn it and are named most alike. */
export async function openReach(): Promise<(file: string) => readonly string[]> {
  const tests = listFiles('test', '.test.ts');
  const { metafile } = await build({
    entryPoints: [...tests],
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    loader: { '.tf': 'text', '.yaml': 'text' },
  });
  const distances = tests.map(test => [test, measureDistances(test, metafile)] as const);
  return file => {
    const near = distances.flatMap(([test, far]) => (far.has(file) ? [{ test, far: far.get(file) ?? 0 }] : []));
    const spawning = tests.filter(test => spawns(test, file)).map(test => ({ test, far: 0 }));
    return (near.length > 0 ? near : spawning)
      .sort((a, b) => a.far - b.far || likeness(b.test, file) - likeness(a.test, file))
      .slice(0, near.length > 0 ? 3 : 2)
      .map(({ test }) => test);
  };
}

function listFiles(folder: string, ending: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.map(path => `${folder}/${path.replaceAll('\\', '/')}`);
  return files.filter(path => path.endsWith(ending) && !path.endsWith('.d.ts')).sort();
}

/** Returns `count` mutants, spread over all lines of the product, and over the operators that a file offers. */
export async function chooseMutants(seed: number, count: number): Promise<readonly Mutant[]> {
  const chance = seedChance(seed);
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(chance() * values.length)];
  const files = ['src', 'tasks'].flatMap(folder => listFiles(folder, '.ts'));
  const byLine = files.flatMap(file => Array<string>(readFileSync(file, 'utf8').split('\n').length).fill(file));
  const reach = await openReach();
  const chosen = new Map<string, Mutant>();
  while (chosen.size < count) {
    const file = pick(byLine) ?? '';
    const content = readFileSync(file, 'utf8');
    const edits = listEdits(file, content);
    const operator = pick([...new Set(edits.map(edit => edit.operator))]) ?? '';
    const edit = pick(edits.filter(one => one.operator === operator));
    const lines = edit && toLines(content, edit);
    if (!lines) continue;
    chosen.set(`${file}:${lines[1]}`, {
      file,
      operator,
      from: lines[0],
      to: lines[1],
      tests: reach(file),
    });
  }
  return [...chosen.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}
