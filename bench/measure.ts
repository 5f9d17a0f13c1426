import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../test/harness/scratch-folder.ts';
import type { Seen, StandIns } from './stand-ins.ts';

/** A program that is measured as a whole process. */
export interface Contender {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Makes things as they are before a first run; its time does not count. */
  readonly prepare?: () => void;
  /** Returns what a run did wrong: an exit code says little, the task's is 0 when it fails. */
  readonly findFault: (ran: Ran, seen: Seen) => string | undefined;
}

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the process until it has ended and its output is read. */
  readonly durationMs: number;
  /** Undefined if it was not asked for, or this machine has no GNU time. */
  readonly peakKiB: number | undefined;
}

const folder = makeScratchFolder('bench-run');
const timeProgram = '/usr/bin/time';
const peakFile = join(folder, 'peak');

/** Whether peak memory can be measured here. */
export const hasTimeProgram = existsSync(timeProgram);

/**
 * Runs contenders in turn, round by round, so that whatever slows the machine slows all of them; the first round, in
 * which files come from the disk, does not count. A run that went wrong ends all: no time of a failure is ever counted.
 */
export async function measure(
  contenders: readonly Contender[],
  { standIns, runs }: { readonly standIns: StandIns; readonly runs: number },
): Promise<ReadonlyMap<string, readonly Ran[]>> {
  const all = new Map(contenders.map(({ name }) => [name, [] as Ran[]]));
  for (let round = 0; round <= runs; round += 1) {
    // Each round begins with another one, so that nobody always comes after the same neighbour.
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const { ran } = await runChecked(contender, standIns);
      if (round > 0) all.get(contender.name)?.push(ran);
    }
  }
  return all;
}

/** Runs contenders under GNU time, which says how much memory a process had at its peak, its children's included. */
export async function measureMemory(
  contenders: readonly Contender[],
  options: { readonly standIns: StandIns; readonly runs: number },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const all = await measure(contenders.map(watchMemory), options);
  return new Map([...all].map(([name, rans]) => [name, rans.map(({ peakKiB }) => (peakKiB ?? NaN) / 1024)]));
}

/** Returns a contender that is run under GNU time, or as it is where this machine has none. */
export function watchMemory(contender: Contender): Contender {
  if (!hasTimeProgram) return contender;
  const { file, args } = contender;
  return { ...contender, file: timeProgram, args: ['--format=%M', `--output=${peakFile}`, file, ...args] };
}

/** Runs a contender once; throws if it did not do what it is there for. */
export async function runChecked(contender: Contender, standIns: StandIns): Promise<{ ran: Ran; seen: Seen }> {
  contender.prepare?.();
  rmSync(peakFile, { force: true });
  await standIns.take();
  const ran = await runOnce(contender);
  const seen = await standIns.take();
  const fault = contender.findFault(ran, seen);
  if (fault === undefined) return { ran, seen };
  throw new Error(`${contender.name}: ${fault}\n${JSON.stringify(seen)}\n${ran.stdout.slice(-2000)}\n${ran.stderr}`);
}

function runOnce({ file, args, environment }: Contender): Promise<Ran> {
  const beganAt = performance.now();
  const child = spawn(file, args, { cwd: folder, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', exitCode => {
      resolve({ exitCode, ...output, durationMs: performance.now() - beganAt, peakKiB: readPeak() });
    });
  });
}

function readPeak(): number | undefined {
  return existsSync(peakFile) ? Number(readFileSync(peakFile, 'utf8').trim().split('\n').at(-1)) : undefined;
}

/** Returns the times of some runs. */
export function listTimes(rans: readonly Ran[] | undefined): readonly number[] {
  return (rans ?? []).map(({ durationMs }) => durationMs);
}
