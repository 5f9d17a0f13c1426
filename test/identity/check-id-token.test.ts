import assert from 'node:assert/strict';
import { checkIdToken, type ExpectedIdentity } from '../../src/identity/check-id-token.ts';
import type { Claims } from '../../src/identity/claims.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const stranger = '11111111-1aff-46ac-a80b-054d5c4f9b8a';
const application = 'rISbSSETf0KqFyZ8ppdXmA';

function entra(organization = organizationId, connection = connectionId, app = application): string {
  return `/eid1/c/pub/t/9D16P1v4qEyY0AixA05lZw/a/${app}/sc/${organization}/${connection}`;
}

const entraIssuer = 'https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0';
const oldIssuer = `https://vstoken.dev.azure.com/${organizationId}`;

/** The claims of a token; its issuer is the one that writes such subjects. */
function claimsOf(sub: string, iss = sub.startsWith('/eid1/') ? entraIssuer : oldIssuer): Claims {
  return { iss, sub, aud: ['a'], azp: undefined, iat: 1, exp: 301 };
}

/** The tenant in the subjects here: base64url of its bytes as .NET orders them. */
function readTenant(): string {
  const hex = Buffer.from('9D16P1v4qEyY0AixA05lZw', 'base64url').toString('hex');
  return hex.replace(/^(..)(..)(..)(..)(..)(..)(..)(..)(.{4})(.{12})$/, '$4$3$2$1-$6$5-$8$7-$9-$10');
}

const expected: ExpectedIdentity = { connectionId, organizationId, subject: undefined };

const accepted = [
  { name: "an Entra subject that ends in this organization's and connection's ids", sub: entra(), expected },
  {
    name: 'ids in another letter case',
    sub: entra(organizationId.toUpperCase(), connectionId.toUpperCase()),
    expected,
  },
  {
    name: 'an old-issuer subject where the job does not know its organization, which it names itself',
    sub: 'sc://contoso/Payments/aws',
    expected: { ...expected, organizationId: undefined },
  },
  {
    name: 'an old-issuer subject as the connection has it',
    sub: 'sc://contoso/Payments/aws',
    expected: { ...expected, subject: 'sc://contoso/Payments/aws' },
  },
  { name: 'an old-issuer subject where the connection has none', sub: 'sc://contoso/Payments/aws', expected },
  {
    name: 'an old-issuer subject where the connection has an empty one',
    sub: 'sc://contoso/Payments/aws',
    expected: { ...expected, subject: '' },
  },
];

const refused = [
  {
    name: "a pipeline's own token (p://)",
    sub: 'p://contoso/Payments/deploy',
    message: /a pipeline, not a service connection/,
  },
  {
    name: 'another connection',
    sub: entra(organizationId, stranger),
    message: new RegExp(`connection ${stranger}, not ${connectionId}`),
  },
  {
    name: 'another organization',
    sub: entra(stranger),
    message: new RegExp(`organization ${stranger}, not ${organizationId}`),
  },
  { name: 'the ids in the wrong order', sub: entra(connectionId, organizationId), message: /connection/ },
  {
    name: 'another application of the tenant',
    sub: entra(organizationId, connectionId, 'AAAAAAAAAAAAAAAAAAAAAA'),
    message: /an unknown form/,
  },
  { name: 'more after the ids', sub: `${entra()}/${connectionId}`, message: /an unknown form/ },
  { name: 'a user', sub: 'someone@contoso.example', message: /an unknown form/ },
  {
    name: 'an old-issuer subject without a connection',
    sub: 'sc://contoso/Payments',
    message: /an unknown form/,
  },
];

const warned = [
  {
    name: 'a renamed connection',
    sub: 'sc://contoso/Payments/aws new',
    subject: 'sc://contoso/Payments/aws old',
    parts: ['connection aws new', 'connection aws old'],
  },
  {
    name: 'a renamed organization',
    sub: 'sc://contoso2/Payments/aws',
    subject: 'sc://contoso/Payments/aws',
    parts: ['organization contoso2', 'organization contoso,'],
  },
  {
    name: 'another letter case',
    sub: 'sc://contoso/payments/aws',
    subject: 'sc://contoso/Payments/aws',
    parts: ['project payments', 'project Payments'],
  },
  {
    name: 'settings of the Entra issuer',
    sub: 'sc://contoso/Payments/aws',
    subject: entra(),
    parts: ['project Payments', connectionId],
  },
];

describe('identity/check-id-token', () => {
  describe("the ID token must be this connection's", () => {
    for (const { name, sub, expected } of accepted) {
      it(`accepts ${name}`, () => {
        assert.deepEqual(checkIdToken(claimsOf(sub), expected), []);
      });
    }

    for (const { name, sub, message } of refused) {
      it(`refuses ${name}, and says that it was not sent to AWS`, () => {
        assert.throws(() => checkIdToken(claimsOf(sub), expected), { code: 'TokenNotForConnection', message });
        assert.throws(() => checkIdToken(claimsOf(sub), { ...expected, subject: sub }), { message: /not sent to AWS/ });
      });
    }
  });

  describe('an Azure DevOps connection has one form of token', () => {
    const tenant = 'e4ef79f4-2afe-4ca8-98d0-08b1034e6567';
    const own = `https://login.microsoftonline.com/${readTenant()}/v2.0`;
    const fixed: ExpectedIdentity = { ...expected, kind: 'azure-devops', tenantId: readTenant() };

    for (const given of [fixed, { ...fixed, tenantId: undefined }, { ...fixed, tenantId: '' }]) {
      it(`accepts it (tenant "${given.tenantId ?? 'not shown'}")`, () => {
        assert.deepEqual(checkIdToken(claimsOf(entra(), own), given), []);
      });
    }

    for (const [name, iss, sub, message] of [
      [
        'the Azure DevOps issuer',
        oldIssuer,
        'sc://contoso/Payments/aws',
        /vstoken\.dev\.azure\.com.*sc: \/ \/ contoso.*sc \/ 0ca3ddd9[^ ]+ \/ f0cda5b5/s,
      ],
      ['another tenant than its settings', `https://login.microsoftonline.com/${tenant}/v2.0`, entra(), /e4ef79f4/],
      ['another application', own, entra(organizationId, connectionId, 'AAAAAAAAAAAAAAAAAAAAAA'), /AAAAAAAAAA/],
      ['more after the ids', own, `${entra()}/x`, /\/ x/],
      ['another connection', own, entra(organizationId, stranger), new RegExp(`not ${connectionId}`)],
      ['another organization', own, entra(stranger), new RegExp(`not ${organizationId}`)],
    ] as const) {
      it(`refuses ${name}, whatever the settings say, and shows what was expected`, () => {
        const call = () => checkIdToken(claimsOf(sub, iss), { ...fixed, subject: sub });
        assert.throws(call, { code: 'TokenNotForConnection', message });
        assert.throws(call, { message: /not sent to AWS/ });
      });
    }
  });

  it("refuses a token of another organization's own issuer, whatever its names", () => {
    const claims = claimsOf('sc://contoso/Payments/aws', `https://vstoken.dev.azure.com/${stranger}`);
    assert.throws(() => checkIdToken(claims, { ...expected, subject: 'sc://contoso/Payments/aws' }), {
      code: 'TokenNotForConnection',
      message: new RegExp(`organization ${stranger}, not ${organizationId}.*not sent to AWS`, 's'),
    });
  });

  it('refuses an Entra subject where the job does not know its organization', () => {
    assert.throws(() => checkIdToken(claimsOf(entra()), { ...expected, organizationId: undefined }), {
      code: 'TokenNotForConnection',
      message: /System\.CollectionId names, which is empty.*not sent to AWS/,
    });
  });

  describe('issuer and subject must fit', () => {
    for (const { name, sub, iss } of [
      { name: 'an Entra subject of the old issuer', sub: entra(), iss: oldIssuer },
      { name: 'an old-issuer subject of Entra', sub: 'sc://contoso/Payments/aws', iss: entraIssuer },
      { name: 'an Entra subject of another issuer', sub: entra(), iss: 'https://issuer.example' },
      {
        name: 'an old-issuer subject of another issuer',
        sub: 'sc://contoso/Payments/aws',
        iss: 'https://issuer.example',
      },
    ]) {
      it(`refuses ${name}`, () => {
        assert.throws(() => checkIdToken(claimsOf(sub, iss), { ...expected, subject: sub }), {
          code: 'TokenNotForConnection',
          message: /^TokenNotForConnection: The ID token of the .* is for .*not sent to AWS/,
        });
      });
    }
  });

  describe("an old-issuer subject that differs from the endpoint's own parameter is a warning that shows the difference", () => {
    for (const { name, sub, subject, parts } of warned) {
      it(`warns of ${name}`, () => {
        const warnings = checkIdToken(claimsOf(sub), { ...expected, subject });
        assert.equal(warnings.length, 1);
        for (const part of parts) assert.ok(warnings[0]?.includes(part), `${String(warnings[0])} lacks ${part}`);
      });
    }
  });
});
