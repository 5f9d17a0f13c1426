import { request as requestHttp, Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps, type Agent as HttpsAgent } from 'node:https';
import { WifError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../identity/http.ts';
import { networkError, timeoutError, tooLargeError, type Destination } from './network-error.ts';
import { chooseProxy, type ProxySettings } from './proxy.ts';
import { ReadyAgent, type AttemptOptions } from './ready-agent.ts';
import { stopError } from './stop.ts';
import { planTls, type ClientTls } from './tls.ts';
import { openTunnelAgent } from './tunnel.ts';

export interface HttpOptions {
  /** The service's name, for errors. */
  readonly service: string;
  /** Ends every request when the step has to end; its reason is a StopReason. */
  readonly signal: AbortSignal;
  /** Most milliseconds for one request, connection and whole answer. */
  readonly attemptMs: number;
  /** Public CAs and no client certificate by default. */
  readonly tls?: ClientTls;
  /** No proxy by default. */
  readonly proxy?: ProxySettings;
  /** Takes the direct requests; may have connected already, with the same TLS. One of its own by default. */
  readonly agent?: ReadyAgent | undefined;
  /** Called when a request has gone out, before its answer is there: what has to be done anyway can be done meanwhile. */
  readonly whileWaiting?: () => void;
}

/** Most requests under way at once, and so most connections; the others wait for their turn. */
const maxAtOnce = 20;

/** Of an attempt's time, so that a proxy that hangs is what its error names. */
const shareForProxy = 2 / 3;

const noTls: ClientTls = { settings: { ca: [], clientCertificate: undefined } };
const noProxy: ProxySettings = { server: undefined, bypassExpressions: [], noProxy: [] };

/** No real answer of either service comes near it. */
const maxBytes = 1_000_000;

/**
 * Returns an HTTP client for one service. Certificates are checked as its options say, whatever the environment says; no
 * redirect is followed, no compressed answer asked for, no more than 1 MB read.
 */
export function openHttp(options: HttpOptions): HttpClient {
  const agents = openAgents(options);
  const takeTurn = openTurns(maxAtOnce);
  return {
    send: request => takeTurn(() => send(request, agents, options)),
    prepare: url => {
      const agent = url.protocol === 'https:' ? agents.choose(url) : undefined;
      if (agent instanceof ReadyAgent) void agent.prepare(url);
    },
  };
}

/** An HTTP client that can connect ahead. */
export interface HttpClient extends Http {
  /** Opens the connection of the next request to a URL's host, unless a proxy is between; never fails. */
  prepare(url: URL): void;
}

interface Agents {
  readonly http: HttpAgent;
  choose(url: URL): HttpsAgent;
}

function openAgents({ tls = noTls, proxy = noProxy, signal, attemptMs, agent }: HttpOptions): Agents {
  const direct = agent ?? new ReadyAgent(planTls(tls.settings, tls.use));
  const tunnel = proxy.server && openTunnelAgent(proxy.server, tls, { signal, connectMs: attemptMs * shareForProxy });
  return {
    http: new HttpAgent({ keepAlive: true }),
    choose: remember(url => (tunnel !== undefined && chooseProxy(url, proxy) !== undefined ? tunnel : direct)),
  };
}

/** A long list of exceptions takes its time; requests that are tried again, or of many roles, have the same URL. */
function remember<Result>(choose: (url: URL) => Result): (url: URL) => Result {
  const chosen = new Map<string, Result>();
  return url => {
    const known = chosen.get(url.href) ?? choose(url);
    chosen.set(url.href, known);
    return known;
  };
}

/**
 * Lets so many run at once. An agent's maxSockets would not do: Node does not count a tunnel that is still being made,
 * and a request's time would run out while it waits.
 */
function openTurns(most: number): <Result>(act: () => Promise<Result>) => Promise<Result> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async act => {
    if (free > 0) free -= 1;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

async function send(request: HttpRequest, agents: Agents, options: HttpOptions): Promise<HttpResponse> {
  const destination = { service: options.service, address: addressOf(request.url) };
  const attempt = AbortSignal.timeout(options.attemptMs);
  try {
    const signal = AbortSignal.any([options.signal, attempt]);
    const outgoing = start(request, agents, signal);
    // Not sooner: what blocks before the last byte is written delays the request.
    if (options.whileWaiting !== undefined) outgoing.once('finish', options.whileWaiting);
    return await receive(outgoing, request.body, destination, signal);
  } catch (thrown) {
    if (options.signal.aborted) {
      throw stopError(options.signal, `waiting for ${destination.service} at ${destination.address}`, thrown);
    }
    if (attempt.aborted) throw timeoutError(options.attemptMs, destination);
    throw thrown;
  }
}

function start(request: HttpRequest, agents: Agents, signal: AbortSignal): ClientRequest {
  const { method, url, body } = request;
  const headers = { ...request.headers, 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body) };
  if (url.protocol === 'http:') return requestHttp(url, { method, headers, signal, agent: agents.http });
  const agent = agents.choose(url);
  const { rejectUnauthorized } = agent.options;
  const options: AttemptOptions = { method, headers, signal, attempt: signal, agent, rejectUnauthorized };
  return requestHttps(url, options);
}

function receive(
  outgoing: ClientRequest,
  body: string,
  destination: Destination,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const fail = (thrown: unknown): void => {
      reject(thrown instanceof WifError ? thrown : networkError(thrown, destination));
    };
    outgoing.on('error', fail);
    // Node tells a request that has no connection yet nothing of its end.
    signal.addEventListener('abort', () => {
      fail(signal.reason);
    });
    // Neither an answer nor an error: a server that switches protocols, or a connection that just ends.
    outgoing.on('upgrade', (incoming, socket) => {
      socket.destroy();
      fail(new Error(`socket hang up after status ${incoming.statusCode ?? 0}`));
    });
    outgoing.on('close', () => {
      if (!answered) fail(new Error('socket hang up'));
    });
    outgoing.on('response', incoming => {
      answered = true;
      readBody(incoming, destination).then(text => {
        resolve({ status: incoming.statusCode ?? 0, headers: readHeaders(incoming), body: text });
      }, reject);
    });
    outgoing.end(body);
  });
}

async function readBody(incoming: IncomingMessage, destination: Destination): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (thrown) {
    throw networkError(thrown, destination);
  }
  if (bytes > maxBytes) throw tooLargeError(maxBytes, destination);
  return Buffer.concat(chunks).toString('utf8');
}

function readHeaders(incoming: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries);
}

function addressOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`;
}
