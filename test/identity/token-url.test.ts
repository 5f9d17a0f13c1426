import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../src/errors.ts';
import { checkTokenUrl, isLiteralLoopback } from '../../src/identity/token-url.ts';
import { scaleRuns } from '../hardness/fuzz/check.ts';

const path = '/contoso/271ef6f7/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken';
const services = 'https://dev.azure.com/contoso/';
const loopback = 'http://127.0.0.1:8080/contoso/';

const accepted = [
  { uri: `https://dev.azure.com${path}`, own: services, host: 'dev.azure.com' },
  { uri: `HTTPS://DEV.AZURE.COM${path}`, own: services, host: 'dev.azure.com' },
  { uri: `https://dev.azure.com:443${path}`, own: services, host: 'dev.azure.com' },
  { uri: `https://dev.azure.com${path}`, own: 'https://dev.azure.com/Contoso', host: 'dev.azure.com' },
  { uri: `https://vsrm.dev.azure.com${path}`, own: services, host: 'vsrm.dev.azure.com' },
  { uri: `https://dev.azure.com${path}`, own: 'https://vsrm.dev.azure.com/contoso/', host: 'dev.azure.com' },
  { uri: `https://contoso.visualstudio.com${path}`, own: services, host: 'contoso.visualstudio.com' },
  { uri: `https://contoso.vsrm.visualstudio.com${path}`, own: services, host: 'contoso.vsrm.visualstudio.com' },
  { uri: `https://dev.azure.com${path}`, own: 'https://contoso.visualstudio.com/', host: 'dev.azure.com' },
  {
    uri: `https://contoso.visualstudio.com${path}`,
    own: 'https://contoso.vsrm.visualstudio.com/',
    host: 'contoso.visualstudio.com',
  },
  { uri: `https://pipelines.example${path}`, own: 'https://pipelines.example/', host: 'pipelines.example' },
  { uri: `http://127.0.0.1:8080${path}`, own: loopback, host: '127.0.0.1:8080' },
  { uri: `https://127.0.0.1:8443${path}`, own: 'https://127.0.0.1:8443/', host: '127.0.0.1:8443' },
  { uri: `http://[::1]:8080${path}`, own: 'http://[::1]:8080/', host: '[::1]:8080' },
  { uri: `http://127.8.8.8:8080${path}`, own: 'http://127.8.8.8:8080/', host: '127.8.8.8:8080' },
];

/** Whole URLs that lead to Azure DevOps, and to another organization, host or port than this job's. */
const strangers = [
  `https://dev.azure.com${path.replace('contoso', 'evil')}`,
  `https://vsrm.dev.azure.com${path.replace('contoso', 'evil')}`,
  `https://dev.azure.com/${path}`,
  `https://dev.azure.com/contoso/..${path.replace('contoso', 'evil')}`,
  `https://dev.azure.com/contoso/%2e%2e${path.replace('contoso', 'evil')}`,
  `https://dev.azure.com/evil/..${path}`,
  `https://dev.azure.com\\contoso${path.slice('/contoso'.length)}`,
  `https://dev.azure.com/contoso%2f..${path}`,
  `https://dev.azure.com:444${path}`,
  `https://contoso.visualstudio.com:8443${path}`,
  `https://fake.tfsproxy.visualstudio.com${path}`,
  `https://evil.visualstudio.com${path}`,
  `https://evil.vsrm.visualstudio.com${path}`,
  `https://contoso.evil.visualstudio.com${path}`,
  `https://contoso.dev.azure.com${path}`,
  `https://vstoken.dev.azure.com${path}`,
  `https://x\u3002dev.azure.com${path}`,
];

const hostile = [
  'https://dev.azure.com.evil.example',
  'https://dev.azure.com.evil.example:443',
  'https://evildev.azure.com',
  'https://evil-dev.azure.com',
  'https://evil.example/dev.azure.com',
  'https://evil.example?dev.azure.com',
  'https://dev.azure.com%40evil.example',
  'https://dev.azure.com:443@evil.example',
  'https://evil.example\\.dev.azure.com',
  'https://visualstudio.com.evil.example',
  'https://evilvisualstudio.com',
  'https://visualstudio.com',
  'https://.visualstudio.com',
  'https://azure.com',
  'https://dev.azure.com.',
  'https://x\u3002dev\u3002azure\u3002com\u3002evil\u3002example',
  'https://d\u0435v.azure.com',
  'https://127.0.0.1:8080',
  'https://[::1]',
  'https://2130706433',
  'http://dev.azure.com',
  'http://contoso.visualstudio.com',
  'http://127.0.0.1:8080',
  'http://localhost:8080',
  'ftp://dev.azure.com',
  'ws://dev.azure.com',
  'file:///etc/passwd',
  'data:text/plain,dev.azure.com',
  'javascript:alert(1)//dev.azure.com',
];

const noUrls = [
  '',
  'dev.azure.com',
  '//dev.azure.com',
  'https://',
  'https://dev.azure.com:99999',
  'https://[::1',
  '$(uri)',
];

const withParts = [
  'https://user@dev.azure.com',
  'https://user:password-canary@dev.azure.com',
  'https://:password-canary@dev.azure.com',
  'https://dev.azure.com#fragment',
];

/** Hosts beside the loopback server that this agent is registered with. */
const besideLoopback = [
  'http://127.0.0.1:8081',
  'http://127.0.0.1',
  'http://127.0.0.2:8080',
  'http://localhost:8080',
  'http://127.0.0.1.evil.example:8080',
  'http://evil.example:8080',
  'http://[::1]:8080',
  'http://[::ffff:127.0.0.1]:8080',
  'http://dev.azure.com',
];

/** Loopback only by name or not at all: plain http to them is not allowed even if the agent is registered there. */
const plainHttpOwn = [
  'http://localhost:8080/',
  'http://build.contoso.example/',
  'http://127.0.0.1.evil.example/',
  'http://[::ffff:127.0.0.1]/',
  'http://10.0.0.1/',
  'http://0.0.0.0/',
  'http://[::]/',
];

describe('identity/token-url', () => {
  describe('the job token is sent only over https to Azure DevOps or the host this agent is registered with', () => {
    for (const { uri, own, host } of accepted) {
      it(`accepts ${uri.slice(0, -path.length)} beside ${own}`, () => {
        const url = checkTokenUrl(uri, own);
        assert.equal(url.host, host);
        assert.equal(url.pathname, path);
      });
    }

    for (const uri of strangers) {
      it(`refuses ${uri.slice(0, -path.length)} for contoso`, () => {
        assert.throws(() => checkTokenUrl(uri, services), {
          code: 'TokenUrlRefused',
          message: /(?:points at|read as) https:.*access token was not sent[^]*report the host/,
        });
      });
    }

    it('refuses a port of its own on the host this agent is registered with', () => {
      const own = 'https://proxy.contoso.example:8443/';
      assert.throws(() => checkTokenUrl(`https://proxy.contoso.example:8443${path}`, own), { code: 'TokenUrlRefused' });
    });

    it('names host and organization', () => {
      assert.throws(() => checkTokenUrl(strangers[0], services), { message: /https:\/\/dev\.azure\.com\/evil\./ });
    });

    for (const other of ['/contoso/_apis/projects', '/contoso/oidctoken', `${path}/more`, `${path}er`, '/contoso/']) {
      it(`refuses ${other} on a host that is trusted`, () => {
        assert.throws(() => checkTokenUrl(`https://dev.azure.com${other}`, services), {
          code: 'TokenUrlRefused',
          message: /not the address of a job's oidctoken/,
        });
      });
    }

    for (const uri of hostile) {
      it(`refuses ${uri}`, () => {
        assert.throws(() => checkTokenUrl(`${uri}${path}`, services), {
          code: 'TokenUrlRefused',
          message: /access token was not sent/,
        });
      });
    }

    for (const uri of noUrls) {
      it(`refuses "${uri}"`, () => {
        assert.throws(() => checkTokenUrl(uri, services), { code: 'TokenUrlRefused', message: /is not a URL/ });
      });
    }

    for (const uri of withParts) {
      it(`refuses ${uri}, and repeats no password`, () => {
        assert.throws(
          () => checkTokenUrl(uri, services),
          (error: WifError) => {
            assert.equal(error.code, 'TokenUrlRefused');
            assert.match(error.message, /user name, a password or a fragment/);
            assert.doesNotMatch(error.message, /canary/);
            return true;
          },
        );
      });
    }

    for (const uri of besideLoopback) {
      it(`refuses ${uri} for an agent that is registered with ${loopback}`, () => {
        assert.throws(() => checkTokenUrl(`${uri}${path}`, loopback), {
          code: 'TokenUrlRefused',
          message: /points at http:/,
        });
      });
    }

    for (const own of plainHttpOwn) {
      it(`refuses plain http to ${own}, though the agent is registered there`, () => {
        assert.throws(() => checkTokenUrl(own, own), { code: 'TokenUrlRefused', message: /points at http:/ });
      });
    }

    it('refuses where the registered host is unknown', () => {
      assert.throws(() => checkTokenUrl('https://evil.example', ''), {
        code: 'TokenUrlRefused',
        message: /evil\.example/,
      });
    });

    it('names the host that was refused, never its query', () => {
      assert.throws(
        () => checkTokenUrl('https://evil.example/a?token=canary', services),
        (error: WifError) => {
          assert.match(error.message, /https:\/\/evil\.example/);
          return !error.message.includes('canary');
        },
      );
    });

    it('calls no other host, whatever the variable says', () => {
      const text = fc.oneof(
        fc.webUrl({ withFragments: true }),
        fc.string(),
        fc.string().map(host => `https://dev.azure.com${host}`),
      );
      fc.assert(
        fc.property(text, uri => {
          const url = tryUrl(uri);
          if (url === undefined) return;
          assert.equal(url.protocol, 'https:');
          assert.match(
            `${url.host}${url.pathname}`,
            /^(?:(?:vsrm\.)?dev\.azure\.com\/contoso|contoso\.(?:vsrm\.)?visualstudio\.com)\//i,
          );
          assert.equal(url.username + url.password, '');
        }),
        scaleRuns(3),
      );
    });
  });

  it('fails where the job has no token URL: Azure DevOps Server', () => {
    assert.throws(() => checkTokenUrl(undefined, services), {
      code: 'AzureDevOpsServicesRequired',
      message: /no System\.OidcRequestUri/,
    });
  });

  describe('http only to a literal 127.0.0.0/8 or ::1 address', () => {
    const rows = [
      { url: 'http://127.0.0.1', is: true },
      { url: 'http://127.255.255.254:1', is: true },
      { url: 'http://[::1]', is: true },
      { url: 'http://[0:0:0:0:0:0:0:1]', is: true },
      // URL parsing writes this as 127.0.0.1, and that is what is called.
      { url: 'http://2130706433/', is: true },
      { url: 'http://localhost', is: false },
      { url: 'http://localhost.', is: false },
      { url: 'http://127.0.0.1.nip.example', is: false },
      { url: 'http://127.0.0.evil', is: false },
      { url: 'http://128.0.0.1', is: false },
      { url: 'http://0.0.0.0', is: false },
      { url: 'http://[::]', is: false },
      { url: 'http://[::2]', is: false },
      { url: 'http://[::ffff:127.0.0.1]', is: false },
      { url: 'http://169.254.169.254', is: false },
    ];
    for (const { url, is } of rows) {
      it(`${is ? 'takes' : 'refuses'} ${url}`, () => {
        assert.equal(isLiteralLoopback(new URL(url)), is);
      });
    }
  });
});

function tryUrl(uri: string): URL | undefined {
  try {
    return checkTokenUrl(uri, services);
  } catch (thrown) {
    assert.ok(thrown instanceof WifError && thrown.code === 'TokenUrlRefused', String(thrown));
    return undefined;
  }
}
