import { WifError, type ErrorCode, type Retriable } from '../errors.ts';
import { Secret } from '../secret.ts';
import { readRetryAfter, redirected, type HttpRequest, type HttpResponse } from './http.ts';

/** Where and for which service connection an ID token is asked. */
export interface IdTokenQuery {
  readonly url: URL;
  readonly connectionId: string;
  readonly jobToken: Secret;
}

/**
 * Returns the one POST that asks Azure DevOps for a service connection's ID token. Without `serviceConnectionId` Azure
 * DevOps would answer with another identity (the pipeline's), so it is always there.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 */
export function buildIdTokenRequest(query: IdTokenQuery): HttpRequest {
  const url = new URL(query.url);
  // Azure DevOps reads query names in any letter case, so one that stands there already could win.
  url.search = '';
  url.searchParams.set('api-version', '7.1');
  url.searchParams.set('serviceConnectionId', query.connectionId);
  return {
    method: 'POST',
    url,
    headers: {
      authorization: `Bearer ${query.jobToken.reveal()}`,
      'content-type': 'application/json',
      accept: 'application/json',
      // Without it a token that is not accepted gets a redirect to a sign-in page instead of a 401.
      'x-tfs-fedauthredirect': 'Suppress',
    },
    body: '{}',
  };
}

/**
 * Returns the ID token in Azure DevOps' answer, or throws a WifError that says what the answer was. Only the `message`
 * or `value` of an error answer is shown, never a body.
 */
export function judgeIdTokenResponse(response: HttpResponse, connectionId: string, nowMs: number): Secret {
  if (response.status >= 300 && response.status < 400) throw redirected(response);
  if (isHtml(response) && !isUnavailable(response)) throw signInPage(response);
  const answer = parseAnswer(response.body);
  if (response.status !== 200) throw judgeRefusal(response, readMessage(answer), connectionId, nowMs);
  if (answer === undefined) throw unreadable();
  return readToken(answer, connectionId);
}

function readToken(answer: Record<string, unknown>, connectionId: string): Secret {
  const token = answer['oidcToken'];
  if (typeof token === 'string' && token !== '') return new Secret(token);
  const message = readMessage(answer);
  if (message !== undefined && notReferenced.test(message)) throw notReferencedError(message, connectionId);
  throw new WifError({
    code: 'TokenMissing',
    found: `Azure DevOps answered without an ID token${quote(message)}.`,
    expected: 'an answer that holds `oidcToken`.',
    remedy: `Open service connection ${connectionId} in Project settings and see that it uses workload identity federation and is not disabled; then run the job again.`,
  });
}

const notReferenced = /no explicit reference to service connection/i;

function judgeRefusal(
  response: HttpResponse,
  message: string | undefined,
  connectionId: string,
  nowMs: number,
): WifError {
  if (message !== undefined && notReferenced.test(message)) return notReferencedError(message, connectionId);
  const said = `Azure DevOps answered ${response.status}${quote(message)}`;
  switch (response.status) {
    case 401:
      return refusal('TokenRequestUnauthorized', `${said}: the job's access token was not accepted.`, unauthorized);
    case 403:
      return refusal('TokenRequestForbidden', `${said}: this job may not use service connection ${connectionId}.`, {
        expected: 'a job that is permitted to use the service connection.',
        remedy:
          'In the service connection, open Approvals and checks and Pipeline permissions, and permit this pipeline; do not open it to all pipelines.',
      });
    case 404:
      return refusal('ConnectionNotFound', `${said}: no service connection ${connectionId} for this job.`, {
        expected: 'an existing service connection that this stage names as an input of a task.',
        remedy:
          'Check in Project settings that the connection still exists and is shared with this project, and that the step names it directly.',
      });
    default:
      return judgeOther(response, said, nowMs);
  }
}

function judgeOther(response: HttpResponse, said: string, nowMs: number): WifError {
  if (isUnavailable(response)) {
    const retriable = { afterMs: readRetryAfter(response.headers, nowMs) };
    return refusal('TokenServiceUnavailable', `${said}.`, unavailable, retriable);
  }
  return refusal('TokenRequestRejected', `${said}.`, {
    expected: 'status 200 with an ID token.',
    remedy: 'Follow what Azure DevOps says; if it names nothing, look at status.dev.azure.com and run the job again.',
  });
}

const unauthorized = {
  expected: 'the access token of a running job.',
  remedy:
    'Run the job again. It happens in jobs that run longer than their access token lives (about a day) and in stages that are re-run after their connection changed.',
};

const unavailable = {
  expected: 'status 200 with an ID token.',
  remedy:
    'Look at status.dev.azure.com and run the job again; raise maxAttempts or timeoutSeconds if it happens often.',
};

function notReferencedError(message: string, connectionId: string): WifError {
  return refusal(
    'ConnectionNotReferenced',
    `Azure DevOps says${quote(message)}: this stage does not name service connection ${connectionId}.`,
    {
      expected: 'a task in the same stage that has the service connection as an input.',
      remedy:
        'Name the connection literally in serviceConnection in this very stage (also in each deployment job and template), not by a variable that is set at run time.',
    },
  );
}

function signInPage(response: HttpResponse): WifError {
  return refusal('TokenSignInPage', `Azure DevOps answered ${response.status} with an HTML page instead of JSON.`, {
    expected: 'JSON with an ID token; a page is what is sent when the job is not signed in, or by a proxy.',
    remedy:
      'Run the job again; if it stays, check that no proxy or firewall between the agent and Azure DevOps answers with a page of its own.',
  });
}

function unreadable(): WifError {
  return refusal('TokenAnswerUnreadable', 'Azure DevOps answered 200, but not with JSON that can be read.', {
    expected: 'JSON with an ID token.',
    remedy: 'Check that no proxy between the agent and Azure DevOps changes or cuts answers, and run the job again.',
  });
}

function refusal(
  code: ErrorCode,
  found: string,
  text: { readonly expected: string; readonly remedy: string },
  retriable?: Retriable,
): WifError {
  return new WifError({ code, found, ...text }, { retriable });
}

function isUnavailable(response: HttpResponse): boolean {
  return response.status === 429 || response.status >= 500;
}

function isHtml(response: HttpResponse): boolean {
  return /\bhtml\b/i.test(response.headers['content-type'] ?? '') || /^\s*<(?:!doctype|html)/i.test(response.body);
}

function parseAnswer(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readMessage(answer: Record<string, unknown> | undefined): string | undefined {
  const message = [answer?.['message'], answer?.['value']].find(item => typeof item === 'string' && item !== '');
  return typeof message === 'string' ? message : undefined;
}

function quote(message: string | undefined): string {
  return message === undefined ? '' : ` "${message}"`;
}
