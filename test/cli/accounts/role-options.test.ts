import assert from 'node:assert/strict';
import { deriveIdentity } from '../../../src/identity/audience.ts';
import { listConflicts } from '../../../src/cli/exclusive-options.ts';
import { readNetwork, type NetworkOptions } from '../../../src/cli/accounts/role-options.ts';
import { listReadings } from '../../../src/trust/admission.ts';
import { buildForIdentities } from '../../../src/trust/build.ts';
import { evaluateTrust } from '../../../src/trust/evaluate.ts';
import { writeBounds } from '../../../src/trust/network/bounds.ts';
import { coversRange } from '../../../src/trust/network/address-range.ts';
import { parseTrustPolicy, type TrustPolicy } from '../../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../../src/trust/web-identity.ts';
import { account, organizationId, tenantId } from '../../trust/company.ts';

const [vpce, otherVpce] = ['vpce-0123456789abcdef0', 'vpce-01234567'];
const [vpc, otherVpc] = ['vpc-0123456789abcdef0', 'vpc-01234567'];
const arnOf = (id: string, partition = 'aws') => `arn:${partition}:ec2:eu-west-1:111111111111:vpc/${id}`;

const identity = deriveIdentity('entra', {
  organizationId,
  tenantId,
  connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
});

/** What AWS documents that requests of an agent have: all keys of one path, none of the other. */
function listRequests(): readonly Readonly<Record<string, readonly string[]>>[] {
  const absent = { 'aws:SourceVpc': [], 'aws:SourceVpcArn': [], 'aws:SourceVpce': [], 'aws:VpcSourceIp': [] };
  const overInternet = ['52.1.2.3', '52.1.9.9', '20.10.0.1', '2600:1f00::1'].map(address => ({
    ...absent,
    'aws:SourceIp': [address],
  }));
  const throughEndpoint = [vpce, otherVpce, 'vpce-76543210'].flatMap(endpoint =>
    [vpc, otherVpc, 'vpc-76543210'].map(one => ({
      'aws:SourceIp': [],
      'aws:VpcSourceIp': ['10.0.0.7'],
      'aws:SourceVpce': [endpoint],
      'aws:SourceVpc': [one],
      'aws:SourceVpcArn': [arnOf(one)],
    })),
  );
  return [...overInternet, ...throughEndpoint];
}

/** The requests of agents, by their keys, that a policy allows. */
function listAllowed(policy: TrustPolicy) {
  const [claims] = listReadings(identity);
  assert.ok(claims !== undefined);
  return listRequests().filter(keys => {
    const network = { keys, isInRange: coversRange };
    return evaluateTrust(policy, describeWebIdentity({ claims, account, network })).decision === 'allowed';
  });
}

const choices: Readonly<Record<keyof NetworkOptions, readonly (readonly string[] | undefined)[]>> = {
  sourceVpce: [undefined, [vpce], [vpce, otherVpce], [vpce.toUpperCase()], [vpc]],
  sourceVpc: [
    undefined,
    [vpc],
    [arnOf(vpc)],
    [arnOf(vpc), arnOf(otherVpc)],
    [vpc, arnOf(vpc)],
    [arnOf(vpc, 'aws-cn')],
    [vpce],
  ],
  sourceIp: [
    ...[undefined, ['52.1.2.3'], ['52.1.2.3/24', '52.1.9.9'], ['2600:1f00::/24'], ['52.1.2.3', '2600:1f00::/24']],
    ...[
      ['203.0.113.0/24'],
      ['10.0.0.0/8'],
      ['52.1.2.3', '192.168.0.1'],
      ['0.0.0.0/0'],
      ['::/0'],
      ['0.0.0.0/1', '128.0.0.0/1'],
    ],
  ],
};

const combinations = choices.sourceVpce.flatMap(sourceVpce =>
  choices.sourceVpc.flatMap(sourceVpc =>
    choices.sourceIp.map(
      sourceIp =>
        Object.fromEntries(
          Object.entries({ sourceVpce, sourceVpc, sourceIp }).filter(([, one]) => one),
        ) as NetworkOptions,
    ),
  ),
);

/** Refused before anything else is looked at: options of two networks. */
function isExcluded({ sourceIp, sourceVpc, sourceVpce }: NetworkOptions): boolean {
  const given = Object.entries({ '--source-ip': sourceIp, '--source-vpc': sourceVpc, '--source-vpce': sourceVpce });
  return (
    listConflicts(new Set(given.flatMap(([name, value]) => (value === undefined ? [] : [name]))), 'setup').length > 0
  );
}

function read(options: NetworkOptions) {
  if (isExcluded(options)) return 'UsageWrong: two networks';
  try {
    return readNetwork(options, 'aws');
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

describe('cli/accounts/role-options', () => {
  it('give no policy that nobody can use, but with an error or a warning that says so: over all combinations', () => {
    const counts = { refused: 0, usable: 0, warned: 0 };
    for (const options of combinations) {
      const network = read(options);
      if (typeof network === 'string') {
        counts.refused += 1;
        assert.match(network, /^UsageWrong: /);
        continue;
      }
      const lines = network === undefined ? [] : writeBounds(network.bounds);
      const policy = parseTrustPolicy(buildForIdentities([identity], { ...account, network: lines }).document);
      const allowed = listAllowed(policy);
      const warnings = network?.warnings.join('\n') ?? '';
      const name = JSON.stringify(options);
      assert.equal(warnings.includes('Microsoft-hosted agents cannot use the role'), network !== undefined, name);
      if (allowed.length > 0) counts.usable += 1;
      else counts.warned += 1;
      assert.equal(allowed.length > 0 || warnings.includes('nobody can use the role'), true, name);
      // What is bound is bound: whoever is elsewhere is denied.
      if (network !== undefined) assert.ok(allowed.length < listRequests().length, name);
    }
    assert.equal(counts.refused + counts.usable + counts.warned, combinations.length);
    assert.ok(counts.refused > 100 && counts.usable > 10 && counts.warned > 0, JSON.stringify(counts));
  });

  const allowedBy: readonly (readonly [NetworkOptions, number])[] = [
    [{}, 13],
    [{ sourceVpce: [vpce] }, 3],
    [{ sourceVpce: [vpce, otherVpce] }, 6],
    [{ sourceVpc: [vpc] }, 3],
    [{ sourceVpc: [arnOf(vpc), arnOf(otherVpc)] }, 6],
    [{ sourceVpce: [vpce], sourceVpc: [arnOf(vpc)] }, 1],
    [{ sourceIp: ['52.1.2.3'] }, 1],
    [{ sourceIp: ['52.1.2.3/16'] }, 2],
    [{ sourceIp: ['52.1.0.0/16', '2600:1f00::/24'] }, 3],
  ];
  for (const [options, count] of allowedBy) {
    it(`${JSON.stringify(options)} lets in ${count} of 13 agents`, () => {
      const network = readNetwork(options, 'aws');
      const lines = network === undefined ? [] : writeBounds(network.bounds);
      assert.equal(
        listAllowed(parseTrustPolicy(buildForIdentities([identity], { ...account, network: lines }).document)).length,
        count,
      );
    });
  }

  const refused: readonly (readonly [NetworkOptions, RegExp])[] = [
    [{ sourceVpce: ['vpce-0123456789ABCDEF0'] }, /--source-vpce is "vpce-0123456789ABCDEF0"/],
    [{ sourceVpce: ['*'] }, /--source-vpce is "\*"/],
    [{ sourceVpce: ['vpce-0123456789abcdef0-x.sts.eu-west-1.vpce.amazonaws.com'] }, /the ID of a VPC endpoint/],
    [{ sourceVpc: ['vpc-*'] }, /--source-vpc is "vpc-\*"/],
    [{ sourceVpc: [arnOf(vpc, 'aws-cn')] }, /a VPC in partition aws/],
    [{ sourceVpc: [vpc, arnOf(vpc)] }, /Some --source-vpc values are ARNs/],
    [{ sourceIp: ['10.1.0.0/16'] }, /10\.1\.0\.0\/16, which is private\.\n.*--source-vpce/],
    [{ sourceIp: ['fd00::/64'] }, /which is private/],
    [{ sourceIp: ['240.0.0.0/8'] }, /which is reserved and not used on the internet/],
    [{ sourceIp: ['0.0.0.0/0'] }, /the internet or a large part of it/],
    [{ sourceIp: ['2000::/3'] }, /the internet or a large part of it/],
    [{ sourceIp: ['01.2.3.4'] }, /--source-ip is "01\.2\.3\.4"/],
    [{ sourceIp: ['x', '10.0.0.1'], sourceVpce: ['y'] }, /"y"[^]*"x"[^]*10\.0\.0\.1/],
  ];
  for (const [options, says] of refused) {
    it(`refuse ${JSON.stringify(options)}`, () => {
      assert.throws(() => readNetwork(options, 'aws'), { message: says });
    });
  }

  const warned: readonly (readonly [NetworkOptions, RegExp])[] = [
    [{ sourceVpc: [vpc] }, /AWS recommends a VPC's ARN/],
    [
      { sourceVpce: [vpce], sourceVpc: [arnOf(vpc)] },
      /a request must match both: nobody can use the role through an endpoint/,
    ],
    [{ sourceIp: ['52.1.2.3/16'] }, /written as 52\.1\.0\.0\/16/],
    [{ sourceIp: ['203.0.113.0/24'] }, /is for documentation/],
    [{ sourceIp: ['2600:1f00::/24'] }, /dual-stack endpoint/],
  ];
  for (const [options, says] of warned) {
    it(`warn of ${JSON.stringify(options)}`, () => {
      assert.match(readNetwork(options, 'aws')?.warnings.join('\n') ?? '', says);
    });
  }
});
