import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const hook = pathToFileURL(resolve(import.meta.dirname, 'record-reads.mjs')).href;

export interface Recording {
  /** To be added to the agent's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the process did: paths, command lines, addresses, in their order. */
  readonly list: (kind: 'read' | 'program' | 'connection' | 'arguments') => readonly string[];
  readonly remove: () => void;
}

/** Returns an environment that makes a Node process record what it reads, starts and connects to. */
export function recordProcess(): Recording {
  const folder = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-reads-'));
  const file = join(folder, 'reads.jsonl');
  return {
    environment: { NODE_OPTIONS: `--import=${hook}`, RECORD_READS: file },
    list: kind =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as { kind: string; value: string })
        .filter(entry => entry.kind === kind)
        .map(({ value }) => value.replace(/^file:\/\//, '')),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
