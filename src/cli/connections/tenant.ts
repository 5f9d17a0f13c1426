import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import { CliFailure } from '../terminal/failure.ts';
import type { OpenAzureDevOps } from './ask-azure-devops.ts';
import type { NamedConnections } from './options.ts';
import { readFleet } from './read-fleet.ts';
import type { DescribedConnection, IssuerKind } from './describe.ts';

/** A connection, and the issuers for which its identities are to be written. */
interface ChosenConnection {
  readonly described: DescribedConnection;
  readonly issuers: readonly IssuerKind[];
}

/** A connection whose Entra identity takes a tenant that nobody has confirmed. */
export interface UnconfirmedConnection {
  readonly project: string;
  readonly connection: string;
  /** The tenant that its own settings name. */
  readonly tenantId: string | undefined;
}

/**
 * Returns the connections whose Entra identity takes a tenant that nobody has confirmed. The settings of a connection
 * name its own tenant, and whoever administers it may edit them: who signs is the organization's. That is known from
 * `--tenant-id`, and from a connection that is on the Entra issuer already.
 */
export function listUnconfirmed(
  named: NamedConnections,
  settled: readonly ChosenConnection[],
): readonly UnconfirmedConnection[] {
  if (named.kind === 'offline' || named.tenantId !== undefined) return [];
  const read = settled.map(({ described: { current, facts }, issuers }) => ({ current, facts, issuers }));
  const confirmed = read.flatMap(({ current, facts }) => (current === 'entra' ? (facts.tenantId ?? []) : []));
  const tenants = new Set(confirmed.map(id => id.toLowerCase()));
  return read
    .filter(({ current, issuers }) => current !== 'entra' && issuers.includes('entra'))
    .filter(({ facts }) => !tenants.has(facts.tenantId?.toLowerCase() ?? ''))
    .map(({ facts: { project = '', connection = '', tenantId } }) => ({ project, connection, tenantId }));
}

/** Connections that stay unconfirmed, and why. */
export interface TenantDoubt {
  readonly doubtful: readonly UnconfirmedConnection[];
  readonly why: string;
}

/**
 * Asks the whole organization for its tenant, as `aws-wif migrate` does, and returns the connections that it does not confirm
 * either. Nothing is asked if nothing is in doubt. What cannot be read confirms nothing.
 */
export async function askOrganization(
  named: NamedConnections,
  unconfirmed: readonly UnconfirmedConnection[],
  openAzureDevOps: OpenAzureDevOps,
): Promise<TenantDoubt> {
  if (named.kind === 'offline' || unconfirmed.length === 0) return { doubtful: unconfirmed, why: fromSettings };
  try {
    const { tenant } = (await readFleet(named.organization, undefined, openAzureDevOps)).fleet;
    if (tenant.kind === 'unconfirmed') return { doubtful: unconfirmed, why: fromSettings };
    if (tenant.kind === 'conflict') {
      return { doubtful: unconfirmed, why: `converted connections name ${tenant.ids.join(' and ')}` };
    }
    const others = unconfirmed.filter(({ tenantId }) => tenantId?.toLowerCase() !== tenant.id);
    return { doubtful: others, why: `the tenant of converted connections is ${tenant.id}` };
  } catch (thrown) {
    if (!(thrown instanceof CliFailure)) throw thrown;
    const codes = thrown.problems.map(({ code }) => code).join(', ');
    return {
      doubtful: unconfirmed,
      why: `${fromSettings}, and the organization's others could not be read (${codes})`,
    };
  }
}

const fromSettings = 'it was taken from the connections';

/** Returns why nothing is written for a tenant that nobody confirmed; `names` are those of its connections. */
export function refuseTenant(names: readonly string[], why = fromSettings): readonly Problem[] {
  if (names.length === 0) return [];
  return [
    {
      code: 'TenantUnconfirmed',
      found: neutralise(`The tenant that issues tokens for ${names.join(', ')} is unconfirmed; ${why}.`),
      expected: "the organization's tenant, or an already converted connection in the organization.",
      remedy: 'Compare it with Organization settings > Microsoft Entra, and pass it as --tenant-id.',
    },
  ];
}
