import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findAgentRoot,
  judgeCertificates,
  noCertificates,
  parseCertificates,
  type AgentCertificates,
} from '../../../src/azure-devops/agent-certificates.ts';
import type { StepAgent } from '../../../src/azure-devops/agent.ts';
import type { JobEnvironment, VariableName } from '../../../src/azure-devops/job-environment.ts';
import { judgeNodeTrust, type NodeTrust } from '../../../src/azure-devops/node-trust.ts';
import type { NetworkSettings } from '../../../src/host/network-settings.ts';
import { readProxySettings, describeProxy, type ProxySettings } from '../../../src/host/proxy.ts';
import { readSystemAuthorities, readTlsSettings } from '../../../src/host/tls.ts';

/** What hears what is out of the ordinary with the network. */
export type NetworkNotes = Pick<StepAgent, 'protect' | 'tell' | 'warn'>;

/** How this agent reaches the outside. */
export interface AgentNetwork extends NetworkSettings {
  /** Azure DevOps' certificate is to be taken unseen. */
  readonly skipCertValidation: boolean;
  /** What Node itself was told to trust is not to be trusted. */
  readonly pinned: boolean;
  /** What Node itself was told to trust and has loaded, PEM. */
  readonly loaded: readonly string[];
}

/** Reads the agent's proxy, certificates and CAs, and says in the log what is out of the ordinary. */
export function readNetwork(environment: JobEnvironment, notes: NetworkNotes): AgentNetwork {
  const root = findAgentRoot(process.execPath);
  const proxy = readProxy(environment, notes);
  const certificates = readCertificates(environment, notes, root);
  const trust = judgeNodeTrust(environment);
  for (const name of trust.tried) notes.warn('VariableIgnored', describeTried(name, trust));
  const { tls, loaded } = readTls(environment, notes, certificates, trust);
  return {
    proxy,
    tls,
    loaded,
    skipCertValidation: certificates.skipCertValidation && maySkip(environment, notes, proxy, root),
    pinned: trust.pinned,
  };
}

/** A proxy carries no token away while certificates are checked, so it is used wherever it comes from. */
function readProxy(environment: JobEnvironment, notes: NetworkNotes): ProxySettings {
  const { settings, warnings } = readProxySettings(
    {
      'Agent.ProxyUrl': environment.findSecret('Agent.ProxyUrl')?.reveal(),
      'Agent.ProxyUsername': environment.find('Agent.ProxyUsername')?.value,
      'Agent.ProxyBypassList': environment.find('Agent.ProxyBypassList')?.value,
    },
    environment.values,
    environment.findSecret('Agent.ProxyPassword'),
  );
  const password = settings.server?.credentials?.password;
  if (password !== undefined && password.reveal() !== '') notes.protect([password]);
  for (const warning of warnings) notes.warn('BypassListIgnored', warning);
  if (settings.server !== undefined)
    notes.tell(`Proxy: ${describeProxy(settings.server)} (${settings.server.setting}).`);
  return settings;
}

function readCertificates({ find }: JobEnvironment, notes: NetworkNotes, root: string | undefined): AgentCertificates {
  const file = root === undefined ? undefined : readAgentFile(join(root, '.certificates'));
  const { certificates, ignored } = judgeCertificates(file, {
    'Agent.SkipCertValidation': find('Agent.SkipCertValidation')?.value,
    'Agent.CAInfo': find('Agent.CAInfo')?.value,
    'Agent.ClientCert': find('Agent.ClientCert')?.value,
    'Agent.ClientCertKey': find('Agent.ClientCertKey')?.value,
  });
  for (const name of ignored) {
    if (file === undefined) notes.tell(describeUnseen(name));
    else
      notes.warn(
        'VariableIgnored',
        `${name} does not match this agent's configuration (.certificates in its folder) and is ignored.`,
      );
  }
  if (certificates.skipCertValidation) notes.warn('CertificatesUnchecked', skipNotice);
  return certificates;
}

/** An agent without certificates of its own has no such file. */
function readAgentFile(path: string): AgentCertificates | undefined {
  try {
    return parseCertificates(readFileSync(path, 'utf8'));
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' ? noCertificates : undefined;
  }
}

function readTls(
  { find, findSecret }: JobEnvironment,
  notes: NetworkNotes,
  certificates: AgentCertificates,
  trust: NodeTrust,
): Pick<AgentNetwork, 'tls' | 'loaded'> {
  const further = trust.tried.includes('NODE_EXTRA_CA_CERTS') ? undefined : find('NODE_EXTRA_CA_CERTS')?.value;
  const files = {
    'Agent.CAInfo': certificates.caFile,
    'Agent.ClientCert': certificates.clientCert,
    'Agent.ClientCertKey': certificates.clientCertKey,
    NODE_EXTRA_CA_CERTS: further,
  };
  for (const name of ['Agent.CAInfo', 'NODE_EXTRA_CA_CERTS'] as const) {
    const path = files[name];
    if (path !== undefined && path !== '') notes.tell(`Additional certificate authorities: ${path} (${name}).`);
  }
  const { loaded, ...settings } = readTlsSettings(
    { ...files, clientCertPassword: findSecret('Agent.ClientCertPassword') },
    path => readFileSync(path, 'utf8'),
  );
  const system = trust.usesSystemStore ? readSystemAuthorities() : [];
  return { tls: { ...settings, ca: [...settings.ca, ...system] }, loaded: [...loaded, ...system] };
}

/**
 * Whether Azure DevOps may be taken unseen through this proxy: not where a variable of the job may have chosen it. What
 * proves that none did is the agent's `.proxy` file or its machine's environment.
 */
function maySkip(
  { find }: JobEnvironment,
  notes: NetworkNotes,
  { server }: ProxySettings,
  root: string | undefined,
): boolean {
  if (server === undefined) return true;
  const url = find(server.setting as VariableName);
  if (url === undefined || url.names.length === 0) return true;
  const ofMachine = (['VSTS_HTTP_PROXY', 'http_proxy', 'HTTP_PROXY'] as const).map(find);
  const known = [readFirstLine(root), ...ofMachine.map(one => (one?.names.length === 0 ? one.value : undefined))];
  if (known.includes(url.value)) return true;
  notes.warn(
    'CertificatesUnchecked',
    `This agent is configured not to verify certificates, but the proxy in ${server.setting} may not be the agent's own: the certificate of Azure DevOps is verified anyway.`,
  );
  return false;
}

function readFirstLine(root: string | undefined): string | undefined {
  try {
    return root === undefined ? undefined : readFileSync(join(root, '.proxy'), 'utf8').split(/\r?\n/)[0]?.trim();
  } catch {
    return undefined;
  }
}

function describeTried(name: VariableName, { pinned }: NodeTrust): string {
  const effect = pinned
    ? "This task ignores it; CAs come from the agent's configuration or from its machine's environment."
    : 'It changes how every Node process of the job starts or reaches the network; this task does not use it.';
  return `${name} is a variable of this pipeline. ${effect} Remove it, or set it in the env: of the steps that need it.`;
}

function describeUnseen(name: VariableName): string {
  return `${name} is ignored, because this agent's configuration (.certificates) cannot be read here (in a container job, for example). To trust a CA here, set NODE_EXTRA_CA_CERTS in the image or in the step's env:.`;
}

const skipNotice =
  'This agent is configured not to verify certificates (Agent.SkipCertValidation). Certificates of Azure DevOps are not verified; those of AWS still are.';
