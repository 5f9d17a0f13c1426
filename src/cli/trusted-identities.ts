import { azureDevOpsIssuerRetires } from '../identity/issuer.ts';
import type { Identity } from '../identity/audience.ts';
import { deriveIdentities } from '../trust/build.ts';
import type { OpenAzureDevOps } from './ask-azure-devops.ts';
import type { Issuers, NamedConnections } from './connection-options.ts';
import type { DescribedConnection } from './describe-connection.ts';
import { CliFailure, wrongUsage } from './failure.ts';
import { describeConnections } from './name-connections.ts';

/** Who is to be let in, and what to know about it. */
export interface TrustedIdentities {
  readonly identities: readonly Identity[];
  readonly warnings: readonly string[];
}

/**
 * Returns the identities of named connections that may be written to IAM: computed from names and ids, and the same as what
 * Azure DevOps shows where that was read. Throws where they differ, or where one that was asked for cannot be derived.
 */
export async function readIdentities(
  named: NamedConnections,
  wanted: Issuers | undefined,
  openAzureDevOps: OpenAzureDevOps,
): Promise<TrustedIdentities> {
  const described = await describeConnections(named, wanted ?? 'both', openAzureDevOps);
  refuseDifferences(described);
  const issuers = chooseIssuers(described, wanted ?? 'both');
  const connections = described.map(({ facts }) => facts);
  const warnings = [...described.flatMap(one => one.warnings), ...warnOfIssuers(described, issuers)];
  return { identities: deriveIdentities({ connections, issuers }), warnings };
}

/** What was read has to be what is derived: the trust would be somebody else's, or nobody's. */
function refuseDifferences(described: readonly DescribedConnection[]): void {
  const problems = described.flatMap(({ facts: { connection = '' }, differences }) =>
    differences.map(({ what, read, derived }) => ({
      code: 'IdentityDiffers',
      found: `Azure DevOps shows ${what} ${read} for ${connection}, but ${derived} was derived or given.`,
      expected: 'the same of both; nothing is written to IAM otherwise.',
      remedy:
        'Write --organization-url in the letter case of the organization, check --tenant-id, and see aws-wif connection.',
    })),
  );
  if (problems.length > 0) throw new CliFailure(1, problems);
}

/** Connections of other clouds have one issuer only. */
function chooseIssuers(described: readonly DescribedConnection[], issuers: Issuers): Issuers {
  const missing = described.flatMap(one => one.missing);
  if (missing.length === 0) return issuers;
  const otherCloud = missing.filter(({ needed }) => needed.length === 0);
  if (otherCloud.length === missing.length && otherCloud.length === described.length && issuers === 'both') {
    return 'azure-devops';
  }
  const whys = [...new Set(missing.map(({ issuer, why }) => `For the issuer ${issuer}, ${why}`))];
  throw wrongUsage(
    `Not every identity can be derived. ${whys.join('. ')}.`,
    `all that --issuer ${issuers} needs, of every connection.`,
    'Give what is missing, or leave that issuer out by --issuer azure-devops or --issuer entra.',
  );
}

function warnOfIssuers(described: readonly DescribedConnection[], issuers: Issuers): readonly string[] {
  const stays = described.every(({ facts: { environment = 'AzureCloud' } }) => environment !== 'AzureCloud');
  if (issuers === 'azure-devops' && !stays) {
    return [
      `The Azure DevOps issuer is retired on ${azureDevOpsIssuerRetires} (multitenant applications are exempt): trust the Entra issuer as well before the connections are converted.`,
    ];
  }
  if (issuers !== 'both' || !described.every(({ current }) => current === 'entra')) return [];
  return [
    'The connections are on the Entra issuer already: with --issuer entra the trust is narrower, since it leaves the subject of names out.',
  ];
}
