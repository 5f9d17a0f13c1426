import type { Identity } from '../../identity/audience.ts';
import { parseSubject } from '../../identity/subject.ts';
import type { TrustedConnection } from '../../setup/template/role-request.ts';

/** Returns the connections behind identities: those of one connection stand together, one for each issuer. */
export function groupByConnection(identities: readonly Identity[]): readonly TrustedConnection[] {
  const groups: Identity[][] = [];
  for (const identity of identities) {
    const last = groups.at(-1);
    const isOther = last === undefined || last.some(({ issuer }) => issuer.kind === identity.issuer.kind);
    if (isOther) groups.push([identity]);
    else last.push(identity);
  }
  return groups.map(group => ({ label: findLabel(group), identities: group }));
}

/** The connection's name, or its id where only the Entra issuer's subject is known. */
function findLabel(group: readonly Identity[]): string {
  const labels = group.map(({ subject }) => {
    const parsed = parseSubject(subject);
    if (parsed.kind === 'connection-name') return parsed.connection;
    return parsed.kind === 'connection-id' ? parsed.connectionId : subject;
  });
  return labels[0] ?? '';
}
