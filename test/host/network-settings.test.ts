import assert from 'node:assert/strict';
import { decodeNetworkSettings, encodeNetworkSettings } from '../../src/host/network-settings.ts';
import type { ProxySettings } from '../../src/host/proxy.ts';
import type { TlsSettings } from '../../src/host/tls.ts';
import { Secret } from '../../src/secret.ts';

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
