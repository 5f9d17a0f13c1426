import type { ConnectionFacts, Identity } from '../../identity/audience.ts';
import { azureDevOpsIssuerRetires, isPublicCloud } from '../../identity/issuer.ts';
import { deriveIdentities } from '../../trust/build.ts';
import type { OpenAzureDevOps } from './ask-azure-devops.ts';
import { issuerTitles, requireNoDifferences } from './check-described.ts';
import type { Issuers, NamedConnections } from './options.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { describeConnections, type DescribedConnection } from './describe.ts';

/** Who is to be let in, and what to know about it. */
export interface TrustedIdentities {
  readonly identities: readonly Identity[];
  readonly warnings: readonly string[];
}

/** Connections whose identities can be derived on the issuers, and what to know about them. */
export interface SettledConnections {
  readonly connections: readonly ConnectionFacts[];
  readonly issuers: Issuers;
  readonly described: readonly DescribedConnection[];
}

/**
 * Returns named connections whose identities may be written: computed from names and ids, and the same as what Azure
 * DevOps shows where that was read. Throws where they differ, or where one that was asked for cannot be derived.
 */
export async function settleConnections(
  named: NamedConnections,
  wanted: Issuers | undefined,
  openAzureDevOps: OpenAzureDevOps,
): Promise<SettledConnections> {
  const described = await describeConnections(named, wanted ?? 'both', openAzureDevOps);
  requireNoDifferences(
    described,
    'Write --organization-url in the letter case of the organization, check --tenant-id, and see aws-wif connection.',
  );
  return {
    connections: described.map(({ facts }) => facts),
    issuers: chooseIssuers(described, wanted ?? 'both'),
    described,
  };
}

/** Returns the identities of named connections, on the terms of `settleConnections`. */
export async function readIdentities(
  named: NamedConnections,
  wanted: Issuers | undefined,
  openAzureDevOps: OpenAzureDevOps,
): Promise<TrustedIdentities> {
  const settled = await settleConnections(named, wanted, openAzureDevOps);
  return { identities: deriveIdentities(settled), warnings: [...listWarnings(settled), ...warnOfNeedless(settled)] };
}

/** Returns what to know of settled connections before their identities are written. */
export function listWarnings({ described, issuers }: SettledConnections): readonly string[] {
  const stays = described.every(({ facts: { environment } }) => !isPublicCloud(environment));
  const own = described.flatMap(one => one.warnings);
  if (issuers !== 'azure-devops' || stays) return own;
  return [
    ...own,
    `The Azure DevOps issuer is retired on ${azureDevOpsIssuerRetires} (multitenant applications are exempt): trust the Entra issuer as well before the connections are converted.`,
  ];
}

function warnOfNeedless({ described, issuers }: SettledConnections): readonly string[] {
  if (issuers !== 'both' || !described.every(({ current }) => current === 'entra')) return [];
  return [
    'The connections are on the Entra issuer already: with --issuer entra the trust is narrower, since it leaves the subject of names out.',
  ];
}

/** Connections of other clouds have one issuer only. */
function chooseIssuers(described: readonly DescribedConnection[], issuers: Issuers): Issuers {
  const missing = described.flatMap(one => one.missing);
  if (missing.length === 0) return issuers;
  const otherCloud = missing.filter(({ needed }) => needed.length === 0);
  if (otherCloud.length === missing.length && otherCloud.length === described.length && issuers === 'both') {
    return 'azure-devops';
  }
  const whys = [...new Set(missing.map(({ issuer, why }) => `For ${issuerTitles[issuer]}, ${why}.`))];
  throw wrongUsage(
    `Not every identity can be derived. ${whys.join(' ')}`,
    `all that --issuer ${issuers} needs, of every connection.`,
    'Give what is missing, or leave that issuer out by --issuer azure-devops or --issuer entra.',
  );
}
