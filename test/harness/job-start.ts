import { randomUUID } from 'node:crypto';

import { maskEndpoint, messageEndpoint, systemConnection, type MessageEndpoint } from './endpoints.ts';
import { agentVariables, fillIdentity, messageVariables, type JobIdentity } from './job-variables.ts';
import { expandForStep } from './macros.ts';
import { createMasker, type Masker } from './masking.ts';
import { agentTimings } from './process.ts';
import { deactivateCommands } from './reserved-variables.ts';
import type { JobState } from './step-context.ts';
import type { AgentTimings, JobOptions } from './types.ts';
import { Variables } from './variables.ts';
import { createWorkFolders, installNode, writeConfiguration, type WorkFolders } from './work-folders.ts';

/** A job at the point where its first step may run. */
export interface StartedJob {
  readonly state: JobState;
  readonly folders: WorkFolders;
  readonly endpoints: readonly MessageEndpoint[];
  readonly timings: Required<AgentTimings>;
  readonly agentVersion: string;
  readonly nodes: { readonly node20: string; readonly node24: string | undefined };
  readonly lookupId: string;
  /** Whether tasks run in this process. */
  readonly isEvaluated: boolean;
}

/** Does what the agent does between the job message and the first step. Agent: Worker.cs, JobRunner.cs, JobExtension.cs. */
export function prepareJob(options: JobOptions): StartedJob {
  const identity = fillIdentity(options);
  const folders = createWorkFolders(identity.hostType, options.workFolderName ?? '_work');
  const masker = createMasker();
  const variables = new Variables(masker);
  const lookupId = `vsts_${randomUUID()}`;
  const agentEnvironment = options.inheritedEnvironment ?? defaultEnvironment();

  writeConfiguration(folders, options.agent ?? {});
  loadMessage(options, identity, variables, masker);
  for (const { name, value, secret = false } of agentVariables(identity, options.agent ?? {}, folders, lookupId))
    variables.set(name, value, { secret });
  variables.set('agent.jobstatus', 'Succeeded');

  const expand = (text: string) => expandForStep(text, name => variables.get(name), agentEnvironment);
  const endpoints = (options.endpoints ?? []).map(endpoint => messageEndpoint(endpoint, expand));
  const all = [...endpoints, systemConnection(identity.serverUri, identity.accessToken)];
  for (const endpoint of all) maskEndpoint(endpoint, masker);
  return {
    state: {
      hostType: identity.hostType,
      masker,
      variables,
      agentEnvironment,
      prependedPaths: [],
      detailRecords: new Set(),
      uploads: [],
      writesDebug: variables.isTrue('system.debug'),
    },
    folders,
    endpoints: all,
    timings: { ...agentTimings, ...options.timings },
    agentVersion: variables.get('agent.version') ?? '',
    nodes: installNodes(options, folders),
    lookupId,
    isEvaluated: (options.isEvaluated ?? false) && options.node === undefined,
  };
}

/** In a container job the agent's root cannot be seen, so there a Node from elsewhere plays the agent's own. */
function installNodes({ node = process.execPath, node24, container = false }: JobOptions, folders: WorkFolders) {
  if (container) return { node20: node, node24 };
  return {
    node20: installNode(folders, node, 'node20_1'),
    node24: node24 === undefined ? undefined : installNode(folders, node24, 'node24'),
  };
}

/** Node.js on Windows does not start without the system's own variables. */
function defaultEnvironment(): Readonly<Record<string, string>> {
  const needed = process.platform === 'win32' ? ['PATH', 'SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT'] : ['PATH'];
  return Object.fromEntries(needed.map(name => [name, process.env[name] ?? '']));
}

function loadMessage(options: JobOptions, identity: JobIdentity, variables: Variables, masker: Masker): void {
  const given = Object.entries(options.variables ?? {});
  const overridden = new Set(given.map(([name]) => name.toLowerCase()));
  const readOnly = new Set((options.readOnlyVariables ?? []).map(name => name.toLowerCase()));
  for (const [name, value] of messageVariables(identity))
    if (!overridden.has(name.toLowerCase())) variables.set(name, deactivateCommands(name, value), { readOnly: true });
  for (const [name, value] of given)
    if (value !== undefined)
      variables.set(name, deactivateCommands(name, value), { readOnly: readOnly.has(name.toLowerCase()) });
  for (const [name, value] of Object.entries(options.secretVariables ?? {}))
    setMessageSecret(variables, masker, name, value, readOnly.has(name.toLowerCase()));
  loadAccessToken(options, identity, variables, masker);
  variables.expandAll();
}

function setMessageSecret(variables: Variables, masker: Masker, name: string, value: string, readOnly: boolean): void {
  masker.addMessageSecret(value);
  variables.set(name, value, { secret: true, readOnly });
}

/**
 * The server sends it as a secret; with the classic option the agent adds it itself, and not as a secret.
 * Agent: JobRunner.cs, "System.AccessToken".
 */
function loadAccessToken(
  options: JobOptions,
  { hostType, accessToken }: JobIdentity,
  variables: Variables,
  masker: Masker,
) {
  const kind = options.accessTokenVariable ?? (hostType === 'build' ? 'secret' : 'none');
  if (kind === 'secret') {
    variables.set('system.enableAccessToken', 'SecretVariable', { readOnly: true });
    setMessageSecret(variables, masker, 'system.accessToken', accessToken, false);
  }
  if (kind === 'plain') {
    variables.set('system.enableAccessToken', 'True', { readOnly: true });
    variables.set('system.accessToken', accessToken);
  }
}
