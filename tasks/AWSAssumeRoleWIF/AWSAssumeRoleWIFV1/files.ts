import { basename, dirname, join } from 'node:path';
import { keepForCleanup } from '../../../src/azure-devops/agent.ts';
import type { JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { useVariable } from '../../../src/handoff/cleanup.ts';
import { isPlainWindowsPath, writeCommandLine } from '../../../src/handoff/credential-process.ts';
import { nameState, type RefreshChoice } from '../../../src/handoff/files.ts';
import { nameJobFolder } from '../../../src/handoff/job-profiles.ts';
import { encodeState } from '../../../src/handoff/refresh-state.ts';
import { encodeNetworkSettings } from '../../../src/host/network-settings.ts';
import { createPrivateFolder, type PrivateFolder } from '../../../src/host/private-folder.ts';
import { shortenPaths } from '../../../src/host/windows/short-path.ts';
import { createWindowsFolder } from '../../../src/host/windows/private-folder.ts';
import { openWindowsPrograms, type WindowsPrograms } from '../../../src/host/windows/program.ts';
import type { CheckedInputs } from './inputs.ts';
import type { Step } from './job.ts';
import { buildRequest, locateProfiles, type StepFacts, type StepFiles } from './request.ts';
import { warnOfOpenFolder } from './temp-folder.ts';

/**
 * Returns Windows' own programs, undefined elsewhere. They may take as long as the step. Where Windows is says the
 * machine's SystemRoot, never a variable of the job.
 */
export function findPrograms({ find }: JobEnvironment, signal: AbortSignal): WindowsPrograms | undefined {
  if (process.platform !== 'win32') return undefined;
  const systemRoot = find('SystemRoot');
  return openWindowsPrograms(signal, systemRoot?.names.length === 0 ? systemRoot.value : undefined);
}

/** Opens the job's folder in the agent's temp directory. The post-job part is told before there is anything to remove. */
export async function openFolder(
  { use, jobToken, environment, agent }: Step,
  temp: string,
  programs: WindowsPrograms | undefined,
): Promise<PrivateFolder> {
  const open = warnOfOpenFolder(temp);
  if (open !== undefined) agent.warn('TempFolderOpen', open);
  keepForCleanup(useVariable, use);
  const name = nameJobFolder(environment.find('System.JobId')?.value);
  if (programs === undefined) return createPrivateFolder(temp, name);
  return createWindowsFolder(temp, name, { programs, secret: jobToken });
}

/** Returns how a step's profiles are written: with keys, or with a command that refreshes them. */
export async function chooseFiles(
  inputs: CheckedInputs,
  step: Step,
  facts: StepFacts,
  folder: PrivateFolder,
  programs: WindowsPrograms | undefined,
): Promise<StepFiles> {
  const paths = inputs.refreshCredentials ? await findPaths(folder, programs) : undefined;
  const refresh = paths && chooseRefresh(inputs, step, facts, paths);
  return locateProfiles(folder.path, inputs.goals, { use: step.use, read: name => folder.read(name), refresh });
}

/** The paths that a profile's command line is made of: Node, the helper, and the job's folder. */
type HelperPaths = readonly [node: string, script: string, folder: string];

async function findPaths({ path }: PrivateFolder, programs: WindowsPrograms | undefined): Promise<HelperPaths> {
  const long: HelperPaths = [process.execPath, join(__dirname, 'credential-process.js'), dirname(path)];
  const [node, script, parent] = programs ? await shortenPaths(long, isPlainWindowsPath, programs) : long;
  // Our own names are plain, and the helper looks for them as they are.
  return [node ?? long[0], script ?? long[1], join(parent ?? long[2], basename(path))];
}

function chooseRefresh(
  inputs: CheckedInputs,
  step: Step,
  facts: StepFacts,
  [node, script, folder]: HelperPaths,
): RefreshChoice {
  const { tokenUrl: requestUrl, jobToken, network, use } = step;
  const { identity, terms } = buildRequest(inputs, facts, undefined);
  const call = { node, script, state: join(folder, nameState(use)) };
  return {
    commandLine: id => writeCommandLine({ ...call, id }, process.platform),
    encodeState: goals =>
      encodeState({
        requestUrl,
        jobToken,
        identity,
        terms,
        goals,
        maxAttempts: inputs.maxAttempts,
        skipCertValidation: network.skipCertValidation,
        network: encodeNetworkSettings(network),
      }),
  };
}
