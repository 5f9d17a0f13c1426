import { WifError } from '../errors.ts';

const azureDevOpsHost = /^(?:dev\.azure\.com|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:dev\.azure\.com|visualstudio\.com))$/;
const loopback = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Returns whether a URL's host is a literal loopback address: 127.0.0.0/8 or ::1, never a name. */
export function isLiteralLoopback(url: URL): boolean {
  return loopback.test(url.hostname);
}

/**
 * Returns the URL that may receive the job's access token, or throws `TokenUrlRefused` (`AzureDevOpsServicesRequired`
 * where the job has none). System.OidcRequestUri is a
 * pipeline variable, which an echoed log line can set, so it is trusted only as far as its host is Azure DevOps' own or
 * that of the SystemVssConnection endpoint, which the agent alone provides. Plain http only where that endpoint itself
 * is a literal loopback address.
 */
export function checkTokenUrl(requestUri: string | undefined, connectionUrl: string): URL {
  if (requestUri === undefined) throw servicesRequired();
  const url = parseUrl(requestUri);
  const own = parseUrl(connectionUrl);
  if (url === undefined) throw refused('System.OidcRequestUri is not a URL');
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refused('System.OidcRequestUri holds a user name, a password or a fragment');
  }
  if (!isTrusted(url, own)) throw refused(`System.OidcRequestUri points at ${url.protocol}//${url.host}`);
  if (!/\/_apis\/distributedtask\/.*\/oidctoken$/i.test(url.pathname)) {
    throw refused("System.OidcRequestUri is not the address of a job's oidctoken");
  }
  return url;
}

function isTrusted(url: URL, own: URL | undefined): boolean {
  if (url.protocol === 'https:') return azureDevOpsHost.test(url.hostname) || url.host === own?.host;
  return url.protocol === 'http:' && own?.protocol === 'http:' && isLiteralLoopback(own) && url.host === own.host;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function servicesRequired(): WifError {
  return new WifError({
    code: 'AzureDevOpsServicesRequired',
    found: 'The job has no System.OidcRequestUri, so there is nothing to ask for an ID token.',
    expected: 'a job of Azure DevOps Services (dev.azure.com); Azure DevOps Server issues no ID tokens.',
    remedy: 'Run the pipeline in Azure DevOps Services, and update the agent if it is older than 3.232.1.',
  });
}

function refused(found: string): WifError {
  return new WifError({
    code: 'TokenUrlRefused',
    found: `${found}. The job's access token was not sent there.`,
    expected:
      'an https URL on dev.azure.com, *.dev.azure.com, *.visualstudio.com or the host this agent is registered with.',
    remedy:
      'Look for a step or a log line that sets System.OidcRequestUri (##vso[task.setvariable]); Azure Pipelines sets it by itself.',
  });
}
