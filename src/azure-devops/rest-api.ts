import { CoreApi } from 'azure-devops-node-api/CoreApi.js';
import { ServiceEndpointApi } from 'azure-devops-node-api/ServiceEndpointApi.js';
import { isGuid } from '../identity/issuer.ts';
import {
  readChecks,
  readOpenToAll,
  AzureDevOpsError,
  readConnection,
  readExecution,
  readList,
  readProject,
  type ConnectionGuards,
  type Refusal,
  type Execution,
  type Project,
  type ServiceConnection,
} from './rest-records.ts';
import { openApi, Patience, type RestApiOptions } from './rest-transport.ts';

/** What is read from an organization; nothing is ever written there. */
export interface AzureDevOps {
  /** The organization's GUID. */
  readonly readOrganizationId: () => Promise<string>;
  /** The project of a name or an id; undefined if there is none that the token may see. */
  readonly findProject: (name: string) => Promise<Project | undefined>;
  /** The service connections of a name in a project, in any letter case. */
  readonly findConnections: (project: string, name: string) => Promise<readonly ServiceConnection[]>;
  /** What guards a service connection, as far as the token may see it. */
  readonly readGuards: (project: string, connectionId: string) => Promise<ConnectionGuards>;
  /** All projects that the token may see. */
  readonly listProjects: () => Promise<readonly Project[]>;
  /** The service connections of a project, of all types and schemes; one that is shared is there in each of its projects. */
  readonly listConnections: (project: Project) => Promise<ListedConnections>;
  /** What used a connection lately, the latest first, as far back as Azure DevOps keeps it. */
  readonly readHistory: (project: Project, connectionId: string) => Promise<readonly Execution[]>;
}

/** What a project lists of its service connections. */
export interface ListedConnections {
  readonly connections: readonly ServiceConnection[];
  /** How many are in the list without being shown: Azure DevOps puts null if the token may not see one. */
  readonly hidden: number;
}

/** A project may have thousands of connections, of some two kilobytes each. */
const maxBytesOfList = 20_000_000;

/** Returns an organization of Azure DevOps Services. */
export function openAzureDevOps(given: RestApiOptions): AzureDevOps {
  const options = { patience: new Patience(undefined, given.onWait), ...given };
  const [core, endpoints] = [openApi(CoreApi, options), openApi(ServiceEndpointApi, options)];
  const whole = openApi(ServiceEndpointApi, { ...options, maxBytes: maxBytesOfList });
  return refuseUnreadable({
    readOrganizationId: async () => {
      const address = core.vsoClient.resolveUrl('/_apis/connectionData');
      const { result } = await core.rest.get<{ readonly instanceId?: unknown }>(address);
      const id = result?.instanceId;
      if (typeof id !== 'string' || !isGuid(id)) throw new AzureDevOpsError('unreadable', 200, undefined);
      return id.toLowerCase();
    },
    findProject: name => unlessRefused(['not-found'], async () => readProject(await core.getProject(name))),
    findConnections: async (project, name) => {
      // The query takes a list with commas between its names, which a name may hold itself.
      const found = name.includes(',')
        ? await endpoints.getServiceEndpoints(project)
        : await endpoints.getServiceEndpointsByNames(project, [name]);
      const connections = readList(found).flatMap(one => readConnection(one, project));
      return connections.filter(one => one.name.toLowerCase() === name.toLowerCase());
    },
    readGuards: async (project, id) => {
      const pipelines = `/${encodeURIComponent(project)}/_apis/pipelines`;
      const ask = (path: string): Promise<unknown> =>
        unlessRefused(unseen, () => askPreview(core, `${pipelines}/${path}`));
      const [permissions, checks] = await Promise.all([
        ask(`pipelinePermissions/endpoint/${id}`),
        ask(`checks/configurations?resourceType=endpoint&resourceId=${id}&$expand=settings`),
      ]);
      return { openToAll: readOpenToAll(permissions), checks: readChecks(checks) };
    },
    listProjects: () => listProjects(core),
    listConnections: project => listConnections(whole, project),
    readHistory: async (project, connectionId) => {
      const found = await endpoints.getServiceEndpointExecutionRecords(project.id, connectionId, pageSize);
      return readList(found).flatMap(readExecution);
    },
  });
}

/** The library fails by errors of the language on answers that are JSON, but nothing that it knows. */
function refuseUnreadable(api: AzureDevOps): AzureDevOps {
  const guard =
    (ask: (...given: readonly never[]) => Promise<unknown>) =>
    (...given: readonly never[]) =>
      ask(...given).catch((thrown: unknown) => {
        throw isUnreadable(thrown) ? new AzureDevOpsError('unreadable', 200, undefined) : thrown;
      });
  const entries = Object.entries<(...given: readonly never[]) => Promise<unknown>>({ ...api });
  return Object.fromEntries(entries.map(([name, ask]) => [name, guard(ask)])) as unknown as AzureDevOps;
}

/** Failures of the network have a code. */
function isUnreadable(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || 'code' in thrown) return false;
  const isOfLanguage = [TypeError, RangeError, SyntaxError].some(kind => thrown instanceof kind);
  return isOfLanguage || thrown.message.startsWith('Failed to find api location');
}

/** These resources have no client in the library. */
async function askPreview(api: CoreApi, path: string): Promise<unknown> {
  const acceptHeader = 'application/json;api-version=7.1-preview.1';
  return (await api.rest.get<unknown>(api.vsoClient.resolveUrl(path), { acceptHeader })).result;
}

/** What the token may not see is not known; all else that goes wrong is told. */
const unseen: readonly Refusal[] = ['unauthorized', 'sign-in', 'forbidden', 'not-found'];

/** Azure DevOps gives no more at once. */
const pageSize = 100;

/** The library drops the continuation token, so it goes by `$skip`; a service that ignores that ends it as well. */
async function listProjects(core: CoreApi): Promise<readonly Project[]> {
  const projects = new Map<string, Project>();
  for (;;) {
    const known = projects.size;
    const page = readList(await core.getProjects('wellFormed', pageSize, known));
    for (const one of page) {
      const project = readProject(one);
      projects.set(project.id, project);
    }
    if (page.length < pageSize || projects.size === known) return [...projects.values()];
  }
}

async function listConnections(endpoints: ServiceEndpointApi, { id, name }: Project): Promise<ListedConnections> {
  const found = readList(await endpoints.getServiceEndpoints(id));
  const connections = found.flatMap(one => readConnection(one, id));
  return {
    connections: connections.map(one => ({ ...one, project: one.project ?? name })),
    hidden: found.filter(one => one === null).length,
  };
}

/** Returns an answer; undefined if it is refused for one of these reasons. */
async function unlessRefused<T>(reasons: readonly Refusal[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof AzureDevOpsError && reasons.includes(thrown.refusal)) return undefined;
    throw thrown;
  }
}
