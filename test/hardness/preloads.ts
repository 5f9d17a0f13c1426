import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

/** An environment that makes Node processes write down their peak memory. */
export interface MemoryWatch {
  readonly environment: Readonly<Record<string, string>>;
  /** The peak of the last process that ran this script, in megabytes. */
  readonly readPeak: (script: string) => number;
}

/** Returns a watch with a file of its own. */
export function watchMemory(): MemoryWatch {
  const file = join(makeScratchFolder('memory'), 'peaks');
  return {
    environment: { NODE_OPTIONS: preload('peak-memory.mjs'), PEAK_MEMORY: file },
    readPeak: script => {
      const line = readFileSync(file, 'utf8')
        .split('\n')
        .findLast(text => text.startsWith(`${script} `));
      if (line === undefined) throw new Error(`${script} did not write down its memory`);
      return Number(line.split(' ')[1]) / 1024;
    },
  };
}

/** Returns an environment that turns a Node process's clock by some hours. */
export function turnClock(hours: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: preload('turn-clock.mjs'), CLOCK_OFF: String(hours) };
}

/** Returns an environment in which a Node process sees a time since boot that is so many seconds longer. */
export function turnUptime(seconds: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: preload('turn-clock.mjs'), UPTIME_OFF: String(seconds) };
}

function preload(file: string): string {
  return `--import=${pathToFileURL(resolve(import.meta.dirname, file)).href}`;
}
