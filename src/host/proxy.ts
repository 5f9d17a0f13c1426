import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps, type RequestOptions } from 'node:https';
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WifError } from '../errors.ts';
import { isLiteralLoopback } from '../identity/token-url.ts';
import type { Secret } from '../secret.ts';
import { networkError, timeoutError, type Destination } from './network-error.ts';
import { buildTlsOptions, type ClientTls, type TlsOptions } from './tls.ts';

export interface ProxyCredentials {
  readonly username: string;
  readonly password: Secret;
}

export interface ProxyServer {
  readonly protocol: 'http:' | 'https:';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ProxyCredentials | undefined;
  /** What configured it, for errors: Agent.ProxyUrl or an environment variable. */
  readonly setting: string;
}

/** The one proxy of a step and what does not go through it. */
export interface ProxySettings {
  readonly server: ProxyServer | undefined;
  /** The agent's list: regular expressions, each a valid one. */
  readonly bypassExpressions: readonly string[];
  /** The entries of NO_PROXY. */
  readonly noProxy: readonly string[];
}

/** Limits of making one tunnel. */
export interface TunnelLimits {
  /** Ends every CONNECT that is under way. */
  readonly signal: AbortSignal;
  /** Most milliseconds from dialling the proxy to its answer. */
  readonly connectMs: number;
}

/** Returns the proxy that a URL is reached through, undefined for a direct connection. Loopback is always direct. */
export function chooseProxy(url: URL, settings: ProxySettings): ProxyServer | undefined {
  if (url.protocol !== 'https:' || isLiteralLoopback(url) || url.hostname === 'localhost') return undefined;
  if (settings.bypassExpressions.some(expression => isBypassed(expression, url))) return undefined;
  if (settings.noProxy.some(entry => isCovered(entry, url))) return undefined;
  return settings.server;
}

/** Returns a proxy's host and port, for logs and errors. */
export function describeProxy({ host, port }: ProxyServer): string {
  return formatAuthority(host, port);
}

/**
 * Returns an https agent whose connections are tunnels (CONNECT) through a proxy, never direct ones. What the proxy
 * itself answers is never taken for the service's answer: a refused CONNECT is an error. The proxy is shown no client
 * certificate, and its own certificate is always checked.
 *
 * It does not limit how many tunnels there are: Node does not count a connection that is still being made.
 */
export function openTunnelAgent(server: ProxyServer, tls: ClientTls, limits: TunnelLimits): HttpsAgent {
  const towardsProxy = buildTlsOptions(
    { ca: tls.settings.ca, clientCertificate: undefined },
    { pinned: tls.use?.pinned },
  );
  const dial: Dial = target => openTunnel(startConnect(server, target, towardsProxy, limits), server, target, limits);
  return new TunnelAgent(buildTlsOptions(tls.settings, tls.use), dial);
}

type Dial = (target: string) => Promise<Socket>;
type OnSocket = (error: Error | null, socket: Duplex) => void;

class TunnelAgent extends HttpsAgent {
  readonly #dial: Dial;

  constructor(tls: TlsOptions, dial: Dial) {
    super({ keepAlive: true, ...tls });
    this.#dial = dial;
  }

  override createConnection(options: RequestOptions, done: OnSocket): undefined {
    const fail = done as (error: unknown) => void;
    this.#dial(formatAuthority(options.host ?? '', Number(options.port)))
      .then(socket => this.#secure(options, socket))
      .then(socket => {
        done(null, socket);
      }, fail);
  }

  #secure(options: RequestOptions, socket: Socket): Duplex {
    const secured = super.createConnection({ ...options, socket } as RequestOptions);
    if (!secured) throw new TypeError('node:https made no connection');
    // Nobody else listens on the tunnel below: unheard, its error would end the process.
    socket.on('error', error => secured.destroy(error));
    return secured;
  }
}

function startConnect(server: ProxyServer, target: string, tls: TlsOptions, limits: TunnelLimits): ClientRequest {
  const { protocol, host, port, credentials } = server;
  const headers = {
    host: target,
    connection: 'keep-alive',
    'proxy-connection': 'keep-alive',
    ...authorize(credentials),
  };
  // A signal of its own: Node warns of a leak where many requests listen to the same one.
  const signal = AbortSignal.any([limits.signal]);
  const options = { method: 'CONNECT', host, port, path: target, headers, agent: false, signal };
  if (protocol === 'http:') return requestHttp(options);
  // Node would take the name to check from the host header, which names the target.
  return requestHttps({ ...options, ...tls, servername: isIP(host) === 0 ? host : '' });
}

function openTunnel(
  connect: ClientRequest,
  server: ProxyServer,
  target: string,
  { connectMs }: TunnelLimits,
): Promise<Socket> {
  const destination: Destination = { service: 'The proxy', address: describeProxy(server) };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => connect.destroy(timeoutError(connectMs, destination)), connectMs);
    connect.on('connect', (response: IncomingMessage, socket: Socket) => {
      clearTimeout(timer);
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(judgeRefusal(response, server, target));
    });
    connect.on('error', thrown => {
      clearTimeout(timer);
      reject(thrown instanceof WifError ? thrown : networkError(thrown, destination));
    });
    connect.end();
  });
}

function authorize(credentials: ProxyCredentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function judgeRefusal(response: IncomingMessage, server: ProxyServer, target: string): WifError {
  const status = response.statusCode ?? 0;
  if (status === 407) return authenticationRequired(response, server, target);
  const passes = status >= 500 || status === 429;
  return new WifError(
    {
      code: 'ProxyRefused',
      found: `The proxy ${describeProxy(server)} (${server.setting}) answered status ${status} to a tunnel to ${target}.`,
      expected: 'status 200: a tunnel (CONNECT) to that host and port.',
      remedy: `Allow ${target} in the proxy, or list the host among those that are reached without it.`,
    },
    { retriable: passes ? {} : undefined },
  );
}

function authenticationRequired(response: IncomingMessage, server: ProxyServer, target: string): WifError {
  const given = server.credentials === undefined ? 'it was given none' : 'it did not accept the ones it was given';
  const offered = [response.headers['proxy-authenticate'] ?? []].flat().map(offer => offer.split(/[\s,]/)[0] ?? '');
  const schemes = offered.length === 0 ? '' : ` It offers: ${offered.join(', ')}.`;
  return new WifError({
    code: 'ProxyAuthenticationRequired',
    found: `The proxy ${describeProxy(server)} (${server.setting}) asks for a user name and password (status 407) before a tunnel to ${target}; ${given}.${schemes}`,
    expected: 'a proxy that accepts a user name and password by Basic authentication, or none.',
    remedy:
      server.setting === 'Agent.ProxyUrl'
        ? "Check the proxy's user name and password in the agent's configuration (config.sh --proxyurl, --proxyusername, --proxypassword)."
        : `Put the user name and password into ${server.setting}, percent-encoded: http://user:password@host:port.`,
  });
}

/** The agent matches scheme, host and port, the task library the whole URL; either counts. */
function isBypassed(expression: string, url: URL): boolean {
  const pattern = new RegExp(expression, 'i');
  return pattern.test(url.origin) || pattern.test(url.href);
}

/** An entry is `*`, an address, a network or a host with its subdomains, each perhaps with a port. */
function isCovered(entry: string, url: URL): boolean {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|(.+?))(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  const pattern = bracketed ?? plain ?? '';
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIPv6(entry)) return isInNetwork(entry, host);
  if (port !== undefined && port !== (url.port || '443')) return false;
  if (isIP(host) !== 0) return pattern === '*' || isInNetwork(pattern, host);
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1));
  const domain = pattern.replace(/^\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(network: string, address: string): boolean {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  if (isIP(base) === 0 || isIP(base) !== isIP(address)) return false;
  const [widest, family] = isIPv6(base) ? ([128, 'ipv6'] as const) : ([32, 'ipv4'] as const);
  const prefix = Number(bits ?? widest);
  if (prefix > widest) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return list.check(address, family);
}

function formatAuthority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
