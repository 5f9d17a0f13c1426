import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';

import { unzipSync } from 'fflate';

export interface UnpackedVsix {
  readonly folder: string;
  /** Every file's path inside the package, with `/`. */
  readonly files: readonly string[];
  /** The folders that hold a task.json, as paths on disk. */
  readonly taskDirectories: readonly string[];
}

/** Unpacks an extension package into an empty or new folder; entries that would land elsewhere are refused. */
export function unpackVsix(vsix: string, folder: string): UnpackedVsix {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty.`);
  const entries = Object.entries(unzipSync(readFileSync(vsix))).filter(([name]) => !name.endsWith('/'));
  for (const [name, content] of entries) writeEntry(folder, name, content);
  const files = entries.map(([name]) => name).sort();
  const tasks = files.filter(name => /(?:^|\/)task\.json$/.test(name));
  return { folder, files, taskDirectories: tasks.map(name => resolve(folder, dirname(name))) };
}

function writeEntry(folder: string, name: string, content: Uint8Array): void {
  const path = resolve(folder, name);
  if (!path.startsWith(resolve(folder) + sep)) throw new Error(`The package holds '${name}', outside of itself.`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
