import { deriveIdentity, readIdentity, type ConnectionFacts, type Identity } from '../../identity/audience.ts';
import { isPublicCloud, parseIssuer } from '../../identity/issuer.ts';
import type { ConnectionGap, ConnectionStatus, OrganizationNames, SeenConnection } from './connections.ts';

/** A connection by what its places show, before anything is known of the organization's tenant. */
export interface ReadConnection {
  readonly shown: SeenConnection;
  readonly organizationId: string;
  readonly status: ConnectionStatus;
  readonly old: readonly Identity[];
  readonly entra: Identity | undefined;
  readonly gap: ConnectionGap | undefined;
  readonly why: string | undefined;
}

/** Returns a connection by what its places show; of several the one counts whose names its subject has. */
export function readConnection(places: readonly SeenConnection[], organization: OrganizationNames): ReadConnection {
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
export function findSpelling({ subject = '' }: SeenConnection, { name }: OrganizationNames): string | undefined {
  const spelling = /^sc:\/\/([^/]+)\//.exec(subject)?.[1];
  return spelling?.toLowerCase() === name.toLowerCase() && spelling !== name ? spelling : undefined;
}

/** Returns the identity that follows from facts; none if they do not suffice. */
export function tryDerive(kind: 'azure-devops' | 'entra', facts: ConnectionFacts): readonly Identity[] {
  try {
    return [deriveIdentity(kind, facts)];
  } catch {
    return [];
  }
}

/** Returns the facts by which the Entra issuer names a connection. */
export function idFacts({ id }: SeenConnection, organizationId: string, tenantId: string | undefined): ConnectionFacts {
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
