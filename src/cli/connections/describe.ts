import { deriveIdentity, type ConnectionFacts, type Identity } from '../../identity/audience.ts';
import { isPublicCloud, parseIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { listIssuers } from '../../trust/build.ts';
import { askConnections, type FoundConnection, type OpenAzureDevOps } from './ask-azure-devops.ts';
import type { Issuers, NamedConnections } from './options.ts';

export type IssuerKind = KnownIssuer['kind'];

/** A connection's identities as far as they can be derived, and what speaks against them. */
export interface DescribedConnection {
  readonly facts: ConnectionFacts;
  readonly identities: readonly Identity[];
  readonly missing: readonly MissingIdentity[];
  /** The issuer that the connection is on today; undefined where that was not read. */
  readonly current: IssuerKind | undefined;
  /** Where what Azure DevOps shows is not what was derived. */
  readonly differences: readonly Difference[];
  readonly warnings: readonly string[];
}

export interface MissingIdentity {
  readonly issuer: IssuerKind;
  /** The options that would name what is missing; none where the issuer is not for this connection. */
  readonly needed: readonly string[];
  readonly why: string;
}

export interface Difference {
  readonly what: string;
  readonly read: string;
  readonly derived: string;
}

/** Returns the identities that a connection's facts give, and what is missing for the others. */
export function describeFacts(facts: ConnectionFacts, issuers: Issuers): DescribedConnection {
  const kinds = listIssuers(issuers);
  const missing = kinds.flatMap(kind => findMissing(kind, facts));
  const derivable = kinds.filter(kind => missing.every(({ issuer }) => issuer !== kind));
  const identities = derivable.map(kind => deriveIdentity(kind, facts));
  return { facts, identities, missing, current: undefined, differences: [], warnings: [] };
}

export interface Given {
  readonly organization: string;
  readonly project: string;
  readonly tenantId: string | undefined;
  readonly issuers: Issuers;
}

/** The same for a connection that was read, with what was read compared to what is derived. */
export function describeFound(found: FoundConnection, given: Given): DescribedConnection {
  const { organizationId, connection } = found;
  const facts: ConnectionFacts = {
    organizationId,
    organization: given.organization,
    project: connection.project ?? given.project,
    connection: connection.name,
    tenantId: connection.tenantId ?? given.tenantId,
    connectionId: connection.id,
    environment: connection.environment,
  };
  const described = describeFacts(facts, given.issuers);
  const issuer = connection.issuer === undefined ? undefined : parseIssuer(connection.issuer);
  const current = issuer === undefined || issuer.kind === 'unknown' ? undefined : issuer.kind;
  const differences = [
    ...compareTenants(connection.tenantId, given.tenantId),
    ...compareRead(connection, facts, current),
  ];
  return {
    ...described,
    current,
    differences,
    warnings: [...listWarnings(connection, described, current, given), ...warnOfGuards(found)],
  };
}

function findMissing(kind: IssuerKind, facts: ConnectionFacts): readonly MissingIdentity[] {
  const { environment = '' } = facts;
  if (kind === 'entra' && !isPublicCloud(environment)) {
    return [
      { issuer: kind, needed: [], why: `connections of environment ${environment} keep the Azure DevOps issuer` },
    ];
  }
  const needed = Object.entries(listNeeds(kind, facts)).flatMap(([option, value]) =>
    (value ?? '') === '' ? option : [],
  );
  return needed.length === 0 ? [] : [{ issuer: kind, needed, why: `it needs ${needed.join(', ')}` }];
}

function listNeeds(kind: IssuerKind, facts: ConnectionFacts): Readonly<Record<string, string | undefined>> {
  const { organization, project, connection, tenantId, connectionId } = facts;
  if (kind === 'entra') return { '--tenant-id': tenantId, '--connection-id': connectionId };
  return { '--organization': organization, '--project': project, '--connection': connection };
}

function compareTenants(read: string | undefined, given: string | undefined): readonly Difference[] {
  if (read === undefined || given === undefined || read.toLowerCase() === given.toLowerCase()) return [];
  return [{ what: 'tenant', read, derived: given }];
}

function compareRead(
  { issuer, subject }: FoundConnection['connection'],
  facts: ConnectionFacts,
  current: IssuerKind | undefined,
): readonly Difference[] {
  if (issuer === undefined) return [];
  if (current === undefined) return [{ what: 'issuer', read: issuer, derived: 'an issuer of Azure DevOps or Entra' }];
  if (findMissing(current, facts).length > 0) return [];
  const derived = deriveIdentity(current, facts);
  return [
    { what: 'issuer', read: issuer, derived: derived.issuerUrl },
    { what: 'subject', read: subject ?? issuer, derived: derived.subject },
  ].filter(({ what, read, derived: one }) => read !== one && (what === 'issuer' || subject !== undefined));
}

function listWarnings(
  { issuer, subject, shared, name }: FoundConnection['connection'],
  { identities }: DescribedConnection,
  current: IssuerKind | undefined,
  { tenantId }: Given,
): readonly string[] {
  const warnings: string[] = [];
  if (issuer === undefined || subject === undefined) {
    warnings.push(
      `Azure DevOps does not show the ${issuer === undefined ? 'issuer' : 'subject'} of ${name}: what is derived could not be compared with it.`,
    );
  }
  if (current !== 'entra' && tenantId === undefined && identities.some(one => one.issuer.kind === 'entra')) {
    warnings.push(
      `The Entra issuer of ${name} is derived from the connection's own tenant. That it is the organization's is not confirmed: ` +
        'compare it with Organization settings > Microsoft Entra, and give it as --tenant-id.',
    );
  }
  if (shared) {
    warnings.push(`${name} is shared with other projects: pipelines there can use it as well.`);
  }
  return warnings;
}

/** Whoever may use the connection gets the role: the trust policy cannot tell pipelines apart. */
function warnOfGuards({ connection: { name }, guards: { openToAll, checks } }: FoundConnection): readonly string[] {
  const warnings: string[] = [];
  if (openToAll === true) {
    warnings.push(
      `${name} is open to all pipelines of the project: each of them gets the role. Permit it to those that deploy.`,
    );
  }
  if (checks !== undefined && !checks.approval && !checks.branchControl) {
    warnings.push(
      `${name} has neither an approval nor a branch control check: a pipeline on any branch gets the role unasked. Add one to it.`,
    );
  }
  if (openToAll === undefined || checks === undefined) {
    warnings.push(
      `Who may use ${name} could not be read (scope "Build (Read)"): see its page, under Security and Approvals and checks.`,
    );
  }
  return warnings;
}

/** Returns what is known of named connections: looked up where they were named so, else derived alone. */
export async function describeConnections(
  named: NamedConnections,
  issuers: Issuers,
  openAzureDevOps: OpenAzureDevOps,
): Promise<readonly DescribedConnection[]> {
  if (named.kind === 'offline') return named.facts.map(facts => describeFacts(facts, issuers));
  const { organization, project, tenantId } = named;
  const found = await askConnections(named, await openAzureDevOps(organization));
  return found.map(one => describeFound(one, { organization: organization.name, project, tenantId, issuers }));
}
