import type { AzureDevOpsError, Refusal } from '../../azure-devops/rest-error.ts';
import type { ProblemCode } from '../../problem.ts';
import { unfinished, type CliFailure } from '../terminal/failure.ts';

interface Words {
  readonly code: ProblemCode;
  readonly found: string;
  readonly remedy: string;
}

const unreadable: Words = {
  code: 'AzureDevOpsAnswerUnreadable',
  found: 'sent an answer that is none of its REST API',
  remedy: 'Check for a proxy or captive portal that answers in the place of Azure DevOps; then try again.',
};

const wrongToken: Words = {
  code: 'AzureDevOpsUnauthorized',
  found: 'did not accept the token in AZURE_DEVOPS_EXT_PAT',
  remedy:
    'See that the token is not expired and belongs to this organization; a personal access token needs the scope ' +
    '"Service Connections (Read)", an Entra token the resource 499b84ac-1321-427f-aa17-267ca6975798.',
};

const words: Readonly<Record<Refusal, Words>> = {
  unauthorized: wrongToken,
  'sign-in': { ...wrongToken, found: `answered with its sign-in page: it ${wrongToken.found}` },
  forbidden: {
    code: 'AzureDevOpsForbidden',
    found: 'knows the token but does not let it read this',
    remedy:
      'Give the token the scope "Service Connections (Read)" ("Project and Team (Read)" to look for a project), and its ' +
      'owner the role User or Reader of the service connection.',
  },
  'not-found': {
    code: 'OrganizationNotFound',
    found: 'knows no such address',
    remedy: "Check the organization's name in --organization-url.",
  },
  redirected: {
    code: 'AzureDevOpsAnswerUnreadable',
    found: 'answered with a redirect, which is not followed',
    remedy: 'Check --organization-url; a renamed organization has a new one.',
  },
  throttled: {
    code: 'AzureDevOpsUnavailable',
    found: 'asks to send fewer requests',
    remedy: 'Wait a few minutes and try again.',
  },
  rejected: {
    code: 'AzureDevOpsRejected',
    found: 'refused the request',
    remedy: 'Read its message; it names what it takes.',
  },
  unavailable: {
    code: 'AzureDevOpsUnavailable',
    found: 'failed',
    remedy: 'Try again; if the error persists, see status.dev.azure.com.',
  },
  'too-large': { ...unreadable, found: 'sent an answer of more than 1 MB' },
  unreadable,
};

/** Returns whether an error is the adapter's; its bundle has a class of its own, so the mark counts. */
export function isAzureDevOpsError(thrown: unknown): thrown is AzureDevOpsError {
  return thrown instanceof Error && 'service' in thrown && thrown.service === 'azure-devops';
}

/** Returns an answer that was not what was asked for in words. */
export function explainAzureDevOpsError(error: AzureDevOpsError, url: URL): CliFailure {
  const { code, found, remedy } = words[error.refusal];
  const said = error.said === undefined ? '' : ` It says: ${error.said}`;
  const status = error.status === 0 ? '' : ` (status ${error.status})`;
  return unfinished(
    {
      code,
      found: `${url.href} ${found}${status}.${said}`,
      expected: 'an answer of the Azure DevOps REST API.',
      remedy,
    },
    error,
  );
}
