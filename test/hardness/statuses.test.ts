import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { openSts } from '../../src/aws/sts.ts';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import type { HttpResponse } from '../../src/identity/http.ts';
import { judgeIdTokenResponse } from '../../src/identity/id-token.ts';
import { Secret } from '../../src/secret.ts';
import { sendError } from '../fakes/sts-answers.ts';
import { goodAnswer, hop } from './good-answer.ts';

type Judge = (response: HttpResponse) => Promise<unknown>;
type Expect = (status: number) => readonly [code: ErrorCode, retriable: boolean];

/** Those that have a name, the last, and every eleventh besides. */
const statuses = Array.from({ length: 300 }, (_, index) => 300 + index).filter(
  status => STATUS_CODES[status] !== undefined || status === 599 || status % 11 === 0,
);
const json = { 'content-type': 'application/json' };
const xml = { 'content-type': 'text/xml' };
const page = '<!DOCTYPE html><html><body>canary-of-a-page</body></html>';
const refusal = String(sendError({ status: 400, code: 'Odd', message: 'odd' }).body);

const askAzureDevOps: Judge = response =>
  Promise.resolve().then(() => judgeIdTokenResponse(response, '64171687-7a59-4fce-b2c8-823278dcf176', Date.now()));

const askSts: Judge = response => {
  const http = { send: () => Promise.resolve(response) };
  const sts = openSts({ endpoint: new URL('https://sts.eu-west-1.amazonaws.com'), region: 'eu-west-1', http });
  return sts.assumeRoleWithWebIdentity(hop, new Secret('id-token'));
};

function isServers(status: number): boolean {
  return status === 429 || status >= 500;
}

const ofAzureDevOps: Expect = status => {
  if (status < 400) return ['RedirectRefused', false];
  if (isServers(status)) return ['TokenServiceUnavailable', true];
  const own = { 401: 'TokenRequestUnauthorized', 403: 'TokenRequestForbidden', 404: 'ConnectionNotFound' } as const;
  return [Object.entries(own).find(([known]) => Number(known) === status)?.[1] ?? 'TokenRequestRejected', false];
};

const refusalOfSts: Expect = status => {
  if (status < 400) return ['RedirectRefused', false];
  if (status === 429) return ['StsThrottled', true];
  return status >= 500 ? ['StsUnavailable', true] : ['StsRequestRejected', false];
};

/** Whatever has no code of AWS in it was not said by AWS, unless a server in front of it is unwell. */
const strangerOfSts: Expect = status =>
  status < 400 || isServers(status) ? refusalOfSts(status) : ['StsAnswerUnreadable', false];

const rows: readonly (readonly [name: string, judge: Judge, answer: Omit<HttpResponse, 'status'>, expect: Expect])[] = [
  ['Azure DevOps, nothing', askAzureDevOps, { headers: {}, body: '' }, ofAzureDevOps],
  ['Azure DevOps, JSON', askAzureDevOps, { headers: json, body: '{"message":"odd"}' }, ofAzureDevOps],
  ['Azure DevOps, a token', askAzureDevOps, { headers: json, body: '{"oidcToken":"canary-a.b.c"}' }, ofAzureDevOps],
  ['Azure DevOps, a page', askAzureDevOps, { headers: { 'content-type': 'text/html' }, body: page }, ofAzureDevOps],
  ['Azure DevOps, a page called JSON', askAzureDevOps, { headers: json, body: page }, ofAzureDevOps],
  ['AWS STS, a refusal', askSts, { headers: xml, body: refusal }, refusalOfSts],
  ['AWS STS, nothing', askSts, { headers: {}, body: '' }, strangerOfSts],
  ['AWS STS, JSON', askSts, { headers: json, body: '{"message":"canary-json"}' }, strangerOfSts],
  ['AWS STS, a page', askSts, { headers: { 'content-type': 'text/html' }, body: page }, strangerOfSts],
];

describe('hardness/statuses', () => {
  for (const [name, judge, answer, expect] of rows) {
    it(`${name}: one code for each status, tried again only where it may pass`, async () => {
      for (const status of statuses) {
        const error = await findFailure(judge({ ...answer, status }), `status ${status}`);
        const [code, retriable] = expect(status);
        assert.deepEqual([error.code, error.retriable !== undefined], [code, retriable], `status ${status}`);
        assert.match(error.message, /^\w+: .+\n {2}Expected: .+\n {2}What to do: .+$/);
        if (status >= 400) assert.ok(error.message.includes(String(status)), error.message);
        assert.doesNotMatch(error.message, /canary/);
      }
    });
  }

  it('AWS STS, keys with a status that is none of success: no session', async () => {
    for (const status of statuses) {
      const error = await findFailure(askSts({ status, headers: xml, body: goodAnswer() }), `status ${status}`);
      assert.match(error.code, /^(?:RedirectRefused|Sts(?:RequestRejected|AnswerUnreadable|Unavailable|Throttled))$/);
      assert.doesNotMatch(error.message, /canary/);
    }
  });

  it('Azure DevOps, a token with a success that is not 200: no token', async () => {
    for (let status = 201; status < 300; status += 1) {
      const error = await findFailure(
        askAzureDevOps({ status, headers: json, body: '{"oidcToken":"canary-a.b.c"}' }),
        `status ${status}`,
      );
      // Azure DevOps answers 203 to whom it wants to sign in.
      assert.equal(error.code, status === 203 ? 'TokenSignInPage' : 'TokenRequestRejected');
    }
  });
});

async function findFailure(asked: Promise<unknown>, what: string): Promise<WifError> {
  try {
    await asked;
  } catch (thrown) {
    if (thrown instanceof WifError) return thrown;
    throw thrown;
  }
  return assert.fail(`${what} is no failure`);
}
