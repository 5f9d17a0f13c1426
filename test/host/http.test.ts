import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { WifError } from '../../src/errors.ts';
import { openHttp } from '../../src/host/http.ts';
import type { HttpRequest } from '../../src/identity/http.ts';

const servers: (Server | TcpServer)[] = [];

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener): Promise<URL> {
  return new URL(`http://127.0.0.1:${await listen(createServer(listener))}/path?query=1`);
}

async function serveRaw(listener: (socket: Socket) => void): Promise<URL> {
  const server = createTcpServer(socket => {
    socket.on('error', () => socket.destroy());
    listener(socket);
  });
  return new URL(`http://127.0.0.1:${await listen(server)}/`);
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise(resolve => server.close(resolve));
  return port;
}

function post(url: URL | string, change: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    url: new URL(url),
    headers: { authorization: 'Bearer canary-token' },
    body: 'canary-body',
    ...change,
  };
}

function open(change: { signal?: AbortSignal; attemptMs?: number; whileWaiting?: () => void } = {}) {
  return openHttp({ service: 'AWS STS', signal: new AbortController().signal, attemptMs: 5000, ...change });
}

async function failureOf(sent: Promise<unknown>): Promise<WifError> {
  const error: unknown = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WifError, `no WifError: ${String(error)}`);
  assert.doesNotMatch(error.message, /canary/);
  return error;
}

describe('host/http', () => {
  after(() => {
    for (const server of servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
  });

  it('sends one request as it is given, and asks for no compressed answer', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      void text(request).then(body => {
        const { authorization, 'accept-encoding': encoding, 'content-length': length } = request.headers;
        seen.push({ method: request.method, url: request.url, authorization, encoding, length, body });
        response.writeHead(201, { 'X-Mixed-Case': 'Value', 'Retry-After': '3' }).end('grüße');
      });
    });
    const answer = await open().send(post(url, { body: 'a=ü' }));
    assert.equal(answer.status, 201);
    assert.equal(answer.body, 'grüße');
    assert.equal(answer.headers['x-mixed-case'], 'Value');
    assert.equal(answer.headers['retry-after'], '3');
    assert.deepEqual(seen, [
      {
        method: 'POST',
        url: '/path?query=1',
        authorization: 'Bearer canary-token',
        encoding: 'identity',
        length: '4',
        body: 'a=ü',
      },
    ]);
  });

  for (const status of [200, 204, 400, 401, 403, 404, 429, 500, 503]) {
    it(`returns an answer of ${status} as it is`, async () => {
      const url = await serve((_, response) => response.writeHead(status).end());
      assert.equal((await open().send(post(url))).status, status);
    });
  }

  it('lets work be done when a request has gone out and before it is answered', async () => {
    const steps: string[] = [];
    const meanwhile = new EventTarget();
    const worked = once(meanwhile, 'worked');
    const url = await serve((request, response) => {
      void Promise.all([text(request), worked]).then(([body]) => {
        steps.push(`answer to ${body}`);
        response.end();
      });
    });
    const whileWaiting = () => {
      steps.push('work');
      meanwhile.dispatchEvent(new Event('worked'));
    };
    await open({ whileWaiting }).send(post(url));
    assert.deepEqual(steps, ['work', 'answer to canary-body']);
  });

  describe('no request follows a redirect', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`returns an answer of ${status}, and asks nobody else`, async () => {
        const asked: string[] = [];
        const target = await serve((_, response) => {
          asked.push('the target');
          response.end();
        });
        const url = await serve((_, response) => response.writeHead(status, { location: target.href }).end('moved'));
        const answer = await open().send(post(url));
        assert.equal(answer.status, status);
        assert.equal(answer.headers['location'], target.href);
        assert.deepEqual(asked, []);
      });
    }
  });

  describe('no more than 1 MB of an answer is read', () => {
    it('takes 1000000 bytes', async () => {
      const url = await serve((_, response) => response.end('x'.repeat(1_000_000)));
      assert.equal((await open().send(post(url))).body.length, 1_000_000);
    });

    it('refuses 1000001 bytes', async () => {
      const url = await serve((_, response) => response.end('x'.repeat(1_000_001)));
      const error = await failureOf(open().send(post(url)));
      assert.equal(error.code, 'AnswerTooLarge');
      assert.equal(error.retriable, undefined);
    });

    it('counts bytes, not characters', async () => {
      const url = await serve((_, response) => response.end('ü'.repeat(500_001)));
      assert.equal((await failureOf(open().send(post(url)))).code, 'AnswerTooLarge');
    });

    it('does not wait for the end of an endless answer', async () => {
      const url = await serve((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(60_000)));
        };
        response.on('drain', more);
        more();
      });
      assert.equal((await failureOf(open().send(post(url)))).code, 'AnswerTooLarge');
    });
  });

  describe('one attempt takes no longer than its time', () => {
    const half = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';
    const silences = [
      { name: 'nothing is answered', talk: (socket: Socket) => socket.resume() },
      { name: 'half the headers come', talk: (socket: Socket) => socket.resume().write('HTTP/1.1 200 OK\r\ncontent-') },
      { name: 'half the answer comes', talk: (socket: Socket) => socket.resume().write(half) },
    ];
    for (const { name, talk } of silences) {
      it(`ends where ${name}, to be tried again`, async () => {
        const url = await serveRaw(socket => void talk(socket));
        const error = await failureOf(open({ attemptMs: 100 }).send(post(url)));
        assert.equal(error.code, 'NetworkTimeout');
        assert.match(error.message, new RegExp(`AWS STS at ${url.host}`));
        assert.deepEqual(error.retriable, {});
      });
    }
  });

  describe('a broken connection is named, to be tried again', () => {
    const breaks = [
      { name: 'closed before an answer', talk: (socket: Socket) => socket.end(), code: 'NetworkReset' },
      { name: 'reset before an answer', talk: (socket: Socket) => socket.resetAndDestroy(), code: 'NetworkReset' },
      {
        name: 'closed in the middle of an answer',
        talk: (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
        code: 'NetworkReset',
      },
      {
        name: 'closed in the middle of a chunk',
        talk: (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf'),
        code: 'NetworkReset',
      },
      {
        name: 'answered with something else than HTTP',
        talk: (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
        code: 'NetworkFailed',
        says: 'answered with something that is not HTTP',
      },
    ];
    for (const { name, talk, code, says = 'closed the connection' } of breaks) {
      it(`${code} where it is ${name}`, async () => {
        const url = await serveRaw(socket => {
          socket.once('data', () => void talk(socket));
        });
        const error = await failureOf(open().send(post(url)));
        assert.equal(error.code, code);
        assert.match(error.message, new RegExp(`AWS STS at ${url.host} ${says}`));
        assert.deepEqual(error.retriable, {});
      });
    }

    it('NetworkRefused where nobody listens', async () => {
      const port = await closedPort();
      const error = await failureOf(open().send(post(`http://127.0.0.1:${port}`)));
      assert.equal(error.code, 'NetworkRefused');
      assert.match(error.message, new RegExp(`ECONNREFUSED 127\\.0\\.0\\.1:${port}`));
      assert.deepEqual(error.retriable, {});
    });

    it('NetworkRefused with every address of a host that has several', async () => {
      const port = await closedPort();
      const error = await failureOf(open().send(post(`http://localhost:${port}`)));
      assert.equal(error.code, 'NetworkRefused');
      assert.match(error.message, new RegExp(`AWS STS at localhost:${port} refused the connection: .*ECONNREFUSED`));
    });

    it('NetworkNameNotResolved where DNS has no such host', async () => {
      // A resolver asks again after 5 s where its question was lost.
      const error = await failureOf(open({ attemptMs: 30_000 }).send(post('https://name.invalid/')));
      assert.equal(error.code, 'NetworkNameNotResolved');
      assert.match(error.message, /AWS STS at name\.invalid:443 could not be found in DNS/);
      assert.deepEqual(error.retriable, {});
    });
  });

  describe('a step that is stopped ends its request', () => {
    const reasons = [
      { reason: { kind: 'canceled', signal: 'SIGINT' }, code: 'Canceled' },
      { reason: { kind: 'deadline', seconds: 60 }, code: 'DeadlineExceeded' },
    ] as const;
    for (const { reason, code } of reasons) {
      it(`with ${code} while it waits for an answer, not to be tried again`, async () => {
        const controller = new AbortController();
        const url = await serve(() => {
          controller.abort(reason);
        });
        const error = await failureOf(open({ signal: controller.signal }).send(post(url)));
        assert.equal(error.code, code);
        assert.match(error.message, new RegExp(`while waiting for AWS STS at ${url.host}`));
        assert.equal(error.retriable, undefined);
      });

      it(`with ${code} in the middle of an answer`, async () => {
        const controller = new AbortController();
        const url = await serve((_, response) => {
          response.write('half');
          setTimeout(() => {
            controller.abort(reason);
          }, 20);
        });
        assert.equal((await failureOf(open({ signal: controller.signal }).send(post(url)))).code, code);
      });

      it(`with ${code} before it begins, and sends nothing`, async () => {
        const asked: string[] = [];
        const url = await serve((_, response) => {
          asked.push('the server');
          response.end();
        });
        assert.equal((await failureOf(open({ signal: AbortSignal.abort(reason) }).send(post(url)))).code, code);
        assert.deepEqual(asked, []);
      });
    }
  });

  describe('loopback never goes through a proxy', () => {
    const names = [
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'https_proxy',
      'ALL_PROXY',
      'all_proxy',
      'NODE_USE_ENV_PROXY',
    ];
    const kept = names.map(name => [name, process.env[name]] as const);

    afterEach(() => {
      for (const [name, value] of kept) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    });

    it('though the environment names one', async () => {
      const asked: string[] = [];
      const proxy = await serve((_, response) => {
        asked.push('the proxy');
        response.end();
      });
      for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy.origin;
      const url = await serve((_, response) => response.end('direct'));
      assert.equal((await open().send(post(url))).body, 'direct');
      assert.deepEqual(asked, []);
    });
  });
});
