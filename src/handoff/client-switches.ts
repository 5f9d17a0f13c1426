import { WifError } from '../errors.ts';
import type { Environment } from './job-profiles.ts';

/**
 * Variables that keep the AWS clients of later steps on the job's profiles, each with the only value that counts. Older
 * SDKs read profile files only with the first; with the second no AWS SDK asks EC2's metadata service for the instance
 * role, which the SDK for JavaScript v3 would do where a profile fails. The other two keep clients from a container's
 * role: SDKs go by what a variable holds, and a variable of the job beats a step's `env:` and a container's own. A
 * container's role that is there when the step runs is refused before.
 *
 * Clients that ask the metadata service whatever the second says, as those of MinIO's library do, ask a container's URL
 * in its place if there is one. The text here is a URL without a host, so that nobody can be asked: clients refuse it
 * before any request. Some would ask an address, or look up a single word as a host.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * @see https://github.com/minio/minio-go/blob/master/pkg/credentials/iam_aws.go
 */
export const clientSwitches = {
  AWS_SDK_LOAD_CONFIG: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'disabled:AWSAssumeRoleWIF',
} as const;

/** Returns whether an environment variable is one of these and holds its value, as after an earlier use in the job. */
export function isOwnSwitch(name: string, value: string | undefined): boolean {
  return Object.entries(clientSwitches).some(([own, set]) => own === name && set === value);
}

/** Those that may hold something else when the step runs: container variables that do are refused before. */
type PlainSwitch = 'AWS_SDK_LOAD_CONFIG' | 'AWS_EC2_METADATA_DISABLED';

/** What a step sets, and warnings about what it overwrites or leaves. */
export interface SwitchChoice {
  readonly variables: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/**
 * Returns the switches that a step with profile files sets. A variable of the job that says otherwise is overwritten:
 * a log line that an earlier step echoed can have set it. What the agent's own machine sets stays.
 *
 * @param isJobVariable whether an environment variable is a variable of the job
 */
export function chooseSwitches(environment: Environment, isJobVariable: (name: string) => boolean): SwitchChoice {
  const differing = (Object.keys(purposes) as PlainSwitch[]).filter(
    name => environment[name] !== undefined && environment[name] !== clientSwitches[name],
  );
  const overwritten = differing.filter(name => isJobVariable(name));
  const kept = differing.filter(name => !isJobVariable(name) && environment[name] !== '');
  return {
    variables: Object.fromEntries(Object.entries(clientSwitches).filter(([name]) => !kept.some(one => one === name))),
    warnings: [
      ...overwritten.map(name => describeOverwritten(name, environment[name] ?? '')),
      ...kept.map(name => describeKept(name, environment[name] ?? '')),
    ],
  };
}

function describeOverwritten(name: PlainSwitch, value: string): string {
  return `${name} is "${value}" in this job; from this step on it is "${clientSwitches[name]}". ${purposes[name]}`;
}

const purposes: Readonly<Record<PlainSwitch, string>> = {
  AWS_SDK_LOAD_CONFIG: "Older AWS SDKs find this job's profiles only with this setting.",
  AWS_EC2_METADATA_DISABLED: "Without it, a later step could act as the agent machine's own instance role.",
};

function describeKept(name: PlainSwitch, value: string): string {
  return `${name} is "${value}" on the agent's machine and is not changed. ${dangers[name]}`;
}

const dangers: Readonly<Record<PlainSwitch, string>> = {
  AWS_SDK_LOAD_CONFIG: 'Older AWS SDKs may not find this job\'s profiles: they need "1".',
  AWS_EC2_METADATA_DISABLED:
    'A later step whose profile fails can act as the machine\'s own instance role: only "true" prevents that.',
};

/**
 * Throws `ProfileHidden` where the job has secret variables of names that a step with profile files sets as plain ones.
 * The agent keeps a secret variable secret whatever sets it again, so later steps would not get it and would look for
 * credentials elsewhere.
 *
 * @param listSecrets names, as they were set, of the job's secret variables that become one environment variable
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/Variables.cs
 */
export function requireVisible(listSecrets: (name: string) => readonly string[]): void {
  const hidden = [...pointers, ...Object.keys(clientSwitches)].flatMap(listSecrets);
  if (hidden.length === 0) return;
  throw new WifError({
    code: 'ProfileHidden',
    found: `The job has secret variables named ${hidden.join(', ')}.`,
    expected:
      'no secret variables with these names: a variable that is already secret stays secret, so later steps would not get the value.',
    remedy:
      'Remove the variable from the pipeline or its variable groups, find the step that sets it, or set writeProfile: false.',
  });
}

const pointers = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_PROFILE'];

/** A name under which the job has variables besides the one that a step sets. */
export interface Claimed {
  readonly name: string;
  readonly others: readonly string[];
}

/**
 * Returns the variables of a step that later steps may not get: the job has others that become the same environment
 * variable, and which one is left is the order of a dictionary. One other variable of the very same value does no harm;
 * beside a second one its value cannot be seen.
 *
 * @param variables what the step is to set, by name; undefined if the value is not known yet
 * @param claimants names of the job's variables that become the same environment variable
 */
export function findClaimed(
  variables: Readonly<Record<string, string | undefined>>,
  environment: Environment,
  claimants: (name: string) => readonly string[],
): readonly Claimed[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const all = claimants(name);
    const others = all.filter(other => other.toLowerCase() !== name.toLowerCase());
    const isSame = all.length === 1 && (environment[name] ?? '') === value;
    return others.length === 0 || isSame ? [] : [{ name, others }];
  });
}

/** Throws `ProfileHidden` where later steps may get another value than the one that is set, and act as somebody else. */
export function requireUnclaimed(claimed: readonly Claimed[]): void {
  if (claimed.length === 0) return;
  const pairs = claimed
    .map(({ name, others }) => `${others.map(other => `"${other}"`).join(', ')} (${name})`)
    .join(', ');
  throw new WifError({
    code: 'ProfileHidden',
    found: `The job has variables that become the same environment variables as those of this step: ${pairs}.`,
    expected: 'no other variable with these names: later steps could get either value, and act as another identity.',
    remedy:
      'Remove or rename the variable in the pipeline or its variable groups, or find the step or log line (##vso[task.setvariable]) that sets it. With writeProfile: false and setVariables: false the step sets none of these variables.',
  });
}
