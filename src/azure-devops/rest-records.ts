import { AzureDevOpsError } from './rest-error.ts';

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

/** What an answer may hold of a service connection. */
export interface Endpoint {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly authorization?: { readonly scheme?: string; readonly parameters?: Readonly<Record<string, unknown>> };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly isShared?: boolean;
  readonly serviceEndpointProjectReferences?: readonly {
    readonly name?: string;
    readonly projectReference?: { readonly id?: string; readonly name?: string };
  }[];
}

/** Returns the entries of a list. Throws AzureDevOpsError where it is none. */
export function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Returns one use of a connection; none for records of what runs outside of pipelines, which have no definition. */
export function readExecution(record: unknown): readonly Execution[] {
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

/** Returns a project. Throws AzureDevOpsError where an answer has no id or name. */
export function readProject({ id, name }: { readonly id?: string; readonly name?: string }): Project {
  if (typeof id === 'string' && typeof name === 'string') return { id, name };
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Returns a connection; none where Azure DevOps puts null, for one that the token may not see. */
export function readConnection(endpoint: Endpoint | null, project: string): readonly ServiceConnection[] {
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

/** Whether a value is an object with fields to look at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
