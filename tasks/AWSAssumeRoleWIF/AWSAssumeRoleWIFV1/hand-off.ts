import { describeCollisions, type JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import type { StepAgent } from '../../../src/azure-devops/agent.ts';
import type { AssumeRoleRequest } from '../../../src/assume-role.ts';
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
import type { Goal } from '../../../src/session/goal.ts';
import type { WarningCode } from '../../../src/warning.ts';
import { chooseFiles, findPrograms, openFolder } from './files.ts';
import { warnOfEndpoint } from './inputs/role.ts';
import type { CheckedInputs } from './inputs.ts';
import { readStepFacts, type Step } from './job.ts';
import { buildRequest, type StepFacts, type StepFiles } from './request.ts';

/** What is asked for and handed on, and where the files go. */
export interface PlannedHandOff {
  readonly request: AssumeRoleRequest;
  readonly folder: PrivateFolder | undefined;
}

/** Opens the job's folder and returns what later steps are to get; says what that replaces, hides or leaves open. */
export async function planHandOff(
  inputs: CheckedInputs,
  step: Step,
  temp: string,
  signal: AbortSignal,
): Promise<PlannedHandOff> {
  const { environment, agent } = step;
  const facts = readStepFacts(environment);
  if (inputs.writeProfile) requireVisible(name => environment.claimants(name).secret);
  const programs = findPrograms(environment, signal);
  const folder = inputs.writeProfile ? await openFolder(step, temp, programs) : undefined;
  const files = folder && (await chooseFiles(inputs, step, facts, folder, programs));
  const request = buildRequest(inputs, facts, files);
  const deciding = nameDeciding(request.variables, inputs.hasMainRole);
  requireUnclaimed(findClaimed(deciding, environment.values, name => listClaimants(name, environment)));
  if (files) keepDefaultProfile(inputs.goals, movesDefault(inputs), files.place, environment.values);
  noteEnvironment(step, inputs);
  for (const line of describeCollisions(environment)) agent.tell(line);
  warnOfHandOff(inputs, request, { facts, files }, step);
  return { request, folder };
}

/** The job's variables, public or secret, that become one environment variable with a later step's. */
function listClaimants(name: string, environment: JobEnvironment): readonly string[] {
  const { open, secret } = environment.claimants(name);
  return [...open, ...secret];
}

/** Notes what the environment would like to change here, and changes in later steps; and what refreshing means. */
function noteEnvironment({ environment, agent }: Step, inputs: CheckedInputs): void {
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
  { environment, agent }: Step,
): void {
  const { values, jobSecrets } = environment;
  if (inputs.stsEndpoint !== 'regional') warnEach(agent, 'EndpointNotAws', warnOfEndpoint(inputs.stsEndpoint));
  if (files && variables.profiles) {
    warnEach(agent, 'InstanceRole', chooseSwitches(values, facts.isJobVariable).warnings);
    warnOfProfiles(goals, variables.profiles, files, { environment, agent });
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
  { environment: { values }, agent }: Pick<Step, 'environment' | 'agent'>,
): void {
  warnEach(agent, 'ProfilesReplaced', warnOfForeignProfiles(profiles, place, values));
  warnEach(
    agent,
    'ProfilesHidden',
    warnOfHiddenProfiles(values, file => findOwnProfiles(file)),
  );
  warnEach(agent, 'DefaultProfileAmbiguous', warnOfDefaultName(goals, profiles, place, values));
}

/** Warns of each text under one code. */
export function warnEach(agent: StepAgent, code: WarningCode, texts: readonly string[]): void {
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
