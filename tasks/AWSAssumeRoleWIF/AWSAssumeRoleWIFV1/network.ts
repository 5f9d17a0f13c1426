import { readFileSync } from 'node:fs';
import { readVariable, type StepAgent } from '../../../src/azure-devops/agent.ts';
import { agentSecrets, pipelineVariables } from '../../../src/azure-devops/agent-environment.ts';
import type { NetworkSettings } from '../../../src/host/network-settings.ts';
import { readProxySettings } from '../../../src/host/proxy-settings.ts';
import { describeProxy } from '../../../src/host/proxy.ts';
import { readTlsSettings } from '../../../src/host/tls.ts';

/** How this agent reaches the outside. */
export interface AgentNetwork extends NetworkSettings {
  /** Azure DevOps' certificate is to be taken unseen. */
  readonly skipCertValidation: boolean;
  /** What Node itself was told to trust is not to be trusted. */
  readonly pinned: boolean;
}

/** Reads the agent's proxy, certificates and authorities, and says in the log what is out of the ordinary. */
export function readNetwork(agent: StepAgent): AgentNetwork {
  const { settings: proxy, warnings } = readProxySettings(
    {
      'Agent.ProxyUrl': agentSecrets.proxyUrl?.reveal(),
      'Agent.ProxyUsername': readVariable('Agent.ProxyUsername'),
      'Agent.ProxyBypassList': readVariable('Agent.ProxyBypassList'),
    },
    process.env,
    agentSecrets.proxyPassword,
  );
  const password = proxy.server?.credentials?.password;
  if (password !== undefined && password.reveal() !== '') agent.protect([password]);
  for (const warning of warnings) agent.warn(warning);
  if (proxy.server !== undefined) agent.tell(`Proxy: ${describeProxy(proxy.server)} (${proxy.server.setting}).`);
  return { proxy, tls: readTls(agent), skipCertValidation: readSkip(agent), pinned: hasOwnAuthorities };
}

/**
 * Authorities that a variable of the pipeline names, and not the agent's machine: an echoed log line can set it, and a
 * file in the checkout can be one.
 */
const hasOwnAuthorities = pipelineVariables.has('NODE_EXTRA_CA_CERTS');

function readTls(agent: StepAgent): NetworkSettings['tls'] {
  if (hasOwnAuthorities) {
    agent.warn(
      "NODE_EXTRA_CA_CERTS is a variable of this pipeline. This task ignores it; authorities are taken from the agent's configuration or from its machine's environment.",
    );
  }
  const files = {
    'Agent.CAInfo': readVariable('Agent.CAInfo'),
    'Agent.ClientCert': readVariable('Agent.ClientCert'),
    'Agent.ClientCertKey': readVariable('Agent.ClientCertKey'),
    NODE_EXTRA_CA_CERTS: hasOwnAuthorities ? undefined : process.env['NODE_EXTRA_CA_CERTS'],
  };
  for (const name of ['Agent.CAInfo', 'NODE_EXTRA_CA_CERTS'] as const) {
    const path = files[name];
    if (path !== undefined && path !== '') agent.tell(`Further certificate authorities: ${path} (${name}).`);
  }
  return readTlsSettings({ ...files, clientCertPassword: agentSecrets.clientCertPassword }, path =>
    readFileSync(path, 'utf8'),
  );
}

function readSkip(agent: StepAgent): boolean {
  const skip = readVariable('Agent.SkipCertValidation')?.toLowerCase() === 'true';
  if (skip) {
    agent.warn(
      'This agent is configured not to check certificates (Agent.SkipCertValidation). Azure DevOps is taken unchecked; AWS is checked all the same.',
    );
  }
  return skip;
}
