import { deriveIdentity, type Identity } from './audience.ts';
import {
  isGuid,
  azureDevOpsIssuerRetires,
  describeIssuer,
  isPublicCloud,
  parseIssuer,
  describeSubject,
  parseSubject,
} from './issuer.ts';

/** What the job knows of a service connection besides its token. */
export interface ConnectionSettings {
  readonly connectionId: string;
  /** The connection's own tenant, as its settings say. */
  readonly tenantId?: string | undefined;
  /** The organization's tenant, if somebody asked for it. */
  readonly organizationTenantId?: string | undefined;
  /** The cloud that the connection is for; connections besides AzureCloud keep the Azure DevOps issuer. */
  readonly environment?: string | undefined;
}

/** A service connection whose issuer is being retired, and who it will be once it is converted. */
export interface Retirement {
  /** The day, as YYYY-MM-DD. */
  readonly on: string;
  /** The identity on the Entra issuer; undefined if the connection's tenant is not known. */
  readonly next: Identity | undefined;
  /** Whether the connection's tenant is known to be the organization's, which is the one that signs. */
  readonly confirmed: boolean;
  /** The other candidate, where the organization's tenant is not known to be the connection's. */
  readonly otherwise: OtherTenant | undefined;
}

/** The identity to come where the organization is in another tenant than the connection. */
export interface OtherTenant {
  /** With `<tenant id>` instead of what is not known. */
  readonly issuerUrl: string;
  readonly subject: string;
  /** What prints it for a tenant. */
  readonly command: string;
}

/**
 * Returns what is to come for a token of the Azure DevOps issuer; undefined for tokens of Entra and for connections of
 * other clouds. Whether the connection belongs to a multitenant application, which is exempt, cannot be seen from here.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function findRetirement(
  { iss }: { readonly iss: string },
  settings: ConnectionSettings,
): Retirement | undefined {
  const { connectionId, tenantId = '', organizationTenantId, environment = '' } = settings;
  const issuer = parseIssuer(iss);
  if (issuer.kind !== 'azure-devops' || !isPublicCloud(environment)) return undefined;
  const on = azureDevOpsIssuerRetires;
  if (!isGuid(tenantId) || !isGuid(connectionId)) {
    return { on, next: undefined, confirmed: false, otherwise: undefined };
  }
  const { organizationId } = issuer;
  const next = deriveIdentity('entra', { organizationId, tenantId, connectionId });
  const confirmed = organizationTenantId?.toLowerCase() === tenantId.toLowerCase();
  const otherwise = confirmed ? undefined : describeOther({ organizationId, connectionId }, organizationTenantId);
  return { on, next, confirmed, otherwise };
}

/** A tenant of zeros stands for the one that is not known, until the texts are there. */
const noTenant = '00000000-0000-0000-0000-000000000000';

function describeOther(
  ids: { readonly organizationId: string; readonly connectionId: string },
  tenant: string | undefined,
): OtherTenant {
  const tenantId = tenant !== undefined && isGuid(tenant) ? tenant : undefined;
  const { issuerUrl, subject } = deriveIdentity('entra', { ...ids, tenantId: tenantId ?? noTenant });
  const command =
    `aws-wif connection --issuer entra --organization-id ${ids.organizationId} --connection-id ${ids.connectionId} ` +
    `--tenant-id ${tenantId ?? '<tenant id>'}`;
  if (tenantId !== undefined) return { issuerUrl, subject, command };
  return {
    issuerUrl: issuerUrl.replace(noTenant, '<tenant id>'),
    subject: subject.replace(/\/t\/[^/]+\//, '/t/<tenant ID in base64url>/'),
    command,
  };
}

/** Returns the warning for a log, in one line and in parts: the agent masks whole issuers and subjects. */
export function describeRetirement(retirement: Retirement): string {
  return (
    `The ID token comes from the Azure DevOps issuer, which retires on ${retirement.on} (multitenant applications are ` +
    `exempt). Before the service connection is converted, make the role trust its Entra identity as well: ${describeNext(retirement)}`
  );
}

/** Why the identity to come may be another one. */
export const unconfirmedTenant =
  "Unconfirmed: this assumes that the connection's tenant is also the organization's, whose tenant signs the tokens. Check Organization settings > Microsoft Entra; if it differs, use that tenant's ID.";

function describeNext({ next, confirmed }: Retirement): string {
  if (next === undefined) {
    return 'the issuer and subject that Azure DevOps shows during the conversion; they cannot be derived here, because the connection has no tenant.';
  }
  const { issuer, subject, audiences } = next;
  const parts = `${describeIssuer(issuer)}; subject for ${describeSubject(parseSubject(subject))}; audiences ${audiences.join(' and ')}.`;
  return `${parts}${confirmed ? '' : ` ${unconfirmedTenant}`} The run summary shows it in full.`;
}
