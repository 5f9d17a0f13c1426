import { Option, type Command } from 'commander';
import type { ConnectionFacts } from '../../identity/audience.ts';
import { isGuid } from '../../identity/issuer.ts';
import type { TrustPolicyRequest } from '../../trust/build.ts';
import { readAll, refuseIf, wrongUsage, type CliFailure } from '../terminal/failure.ts';
import { nameCount } from '../terminal/layout.ts';
import { isLiteralLoopback } from '../../identity/token-url.ts';

export type Issuers = TrustPolicyRequest['issuers'];

export interface ConnectionOptions {
  readonly organizationUrl?: string;
  readonly organization?: string;
  readonly project?: string;
  readonly connection?: readonly string[];
  readonly organizationId?: string;
  readonly tenantId?: string;
  readonly connectionId?: readonly string[];
  readonly issuer?: Issuers;
}

/** How connections were named: to be looked up, or by all that is known of them. */
export type NamedConnections =
  | {
      readonly kind: 'live';
      readonly organization: Organization;
      readonly project: string;
      readonly names: readonly string[];
      readonly tenantId: string | undefined;
    }
  | { readonly kind: 'offline'; readonly facts: readonly ConnectionFacts[] };

/** What commands that write or print trust do without `--issuer`. */
const narrowest =
  "the connection's current issuer, or the one whose IDs are given; both while the connection is on the retiring issuer";

/** Adds the options that name service connections, and says what is meant without `--issuer`. */
export function addConnectionOptions(command: Command, issuerDefault = narrowest): Command {
  return command
    .optionsGroup('Service connection (either --organization-url, --project and --connection, or its IDs):')
    .option('--organization-url <url>', "the organization's URL, to look up the connection")
    .option('--organization <name>', "the organization's name, for the Azure DevOps issuer")
    .option('--project <name>', "the project's name")
    .option('--connection <name>', "the service connection's name", collect)
    .option('--organization-id <guid>', "the organization's ID (aws-wif organization-id)")
    .option('--tenant-id <guid>', "the Entra tenant's ID, for the Entra issuer")
    .option('--connection-id <guid>', "the service connection's ID, for the Entra issuer", collect)
    .addOption(
      new Option('--issuer <issuer>', `which issuer (default: ${issuerDefault})`).choices([
        'azure-devops',
        'entra',
        'both',
      ]),
    );
}

/** Adds a value to those of an option that were given before. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Returns whether any option names a connection. */
export function namesConnection(options: ConnectionOptions): boolean {
  const { organizationUrl, organization, organizationId, project, tenantId } = options;
  const lists = [...(options.connection ?? []), ...(options.connectionId ?? [])];
  return [organizationUrl, organization, organizationId, project, tenantId, ...lists].some(one => one !== undefined);
}

/** Returns how the options name connections; undefined if they name none. Throws if they cannot be meant. */
export function readNamedConnections(options: ConnectionOptions): NamedConnections | undefined {
  if (!namesConnection(options)) return undefined;
  const { organizationUrl: url } = options;
  const [named] = readAll(
    () => (url === undefined ? readOffline(options) : readLive(options, url)),
    ...listGuids(options),
    ...listNames(options),
  );
  return named;
}

/** Returns the same, refusing a command line that names no connection. */
export function requireNamedConnections(options: ConnectionOptions): NamedConnections {
  const named = readNamedConnections(options);
  if (named !== undefined) return named;
  throw wrongUsage(
    'No service connection is given.',
    '--organization-url, --project and --connection to look it up; or its known values: --organization, --project, ' +
      '--connection and --organization-id, or --organization-id, --tenant-id and --connection-id.',
  );
}

function readLive(options: ConnectionOptions, url: string): NamedConnections {
  const { project, connection: names = [], tenantId } = options;
  const [parsed, where] = readAll(
    () => parseOrganizationUrl(url),
    () => project ?? requireOption('--project', '--organization-url'),
    () => names[0] ?? requireOption('--connection', '--organization-url'),
  );
  return { kind: 'live', organization: parsed, project: where, names: unique(names), tenantId };
}

function readOffline(options: ConnectionOptions): NamedConnections {
  const [organizationId] = readAll(
    () => requireOrganizationId(options),
    () => {
      requireConnections(options);
    },
  );
  return { kind: 'offline', facts: listFacts(organizationId, options) };
}

function requireOrganizationId({ organizationId }: ConnectionOptions): string {
  if (organizationId !== undefined) return organizationId;
  throw wrongUsage(
    'Neither --organization-url nor --organization-id is given.',
    '--organization-url to look up the connection, or --organization-id, which both issuers need.',
    'Give one of them; aws-wif organization-id URL prints the ID.',
  );
}

function requireConnections({ connection: names = [], connectionId: ids = [] }: ConnectionOptions): void {
  if (names.length === 0 && ids.length === 0) requireOption('--connection or --connection-id', '--organization-id');
  if (names.length === 0 || ids.length === 0 || names.length === ids.length) return;
  throw wrongUsage(
    `--connection is given ${nameCount(names.length, 'time')}, --connection-id ${nameCount(ids.length, 'time')}.`,
    'the same number of each, in the same order, or only one of the two options.',
  );
}

function listFacts(organizationId: string, options: ConnectionOptions): readonly ConnectionFacts[] {
  const { organization, project, tenantId, connection: names = [], connectionId: ids = [] } = options;
  return Array.from({ length: Math.max(names.length, ids.length) }, (_, index) => ({
    organizationId,
    organization,
    project,
    tenantId,
    connection: names[index],
    connectionId: ids[index],
  }));
}

type Check = () => void;

function listGuids({ organizationId, tenantId, connectionId = [] }: ConnectionOptions): readonly Check[] {
  const given = [
    ['--organization-id', organizationId],
    ['--tenant-id', tenantId],
    ...connectionId.map(id => ['--connection-id', id] as const),
  ] as const;
  const checks = given.map(([option, value]) =>
    refuseIf(
      value !== undefined && !isGuid(value),
      `${option} is "${value ?? ''}".`,
      'a GUID, like 0ca3ddd9-f0b0-4635-a98c-5866526961b6.',
    ),
  );
  return [
    ...checks,
    () => {
      requireOwnTenant(organizationId, tenantId);
    },
  ];
}

/** Nobody has the identity that would be computed of an organization's ID in the place of its tenant's. */
function requireOwnTenant(organizationId: string | undefined, tenantId: string | undefined): void {
  if (organizationId === undefined || organizationId.toLowerCase() !== tenantId?.toLowerCase()) return;
  throw wrongUsage(
    '--organization-id and --tenant-id are the same ID.',
    "the organization's ID, and the ID of its Microsoft Entra tenant, which is another one.",
  );
}

/** Organization and project are segments of a URL and of a subject; a connection's name may hold a slash. */
function listNames({ organization, project, connection = [] }: ConnectionOptions): readonly Check[] {
  const segments = [
    ['--organization', organization],
    ['--project', project],
  ] as const;
  return [
    ...segments.map(([option, value = 'none']) =>
      refuseIf(/^\.{0,2}$|[/\\]/.test(value), `${option} is "${value}".`, 'a name without a slash.'),
    ),
    refuseIf(connection.includes(''), '--connection is empty.', "the service connection's name."),
  ];
}

function requireOption(option: string, besides: string): never {
  throw wrongUsage(`${option} is missing.`, `${option} in addition to ${besides}.`);
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** An organization of Azure DevOps Services, as its URL names it. */
export interface Organization {
  /** Ends in a slash; everything that is asked of the organization is below it. */
  readonly url: URL;
  readonly name: string;
}

const manyOrganizations = /^(?:dev\.azure\.com|[a-z0-9-]+\.dev\.azure\.com)$/;

const oneOrganization = /^[a-z0-9-]+\.visualstudio\.com$/;

/**
 * Returns the organization that a URL names. Throws for all that is not https on a host of Azure DevOps Services, since a
 * token is sent there; plain http only to a literal loopback address, which never leaves the machine.
 */
export function parseOrganizationUrl(text: string): Organization {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused(`"${text}" is not a URL`);
  if (url.username !== '' || url.password !== '') throw refused('The URL contains a user name or a password');
  if (url.search !== '' || url.hash !== '')
    throw refused(`The URL ${url.origin}${url.pathname} has a query or a fragment`);
  const [first = ''] = url.pathname.split('/').slice(1);
  const isLocal = url.protocol === 'http:' && isLiteralLoopback(url);
  if (!isLocal && (url.protocol !== 'https:' || url.port !== ''))
    throw refused(`The URL ${url.origin} is not https on its usual port`);
  const isShared = manyOrganizations.test(url.hostname);
  if (!isLocal && !isShared && !oneOrganization.test(url.hostname)) throw refused(`The host is ${url.host}`);
  if (!isPlain(text.trim()))
    throw refused(`The URL is read as ${url.origin}${url.pathname}, but is written differently`);
  if (isLocal || isShared) return nameOrganization(url, first);
  // The host is in lower case by now, but names are kept in their own letter case in subjects.
  const name = /^https:\/\/([a-z0-9-]+)\./i.exec(text.trim())?.[1] ?? '';
  return { url: new URL('/', url), name };
}

/**
 * URLs are read with dots, slashes, backslashes, line breaks and other letters than they should have, and then name
 * another organization than they seem to. No dots alone between slashes, and no such character percent-encoded.
 */
function isPlain(text: string): boolean {
  if (/\/\.{1,2}(?:\/|$)|%2[ef]|%5c/i.test(text)) return false;
  return text.length <= 2000 && /^https?:\/\/[a-z0-9[][a-z0-9.:[\]-]*(?:\/[\w.%-]*(?:\/[^\p{Cc}\\/]*)*)?$/iu.test(text);
}

function nameOrganization(url: URL, segment: string): Organization {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(segment))
    throw refused(`The URL ${url.origin}${url.pathname} names no organization`);
  return { url: new URL(`/${segment}/`, url), name: segment };
}

function refused(found: string): CliFailure {
  return wrongUsage(
    `${found}. Nothing was sent there.`,
    'https://dev.azure.com/<organization> or https://<organization>.visualstudio.com.',
    "Copy the organization's URL from the browser's address bar, up to its name.",
  );
}
