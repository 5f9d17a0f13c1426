import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
// The task library reads and empties the environment on import: what is needed of it must have been read before.
import * as tl from 'azure-pipelines-task-lib/task';
import type { Agent } from '../assume-role.ts';
import { formatFault, type Fault, type WifError } from '../errors.ts';
import type { Variable } from '../handoff/variables.ts';
import { neutralise, Secret } from '../secret.ts';
import { parseKnownWarnings, warningCodes, type KnownWarnings, type Warn } from '../warning.ts';
import { jobEndpoint, listNames, type JobEnvironment } from './job-environment.ts';

/** A service connection as the agent hands it to the step that names it. */
export interface ServiceConnection {
  readonly id: string;
  readonly scheme: string;
  readonly subject: string | undefined;
  /** The tenant of its application, and the cloud that it is for. */
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
  /** Whether its settings name an Azure scope (a subscription, for example), which only Azure Resource Manager has. */
  readonly hasAzureScope: boolean;
  /** Whether its settings have the fields of the AWS Toolkit's type; their values are not read. */
  readonly isAwsToolkit: boolean;
}

/** Keeps a value for the post-job part of this step. */
export function keepForCleanup(name: string, value: string): void {
  tl.setTaskVariable(name, value);
}

/** The agent of one step, which also takes how the step ended. */
export interface StepAgent extends Agent {
  readonly succeed: () => void;
  /**
   * Shows the errors instead of the failure's own faults if they are given: neutralised lines, at most three each.
   */
  readonly fail: (error: WifError, errors?: readonly string[]) => void;
  /** Returns whether the log hides a part of a text, as far as this step knows. */
  readonly hides: (text: string) => boolean;
  /** Adds Markdown to the run's Extensions tab; returns whether it will be there. */
  readonly summarize: (markdown: string) => boolean;
}

/** What the job itself gives to every task: where Azure DevOps is and the token to talk to it. */
export interface JobConnection {
  readonly url: string;
  readonly token: Secret | undefined;
}

/** Returns the raw text of each input, empty if it is not set. Only main names are read. */
export function readInputs<Name extends string>(
  { inputs }: Pick<JobEnvironment, 'inputs'>,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const entries = names.map(name => [name, inputs.get(`INPUT_${name.toUpperCase()}`)?.trim() ?? ''] as const);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns the service connection, or undefined if the agent did not pass it to this step. */
export function readServiceConnection(environment: JobEnvironment, id: string): ServiceConnection | undefined {
  const endpoint = environment.findEndpoint(id);
  if (endpoint === undefined) return undefined;
  const { scheme, parameters, parameterNames, data } = endpoint;
  return {
    id,
    scheme,
    subject: findIgnoringCase(parameters, 'workloadIdentityFederationSubject'),
    tenantId: findIgnoringCase(parameters, 'tenantid'),
    environment: findIgnoringCase(data, 'environment'),
    hasAzureScope: azureScopes.some(name => (findIgnoringCase(data, name) ?? '') !== ''),
    isAwsToolkit: parameterNames.some(name => toolkitFields.includes(name.toLowerCase())),
  };
}

const azureScopes = ['scopeLevel', 'subscriptionId', 'managementGroupId'] as const;

/**
 * The fields that the AWS Toolkit's type has besides a user name and a password.
 *
 * @see https://github.com/aws/aws-toolkit-azure-devops/blob/master/vss-extension.json
 */
const toolkitFields: readonly string[] = ['useoidc', 'assumerolearn', 'rolesessionname', 'externalid', 'sessiontoken'];

/** Returns the job's connection to Azure DevOps. It is always there, unlike the variable System.AccessToken. */
export function readJobConnection(environment: JobEnvironment): JobConnection {
  const endpoint = environment.findEndpoint(jobEndpoint);
  const token = findIgnoringCase(endpoint?.parameters ?? {}, 'AccessToken');
  return { url: endpoint?.url ?? '', token: token === undefined || token === '' ? undefined : new Secret(token) };
}

/**
 * Returns the agent of this step. All that it prints is neutralised and free of the secrets it was told to protect.
 *
 * @param masked secrets that the agent masks already
 * @param folder where the run summary is written; undefined leaves it out
 */
export function openAgent(
  environment: JobEnvironment,
  masked: readonly Secret[],
  folder: string | undefined,
): StepAgent {
  const own = (['Agent.ProxyPassword', 'Agent.ClientCertPassword'] as const).map(environment.findSecret);
  const held = new Set([...masked, ...own.filter(secret => secret !== undefined)].map(reveal));
  const isDebug = environment.find('System.Debug')?.value.toLowerCase() === 'true';
  const safe = (text: string): string => redact(neutralise(text), held);
  const print = (line: string): void => {
    process.stdout.write(`${safe(line)}\n`);
  };
  const known = readKnownWarnings(environment, print);
  const warn: Warn = (code, text) => {
    if (known.has(code)) print(`${text} [${code}]`);
    else tl.warning(safe(`${text} [${code}]`));
  };
  return {
    protect: openMasker(held),
    publish: variables => {
      for (const variable of variables) publish(variable, environment, print);
    },
    tell: print,
    debug: line => {
      if (isDebug) tl.debug(safe(line));
    },
    warn,
    summarize: markdown => folder !== undefined && uploadSummary(folder, redact(markdown, held), warn),
    hides: text => safe(text) !== text,
    succeed: () => {
      tl.setResult(tl.TaskResult.Succeeded, '');
    },
    fail: (error, errors) => {
      if (errors === undefined) for (const fault of error.faults) showFault(fault, redact(formatFault(fault), held));
      for (const text of errors ?? []) tl.error(redact(text, held));
      if (error.code === 'InternalError') tl.debug(safe(describeOrigin(error)));
      tl.setResult(tl.TaskResult.Failed, '');
    },
  };
}

/**
 * Returns the warnings that whoever answers for the agent's machine, or the step's own `env:`, wants as log lines. A
 * variable of the job names none: an echoed log line could hide what it does.
 */
function readKnownWarnings(environment: JobEnvironment, print: (line: string) => void): KnownWarnings['codes'] {
  const name = 'AWS_WIF_KNOWN_WARNINGS';
  const list = environment.find(name);
  if (list === undefined) return new Set();
  if (list.names.length > 0) {
    print(
      `${name} is a variable of this pipeline and is ignored: set it on the agent's machine or in the step's env:.`,
    );
    return new Set();
  }
  const { codes, unknown } = parseKnownWarnings(list.value);
  if (unknown.length > 0) print(`${name} has ${unknown.join(', ')}; expected: ${warningCodes.join(', ')}.`);
  return codes;
}

/** Returns what registers secrets with the agent, each line once, and keeps them in `held`. */
function openMasker(held: Set<string>): Agent['protect'] {
  const told = new Set<string>();
  return secrets => {
    // The agent accepts no secret of several lines, and masks line by line.
    for (const line of secrets.flatMap(secret => reveal(secret).split(/[\r\n]+/)).filter(isWorthHiding)) {
      if (told.has(line)) continue;
      told.add(line);
      held.add(line);
      tl.setSecret(line);
    }
  };
}

/**
 * A canceled step is not an error of the pipeline. Its result is the agent's to say: it marks what it canceled as such
 * whatever the task reports, and takes the library's word for canceled, `Cancelled`, for a fault.
 */
function showFault({ code }: Fault, text: string): void {
  if (code === 'Canceled') process.stdout.write(`${text}\n`);
  else tl.error(text);
}

/** A summary is not a reason to fail a step, or to hide why it failed. */
function uploadSummary(folder: string, markdown: string, warn: Warn): boolean {
  try {
    const path = writeSummary(folder, markdown);
    tl.command('task.uploadsummary', {}, path);
    return true;
  } catch (thrown) {
    warn('SummaryNotWritten', `The run summary could not be written: ${String(thrown)}`);
    return false;
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

function publish({ name, value, output }: Variable, environment: JobEnvironment, say: (line: string) => void): void {
  const isSecret = value instanceof Secret;
  const { open, secret } = environment.claimants(name);
  const others = (isSecret ? secret : open).filter(other => other.toLowerCase() !== name.toLowerCase());
  // Later steps have it already; a variable that is read-only must not even be set to what it is. Only the job's own
  // variables count: the environment of this step may hold more than later ones get.
  const stands =
    !isSecret && open.some(other => becomes(other, name, environment)) && environment.values[name] === value;
  if (stands && !output && (others.length === 0 || open.length === 1)) return;
  if (others.length > 0 && !output) say(describeOthers(name, others));
  tl.setVariable(name, isSecret ? value.reveal() : value, isSecret, output);
}

/** A variable that was set with preserveCase is in the environment under its own spelling, not as this name. */
function becomes(other: string, name: string, { names }: JobEnvironment): boolean {
  const spelling = other.replace(/[. ]/g, '_');
  return spelling === name || !names.includes(spelling);
}

/** Names that differ in dots, blanks and underscores are two variables of the job, and one of the environment. */
function describeOthers(name: string, others: readonly string[]): string {
  const which = others.length === 1 ? 'a variable' : 'variables';
  return `${name}: this job also has ${which} ${listNames(others)}, which become${others.length === 1 ? 's' : ''} the same environment variable; later steps may get either value. Give both the same value, or remove ${listNames(others)}.`;
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
