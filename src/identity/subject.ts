import { WifError } from '../errors.ts';
import { isGuid, readBase64UrlGuid, requireGuid, writeBase64UrlGuid, isPublicCloud } from './issuer.ts';

/** What the `sub` claim of an Azure DevOps token names. */
export type Subject =
  | {
      readonly kind: 'connection-name';
      readonly organization: string;
      readonly project: string;
      readonly connection: string;
    }
  | {
      readonly kind: 'connection-id';
      readonly tenantId: string;
      readonly organizationId: string;
      readonly connectionId: string;
    }
  | { readonly kind: 'pipeline' }
  | { readonly kind: 'unknown' };

/** The Azure DevOps application (499b84ac-1321-427f-aa17-267ca6975798) as an Entra subject spells it. */
export const azureDevOpsApplication = 'rISbSSETf0KqFyZ8ppdXmA';

const entraSubject = new RegExp(`^/eid1/c/pub/t/([^/]+)/a/${azureDevOpsApplication}/sc/([^/]+)/([^/]+)$`);

/**
 * Returns what a subject names. Organization and project names hold no slash, so the first two segments after `sc://`
 * are theirs and all that follows is the connection's name. Another shape is `unknown`, not an error.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function parseSubject(subject: string): Subject {
  if (subject.startsWith('sc://')) return parseNames(subject.slice('sc://'.length));
  if (subject.startsWith('p://')) return { kind: 'pipeline' };
  return parseIds(subject);
}

/** Returns the subject in words for a log line, in parts, since the agent masks the whole. */
export function describeSubject(subject: Subject): string {
  switch (subject.kind) {
    case 'connection-name':
      return `organization ${subject.organization}, project ${subject.project}, connection ${subject.connection}`;
    case 'connection-id':
      return `organization ${subject.organizationId}, connection ${subject.connectionId}`;
    case 'pipeline':
      return 'a pipeline, not a service connection';
    case 'unknown':
      return 'a subject in an unknown form';
  }
}

function parseNames(path: string): Subject {
  const [organization = '', project = '', ...rest] = path.split('/');
  const connection = rest.join('/');
  if (organization === '' || project === '' || connection === '') return { kind: 'unknown' };
  return { kind: 'connection-name', organization, project, connection };
}

function parseIds(subject: string): Subject {
  const [, tenant = '', organizationId = '', connectionId = ''] = entraSubject.exec(subject) ?? [];
  const tenantId = readBase64UrlGuid(tenant);
  if (tenantId === undefined || !isGuid(organizationId) || !isGuid(connectionId)) return { kind: 'unknown' };
  return { kind: 'connection-id', tenantId, organizationId, connectionId };
}

export interface ConnectionNames {
  readonly organization: string;
  readonly project: string;
  /** The service connection's name; it alone may hold a slash. */
  readonly connection: string;
}

export interface ConnectionIds {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly connectionId: string;
  /** The service connection's `environment`; only AzureCloud, the default, has the Entra issuer. */
  readonly environment?: string | undefined;
}

/**
 * Returns the subject that the Azure DevOps issuer gives a service connection. Names go in as they are, without
 * percent-encoding, in their own letter case. Throws `IdentityNotDerivable` where a name is empty, or where an
 * organization or project has a slash.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function formatNameSubject({ organization, project, connection }: ConnectionNames): string {
  for (const [what, name] of [
    ['organization', organization],
    ['project', project],
  ] as const) {
    if (name === '' || name.includes('/')) throw underivable(`The ${what} is "${name}".`, 'a name without a slash.');
  }
  if (connection === '') throw underivable("The service connection's name is empty.", 'its name in the project.');
  return `sc://${organization}/${project}/${connection}`;
}

/**
 * Returns the subject that the Entra issuer gives a service connection. Throws `IdentityNotDerivable` where an id is
 * not a GUID, and for clouds besides AzureCloud, whose connections keep the Azure DevOps issuer.
 *
 * It does not know whether the connection's tenant is the one that signs for its organization.
 */
export function deriveEntraSubject({ tenantId, organizationId, connectionId, environment }: ConnectionIds): string {
  if (!isPublicCloud(environment)) {
    throw underivable(
      `The service connection's environment is "${environment ?? ''}".`,
      'AzureCloud; connections to other clouds stay on the Azure DevOps issuer.',
    );
  }
  const tenant = writeBase64UrlGuid(requireGuid("the tenant's ID", tenantId)) ?? '';
  const organization = requireGuid("the organization's ID", organizationId);
  const connection = requireGuid("the connection's ID", connectionId);
  return `/eid1/c/pub/t/${tenant}/a/${azureDevOpsApplication}/sc/${organization}/${connection}`;
}

function underivable(found: string, expected: string): WifError {
  return new WifError({
    code: 'IdentityNotDerivable',
    found,
    expected,
    remedy: "Copy the names and IDs from the service connection's page in Azure DevOps.",
  });
}
