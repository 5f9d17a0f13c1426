// Post-job part: removes the profiles that this use of the task left, and with the last one the job's folder. It uses no
// inputs and no task library, and never fails the job. Where the folder is no variable says: it is looked for in the
// agent's own temp directory, which holds the files of one job at a time.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isJobFolder } from '../../../src/handoff/job-profiles.ts';
import { isUse, leftAny, mayBeOurs, planRemoval } from '../../../src/handoff/cleanup.ts';
import { openPrivateFolder, removePrivateFolder } from '../../../src/host/private-folder.ts';
import { neutralise } from '../../../src/secret.ts';
import { statedUse } from './environment.ts';
import { findTempFolder } from './temp-folder.ts';

function print(line: string): void {
  process.stdout.write(`${neutralise(line)}\n`);
}

/** A step that wrote no profiles says nothing of them. */
function removeFolder(parent: string, name: string, isTold: boolean): void {
  const remaining = removePrivateFolder(parent, name);
  if (remaining.length === 0 && !isTold) return;
  if (remaining.length === 0) print('AWS profile files removed.');
  else print(`These files remain until the agent empties its temp directory: ${remaining.join(', ')}. ${stillValid}`);
}

const stillValid = 'Keys in a file that another program keeps open remain valid until they expire.';

function removeUse(use: string, parent: string, name: string): void {
  const folder = openPrivateFolder(parent, name);
  if (folder === undefined) return;
  const read = (file: string): string | undefined => folder.read(file);
  const isTold = leftAny(use, folder.list(), read);
  const removal = planRemoval(use, folder.list(), read);
  if (removal.kind === 'folder') {
    removeFolder(parent, name, isTold);
    return;
  }
  folder.writeAll(Object.entries(removal.write).map(([file, text]) => ({ name: file, text })));
  for (const file of removal.remove) folder.remove(file);
  if (isTold) print("This step's AWS profiles were removed; those of other steps remain until the job ends.");
}

function cleanUpFolder(use: string, parent: string, name: string): void {
  try {
    removeUse(use, parent, name);
  } catch (thrown) {
    print(`The profile files could not be updated (${String(thrown)}); their folder is removed.`);
    removeFolder(parent, name, true);
  }
}

/**
 * Another tool may name its folders alike. What is not a folder has taken the place of ours, and is removed as it is.
 */
function isOurs(parent: string, name: string): boolean {
  const path = join(parent, name);
  return isJobFolder(name) && (!lstatSync(path).isDirectory() || mayBeOurs(readdirSync(path)));
}

function cleanUp(): void {
  const parent = findTempFolder();
  const use = statedUse;
  if (!isUse(use) || parent === undefined) return;
  for (const name of readdirSync(parent)) if (isOurs(parent, name)) cleanUpFolder(use, parent, name);
}

// A signal must not leave half of it, and all of it takes less time than the agent then waits.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);

try {
  cleanUp();
} catch (thrown) {
  print(`Nothing was removed: ${String(thrown)}`);
}
