import assert from 'node:assert/strict';
import type { ErrorCode, WifError } from '../../src/errors.ts';
import { redirected, type HttpResponse } from '../../src/identity/http.ts';
import { buildIdTokenRequest, judgeIdTokenResponse } from '../../src/identity/id-token.ts';
import { Secret } from '../../src/secret.ts';

const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const base = 'https://dev.azure.com/contoso/271e/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken';
const now = Date.UTC(2026, 9, 1, 12);

function build(url: string) {
  return buildIdTokenRequest({ url: new URL(url), connectionId, jobToken: new Secret('job-token') });
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: text };
}

function judge(response: HttpResponse): Secret {
  return judgeIdTokenResponse(response, connectionId, now);
}

const notReferenced = `There is no explicit reference to service connection ${connectionId} from current stage Deploy.Job.__default.`;
const page = '<!DOCTYPE html><html><body>Sign in canary-body</body></html>';
const html = { 'content-type': 'text/html; charset=utf-8' };

interface Refused {
  readonly name: string;
  readonly response: HttpResponse;
  readonly code: ErrorCode;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  {
    name: '401',
    response: answer(401, { message: 'TF400813: not authorized' }),
    code: 'TokenRequestUnauthorized',
    message: /401 "TF400813: not authorized"/,
  },
  {
    name: '403',
    response: answer(403, { message: 'no use permission' }),
    code: 'TokenRequestForbidden',
    message: /403 "no use permission"/,
  },
  {
    name: '404',
    response: answer(404, { message: 'not found' }),
    code: 'ConnectionNotFound',
    message: new RegExp(`404 "not found".*${connectionId}`),
  },
  {
    name: '400',
    response: answer(400, { message: 'No api-version was supplied' }),
    code: 'TokenRequestRejected',
    message: /400 "No api-version was supplied"/,
  },
  {
    name: '405',
    response: answer(405, { count: 1, value: 'method' }),
    code: 'TokenRequestRejected',
    message: /405 "method"/,
  },
  {
    name: '400 without a message',
    response: answer(400, 'canary-body'),
    code: 'TokenRequestRejected',
    message: /answered 400\./,
  },
  {
    name: 'a stage that does not name the connection (400)',
    response: answer(400, { message: notReferenced }),
    code: 'ConnectionNotReferenced',
    message: /this stage does not name/,
  },
  {
    name: 'a stage that does not name the connection (200)',
    response: answer(200, { count: 151, value: notReferenced }),
    code: 'ConnectionNotReferenced',
    message: /Deploy\.Job/,
  },
  {
    name: 'a stage that does not name the connection (404)',
    response: answer(404, { message: notReferenced }),
    code: 'ConnectionNotReferenced',
    message: /Deploy\.Job/,
  },
  { name: '200 without a token', response: answer(200, {}), code: 'TokenMissing', message: /without an ID token\./ },
  {
    name: '200 with a null token',
    response: answer(200, { oidcToken: null }),
    code: 'TokenMissing',
    message: /without an ID token/,
  },
  {
    name: '200 with an empty token',
    response: answer(200, { oidcToken: '' }),
    code: 'TokenMissing',
    message: /without an ID token/,
  },
  {
    name: '200 with a token that is no text',
    response: answer(200, { oidcToken: { a: 1 } }),
    code: 'TokenMissing',
    message: /without an ID token/,
  },
  {
    name: '200 with a message',
    response: answer(200, { count: 3, value: 'The connection is disabled' }),
    code: 'TokenMissing',
    message: /"The connection is disabled"/,
  },
  {
    name: '200 with a byte-order mark and without a token',
    response: answer(200, '\ufeff{}'),
    code: 'TokenMissing',
    message: /without an ID token\./,
  },
  { name: '200 with a list', response: answer(200, []), code: 'TokenMissing', message: /without an ID token/ },
  {
    name: '200 with null',
    response: answer(200, 'null'),
    code: 'TokenAnswerUnreadable',
    message: /not with readable JSON/,
  },
  {
    name: '200 with a text',
    response: answer(200, 'canary-body'),
    code: 'TokenAnswerUnreadable',
    message: /not with readable JSON/,
  },
  {
    name: '200 with nothing',
    response: answer(200, ''),
    code: 'TokenAnswerUnreadable',
    message: /not with readable JSON/,
  },
  {
    name: '200 with half a document',
    response: answer(200, '{"oidcToken":"canary-body'),
    code: 'TokenAnswerUnreadable',
    message: /not with readable JSON/,
  },
  {
    name: '203 with a sign-in page',
    response: answer(203, page, html),
    code: 'TokenSignInPage',
    message: /203 with an HTML page/,
  },
  {
    name: '200 with a page',
    response: answer(200, page, html),
    code: 'TokenSignInPage',
    message: /200 with an HTML page/,
  },
  {
    name: '200 with a page that claims to be JSON',
    response: answer(200, ` \n${page}`),
    code: 'TokenSignInPage',
    message: /HTML page/,
  },
  {
    name: '401 with a page',
    response: answer(401, page, html),
    code: 'TokenRequestUnauthorized',
    message: /401 with an HTML page.*: the job's access token was not accepted[^]*Run the job again/,
  },
  {
    name: '200 with an exception of a token that is not accepted',
    response: answer(200, { $id: '1', message: 'TF400813: no', typeKey: 'UnauthorizedRequestException' }),
    code: 'TokenRequestUnauthorized',
    message: /200 "TF400813: no"/,
  },
  {
    name: '200 with a wrapped exception of a connection that is not there',
    response: answer(200, {
      count: 1,
      value: { Message: 'No endpoint.', TypeKey: 'ServiceEndpointNotFoundException' },
    }),
    code: 'ConnectionNotFound',
    message: /200 "No endpoint\."/,
  },
  {
    name: 'a stage that does not name the connection (200, wrapped)',
    response: answer(200, { count: 1, value: { Message: notReferenced } }),
    code: 'ConnectionNotReferenced',
    message: /Deploy\.Job/,
  },
  {
    name: '403 with a page of Azure DevOps',
    response: answer(403, page, { ...html, 'x-tfs-serviceerror': 'TF1%3a+not+permitted', via: '1.1 squid' }),
    code: 'TokenRequestForbidden',
    message: /403 with an HTML page instead of JSON, "TF1: not permitted": this job may not use(?![^]*proxy)/,
  },
  {
    name: '403 with a page of a proxy',
    response: answer(403, '<html><title>Blocked</title></html>', { ...html, via: '1.1 squid' }),
    code: 'TokenRequestForbidden',
    message: /, "Blocked"\.\n[^]*the headers of a proxy \(via\): look for a proxy/,
  },
  {
    name: '403 with a page and none of the headers of Azure DevOps',
    response: answer(403, page, html),
    code: 'TokenRequestForbidden',
    message: /instead of JSON\.\n[^]*none of the headers of Azure DevOps[^]*look for a proxy/,
  },
  {
    name: '200 with a page of another server',
    response: answer(200, '<html><title>Welcome</title></html>', html),
    code: 'TokenSignInPage',
    message:
      /instead of JSON, "Welcome"\.\n(?![^]*was not accepted)[^]*What to do: The page may come from another server/,
  },
  {
    name: '203 without a page',
    response: answer(203, ''),
    code: 'TokenSignInPage',
    message: /answered 203: the job's access token was not accepted[^]*Run the job again/,
  },
  {
    name: '203 with a page of Azure DevOps',
    response: answer(203, page, { ...html, 'x-vss-e2eid': '1' }),
    code: 'TokenSignInPage',
    message:
      /the job's access token was not accepted[^]*Run the job again\. A job's access token is valid(?![^]*proxy)/,
  },
  { name: '202', response: answer(202, { message: 'accepted' }), code: 'TokenRequestRejected', message: /202/ },
];

const redirects = [
  { location: '\\\\token=canary', host: 'no valid host' },
  { location: 'https://[::1]:8443/canary', host: '[::1]:8443' },
  { location: 'https://login.microsoftonline.com/common/oauth2?token=canary', host: 'login.microsoftonline.com' },
  { location: 'https://user:canary@evil.example:8443/path', host: 'evil.example:8443' },
  { location: '/_signin?canary', host: 'the same host' },
  { location: '//evil.example/canary', host: 'evil.example' },
  { location: '', host: 'nowhere' },
  { location: 'https://', host: 'nowhere' },
  { location: '##vso[task.complete]canary', host: 'the same host' },
];

const unavailable = [
  { name: '429', response: answer(429, { message: 'slow down' }), afterMs: undefined },
  { name: '429 with Retry-After', response: answer(429, '', { 'retry-after': '7' }), afterMs: 7000 },
  {
    name: '429 with a Retry-After date',
    response: answer(429, '', { 'retry-after': 'Thu, 01 Oct 2026 12:00:02 GMT' }),
    afterMs: 2000,
  },
  { name: '500', response: answer(500, { message: 'oops' }), afterMs: undefined },
  { name: '502 with a page', response: answer(502, page, html), afterMs: undefined },
  { name: '503', response: answer(503, '', { 'retry-after': '1' }), afterMs: 1000 },
  { name: '504', response: answer(504, ''), afterMs: undefined },
];

describe('identity/id-token', () => {
  describe('buildIdTokenRequest', () => {
    it('is one POST with the job token, for this service connection', () => {
      const request = build(base);
      assert.equal(request.method, 'POST');
      assert.equal(request.url.href, `${base}?api-version=7.1&serviceConnectionId=${connectionId}`);
      assert.deepEqual(request.headers, {
        authorization: 'Bearer job-token',
        'content-type': 'application/json',
        accept: 'application/json',
        'x-tfs-fedauthredirect': 'Suppress',
      });
      assert.equal(request.body, '{}');
    });

    const queries = [
      'serviceConnectionId=11111111-1111-1111-1111-111111111111',
      'serviceConnectionId=&serviceConnectionId=11111111-1111-1111-1111-111111111111',
      // Azure DevOps reads the names of query parameters in any letter case.
      'ServiceConnectionId=11111111-1111-1111-1111-111111111111',
      'SERVICECONNECTIONID=11111111-1111-1111-1111-111111111111&API-VERSION=1.0',
      'api-version=1.0',
    ];
    for (const query of queries) {
      it(`names only this service connection, though System.OidcRequestUri ends in ?${query}`, () => {
        const parameters = [...build(`${base}?${query}`).url.searchParams].map(([name, value]) => [
          name.toLowerCase(),
          value,
        ]);
        const named = parameters.filter(([name]) => name === 'serviceconnectionid' || name === 'api-version');
        assert.deepEqual(named.sort(), [
          ['api-version', '7.1'],
          ['serviceconnectionid', connectionId],
        ]);
      });
    }

    it('leaves the URL that it was given as it was', () => {
      const url = new URL(base);
      buildIdTokenRequest({ url, connectionId, jobToken: new Secret('job-token') });
      assert.equal(url.href, base);
    });
  });

  describe('judgeIdTokenResponse', () => {
    it('returns the token as a secret', () => {
      const token = judge(answer(200, { oidcToken: 'header.payload.signature' }));
      assert.equal(token.reveal(), 'header.payload.signature');
      assert.equal(String(token), '***');
    });

    it('reads an answer with a byte-order mark', () => {
      assert.equal(
        judge(answer(200, '\ufeff{"oidcToken":"header.payload.signature"}')).reveal(),
        'header.payload.signature',
      );
    });

    for (const { name, response, code, message } of refused) {
      it(`gives ${code} for ${name}, not to be tried again`, () => {
        assert.throws(
          () => judge(response),
          (error: WifError) => {
            assert.equal(error.code, code);
            assert.match(error.message, message);
            assert.equal(error.retriable, undefined);
            assert.doesNotMatch(error.message, /canary/);
            return true;
          },
        );
      });
    }

    for (const { name, response, afterMs } of unavailable) {
      it(`gives TokenServiceUnavailable for ${name}, to be tried again`, () => {
        assert.throws(() => judge(response), {
          code: 'TokenServiceUnavailable',
          message: new RegExp(`answered ${response.status}`),
          retriable: { afterMs },
        });
      });
    }

    it('names a proxy that answers 502 with a page of its own', () => {
      assert.throws(() => judge(answer(502, '<html><title>ERROR</title></html>', { ...html, via: '1.1 squid' })), {
        code: 'TokenServiceUnavailable',
        message: /What to do: The page may come from another server, as it has the headers of a proxy \(via\)/,
      });
    });

    const reasons = [
      {
        name: 'says why',
        body: { message: 'The service connection is disabled.' },
        remedy: /If Azure DevOps's message/,
      },
      { name: 'says nothing', body: {}, remedy: /What to do: Check status/ },
    ];
    for (const { name, body, remedy } of reasons) {
      it(`points at the message of a 500 that ${name}`, () => {
        assert.throws(() => judge(answer(500, body)), { code: 'TokenServiceUnavailable', message: remedy });
      });
    }

    it('makes no token of a refusal that holds one', () => {
      assert.throws(() => judge(answer(403, { oidcToken: 'header.canary.signature' })), {
        code: 'TokenRequestForbidden',
        message: /403: this/,
      });
    });

    it('shows a hostile message as one harmless line', () => {
      const message = 'a\n##vso[task.setvariable variable=AWS_REGION]mars';
      assert.throws(
        () => judge(answer(400, { message })),
        (error: WifError) => !/##vso\[|a\n/.test(error.message),
      );
    });
  });

  describe("a 3xx is a failure that names only the Location's host", () => {
    for (const status of [301, 302, 303, 304, 307, 308]) {
      it(`refuses ${status}`, () => {
        const response = answer(status, '', { location: 'https://evil.example/a' });
        assert.throws(() => judge(response), {
          code: 'RedirectRefused',
          message: new RegExp(`${status}\\) to evil\\.example;`),
          retriable: undefined,
        });
      });
    }

    for (const { location, host } of redirects) {
      it(`names ${host} for ${location}`, () => {
        const error = redirected(answer(302, page, { location, ...html }));
        assert.ok(error.message.includes(`to ${host};`), error.message);
        assert.doesNotMatch(error.message, /canary|##vso\[/);
      });
    }

    it('refuses a redirect without a Location', () => {
      assert.throws(() => judge(answer(302, page, html)), { code: 'RedirectRefused', message: /not followed/ });
    });
  });
});
