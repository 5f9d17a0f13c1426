import type { IncomingMessage, RequestOptions } from 'node:http';
import { AdoHttpClient } from 'azure-devops-node-api/AdoHttpClientBases.js';
import { CoreApi } from 'azure-devops-node-api/CoreApi.js';
import { ServiceEndpointApi } from 'azure-devops-node-api/ServiceEndpointApi.js';
import { BearerCredentialHandler } from 'azure-devops-node-api/handlers/bearertoken.js';
import { PersonalAccessTokenCredentialHandler } from 'azure-devops-node-api/handlers/personalaccesstoken.js';
import type {
  IHttpClientResponse,
  IRequestHandler,
  IRequestInfo,
} from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import type { ServiceEndpoint } from 'azure-devops-node-api/interfaces/ServiceEndpointInterfaces.js';
import { isGuid } from '../identity/guid.ts';
import { readChecks, readOpenToAll, type ConnectionGuards } from './connection-guards.ts';
import type { Secret } from '../secret.ts';

/** What is read from an organization; nothing is ever written there. */
export interface AzureDevOps {
  /** The organization's GUID. */
  readonly readOrganizationId: () => Promise<string>;
  /** The project of a name or an id; undefined where there is none that the token may see. */
  readonly findProject: (name: string) => Promise<Project | undefined>;
  /** The service connections of a name in a project, in any letter case. */
  readonly findConnections: (project: string, name: string) => Promise<readonly ServiceConnection[]>;
  /** What guards a service connection, as far as the token may see it. */
  readonly readGuards: (project: string, connectionId: string) => Promise<ConnectionGuards>;
  /** All projects that the token may see. */
  readonly listProjects: () => Promise<readonly Project[]>;
  /** The service connections of a project that have a scheme; one that is shared is there in each of its projects. */
  readonly listConnections: (project: Project, scheme: string) => Promise<ListedConnections>;
  /** What used a connection lately, the latest first, as far back as Azure DevOps keeps it. */
  readonly readHistory: (project: Project, connectionId: string) => Promise<readonly Execution[]>;
}

/** What a project lists of its service connections. */
export interface ListedConnections {
  readonly connections: readonly ServiceConnection[];
  /** How many are in the list without being shown: Azure DevOps puts null where the token may not see one. */
  readonly hidden: number;
}

/** One use of a service connection, as its history has it. */
export interface Execution {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** What kind of plan ran: Build, Release and others. */
  readonly kind: string | undefined;
  /** RFC 3339, UTC. */
  readonly startedAt: string | undefined;
}

export interface Project {
  readonly id: string;
  readonly name: string;
}

export interface ServiceConnection {
  readonly id: string;
  readonly name: string;
  /** The project's name in its own letter case, where the answer has it. */
  readonly project: string | undefined;
  readonly scheme: string;
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
  /** The issuer and subject of its tokens, as Azure DevOps shows them. */
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly shared: boolean;
}

export interface RestApiOptions {
  /** The organization's URL, checked already: the token is sent there, and nowhere else. */
  readonly url: URL;
  /** A personal access token, or an Entra token. */
  readonly token: Secret;
  /** Of one answer; a megabyte by default. */
  readonly mostBytes?: number | undefined;
}

export type Refusal =
  | 'unauthorized'
  | 'sign-in'
  | 'forbidden'
  | 'not-found'
  | 'redirected'
  | 'throttled'
  | 'rejected'
  | 'unavailable'
  | 'too-large'
  | 'unreadable';

/** An answer that is not what was asked for. `said` is the service's own message, the token taken out of it. */
export class AzureDevOpsError extends Error {
  override readonly name = 'AzureDevOpsError';
  readonly service = 'azure-devops';
  readonly refusal: Refusal;
  readonly status: number;
  readonly said: string | undefined;

  constructor(refusal: Refusal, status: number, said: string | undefined) {
    super(`${refusal} (status ${status})`);
    this.refusal = refusal;
    this.status = status;
    this.said = said;
  }
}

const mostBytes = 1_000_000;
/** A project may have thousands of connections, of some two kilobytes each. */
const mostBytesOfList = 20_000_000;
const socketTimeout = 30_000;

/**
 * Returns an organization of Azure DevOps Services. The client libraries are built without the look-up of resource areas,
 * which would name further hosts for the token, without redirects and without authentication across origins.
 */
export function openAzureDevOps(options: RestApiOptions): AzureDevOps {
  const [core, endpoints] = [openApi(CoreApi, options), openApi(ServiceEndpointApi, options)];
  const whole = openApi(ServiceEndpointApi, { ...options, mostBytes: mostBytesOfList });
  return {
    readOrganizationId: async () => {
      const address = core.vsoClient.resolveUrl('/_apis/connectionData');
      const { result } = await core.rest.get<{ readonly instanceId?: unknown }>(address);
      const id = result?.instanceId;
      if (typeof id !== 'string' || !isGuid(id)) throw new AzureDevOpsError('unreadable', 200, undefined);
      return id.toLowerCase();
    },
    findProject: name => orNothing(async () => readProject(await core.getProject(name))),
    findConnections: async (project, name) => {
      // The query takes a list with commas between its names, which a name may hold itself.
      const found: unknown = name.includes(',')
        ? await endpoints.getServiceEndpoints(project)
        : await endpoints.getServiceEndpointsByNames(project, [name]);
      if (!Array.isArray(found)) throw new AzureDevOpsError('unreadable', 200, undefined);
      const connections = (found as readonly (ServiceEndpoint | null)[]).flatMap(one => readConnection(one, project));
      return connections.filter(one => one.name.toLowerCase() === name.toLowerCase());
    },
    readGuards: async (project, id) => {
      const pipelines = `/${encodeURIComponent(project)}/_apis/pipelines`;
      const ask = (path: string): Promise<unknown> => whereSeen(() => askPreview(core, `${pipelines}/${path}`));
      const [permissions, checks] = await Promise.all([
        ask(`pipelinePermissions/endpoint/${id}`),
        ask(`checks/configurations?resourceType=endpoint&resourceId=${id}&$expand=settings`),
      ]);
      return { openToAll: readOpenToAll(permissions), checks: readChecks(checks) };
    },
    listProjects: () => listProjects(core),
    listConnections: (project, scheme) => listConnections(whole, project, scheme),
    readHistory: async (project, connectionId) => {
      const found: unknown = await endpoints.getServiceEndpointExecutionRecords(project.id, connectionId, pageSize);
      return readList(found).flatMap(one => readExecution(one));
    },
  };
}

/** These resources have no client in the library. */
async function askPreview(api: CoreApi, path: string): Promise<unknown> {
  const acceptHeader = 'application/json;api-version=7.1-preview.1';
  return (await api.rest.get<unknown>(api.vsoClient.resolveUrl(path), { acceptHeader })).result;
}

/** What the token may not see is not known; all else that goes wrong is told. */
async function whereSeen<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    const unseen: readonly Refusal[] = ['unauthorized', 'sign-in', 'forbidden', 'not-found'];
    if (thrown instanceof AzureDevOpsError && unseen.includes(thrown.refusal)) return undefined;
    throw thrown;
  }
}

/** Azure DevOps gives no more at once. */
const pageSize = 100;

/** The library drops the continuation token, so it goes by `$skip`; a service that ignores that ends it as well. */
async function listProjects(core: CoreApi): Promise<readonly Project[]> {
  const projects = new Map<string, Project>();
  for (;;) {
    const known = projects.size;
    const page = readList(await core.getProjects('wellFormed', pageSize, known));
    for (const one of page) {
      const project = readProject(one as Parameters<typeof readProject>[0]);
      projects.set(project.id, project);
    }
    if (page.length < pageSize || projects.size === known) return [...projects.values()];
  }
}

async function listConnections(
  endpoints: ServiceEndpointApi,
  { id, name }: Project,
  scheme: string,
): Promise<ListedConnections> {
  const found = readList(await endpoints.getServiceEndpoints(id, undefined, [scheme]));
  const connections = found.flatMap(one => readConnection(one as ServiceEndpoint | null, id));
  const wanted = connections.filter(one => one.scheme.toLowerCase() === scheme.toLowerCase());
  return {
    connections: wanted.map(one => ({ ...one, project: one.project ?? name })),
    hidden: found.filter(one => one === null).length,
  };
}

function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Records of what runs outside of pipelines have no definition. */
function readExecution(record: unknown): readonly Execution[] {
  const data = isRecord(record) && isRecord(record['data']) ? record['data'] : {};
  const { definition, planType, startTime } = data;
  const pipeline = isRecord(definition) ? definition['name'] : undefined;
  if (typeof pipeline !== 'string' || pipeline === '') return [];
  return [
    {
      pipeline,
      kind: typeof planType === 'string' ? planType : undefined,
      startedAt: startTime instanceof Date && !Number.isNaN(startTime.getTime()) ? startTime.toISOString() : undefined,
    },
  ];
}

interface Api {
  readonly rest: { client: AdoHttpClient };
}

function openApi<T extends Api>(
  Kind: new (url: string, handlers: IRequestHandler[], options: object) => T,
  { url, token, mostBytes: most = mostBytes }: RestApiOptions,
): T {
  const handlers = [chooseHandler(token.reveal()), checkedTransport(url)];
  const options = { allowRedirects: false, maxRedirects: 0, allowRetries: false, socketTimeout, keepAlive: false };
  const api = new Kind(url.href, handlers, options);
  api.rest.client = new WatchedClient({ token, mostBytes: most }, handlers, options);
  return api;
}

/** A JWT is an Entra token; what is none is a personal access token. */
function chooseHandler(token: string): IRequestHandler {
  const isJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
  return isJwt ? new BearerCredentialHandler(token, false) : new PersonalAccessTokenCredentialHandler(token, false);
}

/** Certificates are checked whatever the environment says, and loopback is reached without a proxy. */
function checkedTransport({ protocol }: URL): IRequestHandler {
  return {
    prepareRequest: (options: RequestOptions) => {
      Object.assign(options.headers ?? {}, { 'accept-encoding': 'identity' });
      if (protocol === 'http:') Object.assign(options, { agent: false });
      const agent: unknown = options.agent;
      if (isRecord(agent) && isRecord(agent['options'])) Object.assign(agent['options'], { rejectUnauthorized: true });
      Object.assign(options, { rejectUnauthorized: true });
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new TypeError('not for this handler')),
  };
}

/** The library takes a missing answer, a sign-in page and an empty answer for the same: so each is judged before. */
class WatchedClient extends AdoHttpClient {
  readonly #token: Secret;
  readonly #mostBytes: number;

  constructor(
    limits: { readonly token: Secret; readonly mostBytes: number },
    handlers: IRequestHandler[],
    options: object,
  ) {
    super('aws-wif', handlers, options);
    this.#token = limits.token;
    this.#mostBytes = limits.mostBytes;
  }

  override async requestRaw(info: IRequestInfo, data: string | NodeJS.ReadableStream): Promise<IHttpClientResponse> {
    const { message } = await super.requestRaw(info, data);
    const body = await readBody(message, this.#mostBytes);
    judge(message, body, this.#token);
    return { message, readBody: () => Promise.resolve(body) };
  }
}

async function readBody(message: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new AzureDevOpsError('too-large', message.statusCode ?? 0, undefined);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function judge({ statusCode: status = 0, headers }: IncomingMessage, body: string, token: Secret): void {
  const value = parseJson(body);
  const refusal = nameRefusal(status, headers['content-type'] ?? '', value);
  if (refusal === undefined) return;
  const message = isRecord(value) ? value['message'] : undefined;
  const said = refusal === 'redirected' ? readHost(headers.location) : message;
  throw new AzureDevOpsError(refusal, status, typeof said === 'string' ? hideToken(said, token) : undefined);
}

/** A proxy may answer with what it was sent: the token as it is, or the header of a personal access token. */
function hideToken(text: string, token: Secret): string {
  const headers = ['PAT', ''].map(user => Buffer.from(`${user}:${token.reveal()}`).toString('base64'));
  return [...headers, token.reveal()].reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}

const refusals: Readonly<Record<number, Refusal>> = {
  203: 'sign-in',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'throttled',
};

function nameRefusal(status: number, contentType: string, value: unknown): Refusal | undefined {
  const known = refusals[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'unavailable';
  if (status >= 400) return 'rejected';
  if (status >= 300) return 'redirected';
  if (contentType.startsWith('text/html')) return 'sign-in';
  return value === undefined ? 'unreadable' : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only the host of where a redirect points: the rest may hold anything. */
function readHost(location: string | undefined): string | undefined {
  return location !== undefined && URL.canParse(location) ? new URL(location).host : undefined;
}

async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof AzureDevOpsError && thrown.refusal === 'not-found') return undefined;
    throw thrown;
  }
}

function readProject({ id, name }: { readonly id?: string; readonly name?: string }): Project {
  if (typeof id === 'string' && typeof name === 'string') return { id, name };
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Azure DevOps puts null where the token may not see a connection. */
function readConnection(endpoint: ServiceEndpoint | null, project: string): readonly ServiceConnection[] {
  if (endpoint === null || typeof endpoint.id !== 'string' || typeof endpoint.name !== 'string') return [];
  const { id, name, authorization, data, serviceEndpointProjectReferences: references = [] } = endpoint;
  const own = references.find(({ projectReference: { id: projectId, name: projectName } = {} }) =>
    [projectId, projectName].some(one => one?.toLowerCase() === project.toLowerCase()),
  );
  const parameter = (wanted: string): string | undefined => findIgnoringCase(authorization?.parameters, wanted);
  return [
    {
      id: id.toLowerCase(),
      name: own?.name ?? name,
      project: own?.projectReference?.name,
      scheme: authorization?.scheme ?? 'none',
      tenantId: parameter('tenantid'),
      environment: findIgnoringCase(data, 'environment'),
      issuer: parameter('workloadIdentityFederationIssuer'),
      subject: parameter('workloadIdentityFederationSubject'),
      shared: endpoint.isShared === true,
    },
  ];
}

function findIgnoringCase(record: Readonly<Record<string, unknown>> | undefined, wanted: string): string | undefined {
  const [, value] = Object.entries(record ?? {}).find(([name]) => name.toLowerCase() === wanted.toLowerCase()) ?? [];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
