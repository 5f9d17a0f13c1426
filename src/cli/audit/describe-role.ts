import type { FleetConnection } from '../../migration/fleet/connections.ts';
import type { RoleTrust } from '../../trust/inventory/judge-roles.ts';
import { stripScheme } from '../../trust/oidc-provider.ts';
import type { AuditedCaller, AuditedRole, Reach } from './audited.ts';
import { hashStatement } from './statement-hash.ts';

/** Service connections by issuer and subject. */
export type Names = ReadonlyMap<string, AuditedCaller['connection']>;

/** Returns the connections of an organization by the identities that they have, or had, or will have. */
export function nameConnections(connections: readonly FleetConnection[]): Names {
  return new Map(
    connections.flatMap(({ id, name, project, old, next }) =>
      [...old, ...(next === undefined ? [] : [next])].map(
        ({ issuerUrl, subject }) => [keyOf(stripScheme(issuerUrl), subject), { id, project, name }] as const,
      ),
    ),
  );
}

function keyOf(url: string, subject: string | undefined): string {
  return `${url} ${subject ?? ''}`;
}

export interface DescribedRole {
  readonly role: { readonly arn?: string | undefined; readonly name: string };
  readonly place: AuditedRole['place'];
  readonly trust: RoleTrust;
  readonly reach: Reach | null;
  /** The line of each statement, and of the whole policy. */
  readonly lines: ((statement: number | undefined) => number) | undefined;
}

/** Returns a role as reports show it; undefined if it is not for callers from outside AWS. */
export function describeRole(
  { role, place, trust, reach, lines }: DescribedRole,
  names: Names,
): AuditedRole | undefined {
  const about = { role: { arn: role.arn ?? null, name: role.name }, place, reach };
  if (trust.state === 'unknown') return { ...about, state: 'unknown', why: trust.why, callers: [], findings: [] };
  if (!trust.isForFederated) return undefined;
  return {
    ...about,
    state: 'judged',
    why: null,
    callers: trust.entrants.map(one => ({ ...one, connection: names.get(keyOf(one.issuer, one.subject)) ?? null })),
    findings: trust.findings.map(({ code, severity, statement, means, remedy }) => ({
      code,
      severity,
      statement: statement === undefined ? null : { index: statement.index, sid: statement.sid ?? null },
      means,
      remedy,
      hash: hashStatement(trust.document, statement?.index),
      line: lines?.(statement?.index) ?? null,
      accepted: null,
    })),
  };
}
