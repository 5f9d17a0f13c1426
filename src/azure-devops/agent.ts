import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentSecrets } from './agent-secrets.ts';
// The task library reads and empties the environment on import, hence after agent-secrets.
import * as tl from 'azure-pipelines-task-lib/task';
import type { Agent } from '../assume-role.ts';
import { formatFault, type Fault, type WifError } from '../errors.ts';
import type { Variable } from '../handoff/variables.ts';
import { neutralise } from '../outside-text.ts';
import { Secret } from '../secret.ts';

/** A service connection as the agent hands it to the step that names it. */
export interface ServiceConnection {
  readonly id: string;
  readonly scheme: string;
  readonly subject: string | undefined;
}

/** Keeps a value for the post-job part of this very step. */
export function keepForCleanup(name: string, value: string): void {
  tl.setTaskVariable(name, value);
}

/** The agent of one step, which also takes how the step ended. */
export interface StepAgent extends Agent {
  readonly succeed: () => void;
  readonly fail: (error: WifError) => void;
}

/** What the job itself gives to every task: where Azure DevOps is and the token to talk to it. */
export interface JobConnection {
  readonly url: string;
  readonly token: Secret | undefined;
}

const jobEndpoint = 'SYSTEMVSSCONNECTION';

/** Returns the raw text of each input, empty where it is not set. Only main names are read. */
export function readInputs<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  const entries = names.map(name => [name, tl.getInput(name, false)?.trim() ?? ''] as const);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns a pipeline variable that holds no secret, undefined where it is not set or empty. */
export function readVariable(name: string): string | undefined {
  const value = tl.getVariable(name);
  return value === undefined || value === '' ? undefined : value;
}

/**
 * Returns the service connection, or undefined where the agent did not pass it to this step. Read in one piece, since
 * the library prints what it reads parameter by parameter.
 */
export function readServiceConnection(id: string): ServiceConnection | undefined {
  const authorization = tl.getEndpointAuthorization(id, true);
  if (authorization === undefined) return undefined;
  const { scheme, parameters } = authorization as { scheme?: string; parameters?: Record<string, string> };
  return { id, scheme: scheme ?? '', subject: findIgnoringCase(parameters ?? {}, 'workloadIdentityFederationSubject') };
}

/** Returns the job's connection to Azure DevOps. It is always there, unlike the variable System.AccessToken. */
export function readJobConnection(): JobConnection {
  const parameters = (tl.getEndpointAuthorization(jobEndpoint, true)?.parameters ?? {}) as Record<string, string>;
  const token = findIgnoringCase(parameters, 'AccessToken');
  return {
    url: tl.getEndpointUrl(jobEndpoint, true) ?? '',
    token: token === undefined || token === '' ? undefined : new Secret(token),
  };
}

/**
 * Returns the agent of this step. All that it prints is neutralised and free of the secrets it was told to protect.
 * `known` are secrets that the agent masks already.
 */
export function openAgent(known: readonly Secret[]): StepAgent {
  const own = [agentSecrets.proxyPassword, agentSecrets.clientCertPassword].filter(secret => secret !== undefined);
  const held = new Set([...known, ...own].map(reveal));
  const safe = (text: string): string => redact(neutralise(text), held);
  return {
    protect: secrets => {
      for (const secret of secrets) {
        held.add(reveal(secret));
        tl.setSecret(reveal(secret));
      }
    },
    publish: variables => {
      for (const variable of variables) publish(variable);
    },
    tell: line => {
      process.stdout.write(`${safe(line)}\n`);
    },
    warn: line => {
      tl.warning(safe(line));
    },
    summarize: markdown => {
      try {
        const path = writeSummary(readVariable('Agent.TempDirectory') ?? tmpdir(), redact(markdown, held));
        tl.command('task.uploadsummary', {}, path);
      } catch (thrown) {
        // A summary is no reason to fail a step, or to hide why it failed.
        tl.warning(safe(`The run summary could not be written: ${String(thrown)}`));
      }
    },
    succeed: () => {
      tl.setResult(tl.TaskResult.Succeeded, '');
    },
    fail: error => {
      for (const fault of error.faults) showFault(fault, redact(formatFault(fault), held));
      tl.setResult(tl.TaskResult.Failed, '');
    },
  };
}

/**
 * A canceled step is no error of the pipeline. Its result is the agent's to say: it marks what it canceled as such
 * whatever the task reports, and takes the library's word for canceled, `Cancelled`, for a fault.
 */
function showFault({ code }: Fault, text: string): void {
  if (code === 'Canceled') process.stdout.write(`${text}\n`);
  else tl.error(text);
}

/** The agent reads the file some time later and removes it with the temp directory; its name is the summary's title. */
function writeSummary(folder: string, markdown: string): string {
  const path = join(folder, `AWSAssumeRoleWIF-${randomBytes(4).toString('hex')}.md`);
  writeFileSync(path, markdown, { flag: 'wx', mode: 0o600 });
  return path;
}

function publish({ name, value, output }: Variable): void {
  const isSecret = value instanceof Secret;
  tl.setVariable(name, isSecret ? value.reveal() : value, isSecret, output);
}

function reveal(secret: Secret): string {
  return secret.reveal();
}

function redact(text: string, secrets: ReadonlySet<string>): string {
  return [...secrets].reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text);
}

function findIgnoringCase(parameters: Record<string, string>, name: string): string | undefined {
  return Object.entries(parameters).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
