import { isLiteralLoopback } from '../../identity/token-url.ts';
import { wrongUsage, type CliFailure } from '../terminal/failure.ts';

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
