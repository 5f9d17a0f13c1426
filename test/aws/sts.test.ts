import assert from 'node:assert/strict';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { openSts, rehearseSts } from '../../src/aws/sts.ts';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/identity/http.ts';
import { Secret } from '../../src/secret.ts';
import type { HopTerms } from '../../src/session/goal.ts';
import { plantEnvironment } from './hostile-environment.ts';

const token = 'canaryheader.canarypayload.canarysignature';
const idToken = new Secret(token);
const request: HopTerms = {
  role: {
    text: 'arn:aws:iam::111111111111:role/teams/net/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/teams/net/',
    name: 'deploy',
  },
  roleSessionName: 'infra-main-4711-1',
  durationSeconds: 3600,
  policy: undefined,
  policyArns: [],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};
const endpoint = 'https://sts.eu-west-1.amazonaws.com';

const success = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Audience>api://AzureADTokenExchange</Audience>
    <AssumedRoleUser>
      <AssumedRoleId>AROACANARY:infra-main-4711-1</AssumedRoleId>
      <Arn>arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1</Arn>
    </AssumedRoleUser>
    <Provider>arn:aws:iam::111111111111:oidc-provider/vstoken.dev.azure.com/x</Provider>
    <Credentials>
      <AccessKeyId>ASIACANARY0000000000</AccessKeyId>
      <SecretAccessKey>canary/secret+access&amp;key</SecretAccessKey>
      <SessionToken>canary-session-token==</SessionToken>
      <Expiration>2026-10-01T13:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;

function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>1</RequestId>
</ErrorResponse>`;
}

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body };
}

function open(http: Http, url = endpoint) {
  return openSts({ endpoint: new URL(url), region: 'eu-west-1', http });
}

/** The one request that is sent. */
async function record(change: Partial<HopTerms> = {}, url = endpoint): Promise<HttpRequest> {
  const sent: HttpRequest[] = [];
  const http: Http = {
    send: asked => {
      sent.push(asked);
      return Promise.resolve(answer(200, success));
    },
  };
  await open(http, url).assumeRoleWithWebIdentity({ ...request, ...change }, idToken);
  const [only, ...more] = sent;
  assert.ok(only !== undefined && more.length === 0, 'not one request');
  return only;
}

/** A request without what is another in every one. */
function comparable({ method, url, headers, body }: HttpRequest): unknown {
  return { method, url: url.href, headers: { ...headers, 'amz-sdk-invocation-id': '' }, body };
}

/** The failure of an answer; no failure may show the token, the body's keys or what else is in the body. */
async function failureOf(response: HttpResponse): Promise<WifError> {
  const http: Http = { send: () => Promise.resolve(response) };
  const thrown: unknown = await open(http)
    .assumeRoleWithWebIdentity(request, idToken)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  assert.ok(thrown instanceof WifError, `no WifError: ${String(thrown)}`);
  assert.doesNotMatch(inspect(thrown, { depth: 9 }), /canary/i);
  return thrown;
}

interface Refusal {
  readonly wire: string;
  readonly status: number;
  readonly message: string;
  readonly code: ErrorCode;
}

/** Every error that the STS reference names for this action, the common ones included, by its code on the wire. */
const final: readonly Refusal[] = [
  {
    wire: 'AccessDenied',
    status: 403,
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    code: 'StsAccessDenied',
  },
  {
    wire: 'InvalidIdentityToken',
    status: 400,
    message: 'No OpenIDConnect provider found in your account for https://x',
    code: 'StsProviderMissing',
  },
  { wire: 'InvalidIdentityToken', status: 400, message: 'Incorrect token audience', code: 'StsAudienceRefused' },
  {
    wire: 'InvalidIdentityToken',
    status: 400,
    message: 'The ID Token provided is not a valid JWT',
    code: 'StsTokenInvalid',
  },
  { wire: 'ExpiredTokenException', status: 400, message: 'Token expired', code: 'StsTokenExpired' },
  { wire: 'IDPRejectedClaim', status: 403, message: 'rejected', code: 'StsClaimRejected' },
  { wire: 'MalformedPolicyDocument', status: 400, message: 'Syntax errors in policy.', code: 'StsPolicyMalformed' },
  { wire: 'PackedPolicyTooLarge', status: 400, message: 'Packed policy consumes 120%', code: 'StsPolicyTooLarge' },
  {
    wire: 'RegionDisabledException',
    status: 403,
    message: 'STS is not activated in this region',
    code: 'StsRegionDisabled',
  },
  {
    wire: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration',
    code: 'StsDurationRefused',
  },
  { wire: 'ValidationError', status: 400, message: '1 validation error detected', code: 'StsRequestRejected' },
  { wire: 'InvalidAction', status: 400, message: 'Could not find operation', code: 'StsRequestRejected' },
  { wire: 'SomethingNew', status: 400, message: 'new', code: 'StsRequestRejected' },
  { wire: 'constructor', status: 400, message: 'new', code: 'StsRequestRejected' },
];

const passing: readonly Refusal[] = [
  {
    wire: 'InvalidIdentityToken',
    status: 400,
    message: "Couldn't retrieve verification key from your identity provider",
    code: 'StsKeyUnavailable',
  },
  {
    wire: 'IDPCommunicationError',
    status: 400,
    message: 'could not be reached',
    code: 'StsIdentityProviderUnreachable',
  },
  { wire: 'Throttling', status: 400, message: 'Rate exceeded', code: 'StsThrottled' },
  { wire: 'ThrottlingException', status: 400, message: 'Rate exceeded', code: 'StsThrottled' },
  { wire: 'RequestLimitExceeded', status: 503, message: 'Rate exceeded', code: 'StsThrottled' },
  { wire: 'InternalFailure', status: 500, message: 'oops', code: 'StsUnavailable' },
  { wire: 'ServiceUnavailable', status: 503, message: 'oops', code: 'StsUnavailable' },
];

const html = '<!DOCTYPE html><html><body>canary-body</body></html>';
const doctype = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${success}`;

const unreadable = [
  { name: '200 with nothing', response: answer(200, '') },
  { name: '200 with white space', response: answer(200, ' \n ') },
  { name: '200 with a page', response: answer(200, html, { 'content-type': 'text/html' }) },
  { name: '200 with a page that claims to be XML', response: answer(200, html) },
  { name: '200 with JSON', response: answer(200, '{"AccessKeyId":"ASIACANARY"}') },
  { name: '200 with half the XML', response: answer(200, success.slice(0, 600)) },
  { name: '200 with a document type', response: answer(200, doctype) },
  {
    name: '200 with a document type in small letters',
    response: answer(200, doctype.replaceAll('DOCTYPE', 'doctype').replaceAll('ENTITY', 'entity')),
  },
  {
    name: '400 with a document type',
    response: answer(400, `<?xml version="1.0"?><!DOCTYPE a>${errorXml('AccessDenied', 'canary')}`),
  },
  { name: '400 with a page', response: answer(400, html) },
  { name: '403 of a proxy', response: answer(403, 'canary-body: blocked', { 'content-type': 'text/plain' }) },
  { name: '404 with nothing', response: answer(404, '') },
];

const unavailable = [
  { name: '500 with nothing', response: answer(500, ''), afterMs: undefined },
  { name: '502 with a page', response: answer(502, html), afterMs: undefined },
  { name: '503 with Retry-After', response: answer(503, 'canary-body', { 'retry-after': '7' }), afterMs: 7000 },
  { name: '503 with a document type', response: answer(503, doctype), afterMs: undefined },
];

describe('aws/sts', () => {
  describe('the request', () => {
    it('is one POST of AssumeRoleWithWebIdentity to the endpoint, in the form of the STS query API', async () => {
      const { method, url, headers, body } = await record();
      assert.equal(method, 'POST');
      assert.equal(url.href, `${endpoint}/`);
      assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
      assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: request.role.text,
        RoleSessionName: request.roleSessionName,
        WebIdentityToken: token,
        DurationSeconds: '3600',
      });
    });

    it('is not signed', async () => {
      const { headers } = await record();
      const names = Object.keys(headers).map(name => name.toLowerCase());
      for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256']) {
        assert.ok(!names.includes(name), name);
      }
    });

    it('holds the token in its body only', async () => {
      const { url, headers } = await record();
      assert.doesNotMatch(`${url.href} ${JSON.stringify(headers)}`, /canary/);
    });

    it('carries the session policies', async () => {
      const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111111111111:policy/a+b'];
      const policy = '{"Statement":[{"Resource":"a&b=ü"}]}';
      const body = new URLSearchParams((await record({ policy, policyArns, durationSeconds: 900 })).body);
      assert.equal(body.get('Policy'), policy);
      assert.equal(body.get('PolicyArns.member.1.arn'), policyArns[0]);
      assert.equal(body.get('PolicyArns.member.2.arn'), policyArns[1]);
      assert.equal(body.get('PolicyArns.member.3.arn'), null);
      assert.equal(body.get('DurationSeconds'), '900');
    });

    for (const url of [
      'http://127.0.0.1:8080/',
      'http://[::1]:8080/',
      'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com/',
      'https://sts.contoso.example:8443/',
    ]) {
      it(`goes to ${url}`, async () => {
        assert.equal((await record({}, url)).url.href, url);
      });
    }

    it('goes where it is told to, whatever a value in it looks like', async () => {
      const sent = await record({
        role: { ...request.role, text: 'https://evil.example/@' },
        roleSessionName: '?#@evil.example',
      });
      assert.equal(sent.url.href, `${endpoint}/`);
    });
  });

  describe('with a hostile environment and a hostile ~/.aws/config no request is changed and no metadata call made', () => {
    const environment = plantEnvironment();
    let plain: unknown;

    before(async () => {
      plain = comparable(await record());
      await environment.begin();
    });

    const files = [
      { name: 'in the home folder', file: () => undefined },
      { name: 'named by AWS_CONFIG_FILE', file: () => environment.configFile() },
      { name: 'that does not exist', file: () => join(environment.folder(), 'nothing') },
      { name: 'that is a folder', file: () => environment.folder() },
    ];
    for (const { name, file } of files) {
      it(`with a config file ${name}`, async () => {
        const path = file();
        if (path !== undefined) environment.plant({ AWS_CONFIG_FILE: path, AWS_SHARED_CREDENTIALS_FILE: path });
        assert.deepEqual(comparable(await record()), plain);
        assert.deepEqual(environment.asked, []);
      });
    }

    it('with the variables of AWS Lambda and X-Ray', async () => {
      environment.plant({ AWS_LAMBDA_FUNCTION_NAME: 'planted', _X_AMZN_TRACE_ID: 'Root=1-planted' });
      assert.deepEqual(comparable(await record()), plain);
    });
  });

  describe('the answer', () => {
    for (const [name, body] of [
      ['as STS writes it', success],
      ['after an XML declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${success}`],
      ['after white space', `\n  ${success}`],
      ['on one line', success.replace(/>\s+</g, '><')],
    ] as const) {
      it(`is read ${name}`, async () => {
        const read = await open({ send: () => Promise.resolve(answer(200, body)) }).assumeRoleWithWebIdentity(
          request,
          idToken,
        );
        assert.deepEqual(read, {
          accessKeyId: 'ASIACANARY0000000000',
          secretAccessKey: 'canary/secret+access&key',
          sessionToken: 'canary-session-token==',
          expiration: new Date('2026-10-01T13:00:00Z'),
          assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1',
        });
      });
    }

    for (const part of ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'Arn']) {
      it(`is read without ${part}, which is then missing, not made up`, async () => {
        const body = success.replace(new RegExp(`<${part}>[^<]*</${part}>`), '');
        const read = await open({ send: () => Promise.resolve(answer(200, body)) }).assumeRoleWithWebIdentity(
          request,
          idToken,
        );
        assert.equal(Object.values(read).filter(value => value === undefined).length, 1);
      });
    }
  });

  for (const { wire, status, message, code } of final) {
    it(`gives ${code} for ${wire} "${message}", not to be tried again`, async () => {
      const error = await failureOf(answer(status, errorXml(wire, message), { 'retry-after': '3' }));
      assert.equal(error.code, code);
      assert.ok(error.message.includes(message) && error.message.includes(String(status)), error.message);
      assert.equal(error.retriable, undefined);
    });
  }

  for (const { wire, status, message, code } of passing) {
    it(`gives ${code} for ${wire} (${status}) "${message}", to be tried again when it is asked to`, async () => {
      const error = await failureOf(answer(status, errorXml(wire, message), { 'retry-after': '3' }));
      assert.equal(error.code, code);
      assert.ok(error.message.includes(message), error.message);
      assert.deepEqual(error.retriable, { afterMs: 3000 });
    });
  }

  it('names the code of an error as AWS documents it', async () => {
    for (const { wire, status, message } of [...final, ...passing]) {
      const { message: shown } = await failureOf(answer(status, errorXml(wire, message)));
      assert.ok(shown.includes(`${wire} (${status})`), `${shown} lacks ${wire}`);
    }
  });

  for (const { name, response } of unreadable) {
    it(`gives StsAnswerUnreadable for ${name}, not to be tried again`, async () => {
      const error = await failureOf(response);
      assert.equal(error.code, 'StsAnswerUnreadable');
      assert.match(error.message, new RegExp(`status ${response.status}`));
      assert.equal(error.retriable, undefined);
    });
  }

  for (const { name, response, afterMs } of unavailable) {
    it(`gives StsUnavailable for ${name}, to be tried again`, async () => {
      const error = await failureOf(response);
      assert.equal(error.code, 'StsUnavailable');
      assert.match(error.message, new RegExp(String(response.status)));
      assert.deepEqual(error.retriable, { afterMs });
    });
  }

  it('gives StsThrottled for 429 without XML, to be tried again when it is asked to', async () => {
    const error = await failureOf(answer(429, 'canary-body', { 'retry-after': '2' }));
    assert.equal(error.code, 'StsThrottled');
    assert.match(error.message, /429/);
    assert.deepEqual(error.retriable, { afterMs: 2000 });
  });

  describe("a 3xx is a failure that names only the Location's host", () => {
    const location = 'https://evil.example:8443/canary?canary';
    const bodies = [
      { name: 'nothing', body: '' },
      { name: 'a page', body: html },
      { name: "an error's XML", body: errorXml('TemporaryRedirect', 'canary') },
      { name: 'credentials', body: success },
    ];
    for (const { name, body } of bodies) {
      it(`where it brings ${name}`, async () => {
        const error = await failureOf(answer(307, body, { location }));
        assert.equal(error.code, 'RedirectRefused');
        assert.match(error.message, /\(307\) to evil\.example:8443; it was not followed/);
        assert.equal(error.retriable, undefined);
      });
    }
  });

  describe('an error shows neither the token nor the body', () => {
    const bodies = [
      {
        name: 'an error that quotes the token',
        response: answer(400, errorXml('ValidationError', `Value '${token}' at 'webIdentityToken' failed`)),
      },
      {
        name: 'an error that quotes the token at length',
        response: answer(400, errorXml('ValidationError', `${'x'.repeat(1890)}${token}`)),
      },
      { name: 'credentials with status 400', response: answer(400, success) },
      { name: 'credentials with status 500', response: answer(500, success) },
      {
        name: 'an error without code',
        response: answer(400, '<ErrorResponse><Error><Detail>canary</Detail></Error></ErrorResponse>'),
      },
      { name: 'some other XML', response: answer(400, '<?xml version="1.0"?><html>canary-body</html>') },
      { name: 'broken XML', response: answer(400, '<ErrorResponse><Error>canary-body') },
    ];
    for (const { name, response } of bodies) {
      it(`of ${name}`, async () => {
        assert.match((await failureOf(response)).code, /^Sts/);
      });
    }
  });

  it('rehearses a whole call, answer included', async () => {
    // A host name that cannot exist: a request that went out would fail.
    await rehearseSts();
  });

  it('passes on what the network says', async () => {
    const fault = { code: 'NetworkRefused', found: 'refused.', expected: 'an answer.', remedy: 'look.' } as const;
    const failure = new WifError(fault, { retriable: {} });
    await assert.rejects(
      open({ send: () => Promise.reject(failure) }).assumeRoleWithWebIdentity(request, idToken),
      failure,
    );
  });

  const doubts = [
    ['eu-wset-1', 'sts.eu-wset-1.amazonaws.com', 'Check the Region eu-wset-1: do you mean eu-west-1? '],
    [
      'ap-southest-2',
      'sts.ap-southest-2.amazonaws.com',
      'Check the Region ap-southest-2: do you mean ap-southeast-2? ',
    ],
    [
      'eu-west-4',
      'sts.eu-west-4.amazonaws.com',
      'Check the Region eu-west-4: do you mean eu-west-1 or eu-west-2 or eu-west-3? ',
    ],
    ['zz-abcdefg-1', 'sts.zz-abcdefg-1.amazonaws.com', 'Check the Region zz-abcdefg-1. '],
    ['eu-west-1', 'sts.eu-west-1.amazonaws.com', ''],
    ['eu-wset-1', 'name.invalid', ''],
  ] as const;
  for (const [region, host, doubt] of doubts) {
    it(`says ${JSON.stringify(doubt)} of ${region} when ${host} cannot be reached`, async () => {
      const code = 'NetworkNameNotResolved';
      const fault = { code, found: `${host}:443 is not in DNS.`, expected: 'an answer.', remedy: 'Look.' } as const;
      const http: Http = { send: () => Promise.reject(new WifError(fault, { retriable: {} })) };
      const sts = openSts({ endpoint: new URL(`https://${host}`), region, http });
      await assert.rejects(sts.assumeRoleWithWebIdentity(request, idToken), (thrown: WifError) => {
        assert.deepEqual([thrown.faults, thrown.retriable], [[{ ...fault, remedy: `${doubt}Look.` }], {}]);
        return true;
      });
    });
  }

  it('sends one request for each call, also where the answer may be tried again', async () => {
    const sent: HttpRequest[] = [];
    const http: Http = {
      send: one => {
        sent.push(one);
        return Promise.resolve(answer(503, errorXml('ServiceUnavailable', 'oops')));
      },
    };
    await assert.rejects(open(http).assumeRoleWithWebIdentity(request, idToken), {
      code: 'StsUnavailable',
      message: /oops/,
    });
    assert.deepEqual(
      sent.map(({ url }) => url.href),
      [`${endpoint}/`],
    );
  });
});
