import type { ConnectionGuards, ServiceConnection } from '../../azure-devops/rest-records.ts';
import type { AzureDevOps } from '../../azure-devops/rest-api.ts';
import { classifyConnection } from '../../identity/connection-kinds.ts';
import { networkError } from '../../host/network-error.ts';
import { Secret } from '../../secret.ts';
import { asFailure, CliFailure, unfinished, wrongUsage } from '../terminal/failure.ts';
import { explainAzureDevOpsError, isAzureDevOpsError } from './azure-devops-failure.ts';
import { isLiteralLoopback } from '../../identity/token-url.ts';

/** What was read of a service connection, and of where it is. */
export interface FoundConnection {
  readonly organizationId: string;
  readonly connection: ServiceConnection;
  readonly guards: ConnectionGuards;
}

/** Opens an organization with a token; the library behind it is loaded only then. */
export type OpenAzureDevOps = (organization: Organization) => Promise<AzureDevOps>;

/** Returns the way to organizations with the token of an environment. Throws if there is none. */
export function useToken(env: Readonly<Record<string, string | undefined>>): OpenAzureDevOps {
  return async ({ url }) => {
    const token = readToken(env['AZURE_DEVOPS_EXT_PAT']);
    const { openAzureDevOps } = await import('../../azure-devops/rest-api.ts');
    return openAzureDevOps({ url, token });
  };
}

/** Returns whether an environment holds a token, right or wrong. */
export function hasToken(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['AZURE_DEVOPS_EXT_PAT'] ?? '').trim() !== '';
}

function readToken(text: string | undefined): Secret {
  const token = text?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw unfinished({
    code: 'AzureDevOpsTokenMissing',
    found: `AZURE_DEVOPS_EXT_PAT is ${token === '' ? 'not set' : 'not a token: it has spaces or characters outside ASCII'}.`,
    expected:
      'a personal access token with the scope "Service Connections (Read)", or an Entra token for Azure DevOps.',
    remedy: 'Set it in the environment, or name the connection offline by its IDs (--help).',
  });
}

/** Returns the organization's id, as Azure DevOps tells it. */
export function askOrganizationId(organization: Organization, azureDevOps: AzureDevOps): Promise<string> {
  return ask(organization, () => azureDevOps.readOrganizationId());
}

/** Returns service connections by their names, in the order of these. Throws if one is missing or there are several. */
export function askConnections(
  request: { readonly organization: Organization; readonly project: string; readonly names: readonly string[] },
  azureDevOps: AzureDevOps,
): Promise<readonly FoundConnection[]> {
  return ask(request.organization, async () => {
    const organizationId = await azureDevOps.readOrganizationId();
    const found: FoundConnection[] = [];
    for (const name of request.names) {
      const connection = await findOne({ ...request, name }, azureDevOps);
      const guards = await azureDevOps.readGuards(connection.project ?? request.project, connection.id);
      found.push({ organizationId, connection, guards });
    }
    return found;
  });
}

interface Wanted {
  readonly organization: Organization;
  readonly project: string;
  readonly name: string;
}

async function findOne(wanted: Wanted, azureDevOps: AzureDevOps): Promise<ServiceConnection> {
  const { project, name } = wanted;
  const matches = await findMatches(wanted, azureDevOps);
  const exact = matches.filter(one => one.name === name);
  const [only, ...others] = exact.length > 0 ? exact : matches;
  if (only === undefined) throw await explainMissing(wanted, azureDevOps);
  if (others.length > 0) throw ambiguous(project, name, [only, ...others]);
  if (classifyConnection(only).obtainsTokens !== true) throw otherScheme(only);
  return only;
}

/** For a project that does not exist the answer is 404, which explainMissing tells from a missing organization. */
async function findMatches({ project, name }: Wanted, azureDevOps: AzureDevOps): Promise<readonly ServiceConnection[]> {
  try {
    return await azureDevOps.findConnections(project, name);
  } catch (thrown) {
    if (isAzureDevOpsError(thrown) && thrown.refusal === 'not-found') return [];
    throw thrown;
  }
}

async function explainMissing({ organization, project, name }: Wanted, azureDevOps: AzureDevOps): Promise<CliFailure> {
  if ((await azureDevOps.findProject(project)) === undefined) {
    return unfinished({
      code: 'ProjectNotFound',
      found: `The organization ${organization.name} has no project "${project}" that this token can see.`,
      expected: "the project's name or ID.",
      remedy: "Check --project, and check that the token's owner is a member of the project.",
    });
  }
  return unfinished({
    code: 'ConnectionNotFound',
    found: `The project "${project}" has no service connection "${name}" that this token can see.`,
    expected: "the service connection's name in the project.",
    remedy:
      'Check --connection. Azure DevOps also hides connections from users without the Reader or User role on them.',
  });
}

function ambiguous(project: string, name: string, matches: readonly ServiceConnection[]): CliFailure {
  return unfinished({
    code: 'ConnectionAmbiguous',
    found: `The project "${project}" has ${matches.length} service connections named "${name}": ${matches.map(one => `${one.name} (${one.id})`).join(', ')}.`,
    expected: 'a name that only one connection has.',
    remedy: 'Write the name in its exact letter case, or name the connection offline with --connection-id.',
  });
}

function otherScheme({ name, type, scheme }: ServiceConnection): CliFailure {
  return unfinished({
    code: 'ConnectionSchemeUnsupported',
    found: `The service connection "${name}" uses the authentication scheme ${scheme}. Its type is ${type}.`,
    expected: 'WorkloadIdentityFederation; only such a connection has ID tokens.',
    remedy: 'Convert the connection in Azure DevOps, or name another one.',
  });
}

async function ask<T>({ url }: Organization, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw thrown;
    if (isAzureDevOpsError(thrown)) throw explainAzureDevOpsError(thrown, url);
    throw asFailure(networkError(thrown, { service: 'Azure DevOps', address: url.host }));
  }
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
