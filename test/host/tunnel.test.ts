import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as requestHttps } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { WifError } from '../../src/errors.ts';
import { readProxySettings, type ProxyVariables, type ProxyServer } from '../../src/host/proxy.ts';
import type { TlsSettings, TlsUse } from '../../src/host/tls.ts';
import { openTunnelAgent, type TunnelLimits } from '../../src/host/tunnel.ts';
import { Secret } from '../../src/secret.ts';
import { createAuthority, type Authority } from '../fakes/certificates.ts';
import { startProxy, type FakeProxy, type ProxyBehaviour, type ProxyOptions } from '../fakes/proxy.ts';
import { startRecordedServer, type RecordedServer, type ServerTls } from '../fakes/recorded-server.ts';
import { waitUntil } from '../harness/wait-until.ts';

const noVariables: ProxyVariables = {
  'Agent.ProxyUrl': undefined,
  'Agent.ProxyUsername': undefined,
  'Agent.ProxyBypassList': undefined,
};
const password = new Secret('agent-pass');
const sts = 'https://sts.eu-west-1.amazonaws.com/';

function readAgent(variables: Partial<ProxyVariables>, environment: Record<string, string> = {}) {
  return readProxySettings({ ...noVariables, ...variables }, environment, password);
}

function readEnvironment(environment: Record<string, string>) {
  return readProxySettings(noVariables, environment, password);
}

describe('tunnel agent', () => {
  const closers: (() => Promise<void> | void)[] = [];
  let authority: Authority;
  let service: RecordedServer;
  let proxyCertificate: ServerTls;

  before(async () => {
    authority = await createAuthority();
    const leaf = await authority.issue({ hosts: ['sts.eu-west-1.amazonaws.com', '2001:db8::5'] });
    proxyCertificate = await authority.issue({ hosts: ['127.0.0.1', '::1'] });
    service = await startRecordedServer(({ body }) => ({ status: 200, body: `answer to ${body}` }), { tls: leaf });
  });
  beforeEach(() => {
    service.reset();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  after(() => service.close());

  interface Scene {
    readonly proxy?: ProxyOptions;
    readonly behaviour?: ProxyBehaviour;
    readonly url?: (url: string) => string;
    readonly limits?: Partial<TunnelLimits>;
    readonly ca?: readonly string[];
    readonly clientCertificate?: TlsSettings['clientCertificate'];
    readonly use?: TlsUse;
  }

  async function open(scene: Scene = {}) {
    const routes = { 'sts.eu-west-1.amazonaws.com:443': service.url, 'other.example:443': service.url };
    const proxy = await startProxy({ routes, ...scene.proxy });
    closers.push(() => proxy.close());
    proxy.behave(scene.behaviour ?? { kind: 'tunnel' });
    const { server } = readEnvironment({ HTTPS_PROXY: (scene.url ?? (url => url))(proxy.url) }).settings;
    assert.ok(server);
    return { proxy, agent: openAgent(server, scene) };
  }

  function openAgent(server: ProxyServer, scene: Scene) {
    const limits = { signal: new AbortController().signal, connectMs: 5_000, ...scene.limits };
    const settings = { ca: scene.ca ?? [authority.pem], clientCertificate: scene.clientCertificate };
    const agent = openTunnelAgent(server, { settings, use: scene.use }, limits);
    closers.push(() => {
      agent.destroy();
    });
    return agent;
  }

  function send(agent: ReturnType<typeof openAgent>, body = 'hello', url = sts, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = requestHttps(url, { method: 'POST', agent, ...(signal ? { signal } : {}) });
      outgoing.on('error', reject);
      outgoing.on('response', incoming => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
        incoming.on('error', reject).on('end', () => {
          resolve(`${incoming.statusCode ?? 0} ${text}`);
        });
      });
      outgoing.end(body);
    });
  }

  /** What Node warned of meanwhile; it warns a moment later. */
  async function listWarnings(act: () => Promise<void>): Promise<readonly Error[]> {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    try {
      await act();
      await wait(20);
    } finally {
      process.off('warning', note);
    }
    return warnings;
  }

  function hasSockets({ sockets, freeSockets }: ReturnType<typeof openAgent>): boolean {
    return Object.keys({ ...sockets, ...freeSockets }).length > 0;
  }

  function nothingWasSaid(proxy: FakeProxy): void {
    assert.equal(service.requests.length, 0);
    assert.deepEqual(proxy.plainRequests, []);
  }

  const ways: { name: string; scene: () => Scene }[] = [
    { name: 'an http proxy', scene: () => ({}) },
    { name: 'an https proxy', scene: () => ({ proxy: { tls: proxyCertificate } }) },
    { name: 'a proxy on IPv6', scene: () => ({ proxy: { host: '::1' } }) },
    { name: 'an https proxy on IPv6', scene: () => ({ proxy: { host: '::1', tls: proxyCertificate } }) },
  ];
  for (const { name, scene } of ways) {
    it(`reaches the service through ${name}, by CONNECT alone and without a warning`, async () => {
      const { proxy, agent } = await open(scene());
      const warnings = await listWarnings(async () => {
        assert.equal(await send(agent), '200 answer to hello');
      });
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        proxy.connects.map(({ target }) => target),
        ['sts.eu-west-1.amazonaws.com:443'],
      );
      assert.deepEqual(proxy.plainRequests, []);
      assert.equal(service.requests[0]?.headers['proxy-authorization'], undefined);
    });
  }

  it('keeps a tunnel for the next request', async () => {
    const { proxy, agent } = await open();
    await send(agent);
    assert.equal(await send(agent, 'again'), '200 answer to again');
    assert.equal(proxy.connects.length, 1);
  });

  it('makes many tunnels at once, without a warning', async () => {
    const { agent } = await open();
    const warnings = await listWarnings(async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => send(agent, `${index}`)));
      assert.deepEqual(
        answers,
        answers.map((_, index) => `200 answer to ${index}`),
      );
    });
    assert.deepEqual(warnings, []);
  });

  it('reaches a service by its IPv6 address, and checks that its certificate bears it', async () => {
    const routes = { '[2001:db8::5]:443': service.url, '[2001:db8::6]:443': service.url };
    const { proxy, agent } = await open({ proxy: { routes } });
    assert.equal(await send(agent, 'hello', 'https://[2001:db8::5]/'), '200 answer to hello');
    await assert.rejects(send(agent, 'hello', 'https://[2001:db8::6]/'), /2001:db8::6/);
    assert.deepEqual(
      proxy.connects.map(({ target }) => target),
      ['[2001:db8::5]:443', '[2001:db8::6]:443'],
    );
  });

  for (const secure of [false, true]) {
    it(`survives that ${secure ? 'an https' : 'an http'} proxy resets a tunnel that is kept`, async () => {
      const { proxy, agent } = await open(secure ? { proxy: { tls: proxyCertificate } } : {});
      await send(agent);
      proxy.breakOff();
      await waitUntil('the end of the tunnel', () => !hasSockets(agent));
      assert.equal(await send(agent, 'again'), '200 answer to again');
      assert.equal(proxy.connects.length, 2);
    });
  }

  it('all of many requests fail when no tunnel is given', async () => {
    const { proxy, agent } = await open({ behaviour: { kind: 'answer', status: 403 } });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => send(agent)));
    assert.ok(results.every(({ status }) => status === 'rejected'));
    assert.equal(proxy.connects.length, 30);
  });

  describe('user name and password', () => {
    const login = { username: 'user', password: 'pä:ss%' };
    const given = `user:${encodeURIComponent(login.password)}@`;
    const withLogin = (text: string) => (url: string) => url.replace('//', `//${text}`);

    it('are sent by Basic authentication', async () => {
      const { agent } = await open({ proxy: { login }, url: withLogin(given) });
      assert.equal(await send(agent), '200 answer to hello');
    });

    const refused = [
      { name: 'none', url: (url: string) => url, says: /it was given none/ },
      { name: 'a wrong password', url: withLogin('user:hidden@'), says: /did not accept the ones it was given/ },
    ];
    for (const { name, url, says } of refused) {
      it(`${name}: an error that says so`, async () => {
        const { proxy, agent } = await open({ proxy: { login }, url });
        await assert.rejects(send(agent), (error: unknown) => {
          assert.ok(error instanceof WifError);
          assert.equal(error.code, 'ProxyAuthenticationRequired');
          assert.equal(error.retriable, undefined);
          assert.match(error.message, says);
          assert.match(error.message, new RegExp(`proxy 127.0.0.1:${proxy.port} .*status 407`));
          assert.match(error.message, /Basic authentication.*NTLM and Kerberos are not supported/);
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        });
        nothingWasSaid(proxy);
      });
    }

    it("names the agent's configuration where the proxy is the agent's", async () => {
      const { proxy } = await open({ proxy: { login } });
      const { server } = readAgent({ 'Agent.ProxyUrl': proxy.url }).settings;
      assert.ok(server);
      await assert.rejects(send(openAgent(server, {})), /config\.sh --proxyurl, --proxyusername, --proxypassword/);
    });
  });

  describe('a proxy that gives no tunnel', () => {
    const success = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged';
    const rows: { name: string; behaviour: ProxyBehaviour; code: string; passes: boolean; says?: RegExp }[] = [
      {
        name: '403',
        behaviour: { kind: 'answer', status: 403 },
        code: 'ProxyRefused',
        passes: false,
        says: /status 403/,
      },
      { name: '404', behaviour: { kind: 'answer', status: 404 }, code: 'ProxyRefused', passes: false },
      { name: '302', behaviour: { kind: 'answer', status: 302 }, code: 'ProxyRefused', passes: false },
      { name: '201', behaviour: { kind: 'answer', status: 201 }, code: 'ProxyRefused', passes: false },
      { name: '429', behaviour: { kind: 'answer', status: 429 }, code: 'ProxyRefused', passes: true },
      {
        name: '502',
        behaviour: { kind: 'answer', status: 502 },
        code: 'ProxyRefused',
        passes: true,
        says: /status 502/,
      },
      { name: 'reset', behaviour: { kind: 'reset' }, code: 'NetworkReset', passes: true },
      { name: 'nothing', behaviour: { kind: 'hang' }, code: 'NetworkTimeout', passes: true },
      { name: 'no HTTP', behaviour: { kind: 'raw', bytes: 'SSH-2.0\r\n' }, code: 'NetworkFailed', passes: true },
      { name: 'end', behaviour: { kind: 'raw', bytes: '' }, code: 'NetworkReset', passes: true },
      {
        name: 'an answer of its own behind status 100',
        behaviour: { kind: 'raw', bytes: `HTTP/1.1 100 Continue\r\n\r\n${success}` },
        code: 'ProxyRefused',
        passes: false,
      },
      {
        name: 'an answer of its own behind status 403',
        behaviour: { kind: 'raw', bytes: `HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n${success}` },
        code: 'ProxyRefused',
        passes: false,
      },
    ];
    for (const { name, behaviour, code, passes, says } of rows) {
      it(`${name}: ${code}, ${passes ? 'may' : 'may not'} pass, nothing sent`, async () => {
        const { proxy, agent } = await open({ behaviour, limits: code === 'NetworkTimeout' ? { connectMs: 300 } : {} });
        await assert.rejects(send(agent), (error: unknown) => {
          assert.ok(error instanceof WifError, inspect(error));
          assert.equal(error.code, code);
          assert.equal(error.retriable !== undefined, passes);
          assert.ok(error.message.includes(`127.0.0.1:${proxy.port}`), error.message);
          assert.match(error.message, says ?? /proxy/i);
          return true;
        });
        nothingWasSaid(proxy);
      });
    }

    it('an answer of its own behind status 200 is no TLS', async () => {
      const bytes = `HTTP/1.1 200 OK\r\n\r\n${success}`;
      const { proxy, agent } = await open({ behaviour: { kind: 'raw', bytes } });
      await assert.rejects(send(agent));
      nothingWasSaid(proxy);
    });

    it('a tunnel that is reset at once is an error of the request', async () => {
      const { proxy, agent } = await open({ behaviour: { kind: 'reset-after-connect' } });
      await assert.rejects(send(agent), /ECONNRESET|socket disconnected/);
      nothingWasSaid(proxy);
    });

    it('a port that nobody listens on', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await new Promise(resolve => server.close(resolve));
      const { settings } = readEnvironment({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
      assert.ok(settings.server);
      await assert.rejects(send(openAgent(settings.server, {})), (error: unknown) => {
        assert.ok(error instanceof WifError);
        assert.equal(error.code, 'NetworkRefused');
        assert.match(error.message, new RegExp(`The proxy at 127\\.0\\.0\\.1:${port} refused the connection`));
        assert.match(error.message, /a response from the proxy at .* Its address is set by HTTPS_PROXY\.$/s);
        return true;
      });
    });

    it('ends when the step is stopped during CONNECT, and leaves no connection', async () => {
      const stop = new AbortController();
      const { proxy, agent } = await open({ behaviour: { kind: 'hang' }, limits: { signal: stop.signal } });
      const sent = send(agent, 'hello', sts, stop.signal);
      setTimeout(() => {
        stop.abort();
      }, 100);
      const began = performance.now();
      await assert.rejects(sent);
      assert.ok(performance.now() - began < 1_000);
      await waitUntil('the end of the connection', () => proxy.openConnections === 0);
    });
  });

  describe('certificates', () => {
    const hostile = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      https_proxy: 'http://127.0.0.1:9',
    };
    const kept: Record<string, string | undefined> = {};
    const quiet = (): void => undefined;
    beforeEach(() => {
      for (const [name, value] of Object.entries(hostile)) {
        kept[name] = process.env[name];
        process.env[name] = value;
      }
      process.on('warning', quiet);
    });
    afterEach(() => {
      for (const name of Object.keys(hostile)) {
        if (kept[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = kept[name];
      }
      process.off('warning', quiet);
    });

    const refused: { name: string; scene: () => Promise<Scene>; url?: string; says: RegExp; code?: string }[] = [
      { name: 'a service of an unknown authority', scene: () => Promise.resolve({ ca: [] }), says: /unable to verify/ },
      {
        name: 'a service with the certificate of another name',
        scene: () => Promise.resolve({}),
        url: 'https://other.example/',
        says: /other\.example. does not match|Host: other\.example/,
      },
      {
        name: 'an https proxy of an unknown authority, though the service may be anyone',
        scene: () => Promise.resolve({ proxy: { tls: proxyCertificate }, ca: [], use: { skipCertValidation: true } }),
        says: /The proxy at .* failed the TLS check/,
        code: 'NetworkTls',
      },
      {
        name: 'an https proxy with the certificate of another name',
        scene: async () => ({ proxy: { tls: await authority.issue({ hosts: ['sts.eu-west-1.amazonaws.com'] }) } }),
        says: /The proxy at .* (?:failed the TLS check|could not be reached): .*127\.0\.0\.1/,
      },
    ];
    for (const { name, scene, url, says, code } of refused) {
      it(`${name}: refused, whatever the environment says`, async () => {
        const { proxy, agent } = await open(await scene());
        await assert.rejects(send(agent, 'hello', url), (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.match(error.message, says);
          if (code !== undefined) assert.equal(error instanceof WifError && error.code, code);
          return true;
        });
        nothingWasSaid(proxy);
      });
    }

    it('with the authority known, the same environment changes nothing either', async () => {
      const { agent } = await open({ proxy: { tls: proxyCertificate } });
      assert.equal(await send(agent), '200 answer to hello');
    });

    it('an unchecked service is reached only where that was asked for', async () => {
      const { agent } = await open({ ca: [], use: { skipCertValidation: true } });
      assert.equal(await send(agent), '200 answer to hello');
    });

    it('the client certificate is shown to the service, not to the proxy', async () => {
      const own = await authority.issue({ hosts: ['agent'], clientAuth: true });
      const strict = await startRecordedServer(
        ({ clientCertificate }) => ({ status: 200, body: String(clientCertificate) }),
        {
          tls: { ...(await authority.issue({ hosts: ['strict.example'] })), clientAuthority: authority.pem },
        },
      );
      closers.push(() => strict.close());
      const clientCertificate = { certificate: own.certificate, key: new Secret(own.key), passphrase: undefined };
      const routes = { 'strict.example:443': strict.url };
      const { agent } = await open({ clientCertificate, proxy: { tls: proxyCertificate, routes } });
      assert.equal(await send(agent, 'hello', 'https://strict.example/'), '200 agent');
      const nosy = await open({
        clientCertificate,
        proxy: { tls: { ...proxyCertificate, clientAuthority: authority.pem } },
      });
      await assert.rejects(send(nosy.agent));
    });
  });
});
