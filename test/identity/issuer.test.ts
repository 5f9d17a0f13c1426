import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../src/errors.ts';
import {
  isGuid,
  readBase64UrlGuid,
  requireGuid,
  writeBase64UrlGuid,
  describeIssuer,
  formatIssuer,
  parseIssuer,
  type Issuer,
  type KnownIssuer,
} from '../../src/identity/issuer.ts';

/** .NET's Guid.ToByteArray: the first three groups little-endian. */
function encodeGuid(guid: string): string {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes.toString('base64url');
}

const guids = [
  { text: '499b84ac-1321-427f-aa17-267ca6975798', is: true },
  { text: '499B84AC-1321-427F-AA17-267CA6975798', is: true },
  { text: '00000000-0000-0000-0000-000000000000', is: true },
  { text: '499b84ac1321427faa17267ca6975798', is: false },
  { text: '{499b84ac-1321-427f-aa17-267ca6975798}', is: false },
  { text: '499b84ac-1321-427f-aa17-267ca697579', is: false },
  { text: '499b84ac-1321-427f-aa17-267ca6975798\n', is: false },
  { text: 'g99b84ac-1321-427f-aa17-267ca6975798', is: false },
  { text: '499b84ac-1321-427f-aa17-267ca6975798,499b84ac-1321-427f-aa17-267ca6975798', is: false },
  { text: '', is: false },
];

const encoded = [
  // The two pairs that public traces of Entra-issued tokens show.
  { text: 'rISbSSETf0KqFyZ8ppdXmA', guid: '499b84ac-1321-427f-aa17-267ca6975798' },
  { text: encodeGuid('3f7a3df4-f85b-4ca8-98d0-08b1034e6567'), guid: '3f7a3df4-f85b-4ca8-98d0-08b1034e6567' },
  { text: 'rISbSSETf0KqFyZ8ppdXm', guid: undefined },
  { text: 'rISbSSETf0KqFyZ8ppdXmA==', guid: undefined },
  { text: 'rISbSSETf0KqFyZ8ppdXmAA', guid: undefined },
  // The same bytes, written with bits that do not count.
  { text: 'rISbSSETf0KqFyZ8ppdXmB', guid: undefined },
  { text: '9D16P1v4qEyY0AixA05l+w', guid: undefined },
  { text: '', guid: undefined },
];

describe('identity/guid', () => {
  for (const { text, is } of guids) {
    it(`${is ? 'takes' : 'refuses'} ${JSON.stringify(text)} as a GUID`, () => {
      assert.equal(isGuid(text), is);
    });
  }

  for (const { text, guid } of encoded) {
    it(`reads "${text}" as ${guid ?? 'no GUID'}`, () => {
      assert.equal(readBase64UrlGuid(text), guid);
    });
  }

  it('reads back every GUID that .NET would write', () => {
    fc.assert(
      fc.property(fc.uuid(), guid => {
        assert.equal(readBase64UrlGuid(encodeGuid(guid)), guid);
      }),
    );
  });

  const written = [
    { guid: '499b84ac-1321-427f-aa17-267ca6975798', text: 'rISbSSETf0KqFyZ8ppdXmA' },
    { guid: '499B84AC-1321-427F-AA17-267CA6975798', text: 'rISbSSETf0KqFyZ8ppdXmA' },
    { guid: '3f7a3df4-f85b-4ca8-98d0-08b1034e6567', text: '9D16P1v4qEyY0AixA05lZw' },
    { guid: 'ff882432-09b0-437b-bd22-ca13c0037ded', text: 'MiSI_7AJe0O9IsoTwAN97Q' },
    { guid: '00000000-0000-0000-0000-000000000000', text: 'AAAAAAAAAAAAAAAAAAAAAA' },
    { guid: '499b84ac1321427faa17267ca6975798', text: undefined },
    { guid: 'contoso', text: undefined },
    { guid: '', text: undefined },
  ];
  for (const { guid, text } of written) {
    it(`writes "${guid}" as ${text ?? 'nothing'}`, () => {
      assert.equal(writeBase64UrlGuid(guid), text);
    });
  }

  it('writes every GUID so that it is read back', () => {
    fc.assert(
      fc.property(fc.uuid(), guid => {
        assert.equal(writeBase64UrlGuid(guid), encodeGuid(guid));
        assert.equal(readBase64UrlGuid(writeBase64UrlGuid(guid.toUpperCase()) ?? ''), guid);
      }),
    );
  });

  it('takes a GUID in lower case where one is required', () => {
    assert.equal(requireGuid("the tenant's ID", guids[1]?.text), guids[0]?.text);
  });

  for (const { text, found } of [
    { text: undefined, found: "The tenant's ID is missing." },
    { text: '', found: "The tenant's ID is missing." },
    { text: 'contoso', found: 'The tenant\'s ID is "contoso".' },
  ]) {
    it(`refuses "${text ?? 'nothing'}" where a GUID is required`, () => {
      assert.throws(
        () => requireGuid("the tenant's ID", text),
        (error: unknown) =>
          error instanceof WifError && error.code === 'IdentityNotDerivable' && error.faults[0]?.found === found,
      );
    });
  }

  it('never throws, and gives a GUID or nothing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const guid = readBase64UrlGuid(text);
        assert.ok(guid === undefined || isGuid(guid));
      }),
    );
  });
});

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
