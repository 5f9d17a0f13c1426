import assert from 'node:assert/strict';
import { openAzureDevOps } from '../../src/azure-devops/rest-api.ts';
import { Secret } from '../../src/secret.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { startRestApi, type StoredConnection } from '../fakes/rest-api.ts';
import { organizationId, tokens } from '../cli/company.ts';

const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const projects = Array.from({ length: 205 }, (_, place) => ({ id: guid(place), name: `project ${place}` }));
const stored: StoredConnection = {
  id: guid(1000),
  name: 'aws',
  projectId: guid(0),
  usedBy: ['infra', 'network', 'infra'],
};
const connections: readonly StoredConnection[] = [
  { ...stored, sharedWith: [{ projectId: guid(1), name: 'aws-shared' }] },
  { ...stored, id: guid(1001), name: 'secret', scheme: 'ServicePrincipal' },
  {
    ...stored,
    id: guid(1006),
    name: 'toolkit',
    type: 'AWS',
    scheme: 'ms.vss-endpoint.endpoint-auth-scheme-basic',
    parameters: { useOIDC: 'True', username: 'canary-stored-key' },
  },
  { ...stored, id: guid(1002), name: 'elsewhere', projectId: guid(2), usedBy: [] },
  { ...stored, id: guid(1003), name: 'seen', projectId: guid(4) },
  { ...stored, id: guid(1004), name: 'hidden', projectId: guid(4), isHidden: true },
  { ...stored, id: guid(1005), name: 'hidden too', projectId: guid(4), isHidden: true },
];

describe('rest-api lists', () => {
  let server: RecordedServer;
  before(async () => {
    const rights = { [tokens.full]: 'all', [tokens.noProjects]: 'no-projects' } as const;
    server = await startRestApi({
      organization: { name: 'contoso', id: organizationId },
      projects,
      connections,
      tokens: rights,
    });
  });
  after(() => server.close());
  const open = (token: string = tokens.full) =>
    openAzureDevOps({ url: new URL(`${server.url}/contoso/`), token: new Secret(token) });

  it('all projects, page after page', async () => {
    const found = await open().listProjects();
    assert.deepEqual(
      found.map(({ id, name }) => ({ id, name })),
      projects,
    );
  });

  it('no projects without the right to', async () => {
    await assert.rejects(open(tokens.noProjects).listProjects(), { name: 'AzureDevOpsError', refusal: 'forbidden' });
  });

  const rows = [
    {
      project: 0,
      found: [
        ['aws', 'project 0'],
        ['secret', 'project 0'],
        ['toolkit', 'project 0'],
      ],
    },
    { project: 1, found: [['aws-shared', 'project 1']] },
    { project: 2, found: [['elsewhere', 'project 2']] },
    { project: 3, found: [] },
  ];
  for (const { project, found } of rows) {
    it(`the connections of project ${project}, by their names there`, async () => {
      const { connections: listed } = await open().listConnections({ id: guid(project), name: `project ${project}` });
      assert.deepEqual(
        listed.map(one => [one.name, one.project]),
        found,
      );
    });
  }

  it('type, scheme and settings of those that obtain tokens in another way, and no stored key', async () => {
    const { connections: listed } = await open().listConnections({ id: guid(0), name: 'project 0' });
    const toolkit = listed.find(({ name }) => name === 'toolkit');
    assert.deepEqual(
      [toolkit?.type, toolkit?.scheme, toolkit?.useOidc, toolkit?.hasKeys],
      ['AWS', 'ms.vss-endpoint.endpoint-auth-scheme-basic', 'True', true],
    );
    assert.ok(!JSON.stringify(toolkit).includes('canary'));
  });

  it('how many connections it does not show', async () => {
    const place = { id: guid(4), name: 'project 4' };
    const { connections: listed, hidden } = await open().listConnections(place);
    assert.deepEqual([listed.map(({ name }) => name), hidden], [['seen'], 2]);
  });

  it('what used a connection, the latest first', async () => {
    const history = await open().readHistory({ id: guid(0), name: 'project 0' }, guid(1000));
    assert.deepEqual(
      history.map(({ pipeline, kind, startedAt }) => [pipeline, kind, startedAt]),
      [
        ['infra', 'Build', '2026-07-09T10:00:00.000Z'],
        ['network', 'Build', '2026-07-08T10:00:00.000Z'],
        ['infra', 'Build', '2026-07-07T10:00:00.000Z'],
      ],
    );
  });

  it('by nothing but GET and the discovery of areas', () => {
    assert.ok(server.requests.length > 5, 'requests were made');
    for (const { method } of server.requests) assert.match(method, /^(?:GET|OPTIONS)$/);
  });
});
