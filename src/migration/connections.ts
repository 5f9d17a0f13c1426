import { deriveIdentity, type ConnectionFacts, type Identity } from '../identity/audience.ts';
import { parseIssuer } from '../identity/issuer.ts';
import { confirmTenant, type Tenant } from './tenant.ts';

/** A service connection as a project shows it; one that several projects share is shown by each of them. */
export interface SeenConnection {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly tenantId: string | undefined;
  readonly environment: string | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
}

export interface OrganizationNames {
  readonly name: string;
  readonly id: string;
}

/**
 * Where a connection stands. `retiring`: on the Azure DevOps issuer, and to be converted. `converted`: on the Entra issuer.
 * `exempt`: of another cloud, which keeps the Azure DevOps issuer. `unclear`: what Azure DevOps shows of it is not what
 * follows from its names and ids, or it shows nothing, so that nothing is ever written for it.
 */
export type ConnectionStatus = 'retiring' | 'converted' | 'exempt' | 'unclear';

/** A service connection of the organization, each once. */
export interface FleetConnection {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly status: ConnectionStatus;
  /** Its identities on the Azure DevOps issuer: the one that it has, or those that it may have had. */
  readonly old: readonly Identity[];
  /** Its identity on the Entra issuer: the one that it has, or will have. */
  readonly next: Identity | undefined;
  /** Whether the tenant of `next` is known to be the one that signs. */
  readonly confirmed: boolean;
  /** Why it is unclear, or has no next identity. */
  readonly why: string | undefined;
}

/** The WIF service connections of an organization that a token may see. */
export interface Fleet {
  readonly organization: OrganizationNames;
  readonly tenant: Tenant;
  readonly connections: readonly FleetConnection[];
}

/**
 * Returns what follows from the connections that were seen. What Azure DevOps shows of one is used only where it equals
 * what is computed from organization, project, name, tenant and id.
 *
 * A connection of a multitenant application is exempt from the retirement, and cannot be told from others here.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export function describeFleet(
  seen: readonly SeenConnection[],
  organization: OrganizationNames,
  givenTenantId: string | undefined,
): Fleet {
  const ids = [...new Set(seen.map(({ id }) => id))];
  const read = ids.map(id =>
    readConnection(
      seen.filter(one => one.id === id),
      organization,
    ),
  );
  const tenant = confirmTenant(
    givenTenantId,
    read.flatMap(one => (one.status === 'converted' ? issuerTenant(one) : [])),
  );
  const taken = new Set(read.flatMap(one => (one.status === 'converted' ? [] : listTaken(one))));
  return { organization, tenant, connections: read.map(one => describeConnection(one, tenant, taken)) };
}

interface ReadConnection {
  readonly shown: SeenConnection;
  readonly organizationId: string;
  readonly status: ConnectionStatus;
  readonly old: readonly Identity[];
  readonly entra: Identity | undefined;
  readonly why: string | undefined;
}

function readConnection(places: readonly SeenConnection[], organization: OrganizationNames): ReadConnection {
  const [shown = nobody] = places;
  const old = places.flatMap(place => tryDerive('azure-devops', nameFacts(place, organization)));
  const base = { shown, organizationId: organization.id, old, entra: undefined, why: undefined };
  const { issuer: url, subject } = shown;
  if (url === undefined || subject === undefined) {
    return { ...base, status: 'unclear', why: 'Azure DevOps does not show its issuer and subject' };
  }
  const issuer = parseIssuer(url);
  if (issuer.kind === 'entra') {
    const [entra] = tryDerive('entra', idFacts(shown, organization.id, issuer.tenantId));
    if (isShown(entra, shown)) return { ...base, status: 'converted', entra };
  }
  const own = old.find(one => isShown(one, shown));
  if (own === undefined) return { ...base, status: 'unclear', why: describeDifference(shown, old) };
  return { ...base, old: [own], status: isPublicCloud(shown) ? 'retiring' : 'exempt' };
}

function describeConnection(read: ReadConnection, tenant: Tenant, taken: ReadonlySet<string>): FleetConnection {
  const { shown, status, old, entra, why } = read;
  const base = { id: shown.id, name: shown.name, project: shown.project, status, old, next: undefined, why };
  switch (status) {
    case 'converted': {
      const clash = tenant.kind === 'conflict' ? describeConflict(tenant.ids) : undefined;
      const free = old.filter(({ subject }) => !taken.has(subject));
      if (clash !== undefined) return { ...base, status: 'unclear', confirmed: false, why: clash };
      return { ...base, old: free, next: entra, confirmed: true };
    }
    case 'retiring':
      return { ...base, ...deriveNext(read, tenant) };
    case 'exempt':
      return {
        ...base,
        confirmed: false,
        why: `connections of ${shown.environment ?? ''} keep the Azure DevOps issuer`,
      };
    case 'unclear':
      return { ...base, confirmed: false };
  }
}

function deriveNext(
  { shown, organizationId }: ReadConnection,
  tenant: Tenant,
): Pick<FleetConnection, 'next' | 'confirmed' | 'why'> {
  const nothing = { next: undefined, confirmed: false };
  if (tenant.kind === 'conflict') return { ...nothing, why: describeConflict(tenant.ids) };
  const own = shown.tenantId?.toLowerCase();
  if (tenant.kind === 'confirmed' && own !== undefined && own !== tenant.id) {
    return { ...nothing, why: `its own tenant ${own} is not the organization's, ${tenant.id}` };
  }
  const [next] = tryDerive('entra', idFacts(shown, organizationId, tenant.kind === 'confirmed' ? tenant.id : own));
  if (next === undefined) return { ...nothing, why: 'it names no tenant' };
  return { next, confirmed: tenant.kind === 'confirmed', why: undefined };
}

/** Subjects that a connection on the Azure DevOps issuer has, or may have: never to be taken for another's. */
function listTaken({ shown, old }: ReadConnection): readonly string[] {
  return [...(shown.subject === undefined ? [] : [shown.subject]), ...old.map(({ subject }) => subject)];
}

function issuerTenant({ entra }: ReadConnection): readonly string[] {
  return entra?.issuer.kind === 'entra' ? [entra.issuer.tenantId] : [];
}

function isShown(identity: Identity | undefined, { issuer, subject }: SeenConnection): boolean {
  return identity !== undefined && identity.issuerUrl === issuer && identity.subject === subject;
}

function isPublicCloud({ environment }: SeenConnection): boolean {
  return environment === undefined || environment.toLowerCase() === 'azurecloud';
}

function nameFacts({ project, name }: SeenConnection, organization: OrganizationNames): ConnectionFacts {
  return { organizationId: organization.id, organization: organization.name, project, connection: name };
}

function idFacts({ id }: SeenConnection, organizationId: string, tenantId: string | undefined): ConnectionFacts {
  return { organizationId, tenantId, connectionId: id };
}

function tryDerive(kind: 'azure-devops' | 'entra', facts: ConnectionFacts): readonly Identity[] {
  try {
    return [deriveIdentity(kind, facts)];
  } catch {
    return [];
  }
}

function describeDifference({ issuer = '', subject = '' }: SeenConnection, old: readonly Identity[]): string {
  const expected = old.map(one => `${one.issuerUrl} with ${one.subject}`).join(' or ');
  return `Azure DevOps shows issuer ${issuer} with subject ${subject}; what follows from its names is ${expected}, or a subject of the Entra issuer with the organization's and its own id`;
}

function describeConflict(ids: readonly string[]): string {
  return `the organization's tenant is not clear: ${ids.join(' or ')}`;
}

const nobody: SeenConnection = {
  id: '',
  name: '',
  project: '',
  tenantId: undefined,
  environment: undefined,
  issuer: undefined,
  subject: undefined,
};
