import { setMaxListeners } from 'node:events';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity } from 'node:tls';
import { HttpsProxyAgent } from 'hpagent';
import { WifError } from '../errors.ts';
import { networkError, timeoutError } from './network-error.ts';
import { describeProxy, formatAuthority, type ProxyCredentials, type ProxyServer } from './proxy.ts';
import { buildTlsOptions, type ClientTls } from './tls.ts';

/** Limits of making one tunnel. */
export interface TunnelLimits {
  /** Ends every CONNECT that is under way. */
  readonly signal: AbortSignal;
  /** Most milliseconds that the proxy may be silent, from dialling it to its answer. */
  readonly connectMs: number;
}

/**
 * Returns an https agent whose connections are tunnels (CONNECT) through a proxy, never direct ones. What the proxy
 * itself answers is never taken for the service's answer: a refused CONNECT is an error. The proxy is shown no client
 * certificate, and its own certificate is always checked.
 *
 * It does not limit how many tunnels there are: Node does not count a connection that is still being made.
 */
export function openTunnelAgent(server: ProxyServer, tls: ClientTls, limits: TunnelLimits): HttpsProxyAgent {
  const agent = new HttpsProxyAgent({
    ...buildTlsOptions(tls.settings, tls.use),
    keepAlive: true,
    timeout: limits.connectMs,
    checkServerIdentity: (host, certificate) => checkServerIdentity(host.replace(/^\[|\]$/g, ''), certificate),
    proxy: writeProxyUrl(server),
    proxyRequestOptions: describeConnect(server, tls, limits),
  });
  const connect = agent.createConnection.bind(agent);
  // hpagent leaves out errors that say what happened, and addresses of IPv6.
  agent.createConnection = (options: RequestOptions, done: OnSocket) => {
    const host = options.host ?? '';
    const fail = done as (error: Error) => void;
    connect({ ...options, host: isIP(host) === 6 ? `[${host}]` : host }, (error, socket) => {
      if (error === null) done(null, socket);
      else fail(judge(error, server, formatAuthority(host, Number(options.port)), limits));
    });
    return undefined;
  };
  return agent;
}

type OnSocket = (error: Error | null, socket: Duplex) => void;

function judge(thrown: Error, server: ProxyServer, target: string, { connectMs }: TunnelLimits): WifError {
  const status = /^Bad response: (\d+)$/.exec(thrown.message)?.[1];
  if (status !== undefined) return judgeRefusal(Number(status), server, target);
  const destination = { service: 'The proxy', address: describeProxy(server), setting: server.setting };
  return thrown.message === 'Proxy timeout' ? timeoutError(connectMs, destination) : networkError(thrown, destination);
}

/** hpagent takes the name that the proxy's certificate has to bear from the URL, and Node takes no address for a name. */
function writeProxyUrl(server: ProxyServer): URL {
  const url = new URL(`${server.protocol}//${describeProxy(server)}`);
  return isIP(server.host) === 0 ? url : Object.defineProperty(url, 'hostname', { value: '' });
}

/** The options of each CONNECT besides those that hpagent sets itself. */
function describeConnect({ host, credentials }: ProxyServer, { settings, use }: ClientTls, limits: TunnelLimits) {
  // The same settings have the same context, whose CAs are read once.
  const towardsProxy =
    settings.clientCertificate === undefined ? settings : { ...settings, clientCertificate: undefined };
  const signal = AbortSignal.any([limits.signal]);
  // Node warns of a leak where many requests listen to the same signal.
  setMaxListeners(0, signal);
  return {
    ...buildTlsOptions(towardsProxy, { pinned: use?.pinned }),
    // Node prefers it to the host, which hpagent takes from the URL above.
    hostname: host,
    get headers() {
      return authorize(credentials);
    },
    signal,
  };
}

function authorize(credentials: ProxyCredentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function judgeRefusal(status: number, server: ProxyServer, target: string): WifError {
  if (status === 407) return authenticationRequired(server, target);
  const passes = status >= 500 || status === 429;
  return new WifError(
    {
      code: 'ProxyRefused',
      found: `The proxy ${describeProxy(server)} (${server.setting}) answered a tunnel request to ${target} with status ${status}.`,
      expected: 'status 200: a tunnel (CONNECT) to that host and port.',
      remedy: `Allow ${target} in the proxy, or exclude the host from the proxy.`,
    },
    { retriable: passes ? {} : undefined },
  );
}

function authenticationRequired(server: ProxyServer, target: string): WifError {
  const given = server.credentials === undefined ? 'it was given none' : 'it did not accept the ones it was given';
  return new WifError({
    code: 'ProxyAuthenticationRequired',
    found: `The proxy ${describeProxy(server)} (${server.setting}) requires a user name and password (status 407) for a tunnel to ${target}; ${given}.`,
    expected:
      'a proxy that accepts a user name and password by Basic authentication, or none; NTLM and Kerberos are not supported.',
    remedy:
      server.setting === 'Agent.ProxyUrl'
        ? "Check the proxy's user name and password in the agent's configuration (config.sh --proxyurl, --proxyusername, --proxypassword)."
        : `Put the user name and password into ${server.setting}, percent-encoded: http://user:password@host:port.`,
  });
}
