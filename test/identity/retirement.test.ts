import assert from 'node:assert/strict';
import { describeRetirement, findRetirement, type ConnectionSettings } from '../../src/identity/retirement.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
const connectionId = '64171687-7a59-4fce-b2c8-823278dcf176';
const old = { iss: `https://vstoken.dev.azure.com/${organizationId}` };
const entra = { iss: `https://login.microsoftonline.com/${tenantId}/v2.0` };
const settings: ConnectionSettings = { connectionId, tenantId, environment: 'AzureCloud' };

/** Written out by hand, from the recorded token of a converted connection. */
const next = {
  issuerUrl: entra.iss,
  subject: `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
  audiences: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'],
};

const exempt: readonly (readonly [string, { readonly iss: string }, ConnectionSettings])[] = [
  ['a token of the Entra issuer', entra, settings],
  ['a token of an issuer that nobody knows', { iss: 'https://token.example/a' }, settings],
  ['an organization that is no GUID', { iss: 'https://vstoken.dev.azure.com/contoso' }, settings],
  ...['AzureUSGovernment', 'AzureChinaCloud', 'AzureStack', 'AzureGermanCloud', 'AzureCloud2'].map(
    environment => [`environment ${environment}`, old, { ...settings, environment }] as const,
  ),
];

const underivable: readonly (readonly [string, ConnectionSettings])[] = [
  ['no tenant', { connectionId }],
  ['an empty tenant', { ...settings, tenantId: '' }],
  ['a tenant that is a name', { ...settings, tenantId: 'contoso.onmicrosoft.com' }],
  ['a connection that is a name', { ...settings, connectionId: 'aws' }],
];

const confirmations: readonly (readonly [string, string | undefined, boolean])[] = [
  ['nothing is known of it', undefined, false],
  ['it is another one', organizationId, false],
  ['it is the same', tenantId, true],
  ['it is the same in capitals', tenantId.toUpperCase(), true],
];

describe('identity/retirement', () => {
  for (const [name, claims, connection] of exempt) {
    it(`says nothing of ${name}`, () => {
      assert.equal(findRetirement(claims, connection), undefined);
    });
  }

  for (const environment of ['AzureCloud', 'azurecloud', '', undefined]) {
    it(`names the day and the identity to come where the environment is ${String(environment)}`, () => {
      const found = findRetirement(old, { ...settings, environment });
      const { issuerUrl, subject, audiences } = found?.next ?? {};
      assert.equal(found?.on, '2027-07-01');
      assert.deepEqual({ issuerUrl, subject, audiences }, next);
    });
  }

  for (const [name, connection] of underivable) {
    it(`names the day and no identity with ${name}`, () => {
      assert.deepEqual(findRetirement(old, connection), {
        on: '2027-07-01',
        next: undefined,
        confirmed: false,
        otherwise: undefined,
      });
    });
  }

  for (const [name, organizationTenantId, confirmed] of confirmations) {
    it(`is ${confirmed ? 'confirmed' : 'unconfirmed'} by the organization's tenant where ${name}`, () => {
      const found = findRetirement(old, { ...settings, organizationTenantId });
      assert.equal(found?.confirmed, confirmed);
      assert.equal(found.next?.subject, next.subject);
      assert.equal(describeRetirement(found).includes('Unconfirmed'), !confirmed);
    });
  }

  it('describes it in one line of parts, without the issuer and the subject as a whole', () => {
    const found = findRetirement(old, settings);
    const line = found === undefined ? '' : describeRetirement(found);
    const parts = ['2027-07-01', 'multitenant', tenantId, organizationId, connectionId, ...next.audiences];
    for (const part of parts) assert.ok(line.includes(part), `${line} lacks ${part}`);
    for (const whole of [next.issuerUrl, next.subject, old.iss]) assert.ok(!line.includes(whole), line);
    assert.ok(!line.includes('\n'), line);
  });

  const printing = `aws-wif connection --issuer entra --organization-id ${organizationId} --connection-id ${connectionId} --tenant-id`;
  const otherTenant = '3f7a3df4-f85b-4ca8-98d0-08b1034e6567';
  const others = [
    {
      name: 'in a form to fill in where nothing is known of it',
      organizationTenantId: undefined,
      otherwise: {
        issuerUrl: 'https://login.microsoftonline.com/<tenant id>/v2.0',
        subject: `/eid1/c/pub/t/<tenant ID in base64url>/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
        command: `${printing} <tenant id>`,
      },
    },
    {
      name: 'in a form to fill in where it is no GUID',
      organizationTenantId: 'contoso.onmicrosoft.com',
      otherwise: {
        issuerUrl: 'https://login.microsoftonline.com/<tenant id>/v2.0',
        subject: `/eid1/c/pub/t/<tenant ID in base64url>/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
        command: `${printing} <tenant id>`,
      },
    },
    {
      name: 'whole where it is known to be another one',
      organizationTenantId: otherTenant,
      otherwise: {
        issuerUrl: `https://login.microsoftonline.com/${otherTenant}/v2.0`,
        subject: `/eid1/c/pub/t/9D16P1v4qEyY0AixA05lZw/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
        command: `${printing} ${otherTenant}`,
      },
    },
    { name: 'not where it is the same', organizationTenantId: tenantId, otherwise: undefined },
  ];
  for (const { name, organizationTenantId, otherwise } of others) {
    it(`names the candidate of the organization's own tenant ${name}`, () => {
      assert.deepEqual(findRetirement(old, { ...settings, organizationTenantId })?.otherwise, otherwise);
    });
  }

  it('says why there is no identity to name', () => {
    const found = findRetirement(old, { connectionId });
    assert.match(found === undefined ? '' : describeRetirement(found), /cannot be derived here/);
  });
});
