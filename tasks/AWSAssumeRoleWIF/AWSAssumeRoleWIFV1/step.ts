// One step, from its inputs to what later steps get. Loaded once the environment is read: the task library empties it.
import { setImmediate } from 'node:timers/promises';
import { assumeRoles, type Ports } from '../../../src/assume-role.ts';
import { openAgent, readInputs, readJobConnection, type JobConnection } from '../../../src/azure-devops/agent.ts';
import { isMicrosoftHosted, type JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { openTokenEndpoint } from '../../../src/azure-devops/token-endpoint.ts';
import { asWifError } from '../../../src/errors.ts';
import { hostClock } from '../../../src/host/clock.ts';
import type { PrivateFolder } from '../../../src/host/private-folder.ts';
import { openRetry } from '../../../src/host/retry.ts';
import { watchStop, type Stop } from '../../../src/host/stop.ts';
import { listEscapes } from '../../../src/secret-forms.ts';
import { Secret } from '../../../src/secret.ts';
import { listBrokenNumbers, repairStray } from '../../../src/stray-characters.ts';
import type { Ahead } from './ahead.ts';
import { openClients, type Clients } from './clients.ts';
import { collectRefusal, reportFailure, type RefusalCollector } from './diagnosis.ts';
import { planHandOff, warnEach } from './hand-off.ts';
import { checkInputs, inputNames, type CheckedInputs, type RawInputs } from './inputs.ts';
import { readJobFacts, readStep, type Step, type Surroundings } from './job.ts';
import { openLazySts } from './lazy-sts.ts';
import { judgeRun } from './run-names.ts';
import { findTempFolder, requireTempFolder } from './temp-folder.ts';

/** Runs the step and tells the agent how it ended; the process ends with it, whatever is still open. */
export function runStep(environment: JobEnvironment, ahead: Ahead): void {
  const job = readJobConnection(environment);
  const temp = findTempFolder();
  const agent = openAgent(environment, job.token === undefined ? [] : [job.token], temp);
  // A JWT has no character that is ever escaped; what else a job's token may be is Azure DevOps' own affair.
  agent.protect(listEscapes(job.token?.reveal() ?? '').map(form => new Secret(form)));
  /** Node ends when nothing is pending any more; without a word to the agent that would be a success. */
  const failUnsettled = (): void => {
    agent.fail(asWifError(new Error('the step did not finish')));
  };
  process.once('beforeExit', failUnsettled);
  const refusal = collectRefusal();
  run({ environment, agent, ahead }, job, temp, refusal)
    .then(agent.succeed, async (thrown: unknown) => {
      await reportFailure(agent, asWifError(thrown), refusal.find(), isMicrosoftHosted(environment));
    })
    .finally(() => {
      process.off('beforeExit', failUnsettled);
      // A connection that is still open must not hold the step; what was printed is written out first. Only a look-up of a
      // name holds it until the system's resolver gives up: Node ends its threads first.
      process.stdout.write('', () => process.exit(0));
    });
}

async function run(
  surroundings: Surroundings,
  job: JobConnection,
  ownTemp: string | undefined,
  { explain }: RefusalCollector,
): Promise<void> {
  const { environment, agent, ahead } = surroundings;
  const raw = readInputs(environment, inputNames);
  // A text that is neither true nor false is a mistake that must not show what it was meant to hide.
  if (!/^(?:false)?$/i.test(raw.maskAccountId)) agent.protect(listAccountIds(raw));
  for (const name of inputNames) agent.debug(`${name}=${raw[name]}`);
  const judged = judgeRun(environment.find);
  const inputs = checkInputs(raw, readJobFacts(environment, judged));
  const temp = requireTempFolder(ownTemp, environment.find('Agent.TempDirectory'));
  const step = readStep(surroundings, job);
  const stop = watchStop(inputs.timeoutSeconds);
  try {
    const addresses = { tokenUrl: step.tokenUrl, stsEndpoint: inputs.goals[0].endpoint };
    const clients = openClients(step.network, stop, addresses, ahead.toAzureDevOps);
    // The connections begin, and go on while files and variables are looked at.
    await setImmediate();
    const { request, folder } = await planHandOff(inputs, step, temp, stop.signal);
    if (raw.roleSessionName === '') warnEach(agent, 'RunUnconfirmed', judged.warnings);
    const ports = buildPorts(inputs, step, folder, { stop, ...clients });
    await assumeRoles({ ...request, connection: inputs.connection }, { ...ports, explain });
  } finally {
    stop.close();
  }
}

function buildPorts(
  inputs: CheckedInputs,
  { agent, tokenUrl, jobToken }: Step,
  folder: PrivateFolder | undefined,
  { stop, azureDevOps, aws }: Clients & { readonly stop: Stop },
): Ports {
  return {
    idTokens: openTokenEndpoint(tokenUrl, jobToken, azureDevOps),
    openSts: ({ endpoint, region }) => openLazySts({ endpoint, region, http: aws }),
    agent,
    retry: openRetry({ maxAttempts: inputs.maxAttempts, stop, tell: agent.tell }),
    writeFiles: files => folder?.writeAll(files),
    now: () => performance.now(),
    clock: hostClock,
  };
}

function listAccountIds(raw: RawInputs): readonly Secret[] {
  // An error shows a value without the invisible characters in it.
  const texts = Object.values(raw).flatMap(text => [text, repairStray(text, 'ascii', '')]);
  // A mistaken one has separators, or has lost its zeros: an error shows it as it should be, too.
  const mistaken = /(?<![\da-z-])\d(?:[ ,._-]{0,3}\d){8,11}(?![\da-z-])/gi;
  const written = texts.flatMap(text => [...(text.match(/\b\d{12}\b/g) ?? []), ...(text.match(mistaken) ?? [])]);
  const meant = written.map(one => one.replaceAll(/\D/g, '').padStart(12, '0'));
  const broken = Object.values(raw).flatMap(listBrokenNumbers);
  return [...new Set([...written, ...meant, ...broken])].map(id => new Secret(id));
}
