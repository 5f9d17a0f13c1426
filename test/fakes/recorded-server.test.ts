import assert from 'node:assert/strict';
import { get as httpGet, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';
import type { Authority } from './certificates.ts';
import { createAuthority } from './certificates.ts';
import { createClock } from './clock.ts';
import type { Answer, Fault } from './faults.ts';
import { redirectTo, retryAfter, signInPage } from './faults.ts';
import type { RecordedServer, ServerOptions } from './recorded-server.ts';
import { startRecordedServer } from './recorded-server.ts';

const genuine: Answer = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"greeting":"good morning"}',
};

interface Outcome {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Code of an error after the headers came. */
  readonly broken?: string;
}

type CallOptions = RequestOptions & {
  ca?: string;
  cert?: string;
  key?: string;
  body?: string;
  /** Called when the headers have come. */
  onHeaders?: () => void;
};

/** Rejects with an error that came before the headers; resolves with what arrived otherwise. */
function call(url: string, options: CallOptions = {}): Promise<Outcome> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    let fail: (error: Error) => void = reject;
    const request = send(url, options, response => {
      options.onHeaders?.();
      const chunks: Buffer[] = [];
      const collect = () => ({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks),
      });
      fail = error => {
        resolve({ ...collect(), broken: 'code' in error ? String(error.code) : error.message });
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve(collect());
      });
    });
    request.on('error', error => {
      fail(error);
    });
    request.end(options.body);
  });
}

describe('fakes/recorded-server', () => {
  let server: RecordedServer;
  let authority: Authority;

  before(async () => {
    authority = await createAuthority();
  });

  async function start(options: ServerOptions = {}): Promise<string> {
    server = await startRecordedServer(() => genuine, options);
    return server.url;
  }

  async function startSecure(clientAuthority?: string): Promise<string> {
    const leaf = await authority.issue({ hosts: ['127.0.0.1'] });
    return start({ tls: clientAuthority === undefined ? leaf : { ...leaf, clientAuthority } });
  }

  afterEach(() => server.close());

  it('records what it was asked', async () => {
    const url = await start();
    await call(`${url}/a/b?x=1`, { method: 'POST', body: 'hello', headers: { 'x-one': '1' } });
    const [request] = server.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request.path, '/a/b');
    assert.equal(request.query.get('x'), '1');
    assert.equal(request.headers['x-one'], '1');
    assert.equal(request.body, 'hello');
  });

  it('listens on another loopback address, so that two servers differ in more than the port', async function () {
    // Only Linux and Windows answer on all of 127.0.0.0/8 on their own.
    if (process.platform === 'darwin') this.skip();
    const url = await start({ host: '127.0.0.2' });
    assert.match(url, /^http:\/\/127\.0\.0\.2:\d+$/);
    assert.equal((await call(url)).status, 200);
  });

  it('counts connections and what is in flight at once', async () => {
    const url = await start({ delayMs: 300 });
    await Promise.all([call(url, { agent: false }), call(url, { agent: false }), call(url, { agent: false })]);
    assert.equal(server.connections, 3);
    assert.equal(server.maxInFlight, 3);
    server.reset();
    assert.equal(server.connections, 0);
    assert.equal(server.requests.length, 0);
  });

  it('tells the time of its own clock', async () => {
    const clock = createClock(Date.UTC(2027, 6, 1), true);
    const { headers } = await call(await start({ clock: clock.now }));
    assert.equal(headers.date, 'Thu, 01 Jul 2027 00:00:00 GMT');
  });

  it('counts TLS handshakes, resumed and refused ones apart', async () => {
    const url = await startSecure();
    const agent = new HttpsAgent({ keepAlive: true });
    await call(url, { ca: authority.pem, agent });
    await call(url, { ca: authority.pem, agent });
    agent.destroy();
    assert.deepEqual(server.handshakes, { completed: 1, resumed: 0, failed: 0 });
    await assert.rejects(call(url, { agent: false }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    assert.equal(server.requests.length, 2);
    assert.deepEqual(
      server.requests.map(request => request.connection),
      [1, 1],
    );
  });

  for (const { name, leaf, code } of [
    { name: 'an expired certificate', leaf: { notAfter: new Date(Date.now() - 1000) }, code: 'CERT_HAS_EXPIRED' },
    { name: "another host's certificate", leaf: { hosts: ['other.example'] }, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  ]) {
    it(`is refused by a careful caller for ${name}`, async () => {
      const url = await start({ tls: await authority.issue({ hosts: ['127.0.0.1'], ...leaf }) });
      await assert.rejects(call(url, { ca: authority.pem, agent: false }), { code });
    });
  }

  it('knows the caller by its certificate and refuses one without', async () => {
    const url = await startSecure(authority.pem);
    const client = await authority.issue({ hosts: ['agent-1'], clientAuth: true });
    await call(url, { ca: authority.pem, cert: client.certificate, key: client.key, agent: false });
    assert.equal(server.requests[0]?.clientCertificate, 'agent-1');
    await assert.rejects(call(url, { ca: authority.pem, agent: false }));
    assert.equal(server.requests.length, 1);
  });

  for (const scheme of ['http', 'https']) {
    describe(`faults on ${scheme}`, () => {
      const fail = async (fault: Fault, times?: number) => {
        const url = scheme === 'http' ? await start() : await startSecure();
        server.failNext(fault, times);
        return url;
      };
      const ask = (url: string, onHeaders?: () => void) =>
        call(url, { ca: authority.pem, agent: false, ...(onHeaders && { onHeaders }) });

      for (const kind of ['reset-before-headers', 'reset-after-answer-is-made'] as const) {
        it(`${kind}, then answers again`, async () => {
          const url = await fail({ kind });
          await assert.rejects(ask(url), { code: 'ECONNRESET' });
          assert.deepEqual((await ask(url)).body.toString(), genuine.body);
        });
      }

      it('resets after the headers', async () => {
        const outcome = await ask(await fail({ kind: 'reset-after-headers' }));
        assert.equal(outcome.broken, 'ECONNRESET');
        assert.equal(outcome.body.length, 0);
      });

      it('resets in the middle of the body', async () => {
        const outcome = await ask(await fail({ kind: 'reset-mid-body' }));
        assert.equal(outcome.broken, 'ECONNRESET');
        assert.equal(outcome.body.length, 13);
      });

      it('hangs, and lets go when it is closed', async () => {
        const hanging = ask(await fail({ kind: 'hang' }));
        const before = Date.now();
        setTimeout(() => void server.close(), 50);
        await assert.rejects(hanging, { code: 'ECONNRESET' });
        assert.ok(Date.now() - before < 5000);
      });

      it('hangs after the headers', async () => {
        const url = await fail({ kind: 'hang-after-headers' });
        const outcome = await ask(url, () => void server.close());
        assert.equal(outcome.status, 200);
        assert.equal(outcome.broken, 'ECONNRESET');
      });

      it('drips', async () => {
        const url = await fail({ kind: 'drip', chunkBytes: 9, everyMs: 20 });
        const before = performance.now();
        assert.equal((await ask(url)).body.toString(), genuine.body);
        assert.ok(performance.now() - before >= 30);
      });

      it('truncates with a length that agrees', async () => {
        const outcome = await ask(await fail({ kind: 'truncate' }));
        assert.equal(outcome.broken, undefined);
        assert.equal(outcome.body.toString(), '{"greeting":"');
      });

      it('compresses', async () => {
        const outcome = await ask(await fail({ kind: 'gzip' }));
        assert.equal(outcome.headers['content-encoding'], 'gzip');
        assert.equal(gunzipSync(outcome.body).toString(), genuine.body);
      });

      it('sends a huge body', async () => {
        const outcome = await ask(await fail({ kind: 'huge-body', megabytes: 3 }));
        assert.equal(outcome.body.length, 3 * 1024 * 1024);
      });

      it('fails as often as told and only where it matches', async () => {
        const url = await fail(retryAfter(429, 7), 2);
        server.failNext(redirectTo('https://evil.example/'), 1, request => request.path === '/elsewhere');
        assert.equal((await ask(url)).headers['retry-after'], '7');
        assert.equal((await ask(url)).status, 429);
        assert.equal((await ask(url)).status, 200);
        assert.equal((await ask(`${url}/elsewhere`)).headers.location, 'https://evil.example/');
      });

      it('shows a sign-in page', async () => {
        const outcome = await ask(await fail(signInPage()));
        assert.equal(outcome.status, 203);
        assert.match(outcome.body.toString(), /Sign In/);
      });

      it('answers something that is not HTTP', async () => {
        await assert.rejects(ask(await fail({ kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.6\r\n' })), /Parse Error/);
      });

      it('alters and delays', async () => {
        const url = await fail({ kind: 'alter', alter: answer => ({ ...answer, body: '[]' }) });
        server.failNext({ kind: 'delay', ms: 40 });
        assert.equal((await ask(url)).body.toString(), '[]');
        const before = performance.now();
        await ask(url);
        assert.ok(performance.now() - before >= 30);
      });
    });
  }

  it('closes with a caller waiting on an idle connection', async () => {
    const url = await start();
    await new Promise(resolve => httpGet(url, response => response.resume().on('end', resolve)));
    const before = Date.now();
    await server.close();
    assert.ok(Date.now() - before < 5000);
  });
});
