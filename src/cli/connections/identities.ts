import type { DescribedConnection } from './describe.ts';
import { CliFailure, wrongUsage } from '../terminal/failure.ts';
import type { Identity } from '../../identity/audience.ts';
import { parseIssuer } from '../../identity/issuer.ts';

/** How people call the issuers. */
export const issuerTitles = { 'azure-devops': 'the Azure DevOps issuer', entra: 'the Entra issuer' } as const;

/** Throws if what was read is not what is derived: a policy would be about somebody else, or nobody. */
export function requireNoDifferences(described: readonly DescribedConnection[], remedy: string): void {
  const problems = described.flatMap(({ facts: { connection = 'the connection' }, differences }) =>
    differences.map(({ what, read, derived }) => ({
      code: 'IdentityDiffers' as const,
      found: `Azure DevOps shows ${what} ${read} for ${connection}, but ${derived} was derived or given.`,
      expected: 'the same value in both; otherwise aws-wif concludes and writes nothing.',
      remedy,
    })),
  );
  if (problems.length > 0) throw new CliFailure(1, problems);
}

/** Returns the failure of a command line that names too little of connections for either issuer. */
export function nothingDerived(described: readonly Pick<DescribedConnection, 'missing'>[]): CliFailure {
  const whys = described.flatMap(({ missing }) =>
    missing.map(({ issuer, why }) => `For ${issuerTitles[issuer]}, ${why}.`),
  );
  return wrongUsage(`No identity can be derived. ${whys.join(' ')}`, 'all values that one of the issuers needs.');
}

/** Returns an issuer as JSON documents show it; the kind is null if it is neither of Azure DevOps' two. */
export function describeIssuerUrl(url: string): { readonly kind: string | null; readonly url: string } {
  const { kind } = parseIssuer(url);
  return { kind: kind === 'unknown' ? null : kind, url };
}

/** Returns an identity as JSON documents show it. */
export function listIdentity({ issuerUrl, subject, audiences }: Identity): Readonly<Record<string, unknown>> {
  return { issuer: describeIssuerUrl(issuerUrl), subject, audiences };
}
