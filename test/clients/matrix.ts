import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { Road } from './client.ts';
import { ownAddresses } from './host.ts';
import type { Verdict } from './verdict.ts';

export interface MatrixOptions {
  /** Every cell instead of a choice. */
  readonly all?: boolean;
  /** Names; by default all. */
  readonly clients?: readonly string[];
}

export interface Cell {
  readonly client: string;
  readonly state: string;
  readonly surroundings: string;
  /** `state not reached`: the profile could not be brought into the state that the client was to find. */
  readonly verdict: Verdict | 'state not reached';
  /** What the client printed. */
  readonly words: string;
}

export interface Skip {
  /** Empty: every client. */
  readonly client: string;
  readonly surroundings: string;
  readonly why: string;
}

export interface Report {
  readonly clients: readonly { readonly name: string; readonly version: string; readonly gap?: string }[];
  /** Whom each client acts as where a step has only this road. */
  readonly roads: readonly { readonly client: string; readonly road: Road; readonly verdict: Verdict }[];
  readonly cells: readonly Cell[];
  /** Cells with a fault planted on purpose. */
  readonly planted: readonly (Cell & { readonly plant: string })[];
  readonly skips: readonly Skip[];
  /** Whether credentials of instances and containers were at their real addresses. */
  readonly isOwnNetwork: boolean;
}

/**
 * Runs the matrix in a process of its own, with a network of its own if this user may have one: then instances' and
 * containers' credentials are at their real addresses, the only ones that some clients know, and nothing else is reached.
 */
export async function runMatrix(options: MatrixOptions): Promise<Report> {
  const report = join(makeScratchFolder('report'), 'report.json');
  const enter = enterNetwork();
  const given = JSON.stringify({ ...options, isOwnNetwork: enter.length > 0 });
  const program = join(import.meta.dirname, 'run-matrix.ts');
  const line = [...enter, process.execPath, '--import', 'tsx', program, given, report];
  const code = await run(line, options.all === true ? { SHIFTED_GO: '1' } : {});
  if (code !== 0) throw new Error(`the matrix ended with exit code ${code ?? 'none'}`);
  return JSON.parse(readFileSync(report, 'utf8')) as Report;
}

function run(
  [command = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number | null> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

const addAddresses = [
  'PATH="$PATH:/usr/sbin:/sbin"',
  'ip link set lo up',
  ...Object.values(ownAddresses).map(address => `ip addr add ${address}/32 dev lo`),
].join(' && ');

/** Returns the command that runs what follows in a new network; empty if there can be none. */
function enterNetwork(): readonly string[] {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ];
  const lines = ways.map(way => [...way, 'sh', '-c', `${addAddresses} && exec "$@"`, 'sh']);
  return lines.find(([command = '', ...args]) => spawnSync(command, [...args, 'true']).status === 0) ?? [];
}
