import { isPublicCloud, parseIssuer } from '../../identity/issuer.ts';
import type {
  ConnectionGap,
  Fleet,
  FleetConnection,
  OrganizationNames,
  SeenConnection,
  Tenant,
  ConnectionStatus,
} from './connections.ts';
import { deriveIdentity, readIdentity, type ConnectionFacts, type Identity } from '../../identity/audience.ts';

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

/** A connection by what its places show, before anything is known of the organization's tenant. */
interface ReadConnection {
  readonly shown: SeenConnection;
  readonly organizationId: string;
  readonly status: ConnectionStatus;
  readonly old: readonly Identity[];
  readonly entra: Identity | undefined;
  readonly gap: ConnectionGap | undefined;
  readonly why: string | undefined;
}

/** Returns a connection by what its places show; of several the one counts whose names its subject has. */
function readConnection(places: readonly SeenConnection[], organization: OrganizationNames): ReadConnection {
  const derived = places.flatMap(place =>
    tryDerive('azure-devops', nameFacts(place, organization)).map(identity => ({ place, identity })),
  );
  const [unconvertible] = places.filter(({ kind }) => kind?.isConvertible === false);
  if (unconvertible !== undefined) return describeUnconvertible(unconvertible, derived, organization);
  const own = derived.find(({ place, identity }) => isShown(identity, place));
  const shown = own?.place ?? places[0] ?? nobody;
  const base = { shown, organizationId: organization.id, entra: undefined, gap: undefined, why: undefined };
  if (own !== undefined) {
    return { ...base, old: [own.identity], status: isPublicCloud(shown.environment) ? 'retiring' : 'exempt' };
  }
  const old = derived.map(({ identity }) => identity);
  const entra = readEntra(shown, organization.id);
  if (entra !== undefined) return { ...base, status: 'converted', old, entra };
  const why = describeDifference(shown, old, organization);
  return { ...base, status: 'unclear', old: [...readOld(shown), ...old], gap: 'ConnectionUnclear', why };
}

/** A type that Azure DevOps does not convert has the identity that follows from its names, in each of its projects. */
function describeUnconvertible(
  shown: SeenConnection,
  derived: readonly { readonly identity: Identity }[],
  organization: OrganizationNames,
): ReadConnection {
  const { type = '', kind } = shown;
  const why =
    kind?.obtainsTokens === true
      ? `its kind is "${kind.title}": its tokens come from the Azure DevOps issuer, and Azure DevOps cannot convert it`
      : `its type ${type} comes from another extension: Azure DevOps cannot convert it, and it is unknown whether its tasks obtain ID tokens`;
  return {
    shown,
    organizationId: organization.id,
    status: 'unconvertible',
    old: derived.map(({ identity }) => identity),
    entra: undefined,
    gap: 'ConnectionUnconvertible',
    why,
  };
}

/** The identity on the Entra issuer that is shown, if it is the connection's own. */
function readEntra(shown: SeenConnection, organizationId: string): Identity | undefined {
  const issuer = shown.issuer === undefined ? undefined : parseIssuer(shown.issuer);
  if (issuer?.kind !== 'entra') return undefined;
  const [entra] = tryDerive('entra', idFacts(shown, organizationId, issuer.tenantId));
  return isShown(entra, shown) ? entra : undefined;
}

/** What is shown, if it is an identity on the Azure DevOps issuer, be it the connection's own or not. */
function readOld({ issuer: iss, subject: sub }: SeenConnection): readonly Identity[] {
  const identity = iss === undefined || sub === undefined ? undefined : readIdentity({ iss, sub });
  return identity?.issuer.kind === 'azure-devops' ? [identity] : [];
}

/** Returns how a subject spells the organization's name, where that differs in only letter case. */
function findSpelling({ subject = '' }: SeenConnection, { name }: OrganizationNames): string | undefined {
  const spelling = /^sc:\/\/([^/]+)\//.exec(subject)?.[1];
  return spelling?.toLowerCase() === name.toLowerCase() && spelling !== name ? spelling : undefined;
}

/** Returns the identity that follows from facts; none if they do not suffice. */
function tryDerive(kind: 'azure-devops' | 'entra', facts: ConnectionFacts): readonly Identity[] {
  try {
    return [deriveIdentity(kind, facts)];
  } catch {
    return [];
  }
}

/** Returns the facts by which the Entra issuer names a connection. */
function idFacts({ id }: SeenConnection, organizationId: string, tenantId: string | undefined): ConnectionFacts {
  return { organizationId, tenantId, connectionId: id };
}

function isShown(identity: Identity | undefined, { issuer, subject }: SeenConnection): boolean {
  return identity !== undefined && identity.issuerUrl === issuer && identity.subject === subject;
}

function nameFacts({ project, name }: SeenConnection, organization: OrganizationNames): ConnectionFacts {
  return { organizationId: organization.id, organization: organization.name, project, connection: name };
}

function describeDifference(shown: SeenConnection, old: readonly Identity[], organization: OrganizationNames): string {
  const { issuer, subject } = shown;
  if (issuer === undefined || subject === undefined) return 'Azure DevOps does not show its issuer and subject';
  const spelling = findSpelling(shown, organization);
  if (spelling !== undefined) {
    return `its subject ${subject} spells the organization ${spelling}, but --organization-url has ${organization.name}`;
  }
  const expected = old.map(one => `${one.issuerUrl} with ${one.subject}`).join(' or ');
  return `Azure DevOps shows issuer ${issuer} with subject ${subject}; its names imply ${expected}, or a subject on the Entra issuer with the organization's and its own ID; a renamed connection may still have its former subject`;
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

/**
 * Returns the tenant of an organization, from what the user says and from the tenants in the issuers of connections that
 * were converted already. Where they disagree nobody is believed.
 */
function confirmTenant(given: string | undefined, converted: readonly string[]): Tenant {
  const ids = [...new Set([...(given === undefined ? [] : [given]), ...converted].map(id => id.toLowerCase()))];
  const [id, ...others] = ids;
  if (id === undefined) return { kind: 'unconfirmed' };
  if (others.length > 0) return { kind: 'conflict', ids };
  return { kind: 'confirmed', id, by: given === undefined ? 'converted-connection' : 'option' };
}
