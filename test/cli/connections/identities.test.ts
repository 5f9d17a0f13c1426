import assert from 'node:assert/strict';
import type { OpenAzureDevOps } from '../../../src/cli/connections/ask-azure-devops.ts';
import { readNamedConnections, type ConnectionOptions, type Issuers } from '../../../src/cli/connections/options.ts';
import { settleConnections, askOrganization, refuseTenant } from '../../../src/cli/connections/identities.ts';
import { CliFailure, wrongUsage } from '../../../src/cli/terminal/failure.ts';
import { byId, byName, connection, organizationId, tenantId } from '../../trust/company.ts';

const { connectionId } = connection;

/** Connections as Azure DevOps shows them. */
const shown: Readonly<Record<string, { issuer?: string; subject?: string; environment?: string }>> = {
  converted: { issuer: byId.issuerUrl, subject: byId.subject },
  old: { issuer: byName.issuerUrl, subject: 'sc://contoso/Payments/old' },
  china: { issuer: byName.issuerUrl, subject: 'sc://contoso/Payments/china', environment: 'AzureChinaCloud' },
  bare: {},
};

function refuse(): never {
  throw new Error('Nothing else is asked.');
}

const open: OpenAzureDevOps = () =>
  Promise.resolve({
    readOrganizationId: () => Promise.resolve(organizationId),
    findProject: refuse,
    findConnections: (project, name) => {
      const { issuer, subject, environment } = shown[name] ?? refuse();
      const ids = { id: connectionId ?? '', name, project, scheme: 'WorkloadIdentityFederation', tenantId };
      const kind = { type: 'azurerm', useOidc: undefined, hasKeys: false, shared: false };
      return Promise.resolve([{ ...ids, ...kind, environment, issuer, subject }]);
    },
    readGuards: () => Promise.resolve({ openToAll: false, checks: { approval: true, branchControl: true } }),
    listProjects: refuse,
    listConnections: refuse,
    readHistory: refuse,
  });

const live = (...names: readonly string[]): ConnectionOptions => ({
  organizationUrl: 'https://dev.azure.com/contoso',
  project: 'Payments',
  connection: names,
});

const names: ConnectionOptions = { organizationId, organization: 'contoso', project: 'Payments', connection: ['aws'] };

const ids: ConnectionOptions = { organizationId, tenantId, connectionId: [connectionId ?? ''] };

type Wanted = Issuers | undefined;

const taken: readonly (readonly [string, ConnectionOptions, Wanted, readonly string[], RegExp])[] = [
  ['one that was converted', live('converted'), undefined, ['entra'], /^$/],
  ['one on the retiring issuer', live('old'), undefined, ['azure-devops', 'entra'], /may differ from the organization/],
  [
    'some on either',
    live('converted', 'old'),
    undefined,
    ['entra', 'azure-devops', 'entra'],
    /may differ from the organization/,
  ],
  ['one of another cloud', live('china'), undefined, ['azure-devops'], /^$/],
  ['one of another cloud, both asked for', live('china'), 'both', ['azure-devops'], /^$/],
  ['a converted one, by its issuer', live('converted'), 'entra', ['entra'], /^$/],
  ['a converted one, both by word', live('converted'), 'both', ['azure-devops', 'entra'], /Without --issuer/],
  ['one whose issuer is not shown, by word', live('bare'), 'entra', ['entra'], /does not show the issuer/],
  ['ids', ids, undefined, ['entra'], /^$/],
  ['names', names, undefined, ['azure-devops'], /retires on 2027-07-01/],
  ['names and ids', { ...names, ...ids }, undefined, ['entra'], /names are not used.*--issuer both/],
  ['names and ids, both by word', { ...names, ...ids }, 'both', ['azure-devops', 'entra'], /^$/],
  ['names and ids, the old one by word', { ...names, ...ids }, 'azure-devops', ['azure-devops'], /retires on/],
];

const refused: readonly (readonly [string, ConnectionOptions, Wanted, RegExp])[] = [
  [
    'a converted one on the retiring issuer',
    live('converted'),
    'azure-devops',
    /but converted is on the Entra issuer.*denies it\./,
  ],
  [
    'one on the retiring issuer, for Entra alone',
    live('old'),
    'entra',
    /but old is on the Azure DevOps issuer.*until it is converted/,
  ],
  ['one of several', live('old', 'converted'), 'azure-devops', /but converted is on the Entra issuer/],
  ['one whose issuer is not shown', live('bare'), undefined, /does not show which issuer bare is on/],
  ['one of another cloud, for Entra', live('china'), 'entra', /but china is on the Azure DevOps issuer/],
  ['ids for the retiring issuer', ids, 'azure-devops', /it needs --organization, --project, --connection/],
  ['names for Entra', names, 'entra', /it needs --tenant-id, --connection-id/],
  ['ids for both', ids, 'both', /For the Azure DevOps issuer, it needs/],
  [
    'too little for either',
    { organizationId, connection: ['aws'] },
    undefined,
    /For the Azure DevOps issuer, it needs/,
  ],
];

function settle(options: ConnectionOptions, wanted: Wanted) {
  const named = readNamedConnections(options) ?? assert.fail();
  return settleConnections(named, wanted, open);
}

describe('cli/connections/identities', () => {
  for (const [name, options, wanted, issuers, warning] of taken) {
    it(`takes the narrowest that a connection needs: ${name}`, async () => {
      const { connections, warnings } = await settle(options, wanted);
      const identities = connections.flatMap(one => one.identities);
      assert.deepEqual(
        identities.map(({ issuer }) => issuer.kind),
        issuers,
      );
      assert.match(warnings.join('\n'), warning);
    });
  }

  for (const [name, options, wanted, says] of refused) {
    it(`refuses what could allow nobody, and what is not known: ${name}`, async () => {
      await assert.rejects(settle(options, wanted), (thrown: unknown) => {
        assert.ok(thrown instanceof CliFailure && thrown.exit === 2, String(thrown));
        assert.match(thrown.message, says);
        return true;
      });
    });
  }
});

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
