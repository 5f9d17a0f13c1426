import { isGuid, readBase64UrlGuid, parseSubject } from '../../identity/issuer.ts';
import { isGithub } from '../oidc-provider.ts';
import { narrowToPrefix, showPattern } from '../pattern-overlap.ts';
import type { Pattern } from '../pattern.ts';
import { nameIssuer } from './known-issuers.ts';
import type { NamedProvider } from './scene.ts';

/** How a subject begins, and which issuers give such ones. */
interface Form {
  readonly starts: string;
  readonly words: string;
  /** The names of the issuers that are known by name; those that are not may give it, too. */
  readonly issuers: RegExp;
  /** Whether it is a form that only the issuers of service connections give. */
  readonly isOurs: boolean;
}

const form = (starts: string, words: string, issuers: RegExp, isOurs = false): Form => ({
  starts,
  words,
  issuers,
  isOurs,
});
const none = /^(?!)/;

/**
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 * @see https://docs.github.com/actions/reference/security/oidc
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
const forms: readonly Form[] = [
  form('sc://', 'it consists of names, as the Azure DevOps issuer writes it', none, true),
  form('p://', "it is a pipeline's subject from the Azure DevOps issuer", none, true),
  form('/eid1/', 'it consists of IDs, as the Microsoft Entra issuer writes it', none, true),
  form('repo:', 'it is a GitHub Actions subject', /^GitHub/),
  form('project_path:', 'it is a GitLab subject', /^GitLab/),
  form('system:serviceaccount:', 'it is the subject of a Kubernetes service account', /Kubernetes|EKS/),
];

/** Returns whether a subject or pattern has a form that only the issuers of service connections give. */
export function isFormOfOurs(text: string): boolean {
  return forms.some(({ starts, isOurs }) => isOurs && text.startsWith(starts));
}

/** Returns whose such a subject is, as far as its form says, in brackets; empty if nobody can tell. */
export function describeForm(text: string): string {
  if (/^sc:\/\/https?:\/\//i.test(text)) {
    return " (sc:// is followed by the names of organization, project and connection, not by the organization's URL or an ID)";
  }
  const subject = parseSubject(text);
  if (subject.kind === 'connection-id')
    return ` (it comes from the Microsoft Entra issuer of tenant ${subject.tenantId})`;
  if (isGuid(text)) return ' (it is an object ID, which Microsoft Entra uses for managed identities and applications)';
  if (text.startsWith('repo:github.com/')) return ' (GitHub writes repo:<owner>/<repository>:..., without the host)';
  const found = forms.find(({ starts }) => text.startsWith(starts));
  return found === undefined ? '' : ` (${found.words})`;
}

/** Returns whether a pattern, or an exact subject, is none that a provider's issuer ever gives: it matches nobody. */
export function isFormOfOther(pattern: Pattern, provider: NamedProvider): boolean {
  const text = showPattern(pattern);
  switch (provider.kind) {
    case 'azure-devops':
      return /^sc:\/\/https?:/i.test(text) || ['sc://', 'p://'].every(one => narrowToPrefix(pattern, one).length === 0);
    case 'entra':
      return !mayBeObject(text) && !mayBeConnection(pattern, provider);
    case 'entra-v1':
      return !mayBeObject(text);
    case undefined:
      return isOfOthers(text, provider.arn.url);
  }
}

/** A managed identity's subject is its object id, a user's is opaque. */
function mayBeObject(text: string): boolean {
  return !/[^\w*-]/.test(text);
}

function mayBeConnection(pattern: Pattern, { meant }: NamedProvider): boolean {
  const text = showPattern(pattern);
  if (narrowToPrefix(pattern, '/eid1/').length === 0 || /[^\w/*-]/.test(text)) return false;
  const tenant = readBase64UrlGuid(/^\/eid1\/c\/pub\/t\/([\w-]+)\//.exec(text)?.[1] ?? '');
  return tenant === undefined || meant?.kind !== 'entra' || tenant === meant.tenantId.toLowerCase();
}

/** GitHub writes `repo:<owner>/<repository>:...`, without a host. */
function isOfOthers(text: string, url: string): boolean {
  if (isGithub(url) && /^repo:[^:*]*\/[^:*]*\//.test(text)) return true;
  const found = forms.find(({ starts }) => text.startsWith(starts));
  if (found === undefined) return false;
  const name = nameIssuer(url)?.name;
  return found.isOurs || (name !== undefined && !found.issuers.test(name));
}
