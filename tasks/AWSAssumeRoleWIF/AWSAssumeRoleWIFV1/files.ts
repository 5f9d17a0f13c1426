import { basename, dirname, join } from 'node:path';
import { keepForCleanup, type StepAgent } from '../../../src/azure-devops/agent.ts';
import type { JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { useVariable } from '../../../src/handoff/cleanup.ts';
import { writeCommandLine } from '../../../src/handoff/credential-process.ts';
import { nameState, type RefreshChoice } from '../../../src/handoff/files.ts';
import { nameJobFolder } from '../../../src/handoff/job-profiles.ts';
import { encodeState } from '../../../src/handoff/refresh-state.ts';
import { encodeNetworkSettings } from '../../../src/host/network-settings.ts';
import { createPrivateFolder, describeHost, type PrivateFolder } from '../../../src/host/private-folder.ts';
import { shortenPath } from '../../../src/host/short-path.ts';
import type { CheckedInputs } from './inputs.ts';
import type { Step } from './job.ts';
import { buildRequest, locateProfiles, type StepFacts, type StepFiles } from './request.ts';
import { warnOfOpenFolder } from './temp-folder.ts';

/** Opens the job's folder in the agent's temp directory. The post-job part is told before there is anything to remove. */
export function openFolder(use: string, temp: string, { find }: JobEnvironment, agent: StepAgent): PrivateFolder {
  const open = warnOfOpenFolder(temp);
  if (open !== undefined) agent.warn('TempFolderOpen', open);
  keepForCleanup(useVariable, use);
  const systemRoot = find('SystemRoot');
  const host = describeHost(systemRoot?.names.length === 0 ? systemRoot.value : undefined);
  return createPrivateFolder(temp, nameJobFolder(find('System.JobId')?.value), host);
}

/** Returns how a step's profiles are written: with keys, or with a command that refreshes them. */
export function chooseFiles(inputs: CheckedInputs, step: Step, facts: StepFacts, folder: PrivateFolder): StepFiles {
  const refresh = inputs.refreshCredentials ? chooseRefresh(inputs, step, facts, folder) : undefined;
  return locateProfiles(folder.path, inputs.goals, { use: step.use, read: name => folder.read(name), refresh });
}

function chooseRefresh(inputs: CheckedInputs, step: Step, facts: StepFacts, folder: PrivateFolder): RefreshChoice {
  const { tokenUrl: requestUrl, jobToken, network, use } = step;
  const { identity, terms } = buildRequest(inputs, facts, undefined);
  const call = {
    node: shortenPath(process.execPath, process.platform),
    script: shortenPath(join(__dirname, 'credential-process.js'), process.platform),
    // Our own names hold no blank, and the helper looks for them as they are.
    state: join(shortenPath(dirname(folder.path), process.platform), basename(folder.path), nameState(use)),
  };
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
