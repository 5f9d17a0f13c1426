// First of all: the task library empties the environment on import.
import { environment } from './environment.ts';
import { setImmediate } from 'node:timers/promises';
import { assumeRoles, type AssumeRoleRequest, type Ports } from '../../../src/assume-role.ts';
import {
  openAgent,
  readInputs,
  readJobConnection,
  type JobConnection,
  type StepAgent,
} from '../../../src/azure-devops/agent.ts';
import { openTokenEndpoint } from '../../../src/azure-devops/token-endpoint.ts';
import { describeCollisions } from '../../../src/azure-devops/job-environment.ts';
import { asWifError } from '../../../src/errors.ts';
import { chooseSwitches, requireVisible } from '../../../src/handoff/client-switches.ts';
import {
  keepDefaultProfile,
  warnOfDefaultName,
  warnOfForeignProfiles,
  warnOfHiddenProfiles,
  warnOfJobRegion,
  warnOfSplitDefault,
} from '../../../src/handoff/job-profiles.ts';
import { findOwnProfiles } from '../../../src/host/own-profiles.ts';
import type { PrivateFolder } from '../../../src/host/private-folder.ts';
import { hostClock } from '../../../src/host/clock.ts';
import { openRetry } from '../../../src/host/retry.ts';
import { watchStop, type Stop } from '../../../src/host/stop.ts';
import { listEscapes } from '../../../src/secret-forms.ts';
import { Secret } from '../../../src/secret.ts';
import { repairStray } from '../../../src/stray-characters.ts';
import { openClients, type Clients } from './clients.ts';
import { collectRefusal, reportFailure, type RefusalCollector } from './diagnosis.ts';
import { chooseFiles, openFolder } from './files.ts';
import { warnOfEndpoint } from './inputs/role.ts';
import { checkInputs, inputNames, type CheckedInputs, type RawInputs } from './inputs.ts';
import { readJobFacts, readStep, readStepFacts, type Step } from './job.ts';
import { openLazySts } from './lazy-sts.ts';
import { buildRequest, type StepFiles } from './request.ts';
import { judgeRun } from './run-names.ts';
import { findTempFolder, requireTempFolder } from './temp-folder.ts';

async function run(agent: StepAgent, job: JobConnection, { explain }: RefusalCollector): Promise<void> {
  const raw = readInputs(environment, inputNames);
  // A text that is neither true nor false is a mistake that must not show what it was meant to hide.
  if (!/^(?:false)?$/i.test(raw.maskAccountId)) agent.protect(listAccountIds(raw));
  for (const name of inputNames) agent.debug(`${name}=${raw[name]}`);
  const inputs = checkInputs(raw, readJobFacts(environment));
  const temp = requireTempFolder(ownTemp, environment.find('Agent.TempDirectory'));
  const step = readStep(environment, agent, job);
  const stop = watchStop(inputs.timeoutSeconds);
  try {
    const clients = openClients(step.network, stop, {
      tokenUrl: step.tokenUrl,
      stsEndpoint: inputs.goals[0].endpoint,
    });
    // The connections begin, and go on while files and variables are looked at.
    await setImmediate();
    const { request, folder } = planHandOff(inputs, step, temp, agent);
    if (raw.roleSessionName === '') judgeRun(environment.find).warnings.forEach(agent.warn);
    const ports = buildPorts(inputs, agent, step, folder, { stop, ...clients });
    await assumeRoles({ ...request, connection: inputs.connection }, { ...ports, explain });
  } finally {
    stop.close();
  }
}

/** Opens the job's folder and returns what later steps are to get; says what that replaces, hides or leaves open. */
function planHandOff(inputs: CheckedInputs, step: Step, temp: string, agent: StepAgent) {
  const facts = readStepFacts(environment);
  if (inputs.writeProfile) requireVisible(environment.jobSecrets);
  const folder = inputs.writeProfile ? openFolder(step.use, temp, environment, agent) : undefined;
  const files = folder && chooseFiles(inputs, step, facts, folder);
  const request = buildRequest(inputs, facts, files);
  if (files) keepDefaultProfile(inputs.goals, movesDefault(inputs), files.place, environment.values);
  noteEnvironment(agent, inputs);
  for (const line of describeCollisions(environment)) agent.tell(line);
  for (const warning of listWarnings(inputs, request, files)) agent.warn(warning);
  return { request, folder };
}

function buildPorts(
  inputs: CheckedInputs,
  agent: StepAgent,
  step: Step,
  folder: PrivateFolder | undefined,
  { stop, azureDevOps, aws }: Clients & { readonly stop: Stop },
): Ports {
  return {
    idTokens: openTokenEndpoint(step.tokenUrl, step.jobToken, azureDevOps),
    openSts: ({ endpoint, region }) => openLazySts({ endpoint, region, http: aws }),
    agent,
    retry: openRetry({ maxAttempts: inputs.maxAttempts, stop, tell: agent.tell }),
    writeFiles: files => folder?.writeAll(files),
    now: () => performance.now(),
    clock: hostClock,
  };
}

/** Notes what the environment would like to change, and what refreshing means. */
function noteEnvironment(agent: StepAgent, inputs: CheckedInputs): void {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS'] as const) {
    if (environment.values[name] !== undefined) {
      agent.tell(
        `${name} is set in the environment. This task ignores it; to use another endpoint, set the input stsEndpoint.`,
      );
    }
  }
  if (inputs.refreshCredentials) agent.tell(refreshNotice);
}

/** What this step replaces, what is stronger than it, and an endpoint that is none of AWS' own. */
function listWarnings(
  inputs: CheckedInputs,
  request: AssumeRoleRequest,
  files: StepFiles | undefined,
): readonly string[] {
  return [
    ...(inputs.stsEndpoint === 'regional' ? [] : warnOfEndpoint(inputs.stsEndpoint)),
    ...(files ? listProfileWarnings(request, files) : []),
    ...warnOfJobRegion(inputs.goals, request.variables, environment.values),
    ...(inputs.setVariables || inputs.writeProfile ? [] : [nothingNotice]),
    ...(movesDefault(inputs) ? warnOfSplitDefault(inputs, environment.values, environment.jobSecrets) : []),
  ];
}

/** What profile files replace, hide or leave open. */
function listProfileWarnings({ goals, variables }: AssumeRoleRequest, { place }: StepFiles): readonly string[] {
  const { profiles } = variables;
  if (profiles === undefined) return [];
  return [
    ...chooseSwitches(environment.values, readStepFacts(environment).isJobVariable).warnings,
    ...warnOfForeignProfiles(profiles, place, environment.values),
    ...warnOfHiddenProfiles(environment.values, file => findOwnProfiles(file)),
    ...warnOfDefaultName(goals, profiles, place, environment.values),
  ];
}

/** A main role without a prefix becomes the job's default. */
function movesDefault({ hasMainRole, variablePrefix }: CheckedInputs): boolean {
  return hasMainRole && variablePrefix === '';
}

const nothingNotice =
  'setVariables and writeProfile are both false: this step hands no credentials to later steps, only what they are called.';

const refreshNotice =
  "With refreshCredentials every later process of this job that runs as the agent's user can read the job's access token, and credentials that are renewed later cannot be masked in the log.";

function listAccountIds(raw: RawInputs): readonly Secret[] {
  // An error shows a value without the invisible characters in it.
  const texts = Object.values(raw).flatMap(text => [text, repairStray(text, 'ascii', '')]);
  const ids = texts.flatMap(text => text.match(/\b\d{12}\b/g) ?? []);
  return [...new Set(ids)].map(id => new Secret(id));
}

const job = readJobConnection(environment);
const ownTemp = findTempFolder();
const agent = openAgent(environment, job.token === undefined ? [] : [job.token], ownTemp);
// A JWT has no character that is ever escaped; what else a job's token may be is Azure DevOps' own affair.
agent.protect(listEscapes(job.token?.reveal() ?? '').map(form => new Secret(form)));

/** Node ends when nothing is pending any more; without a word to the agent that would be a success. */
const failUnsettled = (): void => {
  agent.fail(asWifError(new Error('the step came to no end')));
};
process.once('beforeExit', failUnsettled);

const refusal = collectRefusal();

run(agent, job, refusal)
  .then(agent.succeed, async (thrown: unknown) => {
    const error = asWifError(thrown);
    agent.fail(error);
    if (error.code !== 'Canceled') await reportFailure(agent, error, refusal.find());
  })
  .finally(() => {
    process.off('beforeExit', failUnsettled);
    // A look-up or a connection that is still open must not hold the step; what was printed is written out first.
    process.stdout.write('', () => process.exit(0));
  });
