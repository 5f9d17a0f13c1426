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
