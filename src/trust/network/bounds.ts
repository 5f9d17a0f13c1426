import type { Condition } from '../statement.ts';
import type { StatementElement, TrustPolicy } from '../trust-policy.ts';
import { findPath } from './keys.ts';

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
