import type { Condition, StatementElement, TrustPolicy, Statement } from '../trust-policy.ts';
import { parseIssuer } from '../../identity/issuer.ts';
import { parseProviderArn } from '../oidc-provider.ts';

/** How a request reaches AWS STS: over the internet, or through a VPC endpoint. */
export type NetworkPath = 'internet' | 'endpoint';

/**
 * The condition keys that a request has on one of the two paths alone. Of the last three AWS says only that they need an
 * endpoint.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
 */
const paths: ReadonlyMap<string, NetworkPath> = new Map([
  ['aws:sourceip', 'internet'],
  ['aws:sourcevpc', 'endpoint'],
  ['aws:sourcevpcarn', 'endpoint'],
  ['aws:sourcevpce', 'endpoint'],
  ['aws:vpcsourceip', 'endpoint'],
  ['aws:vpceaccount', 'endpoint'],
  ['aws:vpceorgid', 'endpoint'],
  ['aws:vpceorgpaths', 'endpoint'],
]);

/** Returns the path that a request must take to have a condition key; undefined if the key is not about the network. */
export function findPath(key: string): NetworkPath | undefined {
  return paths.get(key.toLowerCase());
}

/**
 * The networks from which a trust policy lets an ID token be exchanged: VPC endpoints and VPCs, or public addresses. Of
 * each list one is enough, of several lists each has to hold. No entry at all binds nothing.
 */
export interface NetworkBounds {
  /** Of VPC endpoints, `vpce-...`. */
  readonly endpointIds: readonly string[];
  /** Of VPCs, `vpc-...`: unique within a Region only. */
  readonly vpcIds: readonly string[];
  readonly vpcArns: readonly string[];
  /** Of public addresses, as `parseAddressRange` writes them. */
  readonly addressRanges: readonly string[];
}

/** Bounds that bind nothing. */
export const unbounded: NetworkBounds = { endpointIds: [], vpcIds: [], vpcArns: [], addressRanges: [] };

/** Returns whether bounds bind anything. */
export function isBounded(bounds: NetworkBounds): boolean {
  return writeBounds(bounds).length > 0;
}

/** Returns bounds as the conditions of a statement; sorted, so that the same bounds give the same policy. */
export function writeBounds({ endpointIds, vpcIds, vpcArns, addressRanges }: NetworkBounds): readonly Condition[] {
  const lines: readonly Condition[] = [
    { operator: 'StringEquals', key: 'aws:SourceVpc', values: vpcIds },
    { operator: 'StringEquals', key: 'aws:SourceVpcArn', values: vpcArns },
    { operator: 'StringEquals', key: 'aws:SourceVpce', values: endpointIds },
    { operator: 'IpAddress', key: 'aws:SourceIp', values: addressRanges },
  ];
  return lines
    .filter(({ values }) => values.length > 0)
    .map(line => ({ ...line, values: [...new Set(line.values)].sort() }));
}

type ConditionElement = NonNullable<StatementElement['Condition']>;

/** Returns a Condition element with further lines. */
export function addLines(element: ConditionElement, lines: readonly Condition[]): ConditionElement {
  return lines.reduce(
    (all, { operator, key, values }) => ({
      ...all,
      [operator]: { ...all[operator], [key]: values },
    }),
    element,
  );
}

/** Returns what a statement asks of the network. */
export function listNetworkLines({ conditions }: { readonly conditions: readonly Condition[] }): readonly Condition[] {
  return conditions.filter(({ key }) => findPath(key) !== undefined);
}

/** Returns a policy whose Allow statements ask nothing of the network: whom it allows is allowed from somewhere, perhaps. */
export function withoutNetwork(policy: TrustPolicy): TrustPolicy {
  const statements = policy.statements.map(one =>
    one.effect === 'Deny'
      ? one
      : { ...one, conditions: one.conditions.filter(({ key }) => findPath(key) === undefined) },
  );
  return { ...policy, statements };
}

/** Returns what lines ask of the network, for a sentence. */
export function describeLines(lines: readonly Condition[]): string {
  return lines.map(({ operator, key, values }) => `${operator} on ${key}: ${values.join(', ')}`).join('; ');
}

/**
 * Returns what all the statements of a policy for Azure DevOps ask of the network, so that a further one can ask the same;
 * nothing if they ask nothing. Undefined if they differ.
 */
export function findSharedLines({ statements }: TrustPolicy): readonly Condition[] | undefined {
  const [first = [], ...others] = statements.filter(isForAzureDevOps).map(listNetworkLines);
  return others.every(one => isSameNetwork(one, first)) ? first : undefined;
}

/** Returns whether two lists of conditions ask the same, in whatever order. */
export function isSameNetwork(some: readonly Condition[], others: readonly Condition[]): boolean {
  return writeSorted(some) === writeSorted(others);
}

function writeSorted(lines: readonly Condition[]): string {
  const texts = lines.map(({ operator, key, values }) =>
    JSON.stringify([operator, key.toLowerCase(), [...values].sort()]),
  );
  return texts.sort().join();
}

function isForAzureDevOps({ effect, principals }: Statement): boolean {
  const urls = principals.listed.map(({ value }) => parseProviderArn(value)?.url ?? '');
  return effect === 'Allow' && urls.some(url => parseIssuer(`https://${url}`).kind !== 'unknown');
}
