import assert from 'node:assert/strict';
import type { SeenConnection } from '../../../src/migration/fleet/connections.ts';
import { entraSubject, nexts, oldUrl, see, seen, subjects, tenantId } from '../company.ts';

const other = '11111111-2222-4333-8444-555555555555';
const [aws, , converted] = seen as [SeenConnection, SeenConnection, SeenConnection];
/** No tenant is given. */
const seeAlone = (...all: readonly SeenConnection[]) => see(all, null).connections;

describe('an identity read from Azure DevOps', () => {
  const rows: readonly { name: string; change: Partial<SeenConnection>; status: string }[] = [
    { name: 'is used where it is the computed one', change: {}, status: 'retiring' },
    { name: 'is not where the name differs', change: { subject: 'sc://contoso/Payments/other' }, status: 'unclear' },
    { name: 'is not where letter case differs', change: { subject: subjects.aws.toUpperCase() }, status: 'unclear' },
    {
      name: "is not where it is another organization's",
      change: { issuer: `https://vstoken.dev.azure.com/${other}` },
      status: 'unclear',
    },
    {
      name: 'is not where the issuer is none of both',
      change: { issuer: `https://evil.example/${other}` },
      status: 'unclear',
    },
    { name: 'is not where the issuer has a slash more', change: { issuer: `https://${oldUrl}/` }, status: 'unclear' },
    { name: 'is not where the issuer is not shown', change: { issuer: undefined }, status: 'unclear' },
    { name: 'is not where the subject is not shown', change: { subject: undefined }, status: 'unclear' },
    { name: 'is exempt in another cloud', change: { environment: 'AzureChinaCloud' }, status: 'exempt' },
    { name: 'counts as public without an environment', change: { environment: undefined }, status: 'retiring' },
    {
      name: 'is not converted with the id of another connection',
      change: { issuer: converted.issuer, subject: converted.subject },
      status: 'unclear',
    },
    {
      name: 'is not converted with another organization',
      change: { issuer: converted.issuer, subject: entraSubject(aws.id, other) },
      status: 'unclear',
    },
    {
      name: 'is not converted where issuer and subject name two tenants',
      change: { issuer: `https://login.microsoftonline.com/${other}/v2.0`, subject: nexts.aws },
      status: 'unclear',
    },
    {
      name: 'is converted with its own',
      change: { issuer: converted.issuer, subject: nexts.aws },
      status: 'converted',
    },
  ];
  for (const { name, change, status } of rows) {
    it(name, () => {
      assert.deepEqual(
        see([{ ...aws, ...change }]).connections.map(one => one.status),
        [status],
      );
    });
  }
});

describe("the organization's tenant", () => {
  const rows = [
    {
      name: 'is not known without a converted connection',
      all: [aws],
      given: null,
      kind: 'unconfirmed',
      confirmed: false,
    },
    {
      name: 'is shown by a converted connection',
      all: [aws, converted],
      given: null,
      kind: 'confirmed',
      confirmed: true,
    },
    { name: 'is believed where it is given', all: [aws], given: tenantId, kind: 'confirmed', confirmed: true },
    {
      name: 'is believed of both where they agree',
      all: [aws, converted],
      given: tenantId.toUpperCase(),
      kind: 'confirmed',
      confirmed: true,
    },
    {
      name: 'is believed of neither where they do not',
      all: [aws, converted],
      given: other,
      kind: 'conflict',
      confirmed: false,
    },
  ];
  for (const { name, all, given, kind, confirmed } of rows) {
    it(name, () => {
      const { tenant, connections } = see(all, given);
      assert.deepEqual([tenant.kind, connections[0]?.confirmed], [kind, confirmed]);
      assert.equal(connections[0]?.next?.subject, kind === 'conflict' ? undefined : nexts.aws);
    });
  }
});

describe('a connection that nobody can be sure of', () => {
  it('has the subject that is shown among its old ones, and none on the Entra issuer', () => {
    const [renamed] = seeAlone({ ...aws, name: 'renamed' });
    const shown = renamed?.old.map(({ subject }) => subject);
    assert.deepEqual(shown, [subjects.aws, 'sc://contoso/Payments/renamed']);
    assert.deepEqual([renamed?.next, renamed?.inScope, renamed?.gap], [undefined, true, 'ConnectionUnclear']);
  });

  it('tells how the organization is spelled', () => {
    const shouted = { ...aws, subject: subjects.aws.replace('contoso', 'Contoso') };
    const fleet = see([shouted]);
    assert.deepEqual([fleet.spelling, see([aws]).spelling], ['Contoso', undefined]);
    assert.match(fleet.connections[0]?.why ?? '', /spells the organization Contoso/);
  });

  it('is out of scope in another cloud', () => {
    const [gov] = seeAlone({ ...aws, subject: 'sc://contoso/Payments/other', environment: 'AzureUSGovernment' });
    assert.deepEqual([gov?.status, gov?.inScope], ['unclear', false]);
  });
});

describe('a connection that several projects share', () => {
  it('is shown where its subject is from', () => {
    const [only] = seeAlone({ ...aws, project: 'Data', name: 'alias' }, aws);
    assert.deepEqual([only?.project, only?.name], [aws.project, aws.name]);
  });

  it('is one, with the identity of the project that its subject names', () => {
    const [only, ...others] = seeAlone({ ...aws, project: 'Data', name: 'aws-data' }, aws);
    assert.deepEqual(others, []);
    assert.deepEqual(
      only?.old.map(({ subject }) => subject),
      [subjects.aws],
    );
  });

  it('may have had any of their subjects once it is converted, but none that another one has', () => {
    const shared = [converted, { ...converted, project: 'Data', name: 'once' }, { ...converted, name: 'aws' }];
    const [first] = seeAlone(...shared, aws);
    assert.deepEqual(
      first?.old.map(({ subject }) => subject),
      [subjects.converted, 'sc://contoso/Data/once'],
    );
  });
});
