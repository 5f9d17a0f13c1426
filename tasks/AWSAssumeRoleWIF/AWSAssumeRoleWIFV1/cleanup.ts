// Post-job part: removes the profiles that this use of the task left, and with the last one the job's folder. It uses no
// inputs and no task library, and never fails the job.
import { nameJobFolder } from '../../../src/handoff/job-profiles.ts';
import { isUse, planRemoval, useVariable } from '../../../src/handoff/cleanup.ts';
import { openPrivateFolder, removePrivateFolder } from '../../../src/host/private-folder.ts';
import { neutralise } from '../../../src/outside-text.ts';

function print(line: string): void {
  process.stdout.write(`${neutralise(line)}\n`);
}

function removeFolder(parent: string, name: string): void {
  const remaining = removePrivateFolder(parent, name);
  if (remaining.length === 0) print('AWS profile files removed.');
  else print(`Left for the agent, which empties its temp directory: ${remaining.join(', ')}`);
}

function removeUse(use: string, parent: string, name: string): void {
  const folder = openPrivateFolder(parent, name);
  if (folder === undefined) return;
  const removal = planRemoval(use, folder.list(), file => folder.read(file));
  if (removal.kind === 'folder') {
    removeFolder(parent, name);
    return;
  }
  folder.writeAll(Object.entries(removal.write).map(([file, text]) => ({ name: file, text })));
  for (const file of removal.remove) folder.remove(file);
  print("This step's AWS profiles removed; those of other steps stay until the end of the job.");
}

function cleanUp(): void {
  const use = process.env[`VSTS_TASKVARIABLE_${useVariable}`];
  const parent = process.env['AGENT_TEMPDIRECTORY'] ?? '';
  if (!isUse(use)) return;
  const name = nameJobFolder(process.env['SYSTEM_JOBID']);
  try {
    removeUse(use, parent, name);
  } catch (thrown) {
    print(`The profile files could not be put in order (${String(thrown)}); the folder is removed.`);
    removeFolder(parent, name);
  }
}

try {
  cleanUp();
} catch (thrown) {
  print(`Nothing was removed: ${String(thrown)}`);
}
