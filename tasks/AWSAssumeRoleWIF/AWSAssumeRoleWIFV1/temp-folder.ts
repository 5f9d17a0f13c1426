import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listNames, type EnvironmentValue } from '../../../src/azure-devops/job-environment.ts';
import { WifError } from '../../../src/errors.ts';

/**
 * Returns the agent's temp directory: `_temp` beside the `_tasks` folder that our own file runs from, on the host and in
 * containers. No variable reaches that. Undefined if no agent put the file there.
 *
 * @param scripts our file by its real path, and as the agent wrote it: an administrator may keep `_tasks` elsewhere
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/HostContext.cs GetDirectory
 */
export function findTempFolder(
  scripts: readonly (string | undefined)[] = [__filename, process.argv[1]],
): string | undefined {
  const tasks = scripts.flatMap(script => (script === undefined ? [] : [dirname(dirname(dirname(script)))]));
  const beside = tasks.filter(folder => basename(folder) === '_tasks').map(folder => join(dirname(folder), '_temp'));
  return beside.map(findReal).find(folder => folder !== undefined);
}

/** Returns the agent's temp directory. Throws `FilesRefused` if there is none or Agent.TempDirectory is another one. */
export function requireTempFolder(own: string | undefined, stated: EnvironmentValue | undefined): string {
  if (own === undefined) throw refused("The task does not run from an agent's _tasks folder with _temp next to it");
  if (stated === undefined || isSameFolder(own, stated.value)) return own;
  const names = stated.names.length > 1 ? ` (variables ${listNames(stated.names)})` : '';
  throw refused(`Agent.TempDirectory is "${stated.value}"${names}, but this agent's temp directory is "${own}"`);
}

/** Returns a warning where other users may rename what is in a folder, undefined if they may not. */
export function warnOfOpenFolder(folder: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform === 'win32' || (statSync(folder).mode & 0o1002) !== 0o0002) return undefined;
  return `The agent's temp directory ${folder} is writable for every user of this machine and has no sticky bit, so they can replace what steps keep there. Restrict it: chmod o-w, or chmod +t.`;
}

function isSameFolder(own: string, stated: string): boolean {
  const real = findReal(stated);
  if (real === undefined) return false;
  const [one, other] = [own, real].map(folder => lstatSync(folder, { bigint: true }));
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

function findReal(folder: string): string | undefined {
  try {
    const real = realpathSync(folder);
    return lstatSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

function refused(found: string): WifError {
  return new WifError({
    code: 'FilesRefused',
    found: `${found}. Nothing was written.`,
    expected: "the agent's own temp directory, which Azure Pipelines sets as Agent.TempDirectory.",
    remedy:
      'Look for a step, a log line (##vso[task.setvariable]) or a variable in the pipeline that sets Agent.TempDirectory or AGENT_TEMPDIRECTORY, and remove it.',
  });
}
