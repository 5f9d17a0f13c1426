import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerTls } from './recorded-server.ts';

export interface ProxyOptions {
  /** Makes it a proxy that is itself spoken to by TLS. */
  readonly tls?: ServerTls;
  /** Address to listen on: 127.0.0.1, another of 127.0.0.0/8, or ::1. */
  readonly host?: string;
  /** Basic authentication is asked for, and only this pair let through. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Where made-up targets ("sts.eu-west-1.amazonaws.com:443") really are: the URL of a server on loopback. */
  readonly routes?: Readonly<Record<string, string>>;
}

/** What the proxy does with a CONNECT. */
export type ProxyBehaviour =
  | { readonly kind: 'tunnel' }
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'raw'; readonly bytes: string } // bytes that need not be HTTP
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'reset-after-connect' };

export interface RecordedConnect {
  readonly target: string;
  readonly headers: Readonly<IncomingMessage['headers']>;
}

export interface FakeProxy {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly connects: readonly RecordedConnect[];
  /** Requests other than CONNECT, which show the proxy what it must not see. */
  readonly plainRequests: readonly string[];
  readonly openConnections: number;
  readonly maxConnections: number;
  behave(behaviour: ProxyBehaviour): void;
  /** Resets every connection there is, idle tunnels included. */
  breakOff(): void;
  close(): Promise<void>;
}

interface State {
  readonly connects: RecordedConnect[];
  readonly plainRequests: string[];
  readonly sockets: Set<Socket>;
  maxConnections: number;
  behaviour: ProxyBehaviour;
}

/** Starts a forward proxy on a free port of a loopback address. Targets without a route answer 502. */
export async function startProxy(options: ProxyOptions = {}): Promise<FakeProxy> {
  const state: State = {
    connects: [],
    plainRequests: [],
    sockets: new Set(),
    maxConnections: 0,
    behaviour: { kind: 'tunnel' },
  };
  const server = createServer(options.tls);
  server.on('connection', (socket: Socket) => {
    watch(state, socket);
  });
  server.on('request', (request, response) => {
    state.plainRequests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(501).end();
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    serve(state, options, request, client);
  });
  const { host, port } = await listen(server, options.host ?? '127.0.0.1');
  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    connects: state.connects,
    plainRequests: state.plainRequests,
    get openConnections() {
      return state.sockets.size;
    },
    get maxConnections() {
      return state.maxConnections;
    },
    behave: behaviour => {
      state.behaviour = behaviour;
    },
    breakOff: () => {
      for (const socket of state.sockets) socket.resetAndDestroy();
    },
    close: () => closeServer(server, state),
  };
}

function watch(state: State, socket: Socket): void {
  state.sockets.add(socket);
  state.maxConnections = Math.max(state.maxConnections, state.sockets.size);
  socket.on('error', () => undefined);
  socket.once('close', () => state.sockets.delete(socket));
}

function serve(state: State, options: ProxyOptions, request: IncomingMessage, client: Duplex): void {
  const target = request.url ?? '';
  state.connects.push({ target, headers: request.headers });
  client.on('error', () => undefined);
  const { behaviour } = state;
  switch (behaviour.kind) {
    case 'tunnel':
      tunnel(options, request, client);
      break;
    case 'reset-after-connect':
      client.write(formatAnswer(200), () => {
        reset(request.socket);
      });
      break;
    case 'answer':
      hangUp(client, formatAnswer(behaviour.status, behaviour.headers));
      break;
    case 'raw':
      hangUp(client, behaviour.bytes);
      break;
    case 'reset':
      reset(request.socket);
      break;
    case 'hang':
      client.resume().once('end', () => client.destroy());
      break;
  }
}

function tunnel({ login, routes = {} }: ProxyOptions, request: IncomingMessage, client: Duplex): void {
  if (login && request.headers['proxy-authorization'] !== formatBasic(login)) {
    hangUp(client, formatAnswer(407, { 'proxy-authenticate': 'Basic realm="proxy"' }));
    return;
  }
  const route = routes[request.url ?? ''];
  if (route === undefined) {
    hangUp(client, formatAnswer(502));
    return;
  }
  const { hostname, port } = new URL(route);
  const upstream = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }, () => {
    client.write(formatAnswer(200));
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  client.once('close', () => upstream.destroy());
}

/** What the caller still sends is read, so that its end is noticed. */
function hangUp(client: Duplex, last: string): void {
  client.resume().end(last);
}

function formatAnswer(status: number, headers: Readonly<Record<string, string>> = {}): string {
  const length = status === 200 ? {} : { 'content-length': '0' };
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Stand-in\r\n${lines.join('')}\r\n`;
}

function formatBasic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** On TLS only the socket below can be reset. */
function reset(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

function createServer(tls: ServerTls | undefined): Server {
  if (!tls) return createHttpServer();
  const client = tls.clientAuthority === undefined ? {} : { requestCert: true, ca: tls.clientAuthority };
  return createHttpsServer({ cert: tls.certificate, key: tls.key, ...client });
}

function listen(server: Server, host: string): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the proxy has no port'));
      else resolve({ host: address.address, port: address.port });
    });
  });
}

function closeServer(server: Server, state: State): Promise<void> {
  return new Promise(resolve => {
    server.close(() => {
      resolve();
    });
    for (const socket of state.sockets) socket.destroy();
  });
}
