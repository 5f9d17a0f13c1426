// The one file of the task, its post-job part and its helper that touches process.env. What a step needs of it is in
// `environment`; what packages read past it is in scripts/package/allow-list.json.
//
// In main.ts this must be imported before the task library: on import the library prints the agent's passwords and its
// proxy's URL as debug lines, and forgets which variables are the job's.
import { readJobEnvironment, type JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { useVariable } from '../../../src/handoff/cleanup.ts';

/** Prints on stderr, whatever NODE_DEBUG says, then does what is to be done. */
export function say(text: string, then: () => void): void {
  // Node loads its streams with the first use of stderr: a sixth of the time in which the helper answers from its cache.
  writeDespiteDebug ??= process.stderr.write.bind(process.stderr);
  writeDespiteDebug(text, then);
}

let writeDespiteDebug: typeof process.stderr.write | undefined;

silenceNodeDebug();

/** The environment as this process found it. */
export const environment: JobEnvironment = readJobEnvironment({ ...process.env }, process.platform);

/** The text of the task variable with which the main part of a step names its use to the post-job part. */
export const statedUse: string | undefined = process.env[`VSTS_TASKVARIABLE_${useVariable}`];

forgetSecrets();

/** Whether this process may have been told to trust more than its own CAs: the helper inherits anybody's. */
export function mayTrustMore(): boolean {
  return Object.keys(process.env).some(name => /^(?:NODE_|SSL_CERT_|OPENSSL_)/i.test(name));
}

/** With NODE_DEBUG Node writes every header to stderr, tokens too, before anything could hide them. */
function silenceNodeDebug(): void {
  if ((process.env['NODE_DEBUG'] ?? '') === '') return;
  writeDespiteDebug = process.stderr.write.bind(process.stderr);
  process.stderr.write = () => true;
}

/** Takes out what the library would print: inputs before anything in them could be registered, and passwords. */
function forgetSecrets(): void {
  const passwords = /^(?:SECRET_)?AGENT_(?:PROXYURL|PROXYPASSWORD|CLIENTCERTPASSWORD)$/;
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('INPUT_') || passwords.test(name)) Reflect.deleteProperty(process.env, name);
  }
}
