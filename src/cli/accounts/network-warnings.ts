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
    'Microsoft-hosted agents cannot use the role: they call AWS STS over the internet. Self-hosted agents in the VPC can, through its endpoint for AWS STS (with private DNS or the input stsEndpoint).',
    ...(endpointIds.length > 0 && vpcs > 0
      ? [
          'Both --source-vpce and --source-vpc are given, and a request must match both: nobody can use the role through an endpoint outside these VPCs.',
        ]
      : []),
    ...(vpcIds.length > 0
      ? ["VPC IDs are unique only within a Region. AWS recommends a VPC's ARN (aws:SourceVpcArn)."]
      : []),
  ];
}

function warnOfAddresses({ addressRanges }: NetworkBounds): readonly string[] {
  if (addressRanges.length === 0) return [];
  const ranges = addressRanges.flatMap(text => parseAddressRange(text) ?? []);
  const examples = ranges.filter(({ reach }) => reach === 'documentation').map(({ text }) => text);
  return [
    'Microsoft-hosted agents cannot use the role for long: their addresses change every week and are shared with other customers. Self-hosted agents can, as long as their requests leave from these addresses and not through a VPC endpoint for AWS STS.',
    ...(examples.length > 0
      ? [
          `${examples.join(', ')} is for documentation and not used on the internet, so nobody can use the role from there.`,
        ]
      : []),
    ...(ranges.every(({ isIPv6 }) => isIPv6)
      ? [
          "All addresses are IPv6, but the Region's default AWS STS endpoint supports only IPv4: nobody can use the role except through a dual-stack endpoint (the input stsEndpoint).",
        ]
      : []),
  ];
}
