import { parseIssuer } from '../../identity/issuer.ts';
import { parseProviderArn } from '../oidc-provider.ts';
import type { Condition, Statement } from '../statement.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { listNetworkLines } from './bounds.ts';

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
