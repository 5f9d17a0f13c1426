import type {
  AzureDevOpsError,
  ConnectionGuards,
  ServiceConnection,
  Project,
} from '../../azure-devops/rest-records.ts';
import type { AzureDevOps } from '../../azure-devops/rest-api.ts';
import { classifyConnection } from '../../identity/connection-kinds.ts';
import { WifError } from '../../errors.ts';
import { networkError } from '../../host/network-error.ts';
import { Secret } from '../../secret.ts';
import { asFailure, CliFailure, unfinished } from '../terminal/failure.ts';
import { useProxy } from '../terminal/use-proxy.ts';
import { explainAzureDevOpsError, isAzureDevOpsError } from './azure-devops-failure.ts';
import type { Organization } from './options.ts';
import pMap from 'p-map';
import type { Fleet, FleetConnection, SeenConnection } from '../../migration/fleet/connections.ts';
import { describeFleet } from '../../migration/fleet/describe-fleet.ts';

/** What was read of a service connection, and of where it is. */
export interface FoundConnection {
  readonly organizationId: string;
  readonly connection: ServiceConnection;
  readonly guards: ConnectionGuards;
}

/** Opens an organization with a token; the library behind it is loaded only then. */
export type OpenAzureDevOps = (organization: Organization) => Promise<AzureDevOps>;

/** Returns the way to organizations with the token and the proxy of an environment. Throws if there is no token. */
export function useToken(env: Readonly<Record<string, string | undefined>>): OpenAzureDevOps {
  return async ({ url }) => {
    const token = readToken(env['AZURE_DEVOPS_EXT_PAT']);
    const { openAzureDevOps } = await import('../../azure-devops/rest-api.ts');
    return openAzureDevOps({ url, token, chooseAgent: useProxy(env), onWait: sayWait });
  };
}

/** Minutes without a word look like a hang. */
function sayWait(status: number, ms: number): void {
  const why = status === 429 ? 'is throttling requests' : 'is not available';
  process.stderr.write(`Azure DevOps ${why} (status ${status}): waiting ${Math.ceil(ms / 1000)} s, as it asks.\n`);
}

/** Returns whether an environment holds a token, right or wrong. */
export function hasToken(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['AZURE_DEVOPS_EXT_PAT'] ?? '').trim() !== '';
}

function readToken(text: string | undefined): Secret {
  const token = text?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw unfinished({
    code: 'AzureDevOpsTokenMissing',
    found: `AZURE_DEVOPS_EXT_PAT is ${token === '' ? 'not set' : 'not a token: it has spaces or characters outside ASCII'}.`,
    expected:
      'a personal access token with the scope "Service Connections (Read)", or an Entra token for Azure DevOps.',
    remedy: 'Set it in the environment, or name the connection offline by its IDs (--help).',
  });
}

/** Returns the organization's id, as Azure DevOps tells it. */
export function askOrganizationId(organization: Organization, azureDevOps: AzureDevOps): Promise<string> {
  return ask(organization, () => azureDevOps.readOrganizationId());
}

/** Returns service connections by their names, in the order of these. Throws if one is missing or there are several. */
export function askConnections(
  request: { readonly organization: Organization; readonly project: string; readonly names: readonly string[] },
  azureDevOps: AzureDevOps,
): Promise<readonly FoundConnection[]> {
  return ask(request.organization, async () => {
    const organizationId = await azureDevOps.readOrganizationId();
    const found: FoundConnection[] = [];
    for (const name of request.names) {
      const connection = await findOne({ ...request, name }, azureDevOps);
      const guards = await azureDevOps.readGuards(connection.project ?? request.project, connection.id);
      found.push({ organizationId, connection, guards });
    }
    return found;
  });
}

interface Wanted {
  readonly organization: Organization;
  readonly project: string;
  readonly name: string;
}

async function findOne(wanted: Wanted, azureDevOps: AzureDevOps): Promise<ServiceConnection> {
  const { project, name } = wanted;
  const matches = await findMatches(wanted, azureDevOps);
  const exact = matches.filter(one => one.name === name);
  const [only, ...others] = exact.length > 0 ? exact : matches;
  if (only === undefined) throw await explainMissing(wanted, azureDevOps);
  if (others.length > 0) throw ambiguous(project, name, [only, ...others]);
  if (classifyConnection(only).obtainsTokens !== true) throw otherScheme(only);
  return only;
}

/** For a project that does not exist the answer is 404, which explainMissing tells from a missing organization. */
async function findMatches({ project, name }: Wanted, azureDevOps: AzureDevOps): Promise<readonly ServiceConnection[]> {
  try {
    return await azureDevOps.findConnections(project, name);
  } catch (thrown) {
    if (isAzureDevOpsError(thrown) && thrown.refusal === 'not-found') return [];
    throw thrown;
  }
}

async function explainMissing({ organization, project, name }: Wanted, azureDevOps: AzureDevOps): Promise<CliFailure> {
  if ((await azureDevOps.findProject(project)) === undefined) {
    return unfinished({
      code: 'ProjectNotFound',
      found: `The organization ${organization.name} has no project "${project}" that this token can see.`,
      expected: "the project's name or ID.",
      remedy: "Check --project, and check that the token's owner is a member of the project.",
    });
  }
  return unfinished({
    code: 'ConnectionNotFound',
    found: `The project "${project}" has no service connection "${name}" that this token can see.`,
    expected: "the service connection's name in the project.",
    remedy:
      'Check --connection. Azure DevOps also hides connections from users without the Reader or User role on them.',
  });
}

function ambiguous(project: string, name: string, matches: readonly ServiceConnection[]): CliFailure {
  return unfinished({
    code: 'ConnectionAmbiguous',
    found: `The project "${project}" has ${matches.length} service connections named "${name}": ${matches.map(one => `${one.name} (${one.id})`).join(', ')}.`,
    expected: 'a name that only one connection has.',
    remedy: 'Write the name in its exact letter case, or name the connection offline with --connection-id.',
  });
}

function otherScheme({ name, type, scheme }: ServiceConnection): CliFailure {
  return unfinished({
    code: 'ConnectionSchemeUnsupported',
    found: `The service connection "${name}" uses the authentication scheme ${scheme}. Its type is ${type}.`,
    expected: 'WorkloadIdentityFederation; only such a connection has ID tokens.',
    remedy: 'Convert the connection in Azure DevOps, or name another one.',
  });
}

async function ask<T>(
  { url }: Organization,
  request: () => Promise<T>,
  explain: typeof explainAzureDevOpsError = explainAzureDevOpsError,
): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw thrown;
    if (isAzureDevOpsError(thrown)) throw explain(thrown, url);
    throw asFailure(
      thrown instanceof WifError ? thrown : networkError(thrown, { service: 'Azure DevOps', address: url.host }),
    );
  }
}

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
  const read = async (): Promise<ReadFleet> => {
    const id = await azureDevOps.readOrganizationId();
    const projects = await azureDevOps.listProjects();
    const seen = await pMap(projects, project => listOfProject(project, azureDevOps), { concurrency });
    const hidden = seen.reduce((sum, one) => sum + one.hidden, 0);
    const connections = seen.flatMap(one => one.connections);
    const fleet = describeFleet(connections, { name: organization.name, id }, tenantId, hidden);
    return { fleet, projects, azureDevOps };
  };
  return ask(organization, read, nameScopes);
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

function nameScopes(error: AzureDevOpsError, url: URL): CliFailure {
  const { exit, problems, cause } = explainAzureDevOpsError(error, url);
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
        const executions = await azureDevOps.readHistory(project, id);
        return [id, [...new Set(executions.map(({ pipeline }) => pipeline))]] as const;
      } catch {
        return [id, undefined] as const;
      }
    },
    { concurrency },
  );
  return new Map(entries);
}
