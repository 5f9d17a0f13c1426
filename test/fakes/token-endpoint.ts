import * as answers from './azure-devops-answers.ts';
import { redirectTo } from './faults.ts';
import type { Answer, RecordedRequest } from './faults.ts';

export interface Project {
  readonly name: string;
  readonly id: string;
}

/** A request that passed everything but the service connection. */
export interface TokenOrder {
  readonly project: Project;
  /** Undefined if none was named, or by something that is not a GUID: the service treats both alike. */
  readonly connectionId: string | undefined;
}

export interface TokenEndpoint {
  readonly origin: string;
  readonly organizationName: string;
  readonly tenantId: string;
  readonly projects: readonly Project[];
  readonly jobTokens: ReadonlySet<string>;
  readonly signInUrl: string;
}

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const hubs = ['build', 'release', 'deployment', 'rm'];
const route =
  /^\/(?<organization>[^/]+)\/(?<project>[^/]+)\/_apis\/distributedtask\/hubs\/(?<hub>[^/]+)\/plans\/(?<plan>[^/]+)\/jobs\/(?<job>[^/]+)\/oidctoken$/i;

/**
 * Judges a request as the service does, in its order: who asks, for what, how, in which version.
 * See https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
 */
export function readTokenOrder(request: RecordedRequest, endpoint: TokenEndpoint): TokenOrder | Answer {
  if (!isAuthorized(request, endpoint)) return refuseCaller(request, endpoint);
  const parts = readRoute(request.path, endpoint.organizationName);
  if (!parts) return answers.missingRoute(request.path);
  const project = findProject(endpoint.projects, parts.project);
  if (!project) return answers.missingProject(parts.project);
  if (request.method !== 'POST') return answers.refuseMethod(request.method);
  return judgeVersion(request) ?? judgeBody(request) ?? { project, connectionId: readConnectionId(request) };
}

export function isTokenRequest(request: RecordedRequest): boolean {
  return route.test(request.path);
}

function isAuthorized(request: RecordedRequest, endpoint: TokenEndpoint): boolean {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && endpoint.jobTokens.has(token);
}

/** Only a caller that says so is spared the browser's way of signing in: https://github.com/Azure/azure-sdk-for-net/pull/46135. */
function refuseCaller(request: RecordedRequest, endpoint: TokenEndpoint): Answer {
  if (request.headers['x-tfs-fedauthredirect'] === 'Suppress') {
    return answers.refuseToken(endpoint.tenantId, endpoint.origin);
  }
  return redirectTo(endpoint.signInUrl);
}

function readRoute(path: string, organizationName: string): { readonly project: string } | undefined {
  const { organization, project, hub, plan, job } = route.exec(path)?.groups ?? {};
  if (decodeURIComponent(organization ?? '').toLowerCase() !== organizationName.toLowerCase()) return undefined;
  if (!hubs.includes((hub ?? '').toLowerCase())) return undefined;
  if (!guid.test(plan ?? '') || !guid.test(job ?? '')) return undefined;
  return { project: decodeURIComponent(project ?? '') };
}

function findProject(projects: readonly Project[], named: string): Project | undefined {
  const wanted = named.toLowerCase();
  return projects.find(project => project.id.toLowerCase() === wanted || project.name.toLowerCase() === wanted);
}

function judgeVersion(request: RecordedRequest): Answer | undefined {
  const version = request.query.get('api-version') ?? /api-version=([^;,\s]+)/.exec(request.headers.accept ?? '')?.[1];
  if (!version) return answers.refuseVersion(request.method);
  if (/^7\.1(-preview(\.1)?)?$|^7\.2-preview(\.1)?$/.test(version)) return undefined;
  return version === '7.2' ? answers.refusePreview(version) : answers.refuseRange(version);
}

function judgeBody(request: RecordedRequest): Answer | undefined {
  if (request.body === '') return undefined;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return answers.sendText(415, 'Unsupported Media Type');
  return isJson(request.body) ? undefined : answers.sendText(400, 'The body is no JSON.');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readConnectionId(request: RecordedRequest): string | undefined {
  const id = request.query.get('serviceConnectionId') ?? '';
  return guid.test(id) ? id.toLowerCase() : undefined;
}
