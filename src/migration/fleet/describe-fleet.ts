import { isPublicCloud } from '../../identity/issuer.ts';
import {
  confirmTenant,
  type ConnectionGap,
  type Fleet,
  type FleetConnection,
  type OrganizationNames,
  type SeenConnection,
  type Tenant,
} from './connections.ts';
import { findSpelling, idFacts, readConnection, tryDerive, type ReadConnection } from './read-connection.ts';

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
  hidden = 0,
): Fleet {
  const places = new Map<string, SeenConnection[]>();
  for (const one of seen) places.set(one.id, [...(places.get(one.id) ?? []), one]);
  const read = [...places.values()].map(shown => readConnection(shown, organization));
  const tenant = confirmTenant(
    givenTenantId,
    read.flatMap(one => (one.status === 'converted' ? issuerTenant(one) : [])),
  );
  const taken = new Set(read.flatMap(one => (one.status === 'converted' ? [] : listTaken(one))));
  const connections = read.map(one => describeConnection(one, tenant, taken));
  const [spelling] = seen.flatMap(one => findSpelling(one, organization) ?? []);
  return { organization, tenant, connections, hidden, spelling };
}

function describeConnection(read: ReadConnection, tenant: Tenant, taken: ReadonlySet<string>): FleetConnection {
  const { shown, status, old, entra, gap, why } = read;
  const { id, name, project, environment, kind } = shown;
  const inScope = isPublicCloud(environment);
  const base = { id, name, project, status, kind, inScope, old, next: undefined, confirmed: false, gap, why };
  switch (status) {
    case 'converted':
      if (tenant.kind === 'conflict') return { ...base, status: 'unclear', ...describeConflict(tenant.ids) };
      return { ...base, old: old.filter(({ subject }) => !taken.has(subject)), next: entra, confirmed: true };
    case 'retiring':
      return { ...base, ...deriveNext(read, tenant) };
    case 'exempt':
      return { ...base, why: `connections of ${environment ?? ''} keep the Azure DevOps issuer` };
    case 'unclear':
    case 'unconvertible':
      return base;
  }
}

function deriveNext(
  { shown, organizationId }: ReadConnection,
  tenant: Tenant,
): Pick<FleetConnection, 'next' | 'confirmed' | 'gap' | 'why'> {
  const nothing = { next: undefined, confirmed: false };
  if (tenant.kind === 'conflict') return { ...nothing, ...describeConflict(tenant.ids) };
  const own = shown.tenantId?.toLowerCase();
  if (tenant.kind === 'confirmed' && own !== undefined && own !== tenant.id) {
    const why = `its own tenant ${own} is not the organization's, ${tenant.id}`;
    return { ...nothing, gap: 'TenantDiffers', why };
  }
  const [next] = tryDerive('entra', idFacts(shown, organizationId, tenant.kind === 'confirmed' ? tenant.id : own));
  if (next === undefined) return { ...nothing, gap: 'NextIdentityUnknown', why: 'it names no tenant' };
  return { next, confirmed: tenant.kind === 'confirmed', gap: undefined, why: undefined };
}

/** Subjects that a connection on the Azure DevOps issuer has, or may have: never to be taken for another's. */
function listTaken({ shown, old }: ReadConnection): readonly string[] {
  return [...(shown.subject === undefined ? [] : [shown.subject]), ...old.map(({ subject }) => subject)];
}

function issuerTenant({ entra }: ReadConnection): readonly string[] {
  return entra?.issuer.kind === 'entra' ? [entra.issuer.tenantId] : [];
}

function describeConflict(ids: readonly string[]): { readonly gap: ConnectionGap; readonly why: string } {
  return { gap: 'TenantConflict', why: `the organization's tenant is ambiguous: ${ids.join(' or ')}` };
}
