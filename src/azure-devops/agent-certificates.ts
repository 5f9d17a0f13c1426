import { win32 } from 'node:path';
import { parseMarkedJson } from '../json.ts';

/** What an agent was configured with for TLS. */
export interface AgentCertificates {
  readonly skipCertValidation: boolean;
  readonly caFile: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientCertKey: string | undefined;
}

/** What the job's variables say of the same; each is the agent's, or posed where the agent has none. */
export interface StatedCertificates {
  readonly 'Agent.SkipCertValidation': string | undefined;
  readonly 'Agent.CAInfo': string | undefined;
  readonly 'Agent.ClientCert': string | undefined;
  readonly 'Agent.ClientCertKey': string | undefined;
}

/** What counts, and which variables say something else. */
export interface JudgedCertificates {
  readonly certificates: AgentCertificates;
  /** Variables that are ignored. */
  readonly ignored: readonly (keyof StatedCertificates)[];
}

export const noCertificates: AgentCertificates = {
  skipCertValidation: false,
  caFile: undefined,
  clientCert: undefined,
  clientCertKey: undefined,
};

/**
 * Returns the root of the agent whose Node a process runs on, `<root>/externals/node20_1/bin/node`; an agent that has
 * updated itself keeps `externals.<version>`. Undefined for any other Node, for example an image's own, and in a
 * container job, where the agent mounts `externals` below /__a but not its root.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/ContainerOperationProvider.cs
 */
export function findAgentRoot(execPath: string): string | undefined {
  const found = /^(.+)[\\/]externals(?:\.\d+(?:\.\d+){0,3})?[\\/]node[\w.]*[\\/]bin[\\/]node(?:\.exe)?$/i.exec(
    execPath,
  );
  const root = found?.[1];
  return root === undefined || win32.basename(root) === '__a' ? undefined : root;
}

/**
 * Returns what an agent's `.certificates` file says, undefined if it is not a JSON object. The agent writes it as UTF-8
 * with a byte-order mark.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/AgentCertificateManager.cs
 */
export function parseCertificates(text: string): AgentCertificates | undefined {
  const value = parseMarkedJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const settings = new Map(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one as unknown]));
  const path = (name: string): string | undefined => {
    const one = settings.get(name);
    return typeof one === 'string' && one !== '' ? one : undefined;
  };
  return {
    skipCertValidation: settings.get('skipservercertvalidation') === true,
    caFile: path('cacert'),
    clientCert: path('clientcert'),
    clientCertKey: path('clientcertprivatekey'),
  };
}

/**
 * Returns what counts: what the agent's own file says, nothing if it cannot be seen. A variable that says something
 * else is ignored: the agent sets these from its file alone.
 */
export function judgeCertificates(file: AgentCertificates | undefined, stated: StatedCertificates): JudgedCertificates {
  const certificates = file ?? noCertificates;
  const isSkipped = stated['Agent.SkipCertValidation']?.toLowerCase() === 'true';
  const rows = [
    ['Agent.SkipCertValidation', isSkipped && !certificates.skipCertValidation],
    ['Agent.CAInfo', differs(stated['Agent.CAInfo'], certificates.caFile)],
    ['Agent.ClientCert', differs(stated['Agent.ClientCert'], certificates.clientCert)],
    ['Agent.ClientCertKey', differs(stated['Agent.ClientCertKey'], certificates.clientCertKey)],
  ] as const;
  return { certificates, ignored: rows.flatMap(([name, isIgnored]) => (isIgnored ? [name] : [])) };
}

function differs(stated: string | undefined, own: string | undefined): boolean {
  return stated !== undefined && stated !== own;
}
