import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import {
  deriveIdentity,
  exposeAudience,
  listAudiences,
  readIdentity,
  type ConnectionFacts,
} from '../../src/identity/audience.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
const connectionId = '64171687-7a59-4fce-b2c8-823278dcf176';
const facts: ConnectionFacts = {
  organizationId,
  organization: 'contoso',
  project: 'Payments',
  connection: 'aws',
  tenantId,
  connectionId,
};
const byName = {
  issuer: { kind: 'azure-devops', organizationId },
  issuerUrl: `https://vstoken.dev.azure.com/${organizationId}`,
  subject: 'sc://contoso/Payments/aws',
  audiences: ['api://AzureADTokenExchange'],
};
const byId = {
  issuer: { kind: 'entra', tenantId },
  issuerUrl: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  subject: `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
  audiences: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'],
};
const upper = {
  organizationId: organizationId.toUpperCase(),
  tenantId: tenantId.toUpperCase(),
  connectionId: connectionId.toUpperCase(),
};

describe('identity/audience', () => {
  it('lists the audiences of each issuer, azp and aud for Entra', () => {
    assert.deepEqual(listAudiences('azure-devops'), byName.audiences);
    assert.deepEqual(listAudiences('entra'), byId.audiences);
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
  for (const { name, claims, exposed } of [
    { name: 'azp where there is one', claims: { aud: ['aud'], azp: 'azp' }, exposed: { aud: ['azp'], oaud: ['aud'] } },
    {
      name: 'aud where there is none',
      claims: { aud: ['aud'], azp: undefined },
      exposed: { aud: ['aud'], oaud: ['aud'] },
    },
    { name: 'every aud', claims: { aud: ['a', 'b'], azp: undefined }, exposed: { aud: ['a', 'b'], oaud: ['a', 'b'] } },
  ]) {
    it(`takes for :aud ${name}`, () => {
      assert.deepEqual(exposeAudience(claims), exposed);
    });
  }

  it('derives the identity on the Azure DevOps issuer', () => {
    assert.deepEqual(deriveIdentity('azure-devops', facts), byName);
    assert.deepEqual(deriveIdentity('azure-devops', { ...facts, ...upper }), byName);
    assert.deepEqual(deriveIdentity('azure-devops', { ...facts, environment: 'AzureUSGovernment' }), byName);
  });

  it('derives the identity on the Entra issuer', () => {
    assert.deepEqual(deriveIdentity('entra', facts), byId);
    assert.deepEqual(deriveIdentity('entra', { ...facts, ...upper }), byId);
    assert.deepEqual(deriveIdentity('entra', { organizationId, tenantId, connectionId }), byId);
  });

  for (const { kind, change, found } of [
    {
      kind: 'azure-devops',
      change: { organization: undefined },
      found: "Some values are missing: the organization's name.",
    },
    { kind: 'azure-devops', change: { project: '' }, found: "Some values are missing: the project's name." },
    {
      kind: 'azure-devops',
      change: { connection: undefined },
      found: "Some values are missing: the service connection's name.",
    },
    { kind: 'azure-devops', change: { organizationId: 'contoso' }, found: 'The organization\'s ID is "contoso".' },
    { kind: 'entra', change: { tenantId: undefined }, found: "Some values are missing: the tenant's ID." },
    { kind: 'entra', change: { connectionId: undefined }, found: "Some values are missing: the connection's ID." },
    { kind: 'entra', change: { organizationId: '' }, found: "The organization's ID is missing." },
    {
      kind: 'entra',
      change: { environment: 'AzureChinaCloud' },
      found: 'The service connection\'s environment is "AzureChinaCloud".',
    },
  ] as const) {
    it(`derives no ${kind} identity with ${JSON.stringify(change)}`, () => {
      assert.throws(
        () => deriveIdentity(kind, { ...facts, ...change }),
        (error: unknown) =>
          error instanceof WifError && error.code === 'IdentityNotDerivable' && error.faults[0]?.found === found,
      );
    });
  }

  it("reads the identity from a token's claims, as they stand", () => {
    assert.deepEqual(readIdentity({ iss: byName.issuerUrl, sub: byName.subject }), byName);
    assert.deepEqual(readIdentity({ iss: byId.issuerUrl, sub: byId.subject }), byId);
    assert.equal(readIdentity({ iss: 'https://token.actions.githubusercontent.com', sub: 'repo:a/b' }), undefined);
    assert.equal(readIdentity({ iss: `${byName.issuerUrl}/`, sub: byName.subject }), undefined);
  });
});
