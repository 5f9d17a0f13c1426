import { parseAddressRange } from '../../trust/network/address-range.ts';
import type { NetworkBounds } from '../../trust/network/bounds.ts';

/**
 * Returns who cannot use a trust policy that is bound to a network, in whole sentences.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 * @see https://learn.microsoft.com/azure/devops/pipelines/agents/hosted#networking
 */
export function warnOfBounds(bounds: NetworkBounds): readonly string[] {
  return [...warnOfEndpoints(bounds), ...warnOfAddresses(bounds)];
}

function warnOfEndpoints({ endpointIds, vpcIds, vpcArns }: NetworkBounds): readonly string[] {
  const vpcs = vpcIds.length + vpcArns.length;
  if (endpointIds.length + vpcs === 0) return [];
  return [
    'Microsoft-hosted agents cannot use the role: they call AWS STS over the internet. Self-hosted agents can, in the VPC and through its endpoint for AWS STS, by private DNS or the input stsEndpoint.',
    ...(endpointIds.length > 0 && vpcs > 0
      ? [
          'Both --source-vpce and --source-vpc are given, and both must hold: nobody can use the role through an endpoint that is in none of these VPCs.',
        ]
      : []),
    ...(vpcIds.length > 0
      ? ["VPC ids are unique within a Region only. AWS recommends a VPC's ARN (aws:SourceVpcArn)."]
      : []),
  ];
}

function warnOfAddresses({ addressRanges }: NetworkBounds): readonly string[] {
  if (addressRanges.length === 0) return [];
  const ranges = addressRanges.flatMap(text => parseAddressRange(text) ?? []);
  const examples = ranges.filter(({ reach }) => reach === 'documentation').map(({ text }) => text);
  return [
    'Microsoft-hosted agents cannot use the role for long: their addresses change every week, and others have the same. Self-hosted agents can, while they leave by these addresses and not through a VPC endpoint for AWS STS.',
    ...(examples.length > 0
      ? [`${examples.join(', ')} is for documentation: nobody calls from there, so nobody can use the role from it.`]
      : []),
    ...(ranges.every(({ isIPv6 }) => isIPv6)
      ? [
          "All addresses are IPv6, and the Region's own endpoint of AWS STS has IPv4 alone: nobody can use the role but through a dual-stack endpoint (the input stsEndpoint).",
        ]
      : []),
  ];
}
