import type { Answer, RecordedRequest } from './faults.ts';
import { startRecordedServer, type RecordedServer } from './recorded-server.ts';

/** A service connection as its project has it. */
export interface StoredConnection {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** `azurerm` if nothing is said. */
  readonly type?: string;
  readonly scheme?: string;
  /** `authorization.parameters`, as they come. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly isShared?: boolean;
  /** Whether all pipelines may use it; null if the token may not see that. */
  readonly openToAll?: boolean | null;
  /** The checks on it: an approval and branch control if nothing else is said; null as above. */
  readonly checks?: readonly ('approval' | 'branch-control' | 'business-hours')[] | null;
  /** Further projects that it is shared with, and its name there. */
  readonly sharedWith?: readonly { readonly projectId: string; readonly name: string }[];
  /** Whether the token may not see it: it is null in the list of its project. */
  readonly isHidden?: boolean;
  /** Names of the pipelines that used it, the latest first. */
  readonly usedBy?: readonly string[];
}

export interface RestApiOptions {
  readonly organization: { readonly name: string; readonly id: string };
  readonly projects: readonly { readonly id: string; readonly name: string }[];
  readonly connections: readonly StoredConnection[];
  /** What tokens may do; a token that is not listed gets 401. */
  readonly tokens: Readonly<Record<string, 'all' | 'nothing' | 'no-projects'>>;
}

/**
 * Azure DevOps' REST API, as far as connections are looked up: connection data, the discovery of areas by OPTIONS, a
 * project or all, service endpoints of a project, and their execution history. A personal access token comes as Basic with any user, an Entra token as
 * Bearer.
 */
export function startRestApi(options: RestApiOptions): Promise<RecordedServer> {
  return startRecordedServer(request => answer(request, options));
}

function answer(request: RecordedRequest, options: RestApiOptions): Answer {
  const [organization = '', ...path] = request.path.split('/').slice(1).map(decodeURIComponent);
  if (organization.toLowerCase() !== options.organization.name.toLowerCase()) return page(404, 'Not Found');
  const rights = options.tokens[readToken(request)];
  if (rights === undefined) return request.headers['x-tfs-fedauthredirect'] === 'Suppress' ? page(401, '') : signIn();
  if (path[0] === '_apis' && path[1]?.toLowerCase() === 'connectiondata') return json(200, connectionData(options));
  if (request.method === 'OPTIONS' && path[0] === '_apis') return json(200, discover(path[1] ?? ''));
  if (rights === 'nothing')
    return problem(403, 'UnauthorizedRequestException', 'TF400813: The user is not authorized.');
  if (!/;\s*api-version=\d/.test(request.headers.accept ?? ''))
    return problem(400, 'VssVersionNotSpecifiedException', 'No api-version was supplied for the request.');
  if (path[0] === '_apis' && path[1] === 'projects') {
    if (rights === 'no-projects') return problem(403, 'UnauthorizedRequestException', 'The token lacks vso.project.');
    return path[2] === undefined ? listProjects(request, options) : getProject(path[2], options);
  }
  const [project = '', apis, area, resource] = path;
  if (apis === '_apis' && area === 'serviceendpoint' && resource === 'endpoints') {
    return getEndpoints(project, request.query, options);
  }
  if (apis === '_apis' && area === 'serviceendpoint' && path[4] === 'executionhistory') {
    return getHistory(resource ?? '', options);
  }
  if (apis === '_apis' && area === 'pipelines') return getGuards(path, request, options);
  return page(404, 'Not Found');
}

function readToken({ headers: { authorization = '' } }: RecordedRequest): string {
  const [kind, value = ''] = authorization.split(' ');
  if (kind === 'Bearer') return value;
  return kind === 'Basic'
    ? Buffer.from(value, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '')
    : '';
}

function connectionData({ organization }: RestApiOptions): unknown {
  return {
    authenticatedUser: { id: 'd6245f20-2af8-44f4-9451-8107cb2767db', providerDisplayName: 'Someone' },
    instanceId: organization.id,
    deploymentId: '2f0cf8c1-7f6f-4f2a-9e8c-6e9bb0e1d111',
    deploymentType: 'hosted',
    locationServiceData: {
      serviceOwner: '00025394-6065-48ca-87d9-7f5672854ef7',
      defaultAccessMappingMoniker: 'PublicAccessMapping',
    },
  };
}

const locations: Readonly<Record<string, readonly unknown[]>> = {
  core: [location('603fe2ac-9723-48b9-88ad-09305aa6c6e1', 'core', 'projects', '_apis/{resource}/{*projectId}', 4)],
  serviceendpoint: [
    location(
      'e85f1c62-adfc-4b74-b618-11a150fb195e',
      'serviceendpoint',
      'endpoints',
      '{project}/_apis/{area}/{resource}/{endpointId}',
      4,
    ),
    location(
      '10a16738-9299-4cd1-9a81-fd23ad6200d0',
      'serviceendpoint',
      'executionhistory',
      '{project}/_apis/{area}/{endpointId}/{resource}',
      1,
    ),
  ],
};

function location(
  id: string,
  area: string,
  resourceName: string,
  routeTemplate: string,
  resourceVersion: number,
): unknown {
  return {
    id,
    area,
    resourceName,
    routeTemplate,
    resourceVersion,
    minVersion: '1.0',
    maxVersion: '7.2',
    releasedVersion: '7.1',
  };
}

/** Returns the places of an area's resources, as OPTIONS names them. */
export function discover(area: string): unknown {
  const value = locations[area.toLowerCase()] ?? [];
  return { count: value.length, value };
}

function findProject(name: string, { projects }: RestApiOptions) {
  return projects.find(one => [one.id, one.name.toLowerCase()].includes(name.toLowerCase()));
}

function getProject(name: string, options: RestApiOptions): Answer {
  const project = findProject(name, options);
  if (project === undefined) return noProject(name);
  return json(200, { ...project, state: 'wellFormed', revision: 1, visibility: 'private' });
}

/** `$top` is at most 100 here, whatever is asked for. */
function listProjects({ query }: RecordedRequest, { projects }: RestApiOptions): Answer {
  const [skip, top] = [Number(query.get('$skip') ?? 0), Math.min(Number(query.get('$top') ?? 100), 100)];
  const value = projects.slice(skip, skip + top).map(one => ({ ...one, state: 'wellFormed', visibility: 'private' }));
  return json(200, { count: value.length, value });
}

function getGuards(path: readonly string[], { query, headers }: RecordedRequest, options: RestApiOptions): Answer {
  if (!(headers.accept ?? '').includes('api-version=7.1-preview.1'))
    return problem(400, 'VssInvalidPreviewVersionException', 'The -preview flag must be supplied.');
  const [, , , resource, kind, id = ''] = path;
  const isPermissions = resource === 'pipelinePermissions' && kind === 'endpoint';
  if (!isPermissions && (resource !== 'checks' || query.get('resourceType') !== 'endpoint'))
    return page(404, 'Not Found');
  const wanted = isPermissions ? id : query.get('resourceId');
  const connection = options.connections.find(one => one.id === wanted);
  if (connection === undefined) return page(404, 'Not Found');
  const { openToAll = false, checks = ['approval', 'branch-control'] } = connection;
  if ((isPermissions ? openToAll : checks) === null)
    return problem(403, 'UnauthorizedRequestException', 'The token lacks vso.build.');
  if (!isPermissions) return json(200, { count: checks?.length, value: checks?.map(describeCheck) });
  const all = openToAll === true ? { allPipelines: { authorized: true, authorizedBy: {}, authorizedOn: '' } } : {};
  return json(200, { resource: { type: 'endpoint', id }, ...all, pipelines: [{ id: 6, authorized: true }] });
}

function describeCheck(check: string): unknown {
  if (check === 'approval') return { id: 1, type: { id: '8c6f20a7-a545-4486-9777-f762fafe0d4d', name: 'Approval' } };
  const name = check === 'branch-control' ? 'evaluatebranchProtection' : 'evaluateBusinessHours';
  const type = { id: 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7', name: 'Task Check' };
  return {
    id: 2,
    type,
    settings: { displayName: check, definitionRef: { id: '86b05a0c-73e6', name, version: '0.0.1' } },
  };
}

function getEndpoints(projectName: string, query: URLSearchParams, options: RestApiOptions): Answer {
  const project = findProject(projectName, options);
  if (project === undefined) return noProject(projectName);
  const names = query.get('endpointNames')?.toLowerCase().split(',');
  const schemes = query.get('authSchemes')?.toLowerCase().split(',');
  const value = options.connections
    .filter(({ projectId, sharedWith = [] }) =>
      [projectId, ...sharedWith.map(one => one.projectId)].includes(project.id),
    )
    .filter(({ name }) => names?.includes(name.toLowerCase()) ?? true)
    .filter(({ scheme = 'WorkloadIdentityFederation' }) => schemes?.includes(scheme.toLowerCase()) ?? true)
    .map(connection => (connection.isHidden === true ? null : describe(connection, options)));
  return json(200, { count: value.length, value });
}

function getHistory(endpointId: string, { connections }: RestApiOptions): Answer {
  const { usedBy = [] } = connections.find(({ id }) => id === endpointId) ?? {};
  const value = usedBy.map((name, place) => ({
    endpointId,
    data: {
      id: place + 1,
      planType: 'Build',
      definition: { id: 40 + place, name },
      owner: { id: 1000 - place, name: `2026070${(place % 9) + 1}.1` },
      startTime: `2026-07-0${9 - (place % 9)}T10:00:00.000Z`,
      finishTime: `2026-07-0${9 - (place % 9)}T10:05:00.000Z`,
      result: 'succeeded',
    },
  }));
  return json(200, { count: value.length, value });
}

function describe(connection: StoredConnection, { projects }: RestApiOptions): unknown {
  const { id, name, type = 'azurerm', parameters = {}, environment = 'AzureCloud' } = connection;
  const { scheme = 'WorkloadIdentityFederation' } = connection;
  return {
    id,
    name,
    type,
    url: 'https://management.azure.com/',
    data: { environment, subscriptionName: 'none', creationMode: 'Manual' },
    authorization: { scheme, parameters },
    isShared: connection.isShared ?? false,
    isReady: true,
    owner: 'Library',
    serviceEndpointProjectReferences: [{ projectId: connection.projectId, name }, ...(connection.sharedWith ?? [])].map(
      reference => ({
        name: reference.name,
        description: '',
        projectReference: projects.find(({ id }) => id === reference.projectId),
      }),
    ),
  };
}

function noProject(name: string): Answer {
  return problem(
    404,
    'ProjectDoesNotExistWithNameException',
    `TF200016: The following project does not exist: ${name}.`,
  );
}

function problem(status: number, typeKey: string, message: string): Answer {
  return json(status, {
    $id: '1',
    innerException: null,
    message,
    typeName: typeKey,
    typeKey,
    errorCode: 0,
    eventId: 3000,
  });
}

function signIn(): Answer {
  return { ...page(203, '<html><title>Azure DevOps Services | Sign In</title></html>') };
}

function page(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8; api-version=7.2-preview.4' },
    body: JSON.stringify(value),
  };
}
