import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as requestHttps } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { WifError } from '../../src/errors.ts';
import { decodeNetworkSettings, encodeNetworkSettings } from '../../src/host/network-settings.ts';
import { readProxySettings, type ProxyVariables } from '../../src/host/proxy-settings.ts';
import { chooseProxy, describeProxy, type ProxyServer, type ProxySettings } from '../../src/host/proxy.ts';
import type { TlsSettings, TlsUse } from '../../src/host/tls.ts';
import { openTunnelAgent, type TunnelLimits } from '../../src/host/tunnel.ts';
import { Secret } from '../../src/secret.ts';
import { createAuthority, type Authority } from '../fakes/certificates.ts';
import { startProxy, type FakeProxy, type ProxyBehaviour, type ProxyOptions } from '../fakes/proxy.ts';
import { startRecordedServer, type RecordedServer, type ServerTls } from '../fakes/recorded-server.ts';

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

describe('proxy settings', () => {
  const servers = [
    { value: 'http://proxy.corp:3128', is: 'http: proxy.corp 3128' },
    { value: 'http://proxy.corp:3128/', is: 'http: proxy.corp 3128' },
    { value: ' https://proxy.corp ', is: 'https: proxy.corp 443' },
    { value: 'http://proxy.corp', is: 'http: proxy.corp 80' },
    { value: 'HTTP://Proxy.Corp:8080', is: 'http: proxy.corp 8080' },
    { value: 'proxy.corp:3128', is: 'http: proxy.corp 3128' },
    { value: 'http://[2001:db8::1]:3128', is: 'http: 2001:db8::1 3128' },
    { value: 'http://user:p%40ss%3A@proxy.corp:1', is: 'http: proxy.corp 1 user p@ss:' },
    { value: 'http://user:100%@proxy.corp:1', is: 'http: proxy.corp 1 user 100%' },
    { value: 'http://user@proxy.corp:1', is: 'http: proxy.corp 1 user ' },
  ];
  for (const { value, is } of servers) {
    it(`takes ${value}`, () => {
      const { server } = readEnvironment({ HTTPS_PROXY: value }).settings;
      const { credentials } = server ?? {};
      const login = credentials ? [credentials.username, credentials.password.reveal()] : [];
      assert.equal([server?.protocol, server?.host, server?.port, ...login].join(' '), is);
    });
  }

  const refused = [
    { value: 'socks5://user:hidden@proxy.corp:1080', says: /HTTPS_PROXY is socks5:\/\/proxy\.corp:1080,/ },
    { value: 'ftp://proxy.corp', says: /HTTPS_PROXY is ftp:\/\/proxy\.corp,/ },
    { value: 'file:///hidden', says: /HTTPS_PROXY is file:\/\/,/ },
    { value: 'http://', says: /HTTPS_PROXY is not a URL/ },
    { value: 'http://user:hidden@', says: /HTTPS_PROXY is not a URL/ },
    { value: 'http://user:hid/hidden@proxy.corp:1', says: /HTTPS_PROXY is not a URL/ },
    { value: 'http://proxy.corp:port', says: /HTTPS_PROXY is not a URL/ },
    { value: 'http://proxy.corp:99999', says: /HTTPS_PROXY is not a URL/ },
    { value: 'http://proxy corp', says: /HTTPS_PROXY is not a URL/ },
    { value: 'mailto://proxy.corp', says: /HTTPS_PROXY is mailto:\/\/proxy\.corp,/ },
  ];
  for (const { value, says } of refused) {
    it(`refuses ${value} without showing a password`, () => {
      assert.throws(
        () => readEnvironment({ HTTPS_PROXY: value }),
        (error: unknown) =>
          error instanceof WifError &&
          error.code === 'ProxyInvalid' &&
          says.test(error.message) &&
          !error.message.includes('hidden'),
      );
    });
  }

  const precedence = [
    { from: {}, env: { HTTPS_PROXY: 'http://upper:1' }, is: 'upper:1' },
    { from: {}, env: { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }, is: 'lower:1' },
    { from: {}, env: { HTTPS_PROXY: 'http://upper:1', https_proxy: ' ' }, is: 'upper:1' },
    { from: { 'Agent.ProxyUrl': 'http://agent:1' }, env: { HTTPS_PROXY: 'http://upper:1' }, is: 'agent:1' },
    { from: { 'Agent.ProxyUrl': 'http://agent:1' }, env: { HTTPS_PROXY: 'socks://x' }, is: 'agent:1' },
    { from: { 'Agent.ProxyUrl': '' }, env: { HTTPS_PROXY: 'http://upper:1' }, is: 'upper:1' },
    { from: {}, env: {}, is: undefined },
    {
      from: {},
      env: { HTTP_PROXY: 'http://other:1', http_proxy: 'http://other:1', ALL_PROXY: 'http://x:1' },
      is: undefined,
    },
    { from: {}, env: { Https_Proxy: 'http://other:1' }, is: undefined },
    { from: { 'Agent.ProxyUrl': 'http://agent:1' }, env: { NO_PROXY: '*' }, is: 'agent:1' },
  ];
  for (const { from, env, is } of precedence) {
    it(`chooses ${is ?? 'none'} from ${JSON.stringify({ ...from, ...env })}`, () => {
      const server = chooseProxy(new URL(sts), readAgent(from, env).settings);
      assert.equal(server && describeProxy(server), is);
    });
  }

  const logins = [
    { url: 'http://p:1', user: 'agent', is: ['agent', 'agent-pass'] },
    { url: 'http://url:word@p:1', user: 'agent', is: ['agent', 'agent-pass'] },
    { url: 'http://url:word@p:1', user: undefined, is: ['url', 'word'] },
    { url: 'http://p:1', user: undefined, is: undefined },
  ];
  for (const { url, user, is } of logins) {
    it(`logs in as ${is?.[0] ?? 'nobody'} with ${url} and user name ${user ?? 'none'}`, () => {
      const { server } = readAgent({ 'Agent.ProxyUrl': url, 'Agent.ProxyUsername': user }).settings;
      const { credentials } = server ?? {};
      assert.deepEqual(credentials && [credentials.username, credentials.password.reveal()], is);
    });
  }

  it('never gives the password of the agent to a proxy of the environment', () => {
    const { server } = readAgent({ 'Agent.ProxyUsername': 'agent' }, { HTTPS_PROXY: 'http://p:1' }).settings;
    assert.equal(server?.credentials, undefined);
  });

  it('prints without a password', () => {
    const { settings } = readEnvironment({ HTTPS_PROXY: 'http://user:hidden@proxy.corp:3128' });
    const { server } = settings;
    assert.ok(server);
    assert.equal(describeProxy(server), 'proxy.corp:3128');
    assert.doesNotMatch(inspect(settings, { depth: 9 }) + JSON.stringify(settings), /hidden/);
  });
});

describe('proxy bypass list of the agent', () => {
  const rows = [
    { list: ['sts\\.eu-west-1\\.amazonaws\\.com'], direct: true },
    { list: ['AMAZONAWS'], direct: true },
    { list: [' amazonaws\\.com '], direct: true },
    { list: ['^https://sts\\..*\\.amazonaws\\.com$'], direct: true },
    { list: ['^https://sts\\.eu-west-1\\.amazonaws\\.com/$'], direct: true },
    { list: ['other', '.*'], direct: true },
    { list: [], direct: false },
    { list: ['', ' '], direct: false },
    { list: ['dev\\.azure\\.com'], direct: false },
    { list: ['^sts'], direct: false },
    { list: ['sts\\.us-east-1'], direct: false },
    { list: ['amazonaws\\.com:443'], direct: false },
    { list: ['*.amazonaws.com'], direct: false, warns: /"\*\.amazonaws\.com", which is no regular expression/ },
    { list: ['(', 'amazonaws'], direct: true, warns: /"\("/ },
  ];
  for (const { list, direct, warns } of rows) {
    it(`${JSON.stringify(list)} ${direct ? 'bypasses' : 'does not bypass'} the proxy`, () => {
      const variables = { 'Agent.ProxyUrl': 'http://p:1', 'Agent.ProxyBypassList': JSON.stringify(list) };
      const { settings, warnings } = readAgent(variables);
      assert.equal(chooseProxy(new URL(sts), settings) === undefined, direct);
      assert.equal(warnings.length, warns ? 1 : 0);
      assert.match(warnings.join(), warns ?? /^$/);
    });
  }

  for (const text of ['amazonaws', '{"a":1}', '[1]', 'null', '["a"']) {
    it(`ignores ${text} with a warning`, () => {
      const { settings, warnings } = readAgent({ 'Agent.ProxyUrl': 'http://p:1', 'Agent.ProxyBypassList': text });
      assert.ok(chooseProxy(new URL(sts), settings));
      assert.deepEqual(warnings, ['Agent.ProxyBypassList is no JSON list of texts; it is ignored.']);
    });
  }
});

describe('NO_PROXY', () => {
  const rows = [
    { list: '*', url: sts, direct: true },
    { list: 'sts.eu-west-1.amazonaws.com', url: sts, direct: true },
    { list: 'STS.eu-west-1.AmazonAWS.com', url: sts, direct: true },
    { list: '.amazonaws.com', url: sts, direct: true },
    { list: 'amazonaws.com', url: sts, direct: true },
    { list: '*.amazonaws.com', url: sts, direct: true },
    { list: 'a.example,  .amazonaws.com', url: sts, direct: true },
    { list: 'a.example amazonaws.com', url: sts, direct: true },
    { list: 'amazonaws.com:443', url: sts, direct: true },
    { list: '*:443', url: sts, direct: true },
    { list: 'a.example:8443', url: 'https://a.example:8443/', direct: true },
    { list: '.a.example', url: 'https://a.example/', direct: true },
    { list: 'a.example', url: 'https://a.example./', direct: true },
    { list: '10.1.2.3', url: 'https://10.1.2.3/', direct: true },
    { list: '10.1.2.3:8443', url: 'https://10.1.2.3:8443/', direct: true },
    { list: '10.0.0.0/8', url: 'https://10.1.2.3/', direct: true },
    { list: '0.0.0.0/0', url: 'https://10.1.2.3/', direct: true },
    { list: '*', url: 'https://10.1.2.3/', direct: true },
    { list: 'fd00::1', url: 'https://[fd00::1]/', direct: true },
    { list: '[fd00::1]', url: 'https://[fd00::1]/', direct: true },
    { list: '[fd00::1]:8443', url: 'https://[fd00::1]:8443/', direct: true },
    { list: 'FD00:0:0:0:0:0:0:1', url: 'https://[fd00::1]/', direct: true },
    { list: 'fd00::/8', url: 'https://[fd12::1]/', direct: true },
    { list: '', url: sts, direct: false },
    { list: ' , ,', url: sts, direct: false },
    { list: '.', url: sts, direct: false },
    { list: 'sts.us-east-1.amazonaws.com', url: sts, direct: false },
    { list: 'eu-west-1', url: sts, direct: false },
    { list: 'naws.com', url: sts, direct: false },
    { list: 'com.', url: sts, direct: false },
    { list: 'x.sts.eu-west-1.amazonaws.com', url: sts, direct: false },
    { list: '*.example', url: sts, direct: false },
    { list: 'sts.*', url: sts, direct: false },
    { list: 'amazonaws.com:8443', url: sts, direct: false },
    { list: '*:8443', url: sts, direct: false },
    { list: 'https://sts.eu-west-1.amazonaws.com', url: sts, direct: false },
    { list: '0.0.0.0/0', url: sts, direct: false },
    { list: '10.1.2.3', url: 'https://10.1.2.30/', direct: false },
    { list: '1.2.3', url: 'https://10.1.2.3/', direct: false },
    { list: '10.1.2.3:443', url: 'https://10.1.2.3:8443/', direct: false },
    { list: '10.0.0.0/8', url: 'https://11.1.2.3/', direct: false },
    { list: '10.0.0.0/', url: 'https://11.1.2.3/', direct: false },
    { list: '10.0.0.0/33', url: 'https://10.0.0.0/', direct: false },
    { list: '10.0.0.0/-1', url: 'https://10.0.0.0/', direct: false },
    { list: '10.0.0.0/8/8', url: 'https://10.0.0.0/', direct: false },
    { list: '::/0', url: 'https://10.1.2.3/', direct: false },
    { list: 'fd00::1', url: 'https://[fd00::2]/', direct: false },
    { list: '[fd00::1]:443', url: 'https://[fd00::1]:8443/', direct: false },
    { list: 'fd00::/129', url: 'https://[fd00::1]/', direct: false },
  ];
  for (const { list, url, direct } of rows) {
    it(`"${list}" ${direct ? 'covers' : 'does not cover'} ${url}`, () => {
      const { settings } = readEnvironment({ HTTPS_PROXY: 'http://p:1', NO_PROXY: list });
      assert.equal(chooseProxy(new URL(url), settings) === undefined, direct);
    });
  }

  it('is taken from no_proxy before NO_PROXY', () => {
    const environment = { HTTPS_PROXY: 'http://p:1', no_proxy: 'other', NO_PROXY: '*' };
    assert.ok(chooseProxy(new URL(sts), readEnvironment(environment).settings));
  });
});

describe('loopback and plain http', () => {
  const { settings } = readAgent({ 'Agent.ProxyUrl': 'http://p:1' });
  const direct = ['https://127.0.0.1:1/', 'https://127.255.0.9/', 'https://[::1]:1/', 'https://localhost/'];
  for (const url of [...direct, 'http://127.0.0.1/', 'http://sts.eu-west-1.amazonaws.com/']) {
    it(`${url} is direct`, () => {
      assert.equal(chooseProxy(new URL(url), settings), undefined);
    });
  }
  const proxied = ['https://128.0.0.1/', 'https://127.example/', 'https://localhost.example/', 'https://[::2]/', sts];
  for (const url of proxied) {
    it(`${url} goes through the proxy`, () => {
      assert.ok(chooseProxy(new URL(url), settings));
    });
  }
});

describe('encoded network settings', () => {
  const proxy: ProxySettings = {
    server: {
      protocol: 'https:',
      host: '::1',
      port: 3128,
      credentials: { username: 'user', password: new Secret('word') },
      setting: 'https_proxy',
    },
    bypassExpressions: ['a\\.b'],
    noProxy: ['.c'],
  };
  const tls: TlsSettings = {
    ca: ['pem'],
    clientCertificate: { certificate: 'cert', key: new Secret('key'), passphrase: new Secret('phrase') },
  };
  const none = {
    proxy: { server: undefined, bypassExpressions: [], noProxy: [] },
    tls: { ca: [], clientCertificate: undefined },
  };
  const bare = {
    proxy: {
      ...proxy,
      server: { protocol: 'http:' as const, host: 'p', port: 1, credentials: undefined, setting: 'x' },
    },
    tls: { ca: [], clientCertificate: { certificate: 'cert', key: new Secret('key'), passphrase: undefined } },
  };

  for (const [name, settings] of Object.entries({ whole: { proxy, tls }, bare, none })) {
    it(`come back from JSON: ${name}`, () => {
      const encoded = encodeNetworkSettings(settings);
      const decoded = decodeNetworkSettings(JSON.parse(JSON.stringify(encoded)));
      assert.ok(decoded);
      assert.deepEqual(decoded, settings);
      assert.deepEqual(encodeNetworkSettings(decoded), encoded);
    });
  }

  const whole = JSON.stringify(encodeNetworkSettings({ proxy, tls }));
  const broken = [
    ['"https:"', '"socks:"'],
    ['3128', '"3128"'],
    ['3128', '1.5'],
    ['"::1"', 'null'],
    ['"word"', '7'],
    ['"a\\\\.b"', '"("'],
    ['[".c"]', '".c"'],
    ['["pem"]', 'null'],
    ['"key":"key"', '"key":{}'],
    ['"phrase"', '1'],
    ['"proxy"', '"other"'],
    ['"tls"', '"other"'],
    [whole, 'null'],
    [whole, '"text"'],
  ] as const;
  for (const [from, to] of broken) {
    it(`are refused with ${to} for ${from.slice(0, 20)}`, () => {
      assert.notEqual(whole.replace(from, to), whole);
      assert.equal(decodeNetworkSettings(JSON.parse(whole.replace(from, to))), undefined);
    });
  }
});

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
    await act().finally(() => wait(20));
    process.off('warning', note);
    return warnings;
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
      await wait(20);
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
          assert.match(error.message, /Basic authentication.*NTLM and Kerberos are not spoken/);
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
        const { proxy, agent } = await open({ behaviour, limits: { connectMs: 300 } });
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
      await wait(50);
      assert.equal(proxy.openConnections, 0);
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
        says: /The proxy at .* did not pass the TLS check/,
        code: 'NetworkTls',
      },
      {
        name: 'an https proxy with the certificate of another name',
        scene: async () => ({ proxy: { tls: await authority.issue({ hosts: ['sts.eu-west-1.amazonaws.com'] }) } }),
        says: /The proxy at .* (?:did not pass the TLS check|could not be reached): .*127\.0\.0\.1/,
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
