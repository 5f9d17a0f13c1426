import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { Transport } from '../../aws/iam-reader.ts';
import { WifError } from '../../errors.ts';
import { codeOf } from '../../host/private-file.ts';
import { readAuthorities } from '../../host/authorities.ts';
import { chooseProxy, type ProxyServer } from '../../host/proxy.ts';
import { readProxySettings } from '../../host/proxy-settings.ts';
import { buildTlsOptions } from '../../host/tls.ts';
import { openTunnelAgent } from '../../host/tunnel.ts';
import { describeBundle, describeEndpoint, type Notice } from './endpoint-notice.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const noAgent = { 'Agent.ProxyUrl': undefined, 'Agent.ProxyUsername': undefined, 'Agent.ProxyBypassList': undefined };

/** Milliseconds until a proxy that is silent is given up. */
const connectMs = 15_000;

/**
 * Returns how requests reach AWS in an environment: through the proxy of HTTPS_PROXY except for the hosts of NO_PROXY,
 * by CONNECT only, so that the proxy sees no request and no credentials. AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS name
 * files with CAs to trust besides the public ones. Throws `ProxyInvalid` or `CertificateFileInvalid`.
 *
 * @param notice gets a sentence for each request to a host that the environment or a profile chose, and for AWS_CA_BUNDLE
 */
export async function openEnvironmentTransport(env: Environment, notice: Notice): Promise<Transport> {
  const bundle = describeBundle(env);
  if (bundle !== undefined) notice(bundle);
  const { settings } = readProxySettings(noAgent, env, undefined);
  const tls = { ca: readBundles(env), clientCertificate: undefined };
  const direct = tls.ca.length === 0 ? undefined : new Agent({ ...buildTlsOptions(tls), keepAlive: true });
  const { signal } = new AbortController();
  const tunnels = new Map<ProxyServer, Agent>();
  const open = (server: ProxyServer): Agent => {
    const agent = tunnels.get(server) ?? openTunnelAgent(server, { settings: tls }, { signal, connectMs });
    tunnels.set(server, agent);
    return agent;
  };
  const { openTransport } = await import('../../aws/transport.ts');
  return openTransport(url => {
    const endpoint = describeEndpoint(url, env);
    if (endpoint !== undefined) notice(endpoint);
    const server = chooseProxy(url, settings);
    return server === undefined ? direct : open(server);
  });
}

function readBundles(env: Environment): readonly string[] {
  return ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].flatMap(name => {
    const path = env[name]?.trim() ?? '';
    return path === '' ? [] : readAuthorities(readBundle(name, path), `The file of ${name}, ${path},`);
  });
}

function readBundle(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const fault = {
      code: 'CertificateFileInvalid',
      found: `${name} names ${path}, which cannot be read (${codeOf(cause)}).`,
      expected: 'CA certificates in PEM format.',
      remedy: `Point ${name} at the PEM file of your CA, or unset it.`,
    } as const;
    throw new WifError(fault, { cause });
  }
}
