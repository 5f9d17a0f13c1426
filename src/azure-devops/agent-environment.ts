import { Secret } from '../secret.ts';

/** Passwords that the agent was configured with, and the proxy's URL, which may hold one. */
export interface AgentSecrets {
  readonly proxyUrl: Secret | undefined;
  readonly proxyPassword: Secret | undefined;
  readonly clientCertPassword: Secret | undefined;
}

/**
 * This module must be loaded before the task library: on import the library prints the agent's passwords and its proxy's
 * URL as debug lines, writes the proxy password's key to a file, and forgets which variables are the pipeline's.
 */
silenceNodeDebug();

/** The agent's own passwords, taken out of the environment. */
export const agentSecrets: AgentSecrets = {
  proxyUrl: takePassword('AGENT_PROXYURL'),
  proxyPassword: takePassword('AGENT_PROXYPASSWORD'),
  clientCertPassword: takePassword('AGENT_CLIENTCERTPASSWORD'),
};

/**
 * The step's inputs by the names of their environment variables, taken out of the environment: the library prints each
 * input that it reads, before anything in it could be registered as a secret.
 */
export const stepInputs: ReadonlyMap<string, string> = takeInputs();

/** The environment variables that are variables of the pipeline, and not of the agent's machine. */
export const pipelineVariables: ReadonlySet<string> = listVariables(process.env['VSTS_PUBLIC_VARIABLES'] ?? '[]');

/** The same of the job's secret variables: names alone. */
export const pipelineSecrets: ReadonlySet<string> = listVariables(process.env['VSTS_SECRET_VARIABLES'] ?? '[]');

/** With NODE_DEBUG Node writes every header to stderr, tokens too, before anything could hide them. */
function silenceNodeDebug(): void {
  if ((process.env['NODE_DEBUG'] ?? '') !== '') process.stderr.write = () => true;
}

function takePassword(name: string): Secret | undefined {
  const value = take(`SECRET_${name}`) ?? take(name);
  take(name);
  return value === undefined || value === '' ? undefined : new Secret(value);
}

function takeInputs(): ReadonlyMap<string, string> {
  const names = Object.keys(process.env).filter(name => name.startsWith('INPUT_'));
  return new Map(names.map(name => [name, take(name) ?? '']));
}

function take(name: string): string | undefined {
  const value = process.env[name];
  Reflect.deleteProperty(process.env, name);
  return value;
}

/** The agent writes a variable's name with underscores for dots and blanks, in capitals. */
function listVariables(json: string): ReadonlySet<string> {
  try {
    const names: unknown = JSON.parse(json);
    const texts = Array.isArray(names) ? names.filter(name => typeof name === 'string') : [];
    return new Set(texts.map(name => name.replace(/[. ]/g, '_').toUpperCase()));
  } catch {
    return new Set();
  }
}
