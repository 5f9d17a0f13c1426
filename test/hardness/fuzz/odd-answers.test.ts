import assert from 'node:assert/strict';
import { IAMClient } from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { call, IamError } from '../../../src/aws/iam-error.ts';
import { createReader } from '../../../src/aws/iam.ts';
import { openSts } from '../../../src/aws/sts.ts';
import { openAzureDevOps } from '../../../src/azure-devops/rest-api.ts';
import { AzureDevOpsError } from '../../../src/azure-devops/rest-records.ts';
import { explainAzureDevOpsError } from '../../../src/cli/connections/azure-devops-failure.ts';
import { explainIamFailure } from '../../../src/cli/accounts/iam-failure.ts';
import { WifError } from '../../../src/errors.ts';
import { renderProfiles } from '../../../src/handoff/profile-text.ts';
import { judgeIdTokenResponse } from '../../../src/identity/id-token.ts';
import { Secret } from '../../../src/secret.ts';
import { judgeSession } from '../../../src/session/credentials.ts';
import { judgeDiscovery } from '../../../src/thumbprint/discovery.ts';
import { IssuerError } from '../../../src/thumbprint/issuer-error.ts';
import { discover } from '../../fakes/rest-api.ts';
import { startRecordedServer, type RecordedServer } from '../../fakes/recorded-server.ts';
import { hop, keys, sessionArn } from '../good-answer.ts';
import { attempt, attemptLater, check, checkLater, checkPrintable, timeout } from './check.ts';

/** An element as nobody expects it: not there, empty, twice, nested, with attributes, in a namespace, with odd text. */
function element(name: string, texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const text = fc.oneof({ weight: 5, arbitrary: texts }, fc.constantFrom(...oddTexts));
  const one = fc
    .tuple(text, fc.constantFrom<(inner: string) => string>(...wrappings(name)))
    .map(([t, wrap]) => wrap(t));
  // Mostly plain, so that answers of several elements are often taken: what comes after is tried, too.
  return fc.oneof(
    { weight: 20, arbitrary: texts.map(plain => `<${name}>${plain}</${name}>`) },
    { weight: 4, arbitrary: one },
    fc.tuple(one, one).map(both => both.join('')),
    fc.constant(''),
  );
}

const wrappings = (name: string) => [
  (inner: string) => `<${name}>${inner}</${name}>`,
  (inner: string) => `<${name}>${inner}</${name}>`,
  (inner: string) => `<${name} type="x" xsi:nil="true">${inner}</${name}>`,
  (inner: string) => `<${name}><![CDATA[${inner}]]></${name}>`,
  (inner: string) => `<${name}><!-- <${name}>x</${name}> -->${inner}</${name}>`,
  (inner: string) => `<${name}><member>${inner}</member></${name}>`,
  (inner: string) => `<x:${name}>${inner}</x:${name}>`,
  (inner: string) => `<${name}>\n  ${inner}\n</${name}>`,
  () => `<${name}/>`,
];
const oddTexts = [
  '',
  '0',
  '-1',
  '1e999',
  '9'.repeat(400),
  'true',
  'null',
  '&#0;',
  '&#x110000;',
  '&lt;a&gt;',
  '__proto__',
  '[x',
  '#x',
  ';x',
  '##vso[a.b]c',
];

const transient = ['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'IDPCommunicationError'];
const lasting = ['AccessDenied', 'ExpiredTokenException', 'ValidationError', 'constructor'];

const errorAnswer = fc
  .record({
    code: fc.constantFrom(...transient, ...lasting),
    codes: fc.constantFrom<(code: string) => string>(...wrappings('Code').slice(0, -1)),
    twice: fc.boolean(),
    message: element('Message', fc.constantFrom('Rate exceeded', 'no')),
    type: element('Type', fc.constant('Sender')),
    status: fc.constantFrom(400, 403),
  })
  .map(({ code, codes, twice, message, type, status }) => {
    const inner = `${type}${codes(code)}${twice ? codes('Later') : ''}${message}`;
    return {
      code,
      status,
      body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>${inner}</Error></ErrorResponse>`,
    };
  });

const oddKey = fc
  .tuple(fc.constantFrom('', '[', '#', ';', '"', "'", '%', '=', '/', '+'), fc.constantFrom(...Object.values(keys)))
  .map(parts => parts.join(''));
const session = fc
  .tuple(
    element('AccessKeyId', oddKey),
    element('SecretAccessKey', oddKey),
    element('SessionToken', oddKey),
    element('Expiration', fc.constantFrom('2030-01-01T00:00:00Z', '1893456000', '2030-01-01')),
    element('Arn', fc.constant(sessionArn)),
    fc.constantFrom(1, 1, 1, 2),
  )
  .map(([id, secret, token, expiration, arn, times]) => {
    const result = `<Credentials>${id}${secret}${token}${expiration}</Credentials><AssumedRoleUser>${arn}</AssumedRoleUser>`;
    const name = 'AssumeRoleWithWebIdentity';
    return `<${name}Response>${`<${name}Result>${result}</${name}Result>`.repeat(times)}</${name}Response>`;
  });

function askSts(status: number, body: string) {
  const http = { send: () => Promise.resolve({ status, headers: {}, body }) };
  const sts = openSts({ endpoint: new URL('https://sts.eu-west-1.amazonaws.com'), region: 'eu-west-1', http });
  return attemptLater(() => sts.assumeRoleWithWebIdentity(hop, new Secret('id-token-canary-Kf0Zq4Vw9rTe2XnLp6Bc')));
}

/** JSON where any value may be of any type. */
function oddJson(good: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(...oddTexts),
    fc.constant({ toString: 1, name: null }),
  );
  const fields = Object.entries(good).map(
    ([name, is]) => [name, fc.oneof({ weight: 2, arbitrary: fc.constant(is) }, value, fc.constant(undefined))] as const,
  );
  const record = fc.record(Object.fromEntries(fields));
  return fc.oneof({ weight: 6, arbitrary: record }, value, fc.array(value)).map(odd => JSON.stringify(odd));
}

describe('hardness/fuzz/odd-answers', function () {
  this.timeout(timeout * 2);

  it('STS, an error: its own code, tried again if it may pass, whatever the elements around it', async () => {
    await checkLater(errorAnswer, async ({ code, status, body }) => {
      const given = await askSts(status, body);
      assert.ok(given instanceof WifError, body);
      assert.notEqual(given.code, 'StsAnswerUnreadable', body);
      assert.equal(given.retriable !== undefined, transient.includes(code), body);
    });
  });

  it('STS, a session: one that can be written to a profile, or one clear failure', async () => {
    await checkLater(session, async body => {
      const given = await askSts(200, body);
      const judged =
        given instanceof Error ? given : attempt(() => judgeSession(given, hop, { hostMs: 0, sinceBootMs: 0 }));
      if (judged instanceof Error) {
        assert.ok('code' in judged && /^Sts(?:AnswerUnreadable|IdentityMismatch)$/.test(judged.code), body);
        return;
      }
      const { accessKeyId, secretAccessKey, sessionToken } = judged.credentials;
      const settings = {
        aws_access_key_id: accessKeyId.reveal(),
        aws_secret_access_key: secretAccessKey.reveal(),
        aws_session_token: sessionToken.reveal(),
      };
      renderProfiles(
        { sections: [{ name: 'deploy', use: '0123456789abcdef', role: hop.role.text, settings }], foreign: [] },
        'credentials',
      );
    });
  });

  it('the ID token endpoint: a token, or one clear failure', () => {
    const good = { oidcToken: 'a.b.c', message: 'no', value: 'no', typeKey: 'x' };
    check(fc.tuple(oddJson(good), fc.constantFrom(200, 200, 400, 401, 404, 429, 503)), ([body, status]) => {
      const headers = { 'content-type': 'application/json' };
      const given = attempt(() => judgeIdTokenResponse({ status, headers, body }, 'id', 0));
      if (given instanceof WifError) assert.equal(given.retriable !== undefined, status === 429 || status === 503);
      else assert.ok(given instanceof Secret && given.reveal() !== '' && status === 200);
    });
  });

  it('discovery: the address of keys, or one clear failure', () => {
    const issuer = new URL('https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6');
    check(oddJson({ issuer: issuer.href, jwks_uri: 'https://example.com/keys' }), body => {
      try {
        assert.equal(judgeDiscovery({ status: 200, location: undefined, body }, issuer).protocol, 'https:');
      } catch (thrown) {
        assert.ok(thrown instanceof IssuerError, String(thrown));
        checkPrintable(thrown.message);
      }
    });
  });

  it('IAM: an answer, or one clear failure', async () => {
    const role = fc
      .tuple(
        ...['Arn', 'RoleName', 'Path', 'AssumeRolePolicyDocument', 'MaxSessionDuration', 'Tags'].map(name =>
          element(name, fc.constantFrom('%7B%7D', '/', '%', '3600')),
        ),
      )
      .map(parts => `<GetRoleResponse><GetRoleResult><Role>${parts.join('')}</Role></GetRoleResult></GetRoleResponse>`);
    const answer = fc.oneof(
      role.map(body => ({ status: 200, code: '', body })),
      errorAnswer,
    );
    await checkLater(
      answer,
      async ({ status, code, body }) => {
        const handle = () =>
          Promise.resolve({ response: { statusCode: status, headers: {}, body: new TextEncoder().encode(body) } });
        const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
        const client = new IAMClient({
          region: 'us-east-1',
          maxAttempts: 1,
          credentials,
          requestHandler: { handle } as never,
        });
        const given = await createReader(client)
          .readRole('deploy')
          .catch((thrown: unknown) => thrown);
        if (!(given instanceof Error)) return;
        assert.ok(given instanceof IamError, String(given));
        const [problem] = explainIamFailure(given, '111111111111').problems;
        assert.notEqual(problem?.code, 'InternalError');
        checkPrintable(problem?.found ?? '');
        // A code that is nested or has a prefix is not read by the SDK.
        assert.ok(
          code !== 'Throttling' || /<x:Code|<member>/.test(body) || ['throttled', 'unreadable'].includes(given.refusal),
          `${given.refusal} ${body}`,
        );
      },
      0.3,
    );
  });

  describe('the REST API', () => {
    let server: RecordedServer;
    let body = '';
    let isDiscoverable = true;
    before(async () => {
      server = await startRecordedServer(({ method, path }) => {
        const area = path.split('/')[3] ?? '';
        const isPlace = method === 'OPTIONS' && isDiscoverable;
        const headers = { 'content-type': 'application/json' };
        return { status: 200, headers, body: isPlace ? JSON.stringify(discover(area)) : body };
      });
    });
    after(() => server.close());

    const authorization = { scheme: 'WorkloadIdentityFederation', parameters: { tenantid: 'x' } };
    const references = [{ name: 'aws', projectReference: { id: 'p', name: 'P' } }];
    const connection = oddJson({
      id: 'c',
      name: 'aws',
      authorization,
      data: { environment: 'x' },
      isShared: false,
      serviceEndpointProjectReferences: references,
    });
    const list = fc.array(connection, { maxLength: 3 }).map(all => `{"count":${all.length},"value":[${all.join()}]}`);

    it('connections, projects and guards, or one clear failure', async () => {
      const api = openAzureDevOps({
        url: new URL(`${server.url}/contoso/`),
        token: new Secret('personal-access-token'),
      });
      const calls: readonly (() => Promise<unknown>)[] = [
        () => api.readOrganizationId(),
        () => api.findProject('P'),
        () => api.listProjects(),
        () => api.findConnections('P', 'aws'),
        () => api.listConnections({ id: 'p', name: 'P' }),
        () => api.readGuards('P', 'c'),
        () => api.readHistory({ id: 'p', name: 'P' }, 'c'),
      ];
      await checkLater(
        fc.tuple(fc.oneof(list, connection), fc.constantFrom(...calls), fc.constantFrom(true, true, true, false)),
        async ([odd, ask, discovers]) => {
          body = odd;
          isDiscoverable = discovers;
          const given = await ask().catch((thrown: unknown) => thrown);
          if (!(given instanceof Error)) return;
          assert.ok(given instanceof AzureDevOpsError, `${given.stack ?? ''} ${odd}`);
          checkPrintable(explainAzureDevOpsError(given, new URL(server.url)).message);
        },
        0.3,
      );
    });
  });

  it('what is thrown by IAM in any shape has a refusal', async () => {
    const thrown = Object.assign(new Error('x'), {
      $fault: 'client',
      $metadata: {},
      name: ['Throttling', 'x'],
      message: ['a', 'b'],
    });
    await assert.rejects(
      call('iam:GetRole', () => Promise.reject(thrown as unknown as Error)),
      { refusal: 'throttled', said: 'a,b' },
    );
  });
});
