import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import {
  connect,
  createServer as createSilentServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { createServer, request, type Server } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { WifError } from '../../src/errors.ts';
import { openHttp, type HttpClient } from '../../src/host/http.ts';
import { ReadyAgent } from '../../src/host/ready-agent.ts';
import { planTls } from '../../src/host/tls.ts';
import { createAuthority, type Leaf } from '../fakes/certificates.ts';
import { startProxy } from '../fakes/proxy.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

describe('host/ready-agent', () => {
  let ca: string[] = [];
  let file = '';
  let server: Server;
  let strange: Server;
  let leaf: Leaf;
  let connections: TLSSocket[] = [];
  const others: { close: () => unknown }[] = [];

  async function listen<Kind extends Server | NetServer>(listening: Kind): Promise<Kind> {
    await once(listening.listen(0, '127.0.0.1'), 'listening');
    return listening;
  }

  function urlOf(listening: Server | NetServer): URL {
    return new URL(`https://127.0.0.1:${(listening.address() as AddressInfo).port}/`);
  }

  function open(change: Partial<Parameters<typeof openHttp>[0]> = {}): HttpClient {
    const tls = { settings: { ca, clientCertificate: undefined } };
    return openHttp({ service: 'AWS STS', signal: new AbortController().signal, attemptMs: 3000, tls, ...change });
  }

  const post = async (http: HttpClient, url: URL): Promise<number> =>
    (await http.send({ method: 'POST', url, headers: {}, body: 'x' })).status;

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(resolve => setTimeout(resolve, 5));
  };

  before(async () => {
    const [trusted, stranger] = await Promise.all([createAuthority('Trusted'), createAuthority('Stranger')]);
    const hosts = ['127.0.0.1'];
    const [own, foreign] = await Promise.all([trusted.issue({ hosts }), stranger.issue({ hosts })]);
    leaf = own;
    ca = [trusted.pem];
    file = join(makeScratchFolder('ready-agent'), 'ca.pem');
    writeFileSync(file, trusted.pem);
    const start = ({ certificate: cert, key }: Leaf) =>
      listen(createServer({ cert, key }, (_, response) => response.end()));
    [server, strange] = await Promise.all([start(own), start(foreign)]);
    server.on('secureConnection', (socket: TLSSocket) => connections.push(socket));
  });

  beforeEach(() => {
    connections = [];
  });

  after(() => {
    for (const one of [server, strange]) {
      one.closeAllConnections();
      one.close();
    }
    others.forEach(other => other.close());
  });

  it('a request takes the connection that is there, and the next one, too', async () => {
    const http = open();
    http.prepare(urlOf(server));
    await until(() => connections.length === 1);
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 1);
    // Node frees a connection some turns after an answer's end.
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 1);
  });

  it('a request takes the connection that is still being made', async () => {
    const http = open();
    http.prepare(urlOf(server));
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 1);
  });

  it('requests at the same time open further ones', async () => {
    const http = open();
    http.prepare(urlOf(server));
    await Promise.all([1, 2, 3].map(() => post(http, urlOf(server))));
    assert.equal(connections.length, 3);
  });

  it('what is prepared twice, or after a request, is prepared once', async () => {
    const http = open();
    http.prepare(urlOf(server));
    http.prepare(urlOf(server));
    assert.equal(await post(http, urlOf(server)), 200);
    http.prepare(urlOf(server));
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 1);
  });

  it('a request to another host opens its own, and the one that nobody needs is closed', async () => {
    const http = open();
    http.prepare(urlOf(server));
    await until(() => connections.length === 1);
    await assert.rejects(post(http, urlOf(strange)), (error: WifError) => error.code === 'NetworkTls');
    await until(() => connections[0]?.destroyed === true);
  });

  it('a request opens its own where a server has said something without being asked', async () => {
    const http = open();
    http.prepare(urlOf(server));
    await until(() => connections.length === 1);
    connections[0]?.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
    await new Promise(resolve => setTimeout(resolve, 100));
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 2);
  });

  it('a request opens its own where the other has waited too long', async () => {
    const agent = new ReadyAgent(planTls({ ca, clientCertificate: undefined }), 50);
    await agent.prepare(urlOf(server));
    await until(() => connections.length === 1);
    await new Promise(resolve => setTimeout(resolve, 60));
    const outgoing = request(urlOf(server), { agent }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.resume();
    await until(() => connections.length === 2 && connections[0]?.destroyed === true);
    agent.destroy();
  });

  it('of two connections ahead a request takes one, and the other keeps no process alive', async () => {
    const module = (name: string): string => JSON.stringify(new URL(`../../src/host/${name}.ts`, import.meta.url).href);
    // Its answers come when the request waits for the handshake.
    const relay = createSilentServer((near: Socket) => {
      const far = connect({ host: '127.0.0.1', port: Number(urlOf(server).port) });
      const forward = (from: Socket, to: Socket): unknown =>
        from.on('error', () => to.destroy()).on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), 400));
      forward(
        near,
        far.on('close', () => near.destroy()),
      );
      forward(
        far,
        near.on('close', () => far.destroy()),
      );
    });
    others.push(await listen(relay));
    const [url, slow] = [server, relay].map(one => `new URL(${JSON.stringify(urlOf(one).href)})`);
    const script = `
      import { request } from 'node:https';
      import { ReadyAgent } from ${module('ready-agent')};
      import { planTls } from ${module('tls')};
      const agents = [0, 1].map(() => new ReadyAgent(planTls({ ca: [], clientCertificate: undefined })));
      agents[0].prepare(${slow});
      agents[1].prepare(${url});
      process.exitCode = 1;
      setTimeout(() => {
        request(${slow}, { agent: agents[0] }, answer => {
          process.exitCode = 0;
          answer.socket.destroy();
        }).end();
      }, 200);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    // Node reads the variable when it starts, so that this authority is one of Node's own.
    const env = { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: file };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 30_000 });
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
    assert.equal(connections.length, 2);
  });

  it('a request opens its own where the server has closed the other', async () => {
    const http = open();
    http.prepare(urlOf(server));
    await until(() => connections.length === 1);
    connections[0]?.destroy();
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.equal(await post(http, urlOf(server)), 200);
    assert.equal(connections.length, 2);
  });

  it('a request opens its own where the server has refused the other after its handshake', async () => {
    const { certificate: cert, key } = leaf;
    const demanding = await listen(createServer({ cert, key, ca, requestCert: true }));
    let [dialled, refused] = [0, 0];
    // Passes on the server's alert, but not that it has closed the connection.
    const relay = await listen(
      createSilentServer((near: Socket) => {
        dialled += 1;
        const far = connect({ host: '127.0.0.1', port: Number(urlOf(demanding).port) });
        near.on('error', () => far.destroy()).on('data', chunk => far.writable && far.write(chunk));
        far.on('error', () => undefined).on('data', chunk => near.write(chunk));
        far.on('close', () => (refused += 1));
      }),
    );
    others.push(demanding, relay);
    const http = open();
    http.prepare(urlOf(relay));
    await until(() => refused === 1);
    await new Promise(resolve => setTimeout(resolve, 50));
    await assert.rejects(post(http, urlOf(relay)), (error: WifError) => error.code === 'NetworkTls');
    assert.equal(dialled, 2);
  });

  const refusals = [
    { name: 'an authority that nobody knows', find: () => urlOf(strange), code: 'NetworkTls', waits: true },
    { name: 'an authority that nobody knows, at once', find: () => urlOf(strange), code: 'NetworkTls', waits: false },
    {
      name: "an authority that is none of Node's",
      find: () => urlOf(server),
      code: 'NetworkTls',
      waits: false,
      ca: [],
    },
    {
      name: 'a port that nobody listens at',
      find: () => new URL('https://127.0.0.1:1/'),
      code: 'NetworkRefused',
      waits: true,
    },
  ] as const;
  for (const { name, find, code, waits, ...own } of refusals) {
    it(`a request says what is wrong: ${name}`, async () => {
      const http = open('ca' in own ? { tls: { settings: { ca: own.ca, clientCertificate: undefined } } } : {});
      http.prepare(find());
      if (waits) await new Promise(resolve => setTimeout(resolve, 100));
      await assert.rejects(post(http, find()), (error: WifError) => error.code === code);
    });
  }

  it('a request ends in its time where a server takes the connection and says nothing', async () => {
    const dialled: Socket[] = [];
    const silent = await listen(
      createSilentServer((socket: Socket) => dialled.push(socket.on('error', () => undefined))),
    );
    others.push(silent);
    const http = open({ attemptMs: 300 });
    http.prepare(urlOf(silent));
    await assert.rejects(post(http, urlOf(silent)), (error: WifError) => error.code === 'NetworkTimeout');
    // And so does the connection, which else would keep this process alive.
    await until(() => dialled.length === 1 && dialled.every(socket => socket.resume().destroyed));
  });

  it('nothing is opened past a proxy, or without TLS', async function () {
    if (process.platform === 'win32') {
      console.log('*** SKIPPED: connections past a proxy: 0.0.0.0 is this machine with Linux and macOS ***');
      this.skip();
    }
    const proxy = await startProxy({});
    others.push(proxy);
    let dialled = 0;
    server.on('connection', () => (dialled += 1));
    // Loopback addresses never go through a proxy; this one stands for them, too.
    const url = new URL(urlOf(server).href.replace('127.0.0.1', '0.0.0.0'));
    const via = { host: proxy.host, port: proxy.port, setting: 'HTTPS_PROXY', credentials: undefined };
    open({ proxy: { server: { ...via, protocol: 'http:' }, bypassExpressions: [], noProxy: [] } }).prepare(url);
    open().prepare(new URL(url.href.replace('https:', 'http:')));
    await new Promise(resolve => setTimeout(resolve, 100));
    assert.deepEqual([dialled, proxy.maxConnections], [0, 0]);
    open().prepare(url);
    await until(() => dialled === 1);
  });
});
