import assert from 'node:assert/strict';
import { buildDiscoveryUrl, judgeDiscovery, parseProviderUrl } from '../../src/thumbprint/discovery.ts';
import { IssuerError } from '../../src/thumbprint/issuer-error.ts';

const entra = 'login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0';

const providers = [
  { provider: 'example.com', discovery: 'https://example.com/.well-known/openid-configuration' },
  { provider: 'example.com/', discovery: 'https://example.com/.well-known/openid-configuration' },
  { provider: 'https://example.com', discovery: 'https://example.com/.well-known/openid-configuration' },
  { provider: entra, discovery: `https://${entra}/.well-known/openid-configuration` },
  { provider: 'example.com:8443/a/', discovery: 'https://example.com:8443/a/.well-known/openid-configuration' },
];

const noProviders = [
  { provider: '', says: 'is not a URL' },
  { provider: 'http://example.com', says: 'is not on https' },
  { provider: 'someone:secret@example.com', says: 'contains a user name or a password' },
  { provider: 'example.com/?a=b', says: 'has a query' },
  { provider: 'example.com/#a', says: 'has a fragment' },
  { provider: 'exa mple.com', says: 'is not a URL' },
];

const issuer = new URL(`https://${entra}`);
const good = { issuer: issuer.href, jwks_uri: 'https://keys.example.com/keys' };

const keys = [
  { name: 'another host', document: good, url: 'https://keys.example.com/keys' },
  {
    name: 'a query',
    document: { ...good, jwks_uri: 'https://keys.example.com/k?p=1' },
    url: 'https://keys.example.com/k?p=1',
  },
  { name: 'a slash after the issuer', document: { ...good, issuer: `${issuer.href}/` }, url: good.jwks_uri },
  { name: 'fields that are not known', document: { ...good, other: [] }, url: good.jwks_uri },
];

const answer = (document: unknown) => ({ status: 200, location: undefined, body: JSON.stringify(document) });

const refused = [
  { name: 'status 404', answer: { ...answer(good), status: 404 }, code: 'DiscoveryRejected', says: 'status 404' },
  { name: 'status 500', answer: { ...answer(good), status: 500 }, code: 'DiscoveryRejected', says: 'status 500' },
  {
    name: 'a redirect',
    answer: { status: 302, location: 'https://evil.example/secret-path', body: '' },
    code: 'DiscoveryRejected',
    says: 'a redirect (302) to evil.example, which is not followed',
  },
  {
    name: 'no JSON',
    answer: { ...answer(good), body: '<html>' },
    code: 'DiscoveryUnreadable',
    says: 'not a JSON object',
  },
  { name: 'a list', answer: answer([good]), code: 'DiscoveryUnreadable', says: 'not a JSON object' },
  { name: 'null', answer: answer(null), code: 'DiscoveryUnreadable', says: 'not a JSON object' },
  { name: 'no keys', answer: answer({ issuer: good.issuer }), code: 'DiscoveryUnreadable', says: 'has no jwks_uri' },
  {
    name: 'keys of a number',
    answer: answer({ ...good, jwks_uri: 1 }),
    code: 'DiscoveryUnreadable',
    says: 'no jwks_uri',
  },
  { name: 'no issuer', answer: answer({ jwks_uri: good.jwks_uri }), code: 'DiscoveryOfOtherIssuer', says: 'undefined' },
  {
    name: 'another issuer',
    answer: answer({ ...good, issuer: 'https://example.com' }),
    code: 'DiscoveryOfOtherIssuer',
    says: 'belongs to the issuer https://example.com',
  },
  {
    name: 'keys on http',
    answer: answer({ ...good, jwks_uri: 'http://keys.example.com/' }),
    code: 'KeysUrlRefused',
    says: 'which is not on https',
  },
  {
    name: 'keys in a file',
    answer: answer({ ...good, jwks_uri: 'file:///etc/passwd' }),
    code: 'KeysUrlRefused',
    says: 'which is not on https',
  },
  {
    name: 'keys at no URL',
    answer: answer({ ...good, jwks_uri: '/keys' }),
    code: 'KeysUrlRefused',
    says: 'which is not a URL',
  },
  {
    name: 'keys behind a password',
    answer: answer({ ...good, jwks_uri: 'https://a:b@keys.example.com/' }),
    code: 'KeysUrlRefused',
    says: 'which contains a user name or a password',
  },
];

describe('discovery', () => {
  for (const { provider, discovery } of providers) {
    it(`of ${provider} is at ${discovery}`, () => {
      assert.equal(buildDiscoveryUrl(parseProviderUrl(provider)).href, discovery);
    });
  }

  for (const { provider, says } of noProviders) {
    it(`refuses the provider "${provider}"`, () => {
      assert.throws(() => parseProviderUrl(provider), {
        name: 'IssuerError',
        code: 'ProviderUrlRefused',
        message: new RegExp(says),
      });
    });
  }

  for (const { name, document, url } of keys) {
    it(`finds keys with ${name}`, () => {
      assert.equal(judgeDiscovery(answer(document), issuer).href, url);
    });
  }

  for (const one of refused) {
    it(`refuses ${one.name}`, () => {
      assert.throws(
        () => judgeDiscovery(one.answer, issuer),
        (thrown: unknown) => {
          assert.ok(thrown instanceof IssuerError, String(thrown));
          assert.equal(thrown.code, one.code);
          assert.ok(thrown.fault.found.includes(one.says), thrown.fault.found);
          assert.ok(!thrown.fault.found.includes('secret-path'), thrown.fault.found);
          return true;
        },
      );
    });
  }

  it('neutralises what an issuer writes', () => {
    const hostile = answer({ ...good, issuer: 'x\n##vso[task.setvariable variable=a]b\u001b[31m' });
    assert.throws(
      () => judgeDiscovery(hostile, issuer),
      ({ message }: Error) => !/##vso\[|\p{Cc}/u.test(message) && message.includes('vso[task.setvariable'),
    );
  });
});
