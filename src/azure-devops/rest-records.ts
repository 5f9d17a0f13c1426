import { isRecord } from '../json.ts';

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
  /** Of its endpoint type, `azurerm` for example, as Azure DevOps spells it. */
  readonly type: string;
  readonly scheme: string;
  /** The setting `useOIDC` of the AWS Toolkit's type. */
  readonly useOidc: string | undefined;
  /** Whether a user name or access key is stored in it; its value is not kept. */
  readonly hasKeys: boolean;
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
  /** The issuer and subject of its tokens, as Azure DevOps shows them. */
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly shared: boolean;
}

/** Returns the entries of a list. Throws AzureDevOpsError where it is none. */
export function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Returns one use of a connection; none for records of what runs outside of pipelines, which have no definition. */
export function readExecution(record: unknown): readonly Execution[] {
  const { definition, planType, startTime } = asRecord(asRecord(record)['data']);
  const pipeline = readString(asRecord(definition)['name']);
  if (pipeline === undefined) return [];
  return [
    {
      pipeline,
      kind: typeof planType === 'string' ? planType : undefined,
      startedAt: startTime instanceof Date && !Number.isNaN(startTime.getTime()) ? startTime.toISOString() : undefined,
    },
  ];
}

/** Returns a project. Throws AzureDevOpsError where an answer has no id or name. */
export function readProject(value: unknown): Project {
  const { id, name } = asRecord(value);
  if (typeof id === 'string' && typeof name === 'string') return { id, name };
  throw new AzureDevOpsError('unreadable', 200, undefined);
}

/** Returns a connection; none if Azure DevOps puts null, for one that the token may not see. */
export function readConnection(endpoint: unknown, project: string): readonly ServiceConnection[] {
  const record = asRecord(endpoint);
  const { id, name, type, authorization, data, isShared, serviceEndpointProjectReferences: references } = record;
  if (typeof id !== 'string' || typeof name !== 'string') return [];
  const own = (Array.isArray(references) ? (references as readonly unknown[]) : []).map(asRecord).find(reference => {
    const { id: projectId, name: projectName } = asRecord(reference['projectReference']);
    return [projectId, projectName].some(one => readString(one)?.toLowerCase() === project.toLowerCase());
  });
  const { scheme, parameters } = asRecord(authorization);
  const parameter = (wanted: string): string | undefined => findIgnoringCase(parameters, wanted);
  return [
    {
      id: id.toLowerCase(),
      name: readString(own?.['name']) ?? name,
      project: readString(asRecord(own?.['projectReference'])['name']),
      type: readString(type) ?? 'none',
      scheme: readString(scheme) ?? 'none',
      useOidc: parameter('useOIDC') ?? findIgnoringCase(data, 'useOIDC'),
      hasKeys: parameter('username') !== undefined,
      tenantId: parameter('tenantid'),
      environment: findIgnoringCase(data, 'environment'),
      issuer: parameter('workloadIdentityFederationIssuer'),
      subject: parameter('workloadIdentityFederationSubject'),
      shared: isShared === true,
    },
  ];
}

function findIgnoringCase(record: unknown, wanted: string): string | undefined {
  const [, value] =
    Object.entries(asRecord(record)).find(([name]) => name.toLowerCase() === wanted.toLowerCase()) ?? [];
  return readString(value);
}

function readString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Why an answer of Azure DevOps is not what was asked for. */
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

/** What stands between a pipeline of the project and a service connection; undefined if the token may not see it. */
export interface ConnectionGuards {
  /** Whether every pipeline of the project may use it without being permitted by name. */
  readonly openToAll: boolean | undefined;
  readonly checks: ConnectionChecks | undefined;
}

/** The checks that say who or what may deploy; others, for example business hours, do not. */
export interface ConnectionChecks {
  readonly approval: boolean;
  readonly branchControl: boolean;
}

/**
 * Returns whether a connection is open to all pipelines; undefined if the answer does not say.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/pipeline-permissions/get
 */
export function readOpenToAll(answer: unknown): boolean | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['pipelines'])) return undefined;
  return asRecord(answer['allPipelines'])['authorized'] === true;
}

/**
 * Returns which checks guard a connection; undefined if the answer is not a list.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/check-configurations/list
 */
export function readChecks(answer: unknown): ConnectionChecks | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['value'])) return undefined;
  const checks = (answer['value'] as readonly unknown[]).filter(isRecord);
  return {
    approval: checks.some(({ type }) => asRecord(type)['name'] === 'Approval'),
    branchControl: checks.some(
      ({ settings }) => asRecord(asRecord(settings)['definitionRef'])['name'] === 'evaluatebranchProtection',
    ),
  };
}
