import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { openSts } from '../../src/aws/sts.ts';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/identity/http.ts';
import { Secret } from '../../src/secret.ts';
import type { Credentials } from '../../src/session/credentials.ts';
import type { HopTerms } from '../../src/session/goal.ts';
import type { RecordedRequest } from '../fakes/faults.ts';
import { createSessionStore, type Session } from '../fakes/sessions.ts';
import { verifyCaller } from '../fakes/sigv4.ts';
import { plantEnvironment } from './hostile-environment.ts';

const endpoint = 'https://sts.eu-west-1.amazonaws.com';
const hop: HopTerms = {
  role: {
    text: 'arn:aws:iam::222222222222:role/teams/net/spoke',
    partition: 'aws',
    accountId: '222222222222',
    path: '/teams/net/',
    name: 'spoke',
  },
  roleSessionName: 'infra-main-4711-1',
  durationSeconds: 3600,
  policy: undefined,
  policyArns: [],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};

const hub = createSessionStore(Date.now).issue({ roleArn: 'arn:aws:iam::111111111111:role/hub' });
const credentials: Credentials = {
  accessKeyId: new Secret(hub.accessKeyId),
  secretAccessKey: new Secret(hub.secretAccessKey),
  sessionToken: new Secret(hub.sessionToken),
  expiration: hub.expiration,
};

function successOf(action: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
    <AssumedRoleUser><Arn>arn:aws:sts::222222222222:assumed-role/spoke/infra-main-4711-1</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIACANARY0000000000</AccessKeyId>
      <SecretAccessKey>canary/secret+access&amp;key</SecretAccessKey>
      <SessionToken>canary-session-token==</SessionToken>
      <Expiration>2026-10-01T13:00:00Z</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </${action}Result></${action}Response>`;
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId>
  </ErrorResponse>`;
}

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body };
}

/** An STS that answers any action, and all that is sent to it; each answer has the given Date, if there is one. */
function open(date?: string, url = endpoint) {
  const sent: HttpRequest[] = [];
  const http: Http = {
    send: request => {
      sent.push(request);
      const action = new URLSearchParams(request.body).get('Action') ?? '';
      return Promise.resolve(answer(200, successOf(action), date === undefined ? {} : { date }));
    },
  };
  return { sent, sts: openSts({ endpoint: new URL(url), region: 'eu-west-1', http }) };
}

async function record(change: Partial<HopTerms> = {}, url = endpoint): Promise<HttpRequest> {
  const { sts, sent } = open(undefined, url);
  await sts.assumeRole({ ...hop, ...change }, credentials);
  const [only, ...more] = sent;
  assert.ok(only !== undefined && more.length === 0, 'not one request');
  return only;
}

function lowerCase(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The session whose key the request is signed with; throws as STS refuses. */
function findSigner({ method, url, headers, body }: HttpRequest, now = Date.now()): Session {
  const recorded: RecordedRequest = {
    method,
    url: url.pathname,
    path: url.pathname,
    query: url.searchParams,
    headers: lowerCase(headers),
    body,
    connection: 1,
    remoteAddress: '127.0.0.1',
    clientCertificate: undefined,
    receivedAt: now,
  };
  const findSession = (id: string) => (id === hub.accessKeyId ? hub : undefined);
  return verifyCaller(recorded, { findSession, clock: () => now, region: 'eu-west-1', maxClockSkewSeconds: 300 });
}

/** A request without what is another in every one; the signature is verified on its own. */
function comparable(request: HttpRequest): unknown {
  assert.equal(findSigner(request), hub);
  const headers = { ...lowerCase(request.headers), 'amz-sdk-invocation-id': '', 'x-amz-date': '', authorization: '' };
  return { method: request.method, url: request.url.href, headers, body: request.body };
}

/** When a request says that it was signed, in milliseconds. */
function signedAt({ headers }: HttpRequest): number {
  const stamp = lowerCase(headers)['x-amz-date'] ?? '';
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

async function failureOf(response: HttpResponse): Promise<WifError> {
  const http: Http = { send: () => Promise.resolve(response) };
  const sts = openSts({ endpoint: new URL(endpoint), region: 'eu-west-1', http });
  const thrown: unknown = await sts.assumeRole(hop, credentials).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof WifError, `no WifError: ${String(thrown)}`);
  const shown = inspect(thrown, { depth: 9 });
  for (const secret of [hub.accessKeyId, hub.secretAccessKey, hub.sessionToken]) assert.ok(!shown.includes(secret));
  assert.doesNotMatch(shown, /canary/i);
  return thrown;
}

const parameters: readonly {
  readonly name: string;
  readonly change: Partial<HopTerms>;
  readonly sent: Readonly<Record<string, string>>;
}[] = [
  { name: 'nothing more', change: {}, sent: {} },
  { name: 'the external id', change: { externalId: 'a+b=/:@' }, sent: { ExternalId: 'a+b=/:@' } },
  {
    name: 'the tags',
    change: { tags: { team: 'plat form+ü&=', stage: '' } },
    sent: {
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'plat form+ü&=',
      'Tags.member.2.Key': 'stage',
      'Tags.member.2.Value': '',
    },
  },
  {
    name: 'a tag of a name that objects have',
    change: { tags: Object.fromEntries([['__proto__', 'x']]) },
    sent: { 'Tags.member.1.Key': '__proto__', 'Tags.member.1.Value': 'x' },
  },
  {
    name: 'the keys that travel on',
    change: { tags: { team: 'a', stage: 'b' }, transitiveTagKeys: ['team', 'stage'] },
    sent: {
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a',
      'Tags.member.2.Key': 'stage',
      'Tags.member.2.Value': 'b',
      'TransitiveTagKeys.member.1': 'team',
      'TransitiveTagKeys.member.2': 'stage',
    },
  },
  {
    name: 'the session policies',
    change: { policy: '{"Resource":"a&b=ü"}', policyArns: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B'] },
    sent: {
      Policy: '{"Resource":"a&b=ü"}',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/A',
      'PolicyArns.member.2.arn': 'arn:aws:iam::aws:policy/B',
    },
  },
  { name: 'another duration', change: { durationSeconds: 900 }, sent: { DurationSeconds: '900' } },
];

const hours = (count: number) => count * 3_600_000;

const clocks = [
  { name: 'three hours ahead', offset: hours(3), signed: hours(3) },
  { name: 'a day behind', offset: -hours(24), signed: -hours(24) },
  { name: 'six minutes ahead', offset: 360_000, signed: 360_000 },
  { name: 'half a minute ahead, which no signature minds', offset: 30_000, signed: 0 },
];

const refusals: readonly { readonly wire: string; readonly status: number; readonly code: ErrorCode }[] = [
  { wire: 'AccessDenied', status: 403, code: 'StsAccessDenied' },
  { wire: 'ExpiredToken', status: 403, code: 'StsCallerRefused' },
  { wire: 'InvalidClientTokenId', status: 403, code: 'StsCallerRefused' },
  { wire: 'SignatureDoesNotMatch', status: 403, code: 'StsCallerRefused' },
  { wire: 'MalformedPolicyDocument', status: 400, code: 'StsPolicyMalformed' },
  { wire: 'PackedPolicyTooLarge', status: 400, code: 'StsPolicyTooLarge' },
  { wire: 'RegionDisabledException', status: 403, code: 'StsRegionDisabled' },
  { wire: 'ValidationError', status: 400, code: 'StsRequestRejected' },
  { wire: 'MissingAuthenticationToken', status: 403, code: 'StsRequestRejected' },
];

describe('aws/sts, AssumeRole', () => {
  describe('the request', () => {
    for (const { name, change, sent } of parameters) {
      it(`is one POST of AssumeRole in the form of the STS query API, with ${name}`, async () => {
        const { method, url, body } = await record(change);
        assert.equal(method, 'POST');
        assert.equal(url.href, `${endpoint}/`);
        assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
          Action: 'AssumeRole',
          Version: '2011-06-15',
          RoleArn: hop.role.text,
          RoleSessionName: hop.roleSessionName,
          DurationSeconds: '3600',
          ...sent,
        });
      });
    }

    for (const url of [`${endpoint}/`, 'http://127.0.0.1:8080/', 'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com/']) {
      it(`is signed for ${url} with exactly the given credentials, for STS in the region`, async () => {
        const sent = await record({ tags: { team: 'a' } }, url);
        assert.equal(sent.url.href, url);
        assert.equal(findSigner(sent), hub);
        assert.equal(lowerCase(sent.headers)['x-amz-security-token'], hub.sessionToken);
      });
    }

    it('holds no secret key anywhere, and the token in its own header only', async () => {
      const { url, headers, body } = await record();
      const { 'x-amz-security-token': token, ...rest } = lowerCase(headers);
      assert.equal(token, hub.sessionToken);
      const shown = `${url.href} ${JSON.stringify(rest)} ${body}`;
      assert.ok(!shown.includes(hub.secretAccessKey) && !shown.includes(hub.sessionToken));
    });

    it('is signed with the credentials of its own call, not of the call before', async () => {
      const other = createSessionStore(Date.now).issue({ roleArn: 'arn:aws:iam::333333333333:role/other' });
      const { sts, sent } = open();
      await sts.assumeRole(hop, {
        ...credentials,
        accessKeyId: new Secret(other.accessKeyId),
        sessionToken: new Secret(other.sessionToken),
      });
      await sts.assumeRole(hop, credentials);
      assert.match(lowerCase(sent[0]?.headers ?? {})['authorization'] ?? '', new RegExp(other.accessKeyId));
      assert.equal(findSigner(sent[1] ?? (await record())), hub);
    });

    it('leaves AssumeRoleWithWebIdentity unsigned, also after it', async () => {
      const { sts, sent } = open();
      await sts.assumeRole(hop, credentials);
      await sts.assumeRoleWithWebIdentity(hop, new Secret('header.payload.signature'));
      const names = Object.keys(lowerCase(sent[1]?.headers ?? {}));
      assert.ok(!names.includes('authorization') && !names.includes('x-amz-security-token'));
    });
  });

  describe('a signature is dated by the clock of AWS, since agents whose clock is wrong by hours exist', () => {
    for (const { name, offset, signed } of clocks) {
      it(`where that is ${name}`, async () => {
        const { sts, sent } = open(new Date(Date.now() + offset).toUTCString());
        await sts.assumeRoleWithWebIdentity(hop, new Secret('header.payload.signature'));
        await sts.assumeRole(hop, credentials);
        const at = signedAt(sent[1] ?? (await record()));
        assert.ok(Math.abs(at - (Date.now() + signed)) < 5000, `signed at ${new Date(at).toISOString()}`);
      });
    }

    for (const date of [undefined, '', 'yesterday', 'NaN']) {
      it(`by the host's own where AWS says ${date === undefined ? 'no time' : `"${date}"`}`, async () => {
        const { sts, sent } = open(date);
        await sts.assumeRoleWithWebIdentity(hop, new Secret('header.payload.signature'));
        await sts.assumeRole(hop, credentials);
        const at = signedAt(sent[1] ?? (await record()));
        assert.ok(Math.abs(at - Date.now()) < 5000, `signed at ${new Date(at).toISOString()}`);
      });
    }
  });

  describe('with a hostile environment and a hostile ~/.aws/config no request is changed and no metadata call made', () => {
    const environment = plantEnvironment();
    let plain: unknown;

    before(async () => {
      plain = comparable(await record({ externalId: 'x1', tags: { a: 'b' } }));
      await environment.begin();
    });

    const files = [
      { name: 'in the home folder', file: () => undefined },
      { name: 'named by AWS_CONFIG_FILE', file: () => environment.configFile() },
    ];
    for (const { name, file } of files) {
      it(`with a config file ${name}`, async () => {
        const path = file();
        if (path !== undefined) environment.plant({ AWS_CONFIG_FILE: path, AWS_SHARED_CREDENTIALS_FILE: path });
        assert.deepEqual(comparable(await record({ externalId: 'x1', tags: { a: 'b' } })), plain);
        assert.deepEqual(environment.asked, []);
      });
    }

    it('with the variables of AWS Lambda and X-Ray', async () => {
      environment.plant({ AWS_LAMBDA_FUNCTION_NAME: 'planted', _X_AMZN_TRACE_ID: 'Root=1-planted' });
      assert.deepEqual(comparable(await record({ externalId: 'x1', tags: { a: 'b' } })), plain);
    });
  });

  it('reads the answer', async () => {
    assert.deepEqual(await open().sts.assumeRole(hop, credentials), {
      accessKeyId: 'ASIACANARY0000000000',
      secretAccessKey: 'canary/secret+access&key',
      sessionToken: 'canary-session-token==',
      expiration: new Date('2026-10-01T13:00:00Z'),
      assumedRoleArn: 'arn:aws:sts::222222222222:assumed-role/spoke/infra-main-4711-1',
    });
  });

  for (const { wire, status, code } of refusals) {
    it(`gives ${code} for ${wire}, not to be tried again`, async () => {
      const error = await failureOf(answer(status, errorXml(wire, 'no.'), { 'retry-after': '3' }));
      assert.equal(error.code, code);
      assert.ok(error.message.includes(`${hop.role.text} with ${wire} (${status})`), error.message);
      assert.equal(error.retriable, undefined);
    });
  }

  for (const { wire, status, code } of [
    { wire: 'Throttling', status: 400, code: 'StsThrottled' },
    { wire: 'ServiceUnavailable', status: 503, code: 'StsUnavailable' },
  ] as const) {
    it(`gives ${code} for ${wire}, to be tried again`, async () => {
      const error = await failureOf(answer(status, errorXml(wire, 'later.'), { 'retry-after': '3' }));
      assert.equal(error.code, code);
      assert.deepEqual(error.retriable, { afterMs: 3000 });
    });
  }

  describe('an error shows none of the keys it was signed with', () => {
    const canonical = `The Canonical String for this request should have been 'POST / x-amz-security-token:${hub.sessionToken}'`;
    const quoting = [
      { name: 'the session token', body: errorXml('SignatureDoesNotMatch', canonical) },
      { name: 'the access key id', body: errorXml('InvalidClientTokenId', `No key ${hub.accessKeyId}`) },
      { name: 'the secret key', body: errorXml('AccessDenied', `${hub.secretAccessKey} ${hub.secretAccessKey}`) },
      {
        name: 'the session token across the place where long messages are cut',
        body: errorXml('AccessDenied', `${'x'.repeat(1500)}${hub.sessionToken}`),
      },
      { name: 'credentials with status 400', body: successOf('AssumeRole') },
    ];
    for (const { name, body } of quoting) {
      it(`where the answer quotes ${name}`, async () => {
        assert.match((await failureOf(answer(400, body))).code, /^Sts/);
      });
    }
  });
});
