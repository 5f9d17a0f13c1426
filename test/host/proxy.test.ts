import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { WifError } from '../../src/errors.ts';
import { readProxySettings, chooseProxy, describeProxy, type ProxyVariables } from '../../src/host/proxy.ts';
import { Secret } from '../../src/secret.ts';

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
    { value: 'http://user:100%;x@proxy.corp:1', is: 'http: proxy.corp 1 user 100%;x' },
    { value: 'http://user:100%=x@proxy.corp:1', is: 'http: proxy.corp 1 user 100%=x' },
    { value: 'http://user:100%:x@proxy.corp:1', is: 'http: proxy.corp 1 user 100%:x' },
    { value: 'http://user:100%@x@proxy.corp:1', is: 'http: proxy.corp 1 user 100%@x' },
    { value: 'http://user:%;%3B@proxy.corp:1', is: 'http: proxy.corp 1 user %;;' },
    { value: 'http://user:50%25off@proxy.corp:1', is: 'http: proxy.corp 1 user 50%off' },
    { value: 'http://user:%zz%40@proxy.corp:1', is: 'http: proxy.corp 1 user %zz@' },
    { value: 'http://user:%C3%3B@proxy.corp:1', is: 'http: proxy.corp 1 user %C3;' },
    { value: 'http://user:%C3%A9%@proxy.corp:1', is: 'http: proxy.corp 1 user é%' },
    { value: 'http://user:%F0%9F%98%80%80@proxy.corp:1', is: 'http: proxy.corp 1 user 😀%80' },
    { value: 'http://user:%2;@proxy.corp:1', is: 'http: proxy.corp 1 user %2;' },
    { value: 'http://user:é%@proxy.corp:1', is: 'http: proxy.corp 1 user é%' },
    { value: 'http://user:%E2%82%41%F4%90%80%80@proxy.corp:1', is: 'http: proxy.corp 1 user %E2%82A%F4%90%80%80' },
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
    { list: ['*.amazonaws.com'], direct: false, warns: /"\*\.amazonaws\.com", which is not a regular expression/ },
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
      assert.deepEqual(warnings, ['Agent.ProxyBypassList is not a JSON array of strings and is ignored.']);
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
