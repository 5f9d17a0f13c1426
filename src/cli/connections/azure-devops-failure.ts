import type { AzureDevOpsError, Refusal } from '../../azure-devops/rest-records.ts';
import type { ProblemCode } from '../../problem.ts';
import { unfinished, type CliFailure } from '../terminal/failure.ts';

interface Words {
  readonly code: ProblemCode;
  readonly found: string;
  readonly remedy: string;
}

const unreadable: Words = {
  code: 'AzureDevOpsAnswerUnreadable',
  found: 'returned something that is not a REST API response',
  remedy: 'Check for a proxy or captive portal answering in place of Azure DevOps, then try again.',
};

const wrongToken: Words = {
  code: 'AzureDevOpsUnauthorized',
  found: 'did not accept the token in AZURE_DEVOPS_EXT_PAT',
  remedy:
    'Check that the token has not expired and belongs to this organization. A personal access token needs the scope ' +
    '"Service Connections (Read)"; an Entra token needs the resource 499b84ac-1321-427f-aa17-267ca6975798.',
};

const words: Readonly<Record<Refusal, Words>> = {
  unauthorized: wrongToken,
  'sign-in': { ...wrongToken, found: `answered with its sign-in page: it ${wrongToken.found}` },
  forbidden: {
    code: 'AzureDevOpsForbidden',
    found: 'accepted the token but denied access',
    remedy:
      'Give the token the scope "Service Connections (Read)" (to look up a project, "Project and Team (Read)"), and give ' +
      'its owner the Reader or User role on the service connection.',
  },
  'not-found': {
    code: 'OrganizationNotFound',
    found: 'found no such address',
    remedy: "Check the organization's name in --organization-url.",
  },
  redirected: {
    code: 'AzureDevOpsAnswerUnreadable',
    found: 'answered with a redirect, which is not followed',
    remedy: 'Check --organization-url; a renamed organization has a new one.',
  },
  throttled: {
    code: 'AzureDevOpsUnavailable',
    found: 'is throttling requests',
    remedy: 'Wait a few minutes and try again.',
  },
  rejected: {
    code: 'AzureDevOpsRejected',
    found: 'rejected the request',
    remedy: 'Correct what its message names.',
  },
  unavailable: {
    code: 'AzureDevOpsUnavailable',
    found: 'failed',
    remedy: 'Try again; if the error persists, see status.dev.azure.com.',
  },
  'too-large': { ...unreadable, found: 'returned more than 1 MB' },
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
      expected: 'a response from the Azure DevOps REST API.',
      remedy,
    },
    error,
  );
}
