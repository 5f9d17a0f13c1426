import { request as requestHttp, Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import type { Http, HttpRequest, HttpResponse } from '../identity/http.ts';
import { networkError, timeoutError, tooLargeError, type Destination } from './network-error.ts';
import { stopError } from './stop.ts';

export interface HttpOptions {
  /** The service's name, for errors. */
  readonly service: string;
  /** Ends every request when the step has to end; its reason is a StopReason. */
  readonly signal: AbortSignal;
  /** Most milliseconds for one request, connection and whole answer. */
  readonly attemptMs: number;
}

/** No real answer of either service comes near it. */
const mostBytes = 1_000_000;

/**
 * Returns an HTTP client for one service. Certificates are always checked, whatever the environment says; no redirect is
 * followed, no compressed answer asked for, no more than 1 MB read.
 */
export function openHttp(options: HttpOptions): Http {
  const agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true, minVersion: 'TLSv1.2', rejectUnauthorized: true }),
  };
  return { send: request => send(request, agents, options) };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

async function send(request: HttpRequest, agents: Agents, options: HttpOptions): Promise<HttpResponse> {
  const destination = { service: options.service, address: addressOf(request.url) };
  const attempt = AbortSignal.timeout(options.attemptMs);
  try {
    const outgoing = start(request, agents, AbortSignal.any([options.signal, attempt]));
    return await receive(outgoing, request.body, destination);
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
  return requestHttps(url, { method, headers, signal, agent: agents.https, rejectUnauthorized: true });
}

function receive(outgoing: ClientRequest, body: string, destination: Destination): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      reject(networkError(thrown, destination));
    };
    outgoing.on('error', fail);
    outgoing.on('response', incoming => {
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
      if (bytes > mostBytes) break;
      chunks.push(chunk);
    }
  } catch (thrown) {
    throw networkError(thrown, destination);
  }
  if (bytes > mostBytes) throw tooLargeError(mostBytes, destination);
  return Buffer.concat(chunks).toString('utf8');
}

function readHeaders(incoming: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries);
}

function addressOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`;
}
