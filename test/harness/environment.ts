import { delimiter } from 'node:path';

import { endpointEnvironment, type MessageEndpoint } from './endpoints.ts';
import { formatVariableName, type Variables } from './variables.ts';

export type Environment = ReadonlyMap<string, string>;

export interface EnvironmentRequest {
  /** The step's `env:`, expanded. */
  readonly stepEnvironment: Environment;
  readonly variables: Variables;
  readonly inputs: Environment;
  readonly endpoints: readonly MessageEndpoint[];
  readonly taskVariables: Variables;
  readonly prependedPaths: readonly string[];
  readonly agentEnvironment: Readonly<Record<string, string>>;
}

/**
 * What the agent adds to its own environment for a Node handler. Each later part overwrites, so a pipeline variable
 * beats the step's `env:`. Agent: Handlers/NodeHandler.cs, "Update the env dictionary", and Handlers/Handler.cs.
 */
export function buildTaskEnvironment(request: EnvironmentRequest): Environment {
  const environment = new Map<string, string>(request.stepEnvironment);
  const entries = [
    ...variableEnvironment(request.variables),
    ...[...request.inputs].map(([name, value]) => [`INPUT_${formatVariableName(name)}`, value] as const),
    ...request.endpoints.flatMap(endpointEnvironment),
    ...taskVariableEnvironment(request.taskVariables),
  ];
  for (const [name, value] of entries) environment.set(name, value);
  if (request.prependedPaths.length > 0) environment.set('PATH', prependPath(request, environment));
  for (const [name, value] of environment) refuseNul(name, value);
  return environment;
}

function variableEnvironment(variables: Variables): readonly (readonly [string, string])[] {
  const open = variables.list('public');
  const secret = variables.list('secret');
  const status = open.filter(({ name }) => name.toLowerCase() === 'agent.jobstatus');
  return [
    ...status.map(({ name, value }) => [name, value] as const),
    ...open.map(({ name, value, preserveCase }) => [formatVariableName(name, preserveCase), value] as const),
    ['VSTS_PUBLIC_VARIABLES', listNames(open)],
    ...secret.map(
      ({ name, value, preserveCase }) => [`SECRET_${formatVariableName(name, preserveCase)}`, value] as const,
    ),
    ['VSTS_SECRET_VARIABLES', listNames(secret)],
  ];
}

/** The server's JSON writer makes nothing at all of an empty list. */
function listNames(variables: readonly { readonly name: string }[]): string {
  return variables.length === 0 ? '' : JSON.stringify(variables.map(({ name }) => name));
}

function taskVariableEnvironment(variables: Variables): readonly (readonly [string, string])[] {
  return [...variables.list('public'), ...variables.list('secret')].map(
    ({ name, value, preserveCase }) => [`VSTS_TASKVARIABLE_${formatVariableName(name, preserveCase)}`, value] as const,
  );
}

/** Agent: Handler.cs, AddPrependPathToEnvironment, and PathUtil.cs. */
function prependPath(request: EnvironmentRequest, environment: Environment): string {
  const first = request.prependedPaths.toReversed().join(delimiter);
  const before = request.variables.get('PATH') ?? environment.get('PATH') ?? request.agentEnvironment['PATH'] ?? '';
  if (before === '') return first;
  return before.startsWith(first + delimiter) ? before : first + delimiter + before;
}

function refuseNul(name: string, value: string): void {
  const field = name.includes('\0') ? 'name' : 'value';
  if (`${name}${value}`.includes('\0'))
    throw new Error(`The ${field} of environment variable '${name}' contains a NUL (U+0000) character.`);
}

/** All that the process sees. Agent: Agent.Sdk/ProcessInvoker.cs, "Copy the environment variables". */
export function buildProcessEnvironment(
  agentEnvironment: Readonly<Record<string, string>>,
  added: Environment,
): Readonly<Record<string, string>> {
  return { ...agentEnvironment, ...Object.fromEntries(added), TF_BUILD: 'True' };
}

/**
 * What a script sees that a Node task (Bash, CmdLine) starts: the task library has moved inputs, secrets and
 * authorizations into its vault, and deleted the lists of names.
 * Task library: node/internal.ts, _loadData, which leaves empty values in place.
 */
export function withoutVaulted(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const vaulted = /^(?:INPUT_|ENDPOINT_AUTH_|SECUREFILE_TICKET_|SECRET_|VSTS_TASKVARIABLE_)/;
  const deleted = new Set(['VSTS_PUBLIC_VARIABLES', 'VSTS_SECRET_VARIABLES', 'COMMAND_CORRELATION_ID']);
  const kept = Object.entries(environment).filter(
    ([name, value]) => !deleted.has(name) && (value === '' || !vaulted.test(name)),
  );
  return Object.fromEntries(kept);
}
