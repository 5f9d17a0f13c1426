import { deriveIdentity } from '../../src/identity/audience.ts';
import type { TemplateRequest } from '../../src/setup/template/values.ts';
import { buildForIdentities } from '../../src/trust/build.ts';
import { unbounded, writeBounds, type NetworkBounds } from '../../src/trust/network/bounds.ts';

// A trust that is bound to networks, which every template has to write as the command line does.

const facts = {
  organizationId: '0ca3ddd9-f0b0-4635-a98c-5866526961b6',
  tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
  connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
  organization: 'contoso',
  project: 'Payments',
  connection: 'aws',
};
const identities = [deriveIdentity('entra', facts), deriveIdentity('azure-devops', facts)];

const arn = (region: string) => `arn:aws:ec2:${region}:111111111111:vpc/vpc-0123456789abcdef0`;
const endpoints = ['vpce-0123456789abcdef0', 'vpce-01234567'];

export const boundCases: readonly { readonly name: string; readonly bounds: NetworkBounds }[] = [
  { name: 'an endpoint', bounds: { ...unbounded, endpointIds: endpoints.slice(0, 1) } },
  { name: 'endpoints in VPCs by id', bounds: { ...unbounded, endpointIds: endpoints, vpcIds: ['vpc-01234567'] } },
  { name: 'VPCs by ARN', bounds: { ...unbounded, vpcArns: [arn('us-east-1'), arn('eu-west-1')].sort() } },
  {
    name: 'addresses',
    bounds: { ...unbounded, addressRanges: ['203.0.113.0/24', '2600:1f00::/24', '52.1.2.3/32'].sort() },
  },
].map(({ name, bounds }) => ({ name, bounds: { ...bounds, endpointIds: [...bounds.endpointIds].sort() } }));

export const boundRequest: TemplateRequest = {
  role: {
    name: 'deploy',
    path: undefined,
    policyArns: [],
    maxSessionSeconds: undefined,
    boundaryArn: undefined,
    tags: {},
  },
  connections: [{ label: 'aws', identities }],
  existingProviders: [],
};

/** Returns the document that the command line prints, the values of each key of the network as a list. */
export function buildBound(bounds: NetworkBounds): unknown {
  const account = { partition: 'aws', accountId: '111111111111' } as const;
  return buildForIdentities(identities, { ...account, network: writeBounds(bounds) }).document;
}

/** What no template takes for addresses to bind to. */
export const refusedRanges = [
  ...[
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.1.0/24',
    '100.64.0.0/10',
    '127.0.0.1/32',
    '169.254.0.0/16',
    '224.0.0.0/8',
  ],
  ...[
    '0.0.0.0/0',
    '0.0.0.0/8',
    '52.0.0.0/7',
    '203.0.113.0',
    '203.0.113.0/33',
    '1.2.3/24',
    '256.1.1.1/32',
    '01.2.3.4/32',
  ],
  ...['::/0', 'fd00::/64', 'fe80::/64', '2600::/15', '2600:1F00::/24', '2600:1f00::/129', '*', '${x}', 'x"y'],
];

/** What no request could fulfil together. */
export const refusedPairs = {
  path: { ...unbounded, endpointIds: endpoints.slice(0, 1), addressRanges: ['203.0.113.0/24'] },
  form: { ...unbounded, vpcIds: ['vpc-01234567'], vpcArns: [arn('eu-west-1')] },
} as const;
