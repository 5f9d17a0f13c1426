import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export interface Call {
  readonly command: string;
  readonly args: readonly string[];
}

/** Credentials of the machine that a client takes if it finds nothing else. */
export type Road = 'instance' | 'container';

/** What docs/clients.md says about a client besides what is measured. */
export interface ClientNotes {
  readonly reads: string;
  readonly needs: string;
  readonly remedy: string;
}

/** A program that finds AWS credentials on its own and signs a request with them. */
export interface Client {
  readonly name: string;
  /** What is not on this machine, undefined if nothing is missing. */
  readonly findGap: () => string | undefined;
  readonly readVersion: () => string;
  /** How it sends one request to a service, AWS STS or S3 at that URL; a few take the name of a profile too. */
  readonly call: (service: string, profile?: string) => Call;
  /** An interpreter that has loaded it, where loading takes most of its time; see preloaded.ts. */
  readonly preload?: () => readonly string[] | undefined;
  /** Variables that a step has to set for it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Kinds of profile it is known to read. */
  readonly serves: readonly ('static' | 'refreshing')[];
  /** The credentials that it takes where a step has nothing else; proved before anything is concluded from them. */
  readonly roads: readonly Road[];
  /** It takes the instance role whatever AWS_EC2_METADATA_DISABLED says: nothing that the task sets can stop it. */
  readonly ignoresSwitch?: boolean;
  /** Not worth the time of every test run: `npm run clients` tries it. */
  readonly isRare?: boolean;
  /** Takes many seconds to start, so only a choice of cells is tried. */
  readonly isHeavy?: boolean;
  /** Why libfaketime cannot turn its clock, if it can't. */
  readonly ownClock?: string;
  readonly notes: ClientNotes;
}

export const callers = resolve(import.meta.dirname, 'callers');

const found = new Map<string, string | undefined>();

/** Returns the path of a program on PATH; a shim of pyenv depends on HOME, so what is behind it. Looked for once. */
export function findProgram(name: string): string | undefined {
  if (!found.has(name)) found.set(name, searchPath(name));
  return found.get(name);
}

/** Debian's own Python, if PATH leads to it: that one has what Debian packages, another one seldom. */
export function findDebianPython(): string {
  const isOnPath = (process.env['PATH'] ?? '').split(delimiter).includes('/usr/bin');
  return isOnPath && existsSync('/usr/bin/python3') ? '/usr/bin/python3' : '';
}

function searchPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const first = folders.map(folder => join(folder, name)).find(path => existsSync(path));
  if (first?.includes('shims') !== true) return first;
  return print('pyenv', 'which', name) || undefined;
}

/** Returns a gap's words unless the program is on PATH. */
export function needProgram(name: string): string | undefined {
  return findProgram(name) === undefined ? `no ${name} on PATH` : undefined;
}

/** Returns a profile's name as arguments of a caller. */
export function listProfile(profile: string | undefined): readonly string[] {
  return profile === undefined ? [] : [profile];
}

/** Returns what a command prints first, empty if it fails. */
export function print(command: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? (stdout.trim().split('\n')[0] ?? '') : '';
}
