import { WifError, type ErrorCode, type Retriable } from '../errors.ts';
import { Secret } from '../secret.ts';
import { readRetryAfter, redirected, type HttpRequest, type HttpResponse } from './http.ts';
import { readReason, type ServiceReason } from './service-reason.ts';
import { isRecord, parseMarkedJson } from '../json.ts';

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
 * Returns the ID token in Azure DevOps' answer, or throws a WifError that says what the answer was. The status decides,
 * whether a page or JSON came with it; an error that came with status 200 is judged by its exception. Of an error only
 * its own message is shown, never a body.
 */
export function judgeIdTokenResponse(response: HttpResponse, connectionId: string, nowMs: number): Secret {
  const { status } = response;
  if (status >= 300 && status < 400) throw redirected(response);
  const reason = readReason(response);
  const token = status === 200 && !reason.isPage ? readToken(response.body) : undefined;
  if (token !== undefined) return token;
  if (reason.message !== undefined && notReferenced.test(reason.message)) {
    throw notReferencedError(reason.message, connectionId);
  }
  const meant = status === 200 ? (statusOf(reason.exception) ?? 200) : status;
  throw judgeRefusal({ ...response, status: meant }, describeAnswer(status, reason), reason, { connectionId, nowMs });
}

function readToken(body: string): Secret | undefined {
  const answer = parseMarkedJson(body);
  const token = isRecord(answer) ? answer['oidcToken'] : undefined;
  return typeof token === 'string' && token !== '' ? new Secret(token) : undefined;
}

const notReferenced = /no explicit reference to service connection/i;

/** What an exception that came with status 200 should have come with. */
function statusOf(exception = ''): number | undefined {
  if (/unauthorized/i.test(exception)) return 401;
  if (/accessdenied|forbidden|accesscheck/i.test(exception)) return 403;
  if (/(?:endpoint|connection)\w{0,100}notfound/i.test(exception)) return 404;
  return undefined;
}

function describeAnswer(status: number, { isPage, message }: ServiceReason): string {
  return `Azure DevOps answered ${status}${isPage ? ' with an HTML page instead of JSON,' : ''}${quote(message)}`.replace(
    /,$/,
    '',
  );
}

interface Asked {
  readonly connectionId: string;
  readonly nowMs: number;
}

function judgeRefusal(response: HttpResponse, said: string, reason: ServiceReason, asked: Asked): WifError {
  const { connectionId } = asked;
  switch (response.status) {
    case 401:
      return refusal('TokenRequestUnauthorized', `${said}: the job's access token was not accepted.`, {
        expected: "a running job's access token.",
        remedy: `${runAgain}${blameStranger(reason)}`,
      });
    case 403:
      return refusal(
        'TokenRequestForbidden',
        `${said}${claim(`this job may not use service connection ${connectionId}`, reason)}.`,
        {
          expected: 'a job that may use the service connection.',
          remedy: withStranger(
            'In the service connection, check Approvals and checks, and grant this pipeline access under Pipeline permissions. Do not open it to all pipelines.',
            reason,
          ),
        },
      );
    case 404:
      return refusal(
        'ConnectionNotFound',
        `${said}${claim(`no service connection ${connectionId} for this job`, reason)}.`,
        {
          expected: 'an existing service connection that is the input of a task in this stage.',
          remedy: withStranger(
            'Check in Project settings that the connection still exists and is shared with this project, and that the step names it directly.',
            reason,
          ),
        },
      );
    case 200:
      return judgeWithoutToken(response, said, reason, asked);
    default:
      return judgeOther(response, said, reason, asked);
  }
}

function judgeWithoutToken(response: HttpResponse, said: string, reason: ServiceReason, asked: Asked): WifError {
  if (reason.isPage) return signInPage(said, reason);
  const answer = parseMarkedJson(response.body);
  if (typeof answer !== 'object' || answer === null) return unreadable();
  return refusal('TokenMissing', `Azure DevOps answered without an ID token${quote(reason.message)}.`, {
    expected: 'a response that contains `oidcToken`.',
    remedy: `Open service connection ${asked.connectionId} in Project settings and check that it uses workload identity federation and is not disabled; then run the job again.`,
  });
}

function judgeOther(response: HttpResponse, said: string, reason: ServiceReason, { nowMs }: Asked): WifError {
  if (response.status === 203) return signInPage(said, reason);
  if (isUnavailable(response)) {
    const retriable = { afterMs: readRetryAfter(response.headers, nowMs) };
    const { expected } = unavailable;
    const remedy = reason.isPage || reason.message === undefined ? unavailable.remedy : followMessage;
    return refusal(
      'TokenServiceUnavailable',
      `${said}.`,
      { expected, remedy: withStranger(remedy, reason) },
      retriable,
    );
  }
  return refusal('TokenRequestRejected', `${said}.`, {
    expected: 'status 200 with an ID token.',
    remedy: withStranger(
      "Follow Azure DevOps's message; if it names no cause, check status.dev.azure.com and run the job again.",
      reason,
    ),
  });
}

/** The refresh helper shows it too, and may run hours after the step. */
const runAgain =
  "Run the job again. A job's access token is valid as long as the job, at most about a day; after that, nothing in the job can get an ID token, so split longer work into several jobs. This also happens in stages that are rerun after their connection changed.";

/** What a status means holds only where Azure DevOps itself sent it. */
function claim(meaning: string, reason: ServiceReason): string {
  return blameStranger(reason) === '' ? `: ${meaning}` : '';
}

/** A page of a proxy has nothing to do with the service connection, so it is spoken of first. */
function withStranger(remedy: string, reason: ServiceReason): string {
  const blame = blameStranger(reason);
  return blame === '' ? remedy : `${blame.trim()} Otherwise: ${remedy}`;
}

/** A proxy is suspected only where the answer itself gives a reason to. */
function blameStranger({ isPage, stranger }: ServiceReason): string {
  if (!isPage || stranger === undefined) return '';
  return ` The page may come from another server, as ${stranger}: look for a proxy or firewall between the agent and Azure DevOps.`;
}

const unavailable = {
  expected: 'status 200 with an ID token.',
  remedy: 'Check status.dev.azure.com and run the job again; raise maxAttempts or timeoutSeconds if it happens often.',
};

/** Azure DevOps answers 500 to what will not pass, too: its own message is worth more than the status. */
const followMessage = `If Azure DevOps's message names a cause, remove it. Otherwise: ${unavailable.remedy}`;

function notReferencedError(message: string, connectionId: string): WifError {
  return refusal(
    'ConnectionNotReferenced',
    `Azure DevOps says${quote(message)}: this stage does not name service connection ${connectionId}.`,
    {
      expected: 'a task in the same stage that has the service connection as an input.',
      remedy:
        'Name the connection literally in serviceConnection (or azureDevOpsConnection) in this stage (also in each deployment job and template), not by a variable that is set at run time.',
    },
  );
}

/** Azure DevOps sends its sign-in page with 203; a page with 200 that it did not mark is more likely another server's. */
function signInPage(said: string, reason: ServiceReason): WifError {
  const expected = 'JSON with an ID token.';
  if (said.includes('answered 200') && blameStranger(reason) !== '')
    return refusal('TokenSignInPage', `${said}.`, { expected, remedy: withStranger(runAgain, reason) });
  return refusal('TokenSignInPage', `${said}: the job's access token was not accepted.`, {
    expected,
    remedy: `${runAgain}${blameStranger(reason)}`,
  });
}

function unreadable(): WifError {
  return refusal('TokenAnswerUnreadable', 'Azure DevOps answered 200, but not with readable JSON.', {
    expected: 'JSON with an ID token.',
    remedy:
      'Check that no proxy between the agent and Azure DevOps changes or truncates responses, and run the job again.',
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

function quote(message: string | undefined): string {
  return message === undefined ? '' : ` "${message}"`;
}
