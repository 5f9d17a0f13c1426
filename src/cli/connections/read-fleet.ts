import pMap from 'p-map';
import type { AzureDevOps } from '../../azure-devops/rest-api.ts';
import type { Execution, Project } from '../../azure-devops/rest-records.ts';
import { classifyConnection } from '../../identity/connection-kinds.ts';
import { networkError } from '../../host/network-error.ts';
import type { Fleet, FleetConnection, SeenConnection } from '../../migration/fleet/connections.ts';
import { describeFleet } from '../../migration/fleet/describe-fleet.ts';
import { asFailure, CliFailure } from '../terminal/failure.ts';
import type { OpenAzureDevOps, Organization } from './ask-azure-devops.ts';
import { explainAzureDevOpsError, isAzureDevOpsError } from './azure-devops-failure.ts';
import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import type { NamedConnections } from './options.ts';
import type { DescribedConnection, IssuerKind } from './describe.ts';

/** What a token of Azure DevOps needs for this; nothing is written there. */
export const neededScopes =
  'Service Connections (Read) (vso.serviceendpoint) and Project and Team (Read) (vso.project)';

/** An organization's connections, and the way to ask for more of them. */
export interface ReadFleet {
  readonly fleet: Fleet;
  readonly projects: readonly Project[];
  readonly azureDevOps: AzureDevOps;
}

const concurrency = 5;

/** Returns all connections of all projects that the token may see and whose tasks obtain ID tokens, or may. */
export async function readFleet(
  organization: Organization,
  tenantId: string | undefined,
  openAzureDevOps: OpenAzureDevOps,
): Promise<ReadFleet> {
  const azureDevOps = await openAzureDevOps(organization);
  try {
    const id = await azureDevOps.readOrganizationId();
    const projects = await azureDevOps.listProjects();
    const seen = await pMap(projects, project => listOfProject(project, azureDevOps), { concurrency });
    const hidden = seen.reduce((sum, one) => sum + one.hidden, 0);
    const connections = seen.flatMap(one => one.connections);
    const fleet = describeFleet(connections, { name: organization.name, id }, tenantId, hidden);
    return { fleet, projects, azureDevOps };
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw thrown;
    if (isAzureDevOpsError(thrown)) throw nameScopes(explainAzureDevOpsError(thrown, organization.url));
    throw asFailure(networkError(thrown, { service: 'Azure DevOps', address: organization.url.host }));
  }
}

interface Listed {
  readonly connections: readonly SeenConnection[];
  readonly hidden: number;
}

async function listOfProject(project: Project, azureDevOps: AzureDevOps): Promise<Listed> {
  const { connections, hidden } = await azureDevOps.listConnections(project);
  const seen = connections.map(one => ({
    ...one,
    project: one.project ?? project.name,
    kind: classifyConnection(one),
  }));
  return { connections: seen.filter(({ kind }) => kind.obtainsTokens !== false), hidden };
}

function nameScopes({ exit, problems, cause }: CliFailure): CliFailure {
  const named = problems.map(one => ({ ...one, remedy: `${one.remedy} In total it needs ${neededScopes}.` }));
  return new CliFailure(exit, named, cause);
}

/** The pipelines in a connection's execution history; undefined if it could not be read. */
export type Histories = ReadonlyMap<string, readonly string[] | undefined>;

/** Returns the pipelines that the execution histories of connections name. Never throws: it is no ground for a decision. */
export async function readHistories(
  { projects, azureDevOps }: ReadFleet,
  connections: readonly FleetConnection[],
): Promise<Histories> {
  const entries = await pMap(
    connections,
    async ({ id, project: name }) => {
      const project = projects.find(one => one.name === name);
      if (project === undefined) return [id, undefined] as const;
      try {
        return [id, listPipelines(await azureDevOps.readHistory(project, id))] as const;
      } catch {
        return [id, undefined] as const;
      }
    },
    { concurrency },
  );
  return new Map(entries);
}

function listPipelines(executions: readonly Execution[]): readonly string[] {
  return [...new Set(executions.map(({ pipeline }) => pipeline))];
}

/** A connection, and the issuers for which its identities are to be written. */
interface ChosenConnection {
  readonly described: DescribedConnection;
  readonly issuers: readonly IssuerKind[];
}

/** A connection whose Entra identity takes a tenant that nobody has confirmed. */
export interface UnconfirmedConnection {
  readonly project: string;
  readonly connection: string;
  /** The tenant that its own settings name. */
  readonly tenantId: string | undefined;
}

/**
 * Returns the connections whose Entra identity takes a tenant that nobody has confirmed. The settings of a connection
 * name its own tenant, and whoever administers it may edit them: who signs is the organization's. That is known from
 * `--tenant-id`, and from a connection that is on the Entra issuer already.
 */
export function listUnconfirmed(
  named: NamedConnections,
  settled: readonly ChosenConnection[],
): readonly UnconfirmedConnection[] {
  if (named.kind === 'offline' || named.tenantId !== undefined) return [];
  const read = settled.map(({ described: { current, facts }, issuers }) => ({ current, facts, issuers }));
  const confirmed = read.flatMap(({ current, facts }) => (current === 'entra' ? (facts.tenantId ?? []) : []));
  const tenants = new Set(confirmed.map(id => id.toLowerCase()));
  return read
    .filter(({ current, issuers }) => current !== 'entra' && issuers.includes('entra'))
    .filter(({ facts }) => !tenants.has(facts.tenantId?.toLowerCase() ?? ''))
    .map(({ facts: { project = '', connection = '', tenantId } }) => ({ project, connection, tenantId }));
}

/** Connections that stay unconfirmed, and why. */
export interface TenantDoubt {
  readonly doubtful: readonly UnconfirmedConnection[];
  readonly why: string;
}

/**
 * Asks the whole organization for its tenant, as `aws-wif migrate` does, and returns the connections that it does not confirm
 * either. Nothing is asked if nothing is in doubt. What cannot be read confirms nothing.
 */
export async function askOrganization(
  named: NamedConnections,
  unconfirmed: readonly UnconfirmedConnection[],
  openAzureDevOps: OpenAzureDevOps,
): Promise<TenantDoubt> {
  if (named.kind === 'offline' || unconfirmed.length === 0) return { doubtful: unconfirmed, why: fromSettings };
  try {
    const { tenant } = (await readFleet(named.organization, undefined, openAzureDevOps)).fleet;
    if (tenant.kind === 'unconfirmed') return { doubtful: unconfirmed, why: fromSettings };
    if (tenant.kind === 'conflict') {
      return { doubtful: unconfirmed, why: `converted connections name ${tenant.ids.join(' and ')}` };
    }
    const others = unconfirmed.filter(({ tenantId }) => tenantId?.toLowerCase() !== tenant.id);
    return { doubtful: others, why: `the tenant of converted connections is ${tenant.id}` };
  } catch (thrown) {
    if (!(thrown instanceof CliFailure)) throw thrown;
    const codes = thrown.problems.map(({ code }) => code).join(', ');
    return {
      doubtful: unconfirmed,
      why: `${fromSettings}, and the organization's others could not be read (${codes})`,
    };
  }
}

const fromSettings = 'it was taken from the connections';

/** Returns why nothing is written for a tenant that nobody confirmed; `names` are those of its connections. */
export function refuseTenant(names: readonly string[], why = fromSettings): readonly Problem[] {
  if (names.length === 0) return [];
  return [
    {
      code: 'TenantUnconfirmed',
      found: neutralise(`The tenant that issues tokens for ${names.join(', ')} is unconfirmed; ${why}.`),
      expected: "the organization's tenant, or an already converted connection in the organization.",
      remedy: 'Compare it with Organization settings > Microsoft Entra, and pass it as --tenant-id.',
    },
  ];
}
