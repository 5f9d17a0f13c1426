import type { RequestNetwork } from '../web-identity.ts';
import { coversRange } from './address-range.ts';
import type { NetworkBounds } from './bounds.ts';

/** Where a request comes from, as far as it is known. */
export type Origin = InternetOrigin | EndpointOrigin;

export interface InternetOrigin {
  readonly path: 'internet';
  /** A public address, or a range of them: what holds for it holds for all. */
  readonly address?: string;
}

export interface EndpointOrigin {
  readonly path: 'endpoint';
  readonly endpointId?: string;
  readonly vpcId?: string;
  readonly vpcArn?: string;
}

/**
 * Returns what AWS documents that a request of AssumeRoleWithWebIdentity says of its origin: the keys of the other path are
 * absent, those of its own that are not known stay unknown.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 */
export function describeOrigin(origin: Origin): RequestNetwork {
  return { keys: listKeys(origin), isInRange: coversRange };
}

function listKeys(origin: Origin): RequestNetwork['keys'] {
  if (origin.path === 'internet') {
    const address = origin.address?.replace(origin.address.includes(':') ? /\/128$/ : /\/32$/, '');
    return { ...absentOnInternet, ...(address === undefined ? {} : { 'aws:SourceIp': [address] }) };
  }
  const { endpointId, vpcArn, vpcId = vpcArn?.replace(/^.*\//, '') } = origin;
  return {
    'aws:SourceIp': [],
    ...(endpointId === undefined ? {} : { 'aws:SourceVpce': [endpointId] }),
    ...(vpcId === undefined ? {} : { 'aws:SourceVpc': [vpcId] }),
    ...(vpcArn === undefined ? {} : { 'aws:SourceVpcArn': [vpcArn] }),
  };
}

const absentOnInternet: RequestNetwork['keys'] = Object.fromEntries(
  ['aws:SourceVpc', 'aws:SourceVpcArn', 'aws:SourceVpce', 'aws:VpcSourceIp']
    .concat(['aws:VpceAccount', 'aws:VpceOrgID', 'aws:VpceOrgPaths'])
    .map(key => [key, []]),
);

/** Returns the origins that bounds mean, each a network of theirs as a whole; none if they bind nothing. */
export function listOrigins({ endpointIds, vpcIds, vpcArns, addressRanges }: NetworkBounds): readonly Origin[] {
  const vpcs: readonly Pick<EndpointOrigin, 'vpcId' | 'vpcArn'>[] = [
    ...vpcIds.map(vpcId => ({ vpcId })),
    ...vpcArns.map(vpcArn => ({ vpcArn })),
  ];
  const throughVpcs = vpcs.map(vpc => ({ path: 'endpoint', ...vpc }) as const);
  const throughEndpoints = endpointIds.flatMap(endpointId =>
    (vpcs.length === 0 ? [{}] : vpcs).map(vpc => ({ path: 'endpoint', endpointId, ...vpc }) as const),
  );
  return [
    ...addressRanges.map(address => ({ path: 'internet', address }) as const),
    ...(endpointIds.length === 0 ? throughVpcs : throughEndpoints),
  ];
}
