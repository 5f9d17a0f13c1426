import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentSecrets, pipelineVariables, stepInputs } from './agent-environment.ts';
// The task library reads and empties the environment on import, hence after agent-environment.
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
  /** The tenant of its application, and the cloud that it is for. */
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
}

/** Keeps a value for the post-job part of this very step. */
export function keepForCleanup(name: string, value: string): void {
  tl.setTaskVariable(name, value);
}

/** The agent of one step, which also takes how the step ended. */
export interface StepAgent extends Agent {
  /** Shown with System.Debug alone. */
  readonly debug: (line: string) => void;
  readonly succeed: () => void;
  readonly fail: (error: WifError) => void;
}

/** What the job itself gives to every task: where Azure DevOps is and the token to talk to it. */
export interface JobConnection {
  readonly url: string;
  readonly token: Secret | undefined;
}

const jobEndpoint = 'SYSTEMVSSCONNECTION';

/** Returns the raw text of each input, empty where it is not set. Only main names are read, and nothing is printed. */
export function readInputs<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  const entries = names.map(name => [name, stepInputs.get(`INPUT_${name.toUpperCase()}`)?.trim() ?? ''] as const);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns a pipeline variable, undefined where it is not set or empty. The library prints it: never for a secret. */
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
  return {
    id,
    scheme: scheme ?? '',
    subject: findIgnoringCase(parameters ?? {}, 'workloadIdentityFederationSubject'),
    tenantId: findIgnoringCase(parameters ?? {}, 'tenantid'),
    environment: tl.getEndpointDataParameter(id, 'environment', true),
  };
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
  const told = new Set<string>();
  const isDebug = readVariable('System.Debug')?.toLowerCase() === 'true';
  const safe = (text: string): string => redact(neutralise(text), held);
  return {
    protect: secrets => {
      // The agent takes no secret of several lines, and masks line by line.
      for (const line of secrets.flatMap(secret => reveal(secret).split(/[\r\n]+/)).filter(isWorthHiding)) {
        if (told.has(line)) continue;
        told.add(line);
        held.add(line);
        tl.setSecret(line);
      }
    },
    publish: variables => {
      for (const variable of variables) publish(variable);
    },
    tell: line => {
      process.stdout.write(`${safe(line)}\n`);
    },
    debug: line => {
      if (isDebug) tl.debug(safe(line));
    },
    warn: line => {
      tl.warning(safe(line));
    },
    summarize: markdown => {
      uploadSummary(redact(markdown, held), safe);
    },
    succeed: () => {
      tl.setResult(tl.TaskResult.Succeeded, '');
    },
    fail: error => {
      for (const fault of error.faults) showFault(fault, redact(formatFault(fault), held));
      if (error.code === 'InternalError') tl.debug(safe(describeOrigin(error)));
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

/** A summary is no reason to fail a step, or to hide why it failed. */
function uploadSummary(markdown: string, safe: (text: string) => string): void {
  try {
    const path = writeSummary(readVariable('Agent.TempDirectory') ?? tmpdir(), markdown);
    tl.command('task.uploadsummary', {}, path);
  } catch (thrown) {
    tl.warning(safe(`The run summary could not be written: ${String(thrown)}`));
  }
}

/** The agent reads the file some time later and removes it with the temp directory; its name is the summary's title. */
function writeSummary(folder: string, markdown: string): string {
  const path = join(folder, `AWSAssumeRoleWIF-${randomBytes(4).toString('hex')}.md`);
  writeFileSync(path, markdown, { flag: 'wx', mode: 0o600 });
  return path;
}

/** Where an unknown failure came from, for whoever has to mend the task. */
function describeOrigin({ cause }: WifError): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function publish({ name, value, output }: Variable): void {
  const isSecret = value instanceof Secret;
  // Later steps have it already; a variable that is read-only must not even be set to what it is. Only the pipeline's own
  // variables count: the environment of this step may hold more than later ones get.
  if (!isSecret && !output && pipelineVariables.has(name) && process.env[name] === value) return;
  tl.setVariable(name, isSecret ? value.reveal() : value, isSecret, output);
}

/** A character or two, hidden everywhere, would leave no log to read. */
function isWorthHiding(text: string): boolean {
  return text.trim().length > 3;
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
