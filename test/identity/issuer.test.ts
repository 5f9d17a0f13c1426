import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import { describeIssuer, formatIssuer, parseIssuer, type Issuer, type KnownIssuer } from '../../src/identity/issuer.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';

const known: readonly { readonly url: string; readonly issuer: Issuer; readonly words: string }[] = [
  {
    url: `https://vstoken.dev.azure.com/${organizationId}`,
    issuer: { kind: 'azure-devops', organizationId },
    words: `Azure DevOps issuer, organization ${organizationId}`,
  },
  {
    url: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    issuer: { kind: 'entra', tenantId },
    words: `Microsoft Entra issuer, tenant ${tenantId}`,
  },
];

const unknown = [
  `https://vstoken.dev.azure.com/${organizationId}/`,
  `http://vstoken.dev.azure.com/${organizationId}`,
  'https://vstoken.dev.azure.com/contoso',
  `https://vstoken.dev.azure.com.evil.example/${organizationId}`,
  `https://evil.example/https://vstoken.dev.azure.com/${organizationId}`,
  `https://login.microsoftonline.com/${tenantId}`,
  `https://login.microsoftonline.com/${tenantId}/v2.0/`,
  `https://login.microsoftonline.com/${tenantId}/v1.0`,
  'https://login.microsoftonline.com/common/v2.0',
  `https://login.microsoftonline.com@evil.example/${tenantId}/v2.0`,
  `https://sts.windows.net/${tenantId}/`,
  'https://token.actions.githubusercontent.com',
  '',
];

describe('identity/issuer', () => {
  for (const { url, issuer, words } of known) {
    it(`knows ${url}`, () => {
      assert.deepEqual(parseIssuer(url), issuer);
      assert.equal(describeIssuer(parseIssuer(url)), words);
    });

    it(`does not repeat ${url} as a whole, which the agent masks`, () => {
      assert.ok(!describeIssuer(issuer).includes(url));
    });
  }

  for (const url of unknown) {
    it(`does not know "${url}"`, () => {
      assert.deepEqual(parseIssuer(url), { kind: 'unknown', url });
      assert.equal(describeIssuer(parseIssuer(url)), `issuer ${url}`);
    });
  }

  const written: readonly { readonly issuer: KnownIssuer; readonly url: string }[] = [
    { issuer: { kind: 'azure-devops', organizationId }, url: `https://vstoken.dev.azure.com/${organizationId}` },
    {
      issuer: { kind: 'azure-devops', organizationId: organizationId.toUpperCase() },
      url: `https://vstoken.dev.azure.com/${organizationId}`,
    },
    { issuer: { kind: 'entra', tenantId }, url: `https://login.microsoftonline.com/${tenantId}/v2.0` },
    {
      issuer: { kind: 'entra', tenantId: tenantId.toUpperCase() },
      url: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    },
  ];
  for (const { issuer, url } of written) {
    it(`writes ${JSON.stringify(issuer)} as ${url}`, () => {
      assert.equal(formatIssuer(issuer), url);
    });
  }

  const refused: readonly { readonly issuer: KnownIssuer; readonly found: RegExp }[] = [
    { issuer: { kind: 'azure-devops', organizationId: 'contoso' }, found: /The organization's ID is "contoso"\./ },
    { issuer: { kind: 'azure-devops', organizationId: '' }, found: /The organization's ID is missing\./ },
    { issuer: { kind: 'entra', tenantId: 'common' }, found: /The tenant's ID is "common"\./ },
    { issuer: { kind: 'entra', tenantId: `${tenantId}/` }, found: /The tenant's ID is ".+\/"\./ },
  ];
  for (const { issuer, found } of refused) {
    it(`writes no URL for ${JSON.stringify(issuer)}`, () => {
      assert.throws(
        () => formatIssuer(issuer),
        (error: unknown) =>
          error instanceof WifError && error.code === 'IdentityNotDerivable' && found.test(error.message),
      );
    });
  }
});
