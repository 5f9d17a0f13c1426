import { askConnections, type OpenAzureDevOps } from './ask-azure-devops.ts';
import type { Issuers, NamedConnections } from './options.ts';
import { describeFacts, describeFound, type DescribedConnection } from './describe.ts';

/** Returns what is known of named connections: looked up where they were named so, else derived alone. */
export async function describeConnections(
  named: NamedConnections,
  issuers: Issuers,
  openAzureDevOps: OpenAzureDevOps,
): Promise<readonly DescribedConnection[]> {
  if (named.kind === 'offline') return named.facts.map(facts => describeFacts(facts, issuers));
  const { organization, project, tenantId } = named;
  const found = await askConnections(named, await openAzureDevOps(organization));
  return found.map(one => describeFound(one, { organization: organization.name, project, tenantId, issuers }));
}
