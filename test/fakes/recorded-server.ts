import { setMaxListeners } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sendAnswer, sendFault } from './answers.ts';
import type { Clock } from './clock.ts';
import { watchConnections } from './connections.ts';
import type { Connections, Handshakes } from './connections.ts';
import { createPlan } from './faults.ts';
import type { Answer, Fault, Matching, Plan, RecordedRequest } from './faults.ts';
import { readRequest } from './recorded-request.ts';

export type Respond = (request: RecordedRequest) => Answer | Promise<Answer>;

export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authority whose client certificates are required; without it none is asked for. */
  readonly clientAuthority?: string;
}

export interface ServerOptions {
  /** Address to listen on: 127.0.0.1, another of 127.0.0.0/8, or ::1. */
  readonly host?: string;
  /** Port to listen on; by default a free one. */
  readonly port?: number;
  /** Host name in `url`; by default the address. */
  readonly hostName?: string;
  readonly tls?: ServerTls;
  /** Waited before every answer. */
  readonly delayMs?: number;
  readonly clock?: Clock;
}

export interface RecordedServer {
  /** Origin, without a slash at its end. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** TCP connections accepted. */
  readonly connections: number;
  readonly handshakes: Handshakes;
  readonly maxInFlight: number;
  setDelay(ms: number): void;
  /** Plans a fault for the next `times` requests that match. */
  failNext(fault: Fault, times?: number, matching?: Matching): void;
  /** Forgets requests, counts and planned faults. */
  reset(): void;
  /** Ends every connection, also those that hang, and stops listening. */
  close(): Promise<void>;
}

interface State {
  readonly respond: Respond;
  readonly clock: Clock;
  readonly requests: RecordedRequest[];
  readonly faults: Plan<Fault>;
  readonly closing: AbortController;
  delayMs: number;
  inFlight: number;
  maxInFlight: number;
}

/** Starts a server on a free port of a loopback address that records what it is asked and fails on demand. */
export async function startRecordedServer(respond: Respond, options: ServerOptions = {}): Promise<RecordedServer> {
  const state = createState(respond, options);
  const server = createServer((request, response) => void serve(state, connections, request, response), options.tls);
  const connections = watchConnections(server);
  await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  return {
    url: describeUrl(server, options),
    requests: state.requests,
    get connections() {
      return connections.count;
    },
    get handshakes() {
      return { ...connections.handshakes };
    },
    get maxInFlight() {
      return state.maxInFlight;
    },
    setDelay: ms => {
      state.delayMs = ms;
    },
    failNext: (fault, times, matching) => {
      state.faults.add(fault, times, matching);
    },
    reset: () => {
      forget(state);
      connections.reset();
    },
    close: () => closeServer(server, connections, state),
  };
}

function createState(respond: Respond, options: ServerOptions): State {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  return {
    respond,
    clock: options.clock ?? Date.now,
    requests: [],
    faults: createPlan(),
    closing,
    delayMs: options.delayMs ?? 0,
    inFlight: 0,
    maxInFlight: 0,
  };
}

async function serve(state: State, connections: Connections, incoming: IncomingMessage, response: ServerResponse) {
  countInFlight(state, response);
  // The date is the stand-in's, so that an SDK which corrects its clock by it learns the right time.
  response.setHeader('date', new Date(state.clock()).toUTCString());
  const connection = connections.find(incoming.socket);
  try {
    const request = await readRequest(incoming, connection.number, state.clock());
    state.requests.push(request);
    await answerRequest(state, request, response, connection.socket);
  } catch (error) {
    // A caller that went away or a server that is closing; anything else is a fault of the stand-in.
    if (!response.destroyed && !state.closing.signal.aborted) sendAnswer(response, describeBug(error));
  }
}

async function answerRequest(state: State, request: RecordedRequest, response: ServerResponse, connection: Socket) {
  const fault = state.faults.take(request);
  if (state.delayMs > 0) await wait(state.delayMs, undefined, { signal: state.closing.signal, ref: false });
  const answer = async () => state.respond(request);
  if (fault) return sendFault({ answer, response, connection, closing: state.closing.signal }, fault);
  sendAnswer(response, await answer());
}

function countInFlight(state: State, response: ServerResponse): void {
  state.inFlight += 1;
  state.maxInFlight = Math.max(state.maxInFlight, state.inFlight);
  response.once('close', () => {
    state.inFlight -= 1;
  });
}

function describeBug(error: unknown): Answer {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: 500, headers: { 'content-type': 'text/plain' }, body: `The stand-in itself failed: ${text}` };
}

function createServer(listener: RequestListener, tls: ServerTls | undefined): Server {
  // The metadata service answers without a Host header too, and the AWS Common Runtime sends none.
  if (!tls) return createHttpServer({ requireHostHeader: false }, listener);
  const client = tls.clientAuthority === undefined ? {} : { requestCert: true, ca: tls.clientAuthority };
  return createHttpsServer({ cert: tls.certificate, key: tls.key, ...client }, listener);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function describeUrl(server: Server, options: ServerOptions): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${options.tls ? 'https' : 'http'}://${options.hostName ?? host}:${address.port}`;
}

function forget(state: State): void {
  state.requests.splice(0);
  state.faults.clear();
  state.maxInFlight = state.inFlight;
}

function closeServer(server: Server, connections: Connections, state: State): Promise<void> {
  state.closing.abort();
  return new Promise(resolve => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
    connections.destroy();
  });
}
