// First of all: the task library empties the environment on import.
import { environment } from './environment.ts';
import { setImmediate } from 'node:timers/promises';
import { assumeRoles, type AssumeRoleRequest, type Ports } from '../../../src/assume-role.ts';
import { isMicrosoftHosted } from '../../../src/azure-devops/agent-hosting.ts';
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
import { chooseSwitches, findClaimed, requireUnclaimed, requireVisible } from '../../../src/handoff/client-switches.ts';
import {
  keepDefaultProfile,
  warnOfDefaultName,
  warnOfForeignProfiles,
  warnOfHiddenProfiles,
  warnOfJobRegion,
  warnOfSplitDefault,
} from '../../../src/handoff/job-profiles.ts';
import { nameDeciding, type ProfileVariables } from '../../../src/handoff/variables.ts';
import { findOwnProfiles } from '../../../src/host/own-profiles.ts';
import type { PrivateFolder } from '../../../src/host/private-folder.ts';
import { hostClock } from '../../../src/host/clock.ts';
import { openRetry } from '../../../src/host/retry.ts';
import { watchStop, type Stop } from '../../../src/host/stop.ts';
import { listEscapes } from '../../../src/secret-forms.ts';
import { Secret } from '../../../src/secret.ts';
import type { Goal } from '../../../src/session/goal.ts';
import { listBrokenNumbers, repairStray } from '../../../src/stray-characters.ts';
import type { WarningCode } from '../../../src/warning.ts';
import { openClients, type Clients } from './clients.ts';
import { collectRefusal, reportFailure, type RefusalCollector } from './diagnosis.ts';
import { chooseFiles, findPrograms, openFolder } from './files.ts';
import { warnOfEndpoint } from './inputs/role.ts';
import { checkInputs, inputNames, type CheckedInputs, type RawInputs } from './inputs.ts';
import { readJobFacts, readStep, readStepFacts, type Step } from './job.ts';
import { openLazySts } from './lazy-sts.ts';
import { buildRequest, type StepFacts, type StepFiles } from './request.ts';
import { judgeRun } from './run-names.ts';
import { findTempFolder, requireTempFolder } from './temp-folder.ts';

async function run(agent: StepAgent, job: JobConnection, { explain }: RefusalCollector): Promise<void> {
  const raw = readInputs(environment, inputNames);
  // A text that is neither true nor false is a mistake that must not show what it was meant to hide.
  if (!/^(?:false)?$/i.test(raw.maskAccountId)) agent.protect(listAccountIds(raw));
  for (const name of inputNames) agent.debug(`${name}=${raw[name]}`);
  const judged = judgeRun(environment.find);
  const inputs = checkInputs(raw, readJobFacts(environment, judged));
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
    const { request, folder } = await planHandOff(inputs, step, temp, agent, stop.signal);
    if (raw.roleSessionName === '') warnEach(agent, 'RunUnconfirmed', judged.warnings);
    const ports = buildPorts(inputs, agent, step, folder, { stop, ...clients });
    await assumeRoles({ ...request, connection: inputs.connection }, { ...ports, explain });
  } finally {
    stop.close();
  }
}

/** The job's variables, public or secret, that become one environment variable with a later step's. */
function listClaimants(name: string): readonly string[] {
  const { open, secret } = environment.claimants(name);
  return [...open, ...secret];
}

/** Opens the job's folder and returns what later steps are to get; says what that replaces, hides or leaves open. */
async function planHandOff(inputs: CheckedInputs, step: Step, temp: string, agent: StepAgent, signal: AbortSignal) {
  const facts = readStepFacts(environment);
  if (inputs.writeProfile) requireVisible(environment.jobSecrets);
  const programs = findPrograms(environment, signal);
  const folder = inputs.writeProfile ? await openFolder(step, temp, environment, programs, agent) : undefined;
  const files = folder && (await chooseFiles(inputs, step, facts, folder, programs));
  const request = buildRequest(inputs, facts, files);
  requireUnclaimed(findClaimed(nameDeciding(request.variables, inputs.hasMainRole), environment.values, listClaimants));
  if (files) keepDefaultProfile(inputs.goals, movesDefault(inputs), files.place, environment.values);
  noteEnvironment(agent, inputs);
  for (const line of describeCollisions(environment)) agent.tell(line);
  warnOfHandOff(inputs, request, { facts, files }, agent);
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

/** Notes what the environment would like to change here, and changes in later steps; and what refreshing means. */
function noteEnvironment(agent: StepAgent, inputs: CheckedInputs): void {
  for (const name of environment.names.filter(isEndpointVariable)) {
    agent.tell(
      `${name} is set in the environment. This task ignores it, but AWS tools in later steps use it. To use another AWS STS endpoint here, set the input stsEndpoint.`,
    );
  }
  if (environment.values['AWS_CA_BUNDLE'] !== undefined) agent.tell(bundleNotice);
  if (inputs.refreshCredentials) agent.tell(refreshNotice);
}

function isEndpointVariable(name: string): boolean {
  return /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]{1,60})?$/.test(name);
}

const bundleNotice =
  'AWS_CA_BUNDLE is set in the environment. This task does not read it, but AWS tools in later steps trust the CAs in that file, and some of them trust no others.';

/** What this step replaces, what is stronger than it, and an endpoint that is none of AWS' own. */
function warnOfHandOff(
  inputs: CheckedInputs,
  { goals, variables }: AssumeRoleRequest,
  { facts, files }: { readonly facts: StepFacts; readonly files: StepFiles | undefined },
  agent: StepAgent,
): void {
  const { values, jobSecrets } = environment;
  if (inputs.stsEndpoint !== 'regional') warnEach(agent, 'EndpointNotAws', warnOfEndpoint(inputs.stsEndpoint));
  if (files && variables.profiles) {
    warnEach(agent, 'InstanceRole', chooseSwitches(values, facts.isJobVariable).warnings);
    warnOfProfiles(goals, variables.profiles, files, agent);
  }
  warnEach(agent, 'RegionOverridden', warnOfJobRegion(goals, variables, values));
  if (!inputs.setVariables && !inputs.writeProfile) agent.warn('NothingPublished', nothingNotice);
  const setsToolkitKeys = movesDefault(inputs) && inputs.setVariables;
  if (setsToolkitKeys && environment.find('AWS.AssumeRoleArn')) agent.warn('ToolkitRole', toolkitNotice);
  if (movesDefault(inputs)) warnEach(agent, 'DefaultSplit', warnOfSplitDefault(inputs, values, jobSecrets));
}

/** What profile files replace or hide. */
function warnOfProfiles(
  goals: readonly Goal[],
  profiles: ProfileVariables,
  { place }: StepFiles,
  agent: StepAgent,
): void {
  const { values } = environment;
  warnEach(agent, 'ProfilesReplaced', warnOfForeignProfiles(profiles, place, values));
  warnEach(
    agent,
    'ProfilesHidden',
    warnOfHiddenProfiles(values, file => findOwnProfiles(file)),
  );
  warnEach(agent, 'DefaultProfileAmbiguous', warnOfDefaultName(goals, profiles, place, values));
}

function warnEach(agent: StepAgent, code: WarningCode, texts: readonly string[]): void {
  for (const text of texts) agent.warn(code, text);
}

/** A main role without a prefix becomes the job's default. */
function movesDefault({ hasMainRole, variablePrefix }: CheckedInputs): boolean {
  return hasMainRole && variablePrefix === '';
}

const nothingNotice =
  'setVariables and writeProfile are both false: later steps get no credentials from this step, only the region and output variables.';

/** @see https://github.com/aws/aws-toolkit-azure-devops/blob/master/src/lib/awsConnectionParameters.ts */
const toolkitNotice =
  "AWS.AssumeRoleArn is set in this job: tasks of the AWS Toolkit that name no connection use this step's keys to assume that role, and act as it. Remove the variable if they are to act as this step's role.";

const refreshNotice =
  "With refreshCredentials every later process of this job that runs as the agent's user can read the job's access token, and credentials that are renewed later cannot be masked in the log.";

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

const job = readJobConnection(environment);
const ownTemp = findTempFolder();
const agent = openAgent(environment, job.token === undefined ? [] : [job.token], ownTemp);
// A JWT has no character that is ever escaped; what else a job's token may be is Azure DevOps' own affair.
agent.protect(listEscapes(job.token?.reveal() ?? '').map(form => new Secret(form)));

/** Node ends when nothing is pending any more; without a word to the agent that would be a success. */
const failUnsettled = (): void => {
  agent.fail(asWifError(new Error('the step did not finish')));
};
process.once('beforeExit', failUnsettled);

const refusal = collectRefusal();

run(agent, job, refusal)
  .then(agent.succeed, async (thrown: unknown) => {
    await reportFailure(agent, asWifError(thrown), refusal.find(), isMicrosoftHosted(environment));
  })
  .finally(() => {
    process.off('beforeExit', failUnsettled);
    // A look-up or a connection that is still open must not hold the step; what was printed is written out first.
    process.stdout.write('', () => process.exit(0));
  });
