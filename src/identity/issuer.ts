import { WifError } from '../errors.ts';

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns whether the text is a GUID in its 8-4-4-4-12 form, in any letter case. */
export function isGuid(text: string): boolean {
  return pattern.test(text);
}

/** Where .NET's `Guid.ToByteArray` puts each byte of a GUID's text, and the way back: the first three groups are little-endian. */
const byteOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Returns the GUID (lower case) behind the base64url form that Entra subjects use: the 16 little-endian bytes of
 * .NET's `Guid.ToByteArray`, without padding. Undefined where the text is not such a form.
 */
export function readBase64UrlGuid(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== text) return undefined;
  return reorder(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * Returns the form that Entra subjects give a GUID: base64url, without padding, of the bytes of .NET's
 * `Guid.ToByteArray`. Undefined where the text is not a GUID.
 */
export function writeBase64UrlGuid(guid: string): string | undefined {
  if (!isGuid(guid)) return undefined;
  return reorder(Buffer.from(guid.replaceAll('-', ''), 'hex')).toString('base64url');
}

function reorder(bytes: Buffer): Buffer {
  return Buffer.from(byteOrder.map(place => bytes.readUInt8(place)));
}

/** Returns a GUID in lower case. Throws `IdentityNotDerivable`, naming what it stands for, where it is none. */
export function requireGuid(what: string, text: string | undefined): string {
  if (text !== undefined && isGuid(text)) return text.toLowerCase();
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  throw new WifError({
    code: 'IdentityNotDerivable',
    found: text === undefined || text === '' ? `${name} is missing.` : `${name} is "${text}".`,
    expected: 'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.',
    remedy: 'Look it up (aws-wif organization-id, aws-wif connection) and enter it in full.',
  });
}

/** Who signed an ID token: Azure DevOps itself (retired on 2027-07-01) or Microsoft Entra. */
export type Issuer =
  | { readonly kind: 'azure-devops'; readonly organizationId: string }
  | { readonly kind: 'entra'; readonly tenantId: string }
  | { readonly kind: 'unknown'; readonly url: string };

/** An issuer that service connections have; AWS tells them apart by URL. */
export type KnownIssuer = Exclude<Issuer, { readonly kind: 'unknown' }>;

/** Azure DevOps stops signing tokens itself on this day, in the public cloud and for single-tenant applications. */
export const azureDevOpsIssuerRetires = '2027-07-01';

const azureDevOps = /^https:\/\/vstoken\.dev\.azure\.com\/([^/]+)$/;
const entra = /^https:\/\/login\.microsoftonline\.com\/([^/]+)\/v2\.0$/;

/**
 * Returns which issuer an `iss` claim names. A URL of another shape is `unknown`, not an error.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function parseIssuer(url: string): Issuer {
  const organizationId = azureDevOps.exec(url)?.[1];
  if (organizationId !== undefined && isGuid(organizationId)) return { kind: 'azure-devops', organizationId };
  const tenantId = entra.exec(url)?.[1];
  if (tenantId !== undefined && isGuid(tenantId)) return { kind: 'entra', tenantId };
  return { kind: 'unknown', url };
}

/**
 * Returns whether a service connection's `environment` is the public cloud, which it is if nothing else is said. Those
 * of other clouds keep the Azure DevOps issuer, and it is not retired for them.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function isPublicCloud(environment = ''): boolean {
  return ['', 'azurecloud'].includes(environment.toLowerCase());
}

/** Returns the issuer in words for a log line; ids in it are parts, since the agent masks the whole URL. */
export function describeIssuer(issuer: Issuer): string {
  switch (issuer.kind) {
    case 'azure-devops':
      return `Azure DevOps issuer, organization ${issuer.organizationId}`;
    case 'entra':
      return `Microsoft Entra issuer, tenant ${issuer.tenantId}`;
    case 'unknown':
      return `issuer ${issuer.url}`;
  }
}

/**
 * Returns the `iss` claim of an issuer's tokens, its GUID in lower case as the issuers write it: AWS compares character
 * by character. Throws `IdentityNotDerivable` where the organization's or tenant's id is not a GUID.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function formatIssuer(issuer: KnownIssuer): string {
  switch (issuer.kind) {
    case 'azure-devops':
      return `https://vstoken.dev.azure.com/${requireGuid("the organization's ID", issuer.organizationId)}`;
    case 'entra':
      return `https://login.microsoftonline.com/${requireGuid("the tenant's ID", issuer.tenantId)}/v2.0`;
  }
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

/** What the `sub` claim of an Azure DevOps token names. */
export type Subject =
  | ({ readonly kind: 'connection-name' } & ConnectionNames)
  | ({ readonly kind: 'connection-id' } & Omit<ConnectionIds, 'environment'>)
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
