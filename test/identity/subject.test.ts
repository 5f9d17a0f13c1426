import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WifError } from '../../src/errors.ts';
import {
  deriveEntraSubject,
  describeSubject,
  formatNameSubject,
  parseSubject,
  type Subject,
} from '../../src/identity/issuer.ts';

const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const tenantId = '3f7a3df4-f85b-4ca8-98d0-08b1034e6567';
const tenant = '9D16P1v4qEyY0AixA05lZw';
const application = 'rISbSSETf0KqFyZ8ppdXmA';
const entra = `/eid1/c/pub/t/${tenant}/a/${application}/sc/${organizationId}/${connectionId}`;

function names(organization: string, project: string, connection: string): Subject {
  return { kind: 'connection-name', organization, project, connection };
}

const byName = [
  { text: 'sc://contoso/Payments/aws', subject: names('contoso', 'Payments', 'aws') },
  { text: 'sc://contoso/Pay ments/aws prod (eu)', subject: names('contoso', 'Pay ments', 'aws prod (eu)') },
  { text: 'sc://contoso/Payments/team/aws', subject: names('contoso', 'Payments', 'team/aws') },
  { text: 'sc://contoso/Payments//aws/', subject: names('contoso', 'Payments', '/aws/') },
  { text: 'sc://contoso/Payments/*', subject: names('contoso', 'Payments', '*') },
  { text: 'sc://contoso/项目/соединение', subject: names('contoso', '项目', 'соединение') },
];

const notKnown = [
  '',
  'sc://',
  'sc://contoso',
  'sc://contoso/Payments',
  'sc://contoso/Payments/',
  'sc:///Payments/aws',
  'sc://contoso//aws',
  'SC://contoso/Payments/aws',
  ' sc://contoso/Payments/aws',
  'repo:contoso/payments:ref:refs/heads/main',
  entra.replace('/eid1/', '/eid2/'),
  entra.replace('/c/pub/', '/c/usg/'),
  // Another application of the same tenant.
  entra.replace(application, tenant),
  entra.replace(tenant, 'short'),
  entra.replace(organizationId, 'contoso'),
  entra.replace(connectionId, 'aws'),
  `${entra}/`,
  `${entra}/more`,
  `x${entra}`,
  `${entra}\n`,
];

describe('identity/subject', () => {
  describe('project and organization names hold no slash, the rest is the name of the connection', () => {
    for (const { text, subject } of byName) {
      it(`reads ${text}`, () => {
        assert.deepEqual(parseSubject(text), subject);
      });
    }

    it('reads back whatever names a subject was made of', () => {
      const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => !text.includes('/'));
      const name = fc.string({ unit: 'grapheme', minLength: 1 });
      fc.assert(
        fc.property(segment, segment, name, (organization, project, connection) => {
          const parsed = parseSubject(`sc://${organization}/${project}/${connection}`);
          assert.deepEqual(parsed, names(organization, project, connection));
        }),
      );
    });
  });

  it('reads the ids in a subject of the Entra issuer', () => {
    assert.deepEqual(parseSubject(entra), { kind: 'connection-id', tenantId, organizationId, connectionId });
  });

  for (const text of ['p://contoso/Payments/deploy', 'p://']) {
    it(`knows ${text} as a pipeline's`, () => {
      assert.deepEqual(parseSubject(text), { kind: 'pipeline' });
    });
  }

  for (const text of notKnown) {
    it(`does not know ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseSubject(text), { kind: 'unknown' });
    });
  }

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl()), text => parseSubject(text).kind !== 'connection-id'));
  });

  const described = [
    { text: 'sc://contoso/Payments/aws', words: 'organization contoso, project Payments, connection aws' },
    { text: entra, words: `organization ${organizationId}, connection ${connectionId}` },
    { text: 'p://contoso/Payments/deploy', words: 'a pipeline, not a service connection' },
    { text: 'else', words: 'a subject in an unknown form' },
  ];
  for (const { text, words } of described) {
    it(`describes ${text} in parts, since the agent masks the whole`, () => {
      assert.equal(describeSubject(parseSubject(text)), words);
      assert.ok(!words.includes(text));
    });
  }

  describe('writes a subject of names as they are', () => {
    for (const { name, names: given, subject } of [
      { name: 'plain', names: ['contoso', 'Payments', 'aws'], subject: 'sc://contoso/Payments/aws' },
      { name: 'spaces', names: ['contoso', 'Pay ments', 'aws prod'], subject: 'sc://contoso/Pay ments/aws prod' },
      { name: 'slashes', names: ['contoso', 'Payments', 'team/aws/'], subject: 'sc://contoso/Payments/team/aws/' },
      { name: 'percent', names: ['contoso', '100%', 'a%2Fb'], subject: 'sc://contoso/100%/a%2Fb' },
      { name: 'dots', names: ['contoso', '..', 'aws.prod'], subject: 'sc://contoso/../aws.prod' },
      { name: 'letters', names: ['contoso', 'Zahlungen-Ü', '接続'], subject: 'sc://contoso/Zahlungen-Ü/接続' },
      { name: 'letter case', names: ['Contoso', 'PAYMENTS', 'Aws'], subject: 'sc://Contoso/PAYMENTS/Aws' },
    ]) {
      it(`with ${name}`, () => {
        const [organization = '', project = '', connection = ''] = given;
        assert.equal(formatNameSubject({ organization, project, connection }), subject);
        assert.deepEqual(parseSubject(subject), names(organization, project, connection));
      });
    }
  });

  describe('writes no subject', () => {
    for (const { name, given, found } of [
      { name: 'without an organization', given: ['', 'Payments', 'aws'], found: 'The organization is "".' },
      { name: 'without a project', given: ['contoso', '', 'aws'], found: 'The project is "".' },
      {
        name: 'without a connection',
        given: ['contoso', 'Payments', ''],
        found: "The service connection's name is empty.",
      },
      {
        name: 'with a slash in the organization',
        given: ['con/toso', 'P', 'aws'],
        found: 'The organization is "con/toso".',
      },
      { name: 'with a slash in the project', given: ['contoso', 'P/ay', 'aws'], found: 'The project is "P/ay".' },
    ]) {
      it(name, () => {
        const [organization = '', project = '', connection = ''] = given;
        assertUnderivable(() => formatNameSubject({ organization, project, connection }), found);
      });
    }
  });

  // The second is the one that https://github.com/gravitational/teleport/blob/master/rfd/0211-azure-devops-joining.md shows in part.
  const derived = [
    {
      ids: {
        tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
        organizationId,
        connectionId: '64171687-7a59-4fce-b2c8-823278dcf176',
      },
      subject: `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/${application}/sc/${organizationId}/64171687-7a59-4fce-b2c8-823278dcf176`,
    },
    { ids: { tenantId, organizationId, connectionId }, subject: entra },
    { ids: { tenantId, organizationId, connectionId, environment: 'AzureCloud' }, subject: entra },
    {
      ids: {
        tenantId: tenantId.toUpperCase(),
        organizationId: organizationId.toUpperCase(),
        connectionId: connectionId.toUpperCase(),
      },
      subject: entra,
    },
  ];
  for (const { ids, subject } of derived) {
    it(`derives ${subject} from ${JSON.stringify(ids)}`, () => {
      assert.equal(deriveEntraSubject(ids), subject);
    });
  }

  const ids = { tenantId, organizationId, connectionId };
  for (const environment of ['AzureCloud', 'azurecloud', '', undefined]) {
    it(`derives the same where the environment is ${String(environment)}`, () => {
      assert.equal(deriveEntraSubject({ ...ids, environment }), deriveEntraSubject(ids));
    });
  }

  for (const { change, found } of [
    { change: { tenantId: 'contoso.onmicrosoft.com' }, found: 'The tenant\'s ID is "contoso.onmicrosoft.com".' },
    { change: { organizationId: 'contoso' }, found: 'The organization\'s ID is "contoso".' },
    { change: { connectionId: '' }, found: "The connection's ID is missing." },
    ...['AzureUSGovernment', 'AzureChinaCloud', 'AzureStack', 'AzureCloud2'].map(environment => ({
      change: { environment },
      found: `The service connection's environment is "${environment}".`,
    })),
  ]) {
    it(`derives nothing with ${JSON.stringify(change)}`, () => {
      assertUnderivable(() => deriveEntraSubject({ ...ids, ...change }), found);
    });
  }
});

function assertUnderivable(act: () => unknown, found: string): void {
  assert.throws(
    act,
    (error: unknown) =>
      error instanceof WifError && error.code === 'IdentityNotDerivable' && error.faults[0]?.found === found,
  );
}
