import assert from 'node:assert/strict';
import type { OpenAzureDevOps } from '../../../src/cli/connections/ask-azure-devops.ts';
import { askOrganization, refuseTenant } from '../../../src/cli/connections/read-fleet.ts';
import { wrongUsage } from '../../../src/cli/terminal/failure.ts';
import { byId, byName, connection, organizationId, tenantId } from '../../trust/company.ts';

const otherTenant = '11111111-2222-4333-8444-555555555555';
const named = {
  kind: 'live',
  organization: { url: new URL('https://dev.azure.com/contoso'), name: 'contoso' },
  project: 'Payments',
  names: ['old'],
  tenantId: undefined,
} as const;
const old = { project: 'Payments', connection: 'old', tenantId: tenantId.toUpperCase() };
const strange = { ...old, connection: 'strange', tenantId: otherTenant };

/** An organization with a connection for each pair of issuer and subject. */
function openWith(shown: readonly (readonly [issuer: string, subject: string])[]): OpenAzureDevOps {
  const refuse = (): never => assert.fail('Nothing else is asked.');
  return () =>
    Promise.resolve({
      readOrganizationId: () => Promise.resolve(organizationId),
      listProjects: () => Promise.resolve([{ id: 'p', name: 'Data Lake' }]),
      listConnections: () =>
        Promise.resolve({
          hidden: 0,
          connections: shown.map(([issuer, subject], index) => ({
            ...{
              id: index === 0 ? (connection.connectionId ?? '') : subject.slice(-36),
              name: `c${index}`,
              project: 'Data Lake',
            },
            ...{
              scheme: 'WorkloadIdentityFederation',
              type: 'azurerm',
              useOidc: undefined,
              hasKeys: false,
              shared: false,
            },
            ...{ tenantId, environment: 'AzureCloud', issuer, subject },
          })),
        }),
      findProject: refuse,
      findConnections: refuse,
      readGuards: refuse,
      readHistory: refuse,
    });
}

const converted = [byId.issuerUrl, byId.subject] as const;
const cases = [
  { name: 'a converted connection of any project confirms it', shown: [converted], doubtful: [], why: /^/ },
  {
    name: 'not where another tenant is named',
    shown: [converted],
    asked: [old, strange],
    doubtful: [strange],
    why: new RegExp(`^the tenant of converted connections is ${tenantId}$`),
  },
  {
    name: 'not where none is converted',
    shown: [[byName.issuerUrl, 'sc://contoso/Data Lake/c0'] as const],
    doubtful: [old],
    why: /^it was taken from the connections$/,
  },
] as const;

describe('the tenant of connections that are to be trusted on the Entra issuer', () => {
  for (const { name, shown, doubtful, why, ...rest } of cases) {
    it(name, async () => {
      const asked = 'asked' in rest ? rest.asked : [old];
      const found = await askOrganization(named, asked, openWith(shown));
      assert.deepEqual(found.doubtful, doubtful);
      assert.match(found.why, why);
    });
  }

  it('is not confirmed by what cannot be read, and the refusal says so', async () => {
    const found = await askOrganization(named, [old], () => Promise.reject(wrongUsage('No token.', 'one.')));
    assert.deepEqual(found.doubtful, [old]);
    const problems = refuseTenant(['Payments/old'], found.why);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['TenantUnconfirmed'],
    );
    assert.match(
      problems.map(one => one.found).join(),
      /Payments\/old is unconfirmed; .* could not be read \(UsageWrong\)\.$/,
    );
  });

  it('is not asked for where nothing is in doubt, and not offline', async () => {
    const open = () => assert.fail('Nothing is asked.');
    assert.deepEqual((await askOrganization(named, [], open)).doubtful, []);
    assert.deepEqual((await askOrganization({ kind: 'offline', facts: [] }, [], open)).doubtful, []);
  });
});
