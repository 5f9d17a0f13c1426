import pMap from 'p-map';
import type { AzureDevOps } from '../../azure-devops/rest-api.ts';
import type { Execution, Project } from '../../azure-devops/rest-records.ts';
import { classifyConnection } from '../../identity/connection-kinds.ts';
import { networkError } from '../../host/network-error.ts';
import type { Fleet, FleetConnection, SeenConnection } from '../../migration/fleet/connections.ts';
import { describeFleet } from '../../migration/fleet/describe-fleet.ts';
import { asFailure } from '../terminal/failure.ts';
import type { OpenAzureDevOps, Organization } from './ask-azure-devops.ts';
import { explainAzureDevOpsError, isAzureDevOpsError } from './azure-devops-failure.ts';
import { CliFailure } from '../terminal/failure.ts';

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
