import { Agent } from 'node:https';
import { chooseProxy, readProxySettings, type ProxyServer } from '../../host/proxy.ts';
import { buildTlsOptions } from '../../host/tls.ts';
import { openTunnelAgent } from '../../host/tunnel.ts';

const noAgent = { 'Agent.ProxyUrl': undefined, 'Agent.ProxyUsername': undefined, 'Agent.ProxyBypassList': undefined };

/** Milliseconds until a proxy that is silent is given up. */
const connectMs = 15_000;

/**
 * Returns by which agents https requests leave in an environment: through the proxy of HTTPS_PROXY except for the hosts of
 * NO_PROXY, by CONNECT only, so that the proxy sees no request and no credentials; undefined: directly, as Node does by
 * itself. Throws `ProxyInvalid`.
 *
 * @param ca certificates, as PEM, to trust besides the public ones
 */
export function useProxy(
  env: Readonly<Record<string, string | undefined>>,
  ca: readonly string[] = [],
): (url: URL) => Agent | undefined {
  const { settings } = readProxySettings(noAgent, env, undefined);
  const tls = { ca, clientCertificate: undefined };
  const direct = ca.length === 0 ? undefined : new Agent({ ...buildTlsOptions(tls), keepAlive: true });
  const { signal } = new AbortController();
  const tunnels = new Map<ProxyServer, Agent>();
  const open = (server: ProxyServer): Agent => {
    const agent = tunnels.get(server) ?? openTunnelAgent(server, { settings: tls }, { signal, connectMs });
    tunnels.set(server, agent);
    return agent;
  };
  return url => {
    const server = chooseProxy(url, settings);
    return server === undefined ? direct : open(server);
  };
}
