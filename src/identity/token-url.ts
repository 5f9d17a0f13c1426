import { WifError } from '../errors.ts';

const loopback = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Returns whether a URL's host is a literal loopback address: 127.0.0.0/8 or ::1, never a name. */
export function isLiteralLoopback(url: URL): boolean {
  return loopback.test(url.hostname);
}

/**
 * Returns the URL that may receive the job's access token, or throws `TokenUrlRefused` (`AzureDevOpsServicesRequired`
 * where the job has none). System.OidcRequestUri is a pipeline variable, which an echoed log line can set, so it is
 * trusted only where it leads to the organization that SystemVssConnection names, which the agent alone provides: on
 * dev.azure.com or vsrm.dev.azure.com with the organization as first part of the path, on exactly
 * <organization>.visualstudio.com or <organization>.vsrm.visualstudio.com, or on SystemVssConnection's own host. Https on
 * port 443; another port, or plain http, only where SystemVssConnection is that very address and literal loopback.
 *
 * It does not promise that the path is this job's: Azure DevOps refuses the token elsewhere.
 */
export function checkTokenUrl(requestUri: string | undefined, connectionUrl: string): URL {
  if (requestUri === undefined) throw servicesRequired();
  const url = parseUrl(requestUri);
  if (url === undefined) throw refused('System.OidcRequestUri is not a URL');
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refused('System.OidcRequestUri contains a user name, a password or a fragment');
  }
  const own = parseUrl(connectionUrl);
  if (own === undefined || !leadsTo(own, url)) {
    throw refused(`System.OidcRequestUri points at ${url.protocol}//${url.host}${describeOrganization(url)}`);
  }
  if (!isPlain(requestUri)) throw refused(`System.OidcRequestUri is read as ${url.origin}, but is written differently`);
  if (!isTokenPath(url.pathname.toLowerCase())) {
    throw refused("System.OidcRequestUri is not the address of a job's oidctoken");
  }
  return url;
}

/** Hosts that many organizations share; each stands first in the path. */
const sharedHosts: ReadonlySet<string> = new Set(['dev.azure.com', 'vsrm.dev.azure.com']);

const ownHost = /^([a-z0-9-]+)(?:\.vsrm)?\.visualstudio\.com$/;

function leadsTo(own: URL, url: URL): boolean {
  if (isLiteralLoopback(own)) return url.origin === own.origin;
  if (url.protocol !== 'https:' || url.port !== '' || own.protocol !== 'https:' || own.port !== '') return false;
  const organization = nameOrganization(own);
  if (organization === undefined) return url.hostname === own.hostname;
  return nameOrganization(url) === organization;
}

/** Returns the organization that a URL of Azure DevOps Services is about, in lower case; undefined for other hosts. */
function nameOrganization({ hostname, pathname }: URL): string | undefined {
  const first = sharedHosts.has(hostname) ? pathname.split('/')[1] : ownHost.exec(hostname)?.[1];
  return first === undefined || first === '' ? undefined : first.toLowerCase();
}

function describeOrganization(url: URL): string {
  return sharedHosts.has(url.hostname) ? `/${nameOrganization(url) ?? ''}` : '';
}

/** URLs are read with dots, backslashes, line breaks and letters that they should not have; Azure DevOps writes none. */
function isPlain(text: string): boolean {
  return (
    text.length <= 2000 &&
    /^https?:\/\/[\w.:[\]-]+\/[\w./~%@ -]*$/i.test(text) &&
    !/\/\.{1,2}(?:\/|$)|%2e|%2f|%5c/i.test(text)
  );
}

function isTokenPath(path: string): boolean {
  return path.includes('/_apis/distributedtask/') && path.endsWith('/oidctoken');
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function servicesRequired(): WifError {
  return new WifError({
    code: 'AzureDevOpsServicesRequired',
    found: 'The job has no System.OidcRequestUri, so the task cannot request an ID token.',
    expected: 'a job of Azure DevOps Services (dev.azure.com); Azure DevOps Server issues no ID tokens.',
    remedy: 'Run the pipeline in Azure DevOps Services, and update the agent if it is older than 3.232.1.',
  });
}

function refused(found: string): WifError {
  return new WifError({
    code: 'TokenUrlRefused',
    found: `${found}. The job's access token was not sent there.`,
    expected:
      "an https URL of this job's own organization on dev.azure.com, vsrm.dev.azure.com or visualstudio.com, or the host of SystemVssConnection.",
    remedy:
      'Look for a step or a log line that sets System.OidcRequestUri (##vso[task.setvariable]). If nothing does, Azure Pipelines uses a host that this task does not know: report the host above with the kind of pipeline (YAML, classic build or classic release) in an issue of this extension.',
  });
}
