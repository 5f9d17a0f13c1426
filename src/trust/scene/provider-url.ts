import { isGuid, parseSubject, type KnownIssuer } from '../../identity/issuer.ts';
import { readFormerEntraIssuer } from './known-issuers.ts';
import { recogniseIssuer, trimSlashes, type UrlMistake } from '../oidc-provider.ts';
import type { Statement, TrustPolicy } from '../trust-policy.ts';
import { decodePercent } from './text-difference.ts';
import { nameClaim, parseClaimKey } from '../web-identity.ts';
import { isHard } from '../conditions.ts';
import { placeholder } from './principal-form.ts';
import type { KnownParts } from '../findings/finding.ts';

/** Whose a provider's URL is, and why it is none that an issuer has. */
export interface UrlReading {
  /** Whose it is or was meant to be; undefined for issuers that are not Microsoft's. */
  readonly kind: KnownIssuer['kind'] | 'entra-v1' | undefined;
  /** The issuer that it is, or was meant to be, where that can be told. */
  readonly meant: KnownIssuer | undefined;
  /** Why no issuer of service connections has just this URL; none if one has. */
  readonly urlFaults: readonly string[];
}

const mistakes: Readonly<Record<UrlMistake, string>> = {
  'scheme-included': 'it begins with https://',
  'letter-case': 'it has capital letters',
  'port-included': 'it has a port',
  'trailing-slash': 'it ends with a slash',
  'version-missing': 'it does not end with /v2.0',
};

/** Returns whose a URL without scheme is. The policy and what is known tell a tenant's id from an organization's. */
export function explainUrl(url: string, policy: TrustPolicy, known: KnownParts): UrlReading {
  const bare = url.trim();
  if (bare === url) return explainBareUrl(url, policy, known);
  const reading = explainBareUrl(bare, policy, known);
  const fault = 'it begins or ends with a space or a line break';
  return reading.kind === undefined ? reading : { ...reading, urlFaults: [...reading.urlFaults, fault] };
}

function explainBareUrl(url: string, policy: TrustPolicy, known: KnownParts): UrlReading {
  const near = recogniseIssuer(url);
  if (near !== undefined) {
    return (
      explainSwapped(near.issuer, policy, known) ?? {
        kind: near.issuer.kind,
        meant: near.issuer,
        urlFaults: near.mistakes.map(one => mistakes[one]),
      }
    );
  }
  const [host = '', ...path] = url
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .split('/');
  const far = explainAzureDevOps(host, path.join('/'), known) ?? explainEntra(host, path.join('/'));
  if (far !== undefined) return withSwapped(far, policy, known);
  return { kind: readFormerEntraIssuer(url) === undefined ? undefined : 'entra-v1', meant: undefined, urlFaults: [] };
}

/** The id behind another host may be the other one's, too. */
function withSwapped(reading: UrlReading, policy: TrustPolicy, known: KnownParts): UrlReading {
  const swapped = reading.meant === undefined ? undefined : explainSwapped(reading.meant, policy, known);
  return swapped === undefined ? reading : { ...swapped, urlFaults: [...reading.urlFaults, ...swapped.urlFaults] };
}

/**
 * Reads a tenant's issuer of version 1.0 as mistaken where the statement's subjects are service connections', or where the
 * slash at its end is missing: managed identities and applications do have such tokens. Undefined if it is not
 * mistaken.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function explainFormer(url: string, { conditions }: Statement): UrlReading | undefined {
  const former = readFormerEntraIssuer(url);
  if (former === undefined) return undefined;
  const urls = [url, `login.microsoftonline.com/${former.tenantId}/v2.0`].map(one => one.toLowerCase());
  const isForConnections = conditions.some(condition => {
    const key = parseClaimKey(condition.key);
    if (key?.claim.toLowerCase() !== 'sub' || !urls.includes(key.prefix.toLowerCase())) return false;
    return isHard(condition) && condition.values.every(one => parseSubject(one).kind !== 'unknown');
  });
  if (isForConnections) {
    const meant = { kind: 'entra', tenantId: former.tenantId } as const;
    return { kind: 'entra', meant, urlFaults: ['it is the issuer of version 1.0 tokens'] };
  }
  if (url.endsWith('/')) return undefined;
  const urlFaults = ['it does not end with a slash, as the issuer of version 1.0 tokens does'];
  return { kind: 'entra-v1', meant: undefined, urlFaults };
}

const nobodysId = /^(?:0{8}-0{4}-0{4}-0{4}-0{12}|1{8}-1{4}-1{4}-1{4}-1{12}|12345678-.*)$/;

/** A GUID is the other one's where the policy or what is known says so. */
function explainSwapped(issuer: KnownIssuer, policy: TrustPolicy, known: KnownParts): UrlReading | undefined {
  const { kind } = issuer;
  const id = (issuer.kind === 'entra' ? issuer.tenantId : issuer.organizationId).toLowerCase();
  if (nobodysId.test(id)) {
    return { kind, meant: undefined, urlFaults: ['it has a placeholder instead of the ID'] };
  }
  const ids = listIds(policy, known);
  if (kind === 'azure-devops' && ids.tenants.has(id) && !ids.organizations.has(id)) {
    const [only, second] = [...ids.knownOrganizations];
    const meant = only === undefined || second !== undefined ? undefined : ({ kind, organizationId: only } as const);
    return { kind, meant, urlFaults: ["it has the tenant's ID instead of the organization's"] };
  }
  if (kind === 'entra' && ids.organizations.has(id) && !ids.tenants.has(id)) {
    const [only, second] = [...ids.knownTenants];
    const meant = only === undefined || second !== undefined ? undefined : ({ kind, tenantId: only } as const);
    return { kind, meant, urlFaults: ["it has the organization's ID instead of the tenant's"] };
  }
  return undefined;
}

/** The ids that are surely a tenant's or an organization's: those of known identities, and those within subjects. */
function listIds({ statements }: TrustPolicy, { identities }: KnownParts) {
  const subjects = statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ key, values }) => (nameClaim(key) === 'sub' ? values : [])),
  );
  const texts = [...subjects, ...identities.map(({ subject }) => subject)].filter(text => text.startsWith('/eid1/'));
  const read = texts.flatMap(text => {
    const subject = parseSubject(text);
    return subject.kind === 'connection-id' ? [subject] : [];
  });
  const issuers = identities.map(({ issuer }) => issuer);
  const knownTenants = new Set(issuers.flatMap(one => (one.kind === 'entra' ? [one.tenantId.toLowerCase()] : [])));
  const knownOrganizations = new Set(
    issuers.flatMap(one => (one.kind === 'azure-devops' ? [one.organizationId.toLowerCase()] : [])),
  );
  return {
    knownTenants,
    knownOrganizations,
    tenants: new Set([...knownTenants, ...read.map(({ tenantId }) => tenantId.toLowerCase())]),
    organizations: new Set([...knownOrganizations, ...read.map(({ organizationId }) => organizationId.toLowerCase())]),
  };
}

const azureDevOpsAddress = /^(?:dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com|[a-z0-9-]+\.dev\.azure\.com)$/;

function explainAzureDevOps(host: string, path: string, known: KnownParts): UrlReading | undefined {
  const reading = (fault: string, meant?: KnownIssuer): UrlReading => ({
    kind: 'azure-devops',
    meant,
    urlFaults: [fault],
  });
  if (host === 'vstoken.actions.githubusercontent.com') {
    return { ...reading("it is the former host of GitHub's issuer, which no longer signs tokens"), kind: undefined };
  }
  if (/^(?:app\.)?vstoken\.visualstudio\.com$/.test(host)) {
    const organizationId = trimSlashes(path);
    const meant = isGuid(organizationId) ? ({ kind: 'azure-devops', organizationId } as const) : undefined;
    return reading('it is a former host of the issuer, which is vstoken.dev.azure.com now', meant);
  }
  if (host === 'vstoken.dev.azure.com') return reading(explainId(path, 'organization'), findOrganization(path, known));
  if (azureDevOpsAddress.test(host)) return reading('it is an Azure DevOps address, not the issuer');
  return undefined;
}

/** The organization that a URL names, where it is the one that is known. */
function findOrganization(path: string, { identities }: KnownParts): KnownIssuer | undefined {
  const named = identities.find(({ issuer, subject }) => {
    const names = parseSubject(subject);
    if (issuer.kind !== 'azure-devops' || names.kind !== 'connection-name') return false;
    return names.organization.toLowerCase() === decodePercent(trimSlashes(path));
  });
  return named?.issuer;
}

function explainEntra(host: string, path: string): UrlReading | undefined {
  const reading = (fault: string, meant?: KnownIssuer): UrlReading => ({ kind: 'entra', meant, urlFaults: [fault] });
  const [tenant = ''] = path.split('/');
  const meant = isGuid(tenant) ? ({ kind: 'entra', tenantId: tenant } as const) : undefined;
  if (['login.windows.net', 'login.microsoft.com'].includes(host)) {
    return reading('it is another host of Microsoft Entra; its issuer is login.microsoftonline.com', meant);
  }
  if (host !== 'login.microsoftonline.com') return undefined;
  if (meant !== undefined) return reading("the tenant's ID is not followed by /v2.0", meant);
  if (/^(?:common|organizations|consumers)$/.test(tenant)) {
    return reading(`${tenant} is not a tenant: tokens contain the tenant's ID`);
  }
  return reading(explainId(tenant, 'tenant'));
}

function explainId(text: string, whose: 'organization' | 'tenant'): string {
  if (text === '' || text === '/') return `it lacks the ${whose}'s ID`;
  if (placeholder.test(text)) return `it has a placeholder instead of the ${whose}'s ID`;
  if (isGuid(text.split('/')[0] ?? '')) return `it contains more than the host and the ${whose}'s ID`;
  return `it has a name, "${text}", instead of the ${whose}'s ID`;
}
