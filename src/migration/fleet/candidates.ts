import type { Identity } from '../../identity/audience.ts';
import { listNamedTexts } from '../../trust/admission.ts';
import type { TrustPolicy } from '../../trust/trust-policy.ts';
import type { Fleet, FleetConnection } from './connections.ts';

/** A fleet's connections by the issuers and subjects of their identities, and of the probes beside them. */
type Index = ReadonlyMap<string, { readonly any: Identity; readonly owners: Map<string, FleetConnection[]> }>;

const indexes = new WeakMap<Fleet, Index>();
const probes = new WeakMap<FleetConnection, readonly Identity[]>();

/**
 * Returns the connections, in their order, that policies may treat differently from an identity that they do not name:
 * those with a subject that one of them names. All connections if a policy compares subjects otherwise than character
 * by character, or if `isIdle` is false for such an unnamed identity of an issuer.
 */
export function selectCandidates(
  fleet: Fleet,
  policies: readonly TrustPolicy[],
  isIdle: (unnamed: Identity) => boolean,
): readonly FleetConnection[] {
  const found = new Set<FleetConnection>();
  for (const [issuerUrl, { any, owners }] of indexIdentities(fleet)) {
    if (!isIdle({ ...any, subject: unnamed })) return fleet.connections;
    for (const policy of policies) {
      const texts = listNamedTexts(policy, issuerUrl);
      if (texts === undefined || texts.has(unnamed)) return fleet.connections;
      for (const text of texts) owners.get(text)?.forEach(one => found.add(one));
    }
  }
  return found.size === 0 ? [] : fleet.connections.filter(one => found.has(one));
}

/** No token has it. */
const unnamed = '\u0000';

function indexIdentities(fleet: Fleet): Index {
  const known = indexes.get(fleet);
  if (known !== undefined) return known;
  const index = new Map<string, { any: Identity; owners: Map<string, FleetConnection[]> }>();
  for (const connection of fleet.connections) {
    for (const identity of listProbes(connection)) {
      const issuer = index.get(identity.issuerUrl) ?? { any: identity, owners: new Map<string, FleetConnection[]>() };
      const owners = issuer.owners.get(identity.subject) ?? [];
      owners.push(connection);
      issuer.owners.set(identity.subject, owners);
      index.set(identity.issuerUrl, issuer);
    }
  }
  indexes.set(fleet, index);
  return index;
}

/** Returns a connection's identities, and some of the same issuer and tenant that are not its own. */
export function listProbes(connection: FleetConnection): readonly Identity[] {
  const known = probes.get(connection) ?? makeProbes(connection);
  probes.set(connection, known);
  return known;
}

function makeProbes({ old, next }: FleetConnection): readonly Identity[] {
  if (next === undefined) return old;
  const strangers = [
    next.subject.replace(/(?<![^/])[^/]+$/, '00000000-0000-4000-8000-000000000000'),
    next.subject.replace(/(?<![^/])[^/]+\/[^/]+$/, match => `00000000-0000-4000-8000-000000000000${match.slice(36)}`),
    '00000000-0000-4000-8000-000000000000',
  ].map(subject => ({ ...next, subject }));
  return [...old, next, ...strangers];
}

/** The connections of an organization by their subjects on the Azure DevOps issuer. */
interface Owners {
  readonly bySubject: ReadonlyMap<string, readonly FleetConnection[]>;
  readonly byFolded: ReadonlyMap<string, readonly FleetConnection[]>;
}

const known = new WeakMap<Fleet, Owners>();

/** Returns the connections that have a subject on the Azure DevOps issuer, or may have had it. */
export function findOwners(fleet: Fleet, subject: string): readonly FleetConnection[] {
  return indexOwners(fleet).bySubject.get(subject) ?? [];
}

/** The same whatever the letter case of the subject. */
export function findAlike(fleet: Fleet, subject: string): readonly FleetConnection[] {
  return indexOwners(fleet).byFolded.get(subject.toLowerCase()) ?? [];
}

function indexOwners(fleet: Fleet): Owners {
  const found = known.get(fleet) ?? {
    bySubject: groupConnections(fleet, subject => subject),
    byFolded: groupConnections(fleet, subject => subject.toLowerCase()),
  };
  known.set(fleet, found);
  return found;
}

function groupConnections(
  { connections }: Fleet,
  keyOf: (subject: string) => string,
): ReadonlyMap<string, readonly FleetConnection[]> {
  const groups = new Map<string, FleetConnection[]>();
  for (const connection of connections) {
    for (const key of new Set(connection.old.map(({ subject }) => keyOf(subject)))) {
      const group = groups.get(key) ?? [];
      group.push(connection);
      groups.set(key, group);
    }
  }
  return groups;
}
