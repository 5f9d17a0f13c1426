import { isGuid, requireGuid } from './guid.ts';

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
