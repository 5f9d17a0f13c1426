import { deriveIdentity, type ConnectionFacts, type Identity } from '../../identity/audience.ts';
import { classifyConnection, type ConnectionKind } from '../../identity/connection-kinds.ts';
import { azureDevOpsIssuerRetires, isPublicCloud, parseIssuer, type KnownIssuer } from '../../identity/issuer.ts';
import { listIssuers } from '../../trust/build.ts';
import { askConnections, type FoundConnection, type OpenAzureDevOps } from './ask-azure-devops.ts';
import type { ConnectionGuards } from '../../azure-devops/rest-records.ts';
import type { Issuers, NamedConnections } from './options.ts';

export type IssuerKind = KnownIssuer['kind'];

/** A connection's identities as far as they can be derived, and what speaks against them. */
export interface DescribedConnection {
  readonly facts: ConnectionFacts;
  readonly identities: readonly Identity[];
  readonly missing: readonly MissingIdentity[];
  /** The issuer that the connection is on today; undefined if that was not read. */
  readonly current: IssuerKind | undefined;
  /** Where what Azure DevOps shows is not what was derived. */
  readonly differences: readonly Difference[];
  readonly warnings: readonly string[];
  /** Its kind, its type and scheme as Azure DevOps shows them, and who may use it; undefined if that was not read. */
  readonly shown?: ShownConnection | undefined;
}

export interface ShownConnection {
  readonly kind: ConnectionKind;
  readonly type: string;
  readonly scheme: string;
  readonly guards: ConnectionGuards;
}

export interface MissingIdentity {
  readonly issuer: IssuerKind;
  /** The options that would name what is missing; none if the issuer is not for this connection. */
  readonly needed: readonly string[];
  readonly why: string;
}

export interface Difference {
  readonly what: string;
  readonly read: string;
  readonly derived: string;
}

/** Returns the identities that a connection's facts give, and what is missing for the others. */
function describeFacts(facts: ConnectionFacts, issuers: Issuers, own?: ConnectionKind): DescribedConnection {
  const kinds = listIssuers(issuers);
  const missing = kinds.flatMap(kind => findForeign(kind, own) ?? findMissing(kind, facts));
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
function describeFound(found: FoundConnection, given: Given): DescribedConnection {
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
  const kind = classifyConnection(connection);
  const described = describeFacts(facts, given.issuers, kind);
  const current = findCurrent(connection, kind);
  const differences = [
    ...compareTenants(connection.tenantId, given.tenantId),
    ...compareRead(connection, facts, current),
  ];
  return {
    ...described,
    current,
    differences,
    shown: { kind, type: connection.type, scheme: connection.scheme, guards: found.guards },
    warnings: [
      ...warnOfToolkit(connection.name, kind),
      ...listWarnings(connection, { ...described, current, kind }, given),
      ...warnOfGuards(found),
    ],
  };
}

/** The issuer that Azure DevOps shows; for a kind that has one issuer alone and does not show it, that one. */
function findCurrent({ issuer }: FoundConnection['connection'], kind: ConnectionKind): IssuerKind | undefined {
  const read = issuer === undefined ? undefined : parseIssuer(issuer);
  if (read !== undefined) return read.kind === 'unknown' ? undefined : read.kind;
  const [only, ...others] = kind.issuers;
  return others.length === 0 ? only : undefined;
}

/** An issuer that connections of this kind never have. */
function findForeign(issuer: IssuerKind, kind: ConnectionKind | undefined): MissingIdentity | undefined {
  if (kind === undefined || kind.issuers.includes(issuer)) return undefined;
  const why =
    issuer === 'entra'
      ? `connections of the kind "${kind.title}" cannot be converted to it`
      : `connections of the kind "${kind.title}" never have it`;
  return { issuer, needed: [], why };
}

function warnOfToolkit(name: string, kind: ConnectionKind): readonly string[] {
  if (kind.name !== 'aws-toolkit') return [];
  return [
    `${name} is an AWS Toolkit connection: its tokens come from the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}, and it cannot be converted. AWSAssumeRoleWIF does not accept it. Create a connection of type Azure Resource Manager or Azure DevOps with workload identity federation, and add its identity to the role (aws-wif setup --existing-role).`,
  ];
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

/** What a connection that was read is judged to be. */
interface ReadConnection extends Pick<DescribedConnection, 'identities' | 'current'> {
  readonly kind: ConnectionKind;
}

function listWarnings(
  { issuer, subject, shared, name }: FoundConnection['connection'],
  { identities, current, kind }: ReadConnection,
  { tenantId }: Given,
): readonly string[] {
  const warnings: string[] = [];
  if (kind.showsIdentity && (issuer === undefined || subject === undefined)) {
    warnings.push(
      `Azure DevOps does not show the ${issuer === undefined ? 'issuer' : 'subject'} of ${name}, so the derived one could not be compared with it.`,
    );
  }
  if (current !== 'entra' && tenantId === undefined && identities.some(one => one.issuer.kind === 'entra')) {
    warnings.push(warnOfTenant(name));
  }
  if (shared) {
    warnings.push(`${name} is shared with other projects: their pipelines can use it, too.`);
  }
  return warnings;
}

/** What is said of a connection whose tenant is taken from its own settings. */
export function warnOfTenant(name: string): string {
  return `The Entra issuer of ${name} is derived from the connection's own tenant, which may differ from the organization's. Compare it with Organization settings > Microsoft Entra, and pass it as --tenant-id.`;
}

/** Whoever may use the connection gets the role: the trust policy cannot tell pipelines apart. */
function warnOfGuards({ connection: { name }, guards: { openToAll, checks } }: FoundConnection): readonly string[] {
  const warnings: string[] = [];
  if (openToAll === true) {
    warnings.push(
      `${name} is open to all pipelines in the project: each of them can assume the role. Grant access only to the pipelines that deploy.`,
    );
  }
  if (checks !== undefined && !checks.approval && !checks.branchControl) {
    warnings.push(
      `${name} has neither an approval nor a branch control check: a pipeline on any branch can assume the role without approval. Add one.`,
    );
  }
  if (openToAll === undefined || checks === undefined) {
    warnings.push(
      `Could not read who may use ${name} (scope "Build (Read)"). See its page, under Security and under Approvals and checks.`,
    );
  }
  return warnings;
}

/** Returns what is known of named connections: looked up if they were named so, else derived alone. */
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
