import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import type { NamedConnections } from './options.ts';
import type { DescribedConnection, IssuerKind } from './describe.ts';

/** A connection, and the issuers for which its identities are to be written. */
interface ChosenConnection {
  readonly described: DescribedConnection;
  readonly issuers: readonly IssuerKind[];
}

/**
 * Returns the names of connections whose Entra identity takes a tenant that nobody has confirmed. The settings of a connection
 * name its own tenant, and whoever administers it may edit them: who signs is the organization's. That is known from
 * `--tenant-id`, and from a connection that is on the Entra issuer already.
 */
export function listUnconfirmed(named: NamedConnections, settled: readonly ChosenConnection[]): readonly string[] {
  if (named.kind === 'offline' || named.tenantId !== undefined) return [];
  const read = settled.map(({ described: { current, facts }, issuers }) => ({ current, facts, issuers }));
  const confirmed = read.flatMap(({ current, facts }) => (current === 'entra' ? (facts.tenantId ?? []) : []));
  const tenants = new Set(confirmed.map(id => id.toLowerCase()));
  return read
    .filter(({ current, issuers }) => current !== 'entra' && issuers.includes('entra'))
    .filter(({ facts }) => !tenants.has(facts.tenantId?.toLowerCase() ?? ''))
    .map(({ facts }) => `${facts.project ?? ''}/${facts.connection ?? ''}`);
}

/** Returns why nothing is written for a tenant that nobody confirmed; `names` are those of its connections. */
export function refuseTenant(names: readonly string[]): readonly Problem[] {
  if (names.length === 0) return [];
  return [
    {
      code: 'TenantUnconfirmed',
      found: neutralise(
        `The tenant that issues tokens for ${names.join(', ')} is unconfirmed; it was taken from the connections.`,
      ),
      expected: "the organization's tenant, or a connection of the organization that was converted already.",
      remedy: 'Compare it with Organization settings > Microsoft Entra, and give it as --tenant-id.',
    },
  ];
}
