import type { Fleet, FleetConnection } from './connections.ts';

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
