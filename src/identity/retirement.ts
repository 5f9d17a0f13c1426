import { deriveIdentity, type Identity } from './audience.ts';
import { isGuid } from './guid.ts';
import { azureDevOpsIssuerRetires, describeIssuer, parseIssuer } from './issuer.ts';
import { describeSubject, parseSubject } from './subject.ts';

/** What the job knows of a service connection besides its token. */
export interface ConnectionSettings {
  readonly connectionId: string;
  /** The connection's own tenant, as its settings say. */
  readonly tenantId?: string | undefined;
  /** The organization's tenant, where somebody asked for it. */
  readonly organizationTenantId?: string | undefined;
  /** The cloud that the connection is for; connections besides AzureCloud keep the Azure DevOps issuer. */
  readonly environment?: string | undefined;
}

/** A service connection whose issuer is being retired, and who it will be once it is converted. */
export interface Retirement {
  /** The day, as YYYY-MM-DD. */
  readonly on: string;
  /** The identity on the Entra issuer; undefined where the connection's tenant is not known. */
  readonly next: Identity | undefined;
  /** Whether the connection's tenant is known to be the organization's, which is the one that signs. */
  readonly confirmed: boolean;
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
  if (issuer.kind !== 'azure-devops' || !['', 'azurecloud'].includes(environment.toLowerCase())) return undefined;
  const on = azureDevOpsIssuerRetires;
  if (!isGuid(tenantId) || !isGuid(connectionId)) return { on, next: undefined, confirmed: false };
  const { organizationId } = issuer;
  const next = deriveIdentity('entra', { organizationId, tenantId, connectionId });
  return { on, next, confirmed: organizationTenantId?.toLowerCase() === tenantId.toLowerCase() };
}

/** Returns the warning for a log, in one line and in parts: the agent masks whole issuers and subjects. */
export function describeRetirement(retirement: Retirement): string {
  return (
    `The ID token is of the Azure DevOps issuer, which is retired on ${retirement.on} (multitenant applications are ` +
    `exempt). Before the service connection is converted, let the role trust its Entra identity next to this one: ${describeNext(retirement)}`
  );
}

/** Why the identity to come may be another one. */
export const unconfirmedTenant =
  "Unconfirmed: it takes the connection's tenant for the organization's, which is the one that signs.";

function describeNext({ next, confirmed }: Retirement): string {
  if (next === undefined) {
    return 'issuer and subject as the conversion shows them; they cannot be derived here, since the connection names no tenant.';
  }
  const { issuer, subject, audiences } = next;
  const parts = `${describeIssuer(issuer)}; subject for ${describeSubject(parseSubject(subject))}; audiences ${audiences.join(' and ')}.`;
  return `${parts}${confirmed ? '' : ` ${unconfirmedTenant}`} The run summary has it whole.`;
}
