import { describeConnections, type DescribedConnection, type IssuerKind } from './describe.ts';
import { CliFailure, wrongUsage } from '../terminal/failure.ts';
import { deriveIdentity, type Identity } from '../../identity/audience.ts';
import { parseIssuer, azureDevOpsIssuerRetires, isPublicCloud } from '../../identity/issuer.ts';
import { readFleet, type OpenAzureDevOps } from './ask-azure-devops.ts';
import type { Issuers, NamedConnections } from './options.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';

/** How people call the issuers. */
export const issuerTitles = { 'azure-devops': 'the Azure DevOps issuer', entra: 'the Entra issuer' } as const;

/** Throws if what was read is not what is derived: a policy would be about somebody else, or nobody. */
export function requireNoDifferences(described: readonly DescribedConnection[], remedy: string): void {
  const problems = described.flatMap(({ facts: { connection = 'the connection' }, differences }) =>
    differences.map(({ what, read, derived }) => ({
      code: 'IdentityDiffers' as const,
      found: `Azure DevOps shows ${what} ${read} for ${connection}, but ${derived} was derived or given.`,
      expected: 'the same value in both; otherwise aws-wif concludes and writes nothing.',
      remedy,
    })),
  );
  if (problems.length > 0) throw new CliFailure(1, problems);
}

/** Returns the failure of a command line that names too little of connections for either issuer. */
export function nothingDerived(described: readonly Pick<DescribedConnection, 'missing'>[]): CliFailure {
  const whys = described.flatMap(({ missing }) =>
    missing.map(({ issuer, why }) => `For ${issuerTitles[issuer]}, ${why}.`),
  );
  return wrongUsage(`No identity can be derived. ${whys.join(' ')}`, 'all values that one of the issuers needs.');
}

/** Returns an issuer as JSON documents show it; the kind is null if it is neither of Azure DevOps' two. */
export function describeIssuerUrl(url: string): { readonly kind: string | null; readonly url: string } {
  const { kind } = parseIssuer(url);
  return { kind: kind === 'unknown' ? null : kind, url };
}

/** Returns an identity as JSON documents show it. */
export function listIdentity({ issuerUrl, subject, audiences }: Identity): Readonly<Record<string, unknown>> {
  return { issuer: describeIssuerUrl(issuerUrl), subject, audiences };
}

/** A connection, the issuers that were chosen for it, and its identities there. */
export interface SettledConnection {
  readonly described: DescribedConnection;
  readonly issuers: readonly [IssuerKind, ...IssuerKind[]];
  readonly identities: readonly Identity[];
}

/** Connections whose identities may be written, and what to know before that. */
export interface SettledConnections {
  readonly connections: readonly SettledConnection[];
  readonly warnings: readonly string[];
  /** Connections whose Entra identity takes a tenant that none of them confirms: it is not to be written. */
  readonly unconfirmed: readonly UnconfirmedConnection[];
}

/**
 * Returns named connections with the identities that may be written: computed from names and ids, and the same as what Azure
 * DevOps shows where that was read. Without a choice they are those of the issuer that a connection is on, and of both as
 * long as that is the retiring one; offline of the issuer whose ids are given. Throws if they differ, where one that is
 * needed cannot be derived, and for an issuer that a connection is not on.
 */
export async function settleConnections(
  named: NamedConnections,
  wanted: Issuers | undefined,
  openAzureDevOps: OpenAzureDevOps,
): Promise<SettledConnections> {
  const described = await describeConnections(named, wanted ?? 'both', openAzureDevOps);
  requireNoDifferences(
    described,
    'Write the organization in --organization-url in its own letter case, check --tenant-id, and compare with aws-wif connection.',
  );
  requireCurrent(described, wanted);
  const chosen = described.map(one => ({ described: one, issuers: chooseIssuers(one, wanted, named.kind) }));
  requireDerivable(chosen, wanted);
  const connections = chosen.map(one => ({
    ...one,
    identities: one.issuers.map(kind => deriveIdentity(kind, one.described.facts)),
  }));
  return {
    connections,
    warnings: listWarnings(connections, wanted, named.kind),
    unconfirmed: listUnconfirmed(named, connections),
  };
}

type Chosen = Pick<SettledConnection, 'described' | 'issuers'>;

/** Tokens come from one issuer alone: a policy for the other one alone allows nobody. */
function requireCurrent(described: readonly DescribedConnection[], wanted: Issuers | undefined): void {
  const problems = described.flatMap(({ facts: { connection = 'The connection' }, current }) => {
    if (current === undefined || wanted === undefined || wanted === 'both' || wanted === current) return [];
    const until = current === 'entra' ? '' : ' until it is converted';
    return wrongUsage(
      `--issuer is ${wanted}, but ${connection} is on ${issuerTitles[current]}: a trust policy for only ${issuerTitles[wanted]} denies it${until}.`,
      `no --issuer, or --issuer ${current}${current === 'entra' ? '' : ' or both'}.`,
      "Omit --issuer: the connection's current issuer is read from Azure DevOps.",
    ).problems;
  });
  if (problems.length > 0) throw new CliFailure(2, problems);
}

function chooseIssuers(
  { facts, current, missing, shown }: DescribedConnection,
  wanted: Issuers | undefined,
  kind: NamedConnections['kind'],
): SettledConnection['issuers'] {
  // Connections of other clouds have one issuer only.
  if (wanted !== 'entra' && !isPublicCloud(facts.environment)) return ['azure-devops'];
  // So do some kinds; an issuer that such a connection is not on was refused before.
  const [only, ...others] = shown?.kind.issuers ?? [];
  if (only !== undefined && others.length === 0) return [only];
  if (wanted === 'both') return ['azure-devops', 'entra'];
  if (wanted !== undefined) return [wanted];
  if (kind === 'offline') return missing.some(({ issuer }) => issuer === 'entra') ? ['azure-devops'] : ['entra'];
  if (current === undefined) throw unknownIssuer(facts.connection);
  return current === 'entra' ? ['entra'] : ['azure-devops', 'entra'];
}

function unknownIssuer(connection = 'the connection'): CliFailure {
  return wrongUsage(
    `Azure DevOps does not show which issuer ${connection} is on.`,
    '--issuer azure-devops, entra or both.',
    "Look at the service connection in Project settings: a converted connection's issuer starts with https://login.microsoftonline.com/.",
  );
}

function requireDerivable(chosen: readonly Chosen[], wanted: Issuers | undefined): void {
  const missing = chosen.flatMap(({ described, issuers }) =>
    described.missing.filter(({ issuer }) => issuers.includes(issuer)),
  );
  if (missing.length === 0) return;
  const whys = [...new Set(missing.map(({ issuer, why }) => `For ${issuerTitles[issuer]}, ${why}.`))];
  throw wrongUsage(
    `Not every identity can be derived. ${whys.join(' ')}`,
    wanted === undefined
      ? "all values that the connections' issuers need."
      : `for every connection, all values that --issuer ${wanted} needs.`,
    wanted === undefined || wanted === 'both'
      ? 'Give the missing values, or choose the issuer whose values are given: --issuer azure-devops or --issuer entra.'
      : 'Give the missing values, or omit --issuer: the given IDs determine the issuer.',
  );
}

function listWarnings(
  connections: readonly SettledConnection[],
  wanted: Issuers | undefined,
  kind: NamedConnections['kind'],
): readonly string[] {
  const isRetiringOnly = connections.some(
    ({ described: { facts, shown }, issuers }) =>
      isPublicCloud(facts.environment) && shown?.kind.isConvertible !== false && !issuers.includes('entra'),
  );
  return [
    ...connections.flatMap(({ described }) => described.warnings),
    ...(isRetiringOnly ? [retiring] : []),
    ...(wanted === 'both' && connections.every(({ described }) => described.current === 'entra') ? [needless] : []),
    ...(kind === 'offline' && wanted === undefined && connections.some(hasBoth) ? [namesUnused] : []),
  ];
}

function hasBoth({ described: { missing } }: SettledConnection): boolean {
  return missing.length === 0;
}

const retiring = `The Azure DevOps issuer retires on ${azureDevOpsIssuerRetires} (multitenant applications are exempt): trust the Entra issuer as well before the connections are converted (--issuer both).`;

const needless =
  'The connections already use the Entra issuer. Without --issuer the trust is narrower, because it omits the name-based subject.';

const namesUnused =
  'This is for the Entra issuer, whose IDs are given; the names are not used. For a connection that is not converted yet, use --issuer both.';

/** A connection, and the issuers for which its identities are to be written. */
interface ChosenConnection {
  readonly described: DescribedConnection;
  readonly issuers: readonly IssuerKind[];
}

/** A connection whose Entra identity takes a tenant that nobody has confirmed. */
interface UnconfirmedConnection {
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
function listUnconfirmed(
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
interface TenantDoubt {
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
