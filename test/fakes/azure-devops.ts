import { randomUUID } from 'node:crypto';
import * as answers from './azure-devops-answers.ts';
import type { Clock } from './clock.ts';
import { answerDiscovery, mapIssuers } from './discovery.ts';
import { createPlan, signInPage } from './faults.ts';
import type { Answer, Fault, Plan, RecordedRequest } from './faults.ts';
import type { TokenBend } from './id-tokens.ts';
import { startRecordedServer } from './recorded-server.ts';
import type { RecordedServer, ServerOptions } from './recorded-server.ts';
import { findIssuerKey } from './signing-keys.ts';
import { isTokenRequest, readTokenOrder } from './token-endpoint.ts';
import type { Project, TokenEndpoint, TokenOrder } from './token-endpoint.ts';
import { createTokenMint } from './token-mint.ts';
import type { ServiceConnection, TokenMint } from './token-mint.ts';

export interface AzureDevOpsOptions {
  readonly organization: { readonly name: string; readonly id: string };
  readonly tenantId: string;
  readonly projects: readonly Project[];
  readonly serviceConnections: readonly ServiceConnection[];
  readonly jobTokens: readonly string[];
  /** The pipeline's name, for tokens without a service connection. */
  readonly pipelineName?: string;
  /** `Stage.Job.__default`, as error texts name it. */
  readonly currentStage?: string;
  /** Status of the answer about a connection that is not referenced; 400 by default, 200 has been seen as well. */
  readonly notReferencedStatus?: number;
  /** Where a bad token without the Suppress header is sent: by default a page of this server. */
  readonly signInUrl?: string;
  readonly clock?: Clock;
  readonly server?: Omit<ServerOptions, 'clock'>;
}

export interface JobAddress {
  /** An id of `projects`; the first by default. */
  readonly projectId?: string;
  readonly hub?: 'build' | 'release' | 'deployment' | 'rm';
  readonly planId?: string;
  readonly jobId?: string;
}

export interface AzureDevOps {
  /** The collection's URL, with a slash at its end. */
  readonly url: string;
  readonly server: RecordedServer;
  /** Issuer to the loopback URL of its discovery document. */
  readonly discovery: ReadonlyMap<string, string>;
  /** Accepted job tokens; add and delete at will. */
  readonly jobTokens: Set<string>;
  /** Every token that was minted, oldest first. */
  readonly issuedTokens: readonly string[];
  /** The value of System.OidcRequestUri for a job. */
  oidcRequestUri(job?: JobAddress): string;
  tokenRequests(): readonly RecordedRequest[];
  /** Plans a fault for the next requests for a token; discovery stays well. */
  failNext(fault: Fault, times?: number): void;
  bendNext(bend: TokenBend, times?: number): void;
  /** Renames, converts, disables or shares a connection. */
  changeConnection(id: string, change: Partial<Omit<ServiceConnection, 'id'>>): void;
  /** A connection's token, made without any request. */
  mintToken(connectionId: string, bend?: TokenBend): Promise<string>;
  close(): Promise<void>;
}

interface State {
  readonly options: AzureDevOpsOptions;
  readonly clock: Clock;
  readonly connections: Map<string, ServiceConnection>;
  readonly jobTokens: Set<string>;
  readonly mint: TokenMint;
  readonly bends: Plan<TokenBend>;
  origin: string;
  discovery: ReadonlyMap<string, string>;
}

/** Starts an organization of Azure DevOps Services: its token endpoint, and the discovery documents of both issuers. */
export async function startAzureDevOps(options: AzureDevOpsOptions): Promise<AzureDevOps> {
  const state = createState(options);
  // Made while the server starts, so that the first token is not slower than the rest.
  void findIssuerKey();
  const server = await startRecordedServer(request => answerRequest(state, request), {
    ...options.server,
    clock: state.clock,
  });
  state.origin = server.url;
  state.discovery = mapIssuers(server.url, options.organization.id, listTenants(options));
  const url = `${server.url}/${encodeURIComponent(options.organization.name)}/`;
  return {
    url,
    server,
    discovery: state.discovery,
    jobTokens: state.jobTokens,
    issuedTokens: state.mint.issued,
    oidcRequestUri: job => buildRequestUri(url, options, job ?? {}),
    tokenRequests: () => server.requests.filter(isTokenRequest),
    failNext: (fault, times) => {
      server.failNext(fault, times, isTokenRequest);
    },
    bendNext: (bend, times) => {
      state.bends.add(bend, times);
    },
    changeConnection: (id, change) => {
      state.connections.set(id.toLowerCase(), { ...findConnection(state, id), ...change });
    },
    mintToken: (id, bend) => state.mint.mintForConnection(findConnection(state, id), bend ?? {}),
    close: () => server.close(),
  };
}

function createState(options: AzureDevOpsOptions): State {
  const clock = options.clock ?? Date.now;
  return {
    options,
    clock,
    connections: new Map(options.serviceConnections.map(connection => [connection.id.toLowerCase(), connection])),
    jobTokens: new Set(options.jobTokens),
    mint: createTokenMint({ ...options, pipelineName: options.pipelineName ?? 'infrastructure', clock }),
    bends: createPlan(),
    origin: '',
    discovery: new Map(),
  };
}

function listTenants(options: AzureDevOpsOptions): string[] {
  return [...new Set([options.tenantId, ...options.serviceConnections.map(connection => connection.tenantId)])];
}

function buildRequestUri(url: string, options: AzureDevOpsOptions, job: JobAddress): string {
  const project = job.projectId ?? options.projects[0]?.id ?? '';
  const plan = job.planId ?? randomUUID();
  return `${url}${project}/_apis/distributedtask/hubs/${job.hub ?? 'build'}/plans/${plan}/jobs/${job.jobId ?? randomUUID()}/oidctoken`;
}

function findConnection(state: State, id: string): ServiceConnection {
  const connection = state.connections.get(id.toLowerCase());
  if (!connection) throw new Error(`the stand-in has no service connection ${id}`);
  return connection;
}

async function answerRequest(state: State, request: RecordedRequest): Promise<Answer> {
  if (request.path === '/_signin') return signInPage();
  const published = await answerDiscovery(request.path, state.origin, state.discovery);
  if (published) return published;
  const order = readTokenOrder(request, describeEndpoint(state));
  return 'status' in order ? order : answerOrder(state, request, order);
}

function describeEndpoint({ options, origin, jobTokens }: State): TokenEndpoint {
  return {
    origin,
    organizationName: options.organization.name,
    tenantId: options.tenantId,
    projects: options.projects,
    jobTokens,
    signInUrl: options.signInUrl ?? `${origin}/_signin?realm=dev.azure.com&reply_to=${encodeURIComponent(origin)}`,
  };
}

async function answerOrder(state: State, request: RecordedRequest, order: TokenOrder): Promise<Answer> {
  const { project, connectionId } = order;
  const connection = connectionId === undefined ? undefined : state.connections.get(connectionId);
  if (connectionId !== undefined) {
    const refusal = refuseConnection(state, connectionId, connection, project);
    if (refusal) return refusal;
  }
  const bend = state.bends.take(request) ?? {};
  if (bend.verbatim) return answers.sendJson(bend.verbatim);
  const { mint } = state;
  const oidcToken = await (connection ? mint.mintForConnection(connection, bend) : mint.mintForPipeline(project, bend));
  return answers.sendJson({ oidcToken });
}

function refuseConnection(
  { options }: State,
  id: string,
  connection: ServiceConnection | undefined,
  project: Project,
): Answer | undefined {
  const projects = connection ? [connection.projectId, ...(connection.sharedWith ?? [])] : [];
  if (!connection || !projects.includes(project.id)) return answers.missingConnection(id);
  if (connection.disabled === true) return answers.disabledConnection(id);
  if (connection.notReferenced !== true) return undefined;
  return answers.missingReference(
    id,
    options.currentStage ?? 'Deploy.Job.__default',
    options.notReferencedStatus ?? 400,
  );
}
