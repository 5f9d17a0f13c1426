import { isGuid, readBase64UrlGuid } from './guid.ts';

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
const azureDevOpsApplication = 'rISbSSETf0KqFyZ8ppdXmA';

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
      return 'a subject of a form this task does not know';
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
