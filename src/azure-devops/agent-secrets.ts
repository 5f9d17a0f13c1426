import { Secret } from '../secret.ts';

/** Passwords that the agent was configured with. */
export interface AgentSecrets {
  readonly proxyPassword: Secret | undefined;
  readonly clientCertPassword: Secret | undefined;
}

/**
 * The agent's own passwords, taken out of the environment. This module must be loaded before the task library: on import
 * the library prints both as debug lines and writes the proxy password's key to a file.
 */
export const agentSecrets: AgentSecrets = {
  proxyPassword: take('AGENT_PROXYPASSWORD'),
  clientCertPassword: take('AGENT_CLIENTCERTPASSWORD'),
};

function take(name: string): Secret | undefined {
  const value = process.env[`SECRET_${name}`] ?? process.env[name];
  Reflect.deleteProperty(process.env, `SECRET_${name}`);
  Reflect.deleteProperty(process.env, name);
  return value === undefined || value === '' ? undefined : new Secret(value);
}
