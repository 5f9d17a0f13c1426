import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import type { NodeBinary } from '../machine.ts';
import type { Contender } from '../measure.ts';
import type { StandIns } from '../stand-ins.ts';
import type { Trust } from '../trust.ts';
import { describeExchange, findExchangeFault, oneExchange } from './exchange.ts';

/** The floor, bundled in the same way as the task. */
export function buildFloor(folder: string): string {
  const outfile = join(folder, 'floor.cjs');
  const entry = resolve(import.meta.dirname, 'floor.ts');
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  });
  return outfile;
}

/** Returns the floor on a Node. */
export function planFloor(script: string, node: NodeBinary, trust: Trust, standIns: StandIns): Contender {
  return {
    name: 'floor',
    file: node.path,
    args: [script],
    environment: { ...describeExchange(standIns), ...trust.environment(node.major) },
    findFault: (ran, seen) => findExchangeFault(ran.stdout, ran, seen, oneExchange),
  };
}

/** Returns a Node that does nothing. */
export function planNothing(node: NodeBinary): Contender {
  return {
    name: 'node -e 0',
    file: node.path,
    args: ['-e', '0'],
    environment: {},
    findFault: ({ exitCode }) => (exitCode === 0 ? undefined : `ended with exit code ${exitCode ?? 'none'}`),
  };
}
