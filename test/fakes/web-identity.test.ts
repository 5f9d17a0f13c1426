import assert from 'node:assert/strict';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createClock } from './clock.ts';
import type { Contoso } from './contoso.ts';
import { contoso, startContoso, startContosoSts } from './contoso.ts';
import type { TokenBend } from './id-tokens.ts';
import type { Sts, StsOptions } from './sts.ts';

const { oldConnection, entraConnection, deployRoleArn, spokeRoleArn } = contoso;
const invalid = 'InvalidIdentityTokenException';

interface Refusal {
  readonly name: string;
  readonly changes?: object;
  readonly bend?: TokenBend;
  readonly error: string;
  readonly message: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    name: 'another subject',
    bend: { claims: { sub: 'sc://contoso/Payments/x' } },
    error: 'AccessDenied',
    message: /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
  },
  {
    name: 'a role that is not there',
    changes: { RoleArn: `${deployRoleArn}x` },
    error: 'AccessDenied',
    message: /^Not authorized/,
  },
  {
    name: 'an account without the provider',
    changes: { RoleArn: spokeRoleArn },
    error: invalid,
    message: /^No OpenIDConnect provider found in your account for https:\/\/vstoken\.dev\.azure\.com\/0ca3/,
  },
  {
    name: 'a provider without the client id',
    changes: { RoleArn: 'arn:aws:iam::333333333333:role/any' },
    error: invalid,
    message: /^Incorrect token audience$/,
  },
  {
    name: 'a token more than 5 minutes over',
    bend: { ageSeconds: 601 },
    error: 'ExpiredTokenException',
    message: /^Token expired: current date\/time \d{10} must be before the expiration date\/time \d{10}$/,
  },
  { name: 'a token not yet valid', bend: { ageSeconds: -1000 }, error: invalid, message: /not valid yet/ },
  { name: 'an unknown key', bend: { signature: 'unknown-key' }, error: invalid, message: /^Couldn't retrieve verif/ },
  { name: 'an unknown kid', bend: { signature: 'unknown-kid' }, error: invalid, message: /^Couldn't retrieve verif/ },
  { name: 'alg none', bend: { signature: 'none' }, error: invalid, message: /^Couldn't retrieve verif/ },
  { name: 'HS256', bend: { signature: 'HS256' }, error: invalid, message: /^Couldn't retrieve verif/ },
  { name: 'PS256', bend: { signature: 'PS256' }, error: invalid, message: /^Couldn't retrieve verif/ },
  { name: 'a token without aud', bend: { claims: { aud: null } }, error: invalid, message: /required claim: aud$/ },
  { name: 'no JWT', changes: { WebIdentityToken: 'nonsense' }, error: invalid, message: /not a valid JWT/ },
  {
    name: 'a session name with a blank',
    changes: { RoleSessionName: 'a b' },
    error: 'ValidationError',
    message:
      /^1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \[\\w\+=,\.@-\]\*$/,
  },
  {
    name: 'two bad values',
    changes: { RoleSessionName: 'x', DurationSeconds: 1 },
    error: 'ValidationError',
    message: /^2 validation errors detected: /,
  },
  { name: '12 h 1 s', changes: { DurationSeconds: 43_201 }, error: 'ValidationError', message: /equal to 43200$/ },
  {
    name: "more than the role's maximum",
    changes: { DurationSeconds: 7201 },
    error: 'ValidationError',
    message: /^The requested DurationSeconds exceeds the MaxSessionDuration set for this role\.$/,
  },
  {
    name: "a user's ARN",
    changes: { RoleArn: 'arn:aws:iam::111111111111:user/someone' },
    error: 'ValidationError',
    message: /^Request ARN is invalid$/,
  },
  {
    name: 'a policy that is no JSON',
    changes: { Policy: '{' },
    error: 'MalformedPolicyDocumentException',
    message: /Json/,
  },
  {
    name: 'a policy without statements',
    changes: { Policy: '{}' },
    error: 'MalformedPolicyDocumentException',
    message: /^Syntax errors/,
  },
];

describe('fakes/web-identity', () => {
  let world: Contoso;
  let sts: Sts;

  beforeEach(async () => {
    world = await startContoso({ clock: createClock(Date.now(), true) });
    ({ sts } = world);
  });

  afterEach(async () => {
    await sts.close();
    await world.close();
  });

  async function restart(options: Partial<StsOptions>): Promise<void> {
    sts = await startContosoSts(world.azureDevOps, { clock: world.clock.now, ...options });
  }

  async function ask(changes: object = {}, connection: { id: string } = oldConnection, bend: TokenBend = {}) {
    const WebIdentityToken = await world.azureDevOps.mintToken(connection.id, bend);
    const client = new STSClient({ region: 'eu-west-1', endpoint: sts.url, maxAttempts: 1 });
    const input = { RoleArn: deployRoleArn, RoleSessionName: 'run-1', WebIdentityToken, ...changes };
    return client.send(new AssumeRoleWithWebIdentityCommand(input));
  }

  it("answers an Azure DevOps issuer's token with a session", async () => {
    const answer = await ask({ DurationSeconds: 900 });
    assert.equal(answer.AssumedRoleUser?.Arn, 'arn:aws:sts::111111111111:assumed-role/deploy/run-1');
    assert.match(answer.AssumedRoleUser.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:run-1$/);
    assert.equal(answer.SubjectFromWebIdentityToken, oldConnection.subject);
    assert.equal(answer.Audience, oldConnection.audience);
    assert.equal(answer.Provider, `arn:aws:iam::111111111111:oidc-provider/${oldConnection.providerUrl}`);
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
    assert.match(AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.match(SecretAccessKey, /^(?=.*\+)(?=.*\/)[\w+/]{40}$/);
    assert.ok(SessionToken.length >= 800 && Buffer.from(SessionToken, 'base64').toString('base64') === SessionToken);
    assert.equal(Expiration?.getTime(), Math.floor(world.clock.now() / 1000) * 1000 + 900_000);
    assert.deepEqual(sts.violations, []);
  });

  it("holds azp against the client ids of Entra's provider", async () => {
    const answer = await ask({}, entraConnection);
    assert.equal(answer.Audience, entraConnection.authorizedParty);
    assert.equal(answer.SubjectFromWebIdentityToken, entraConnection.subject);
    const clientIds = [entraConnection.audience];
    sts.addProvider('111111111111', { url: entraConnection.providerUrl, clientIds });
    await assert.rejects(ask({}, entraConnection), { name: invalid, message: 'Incorrect token audience' });
  });

  it('gives policies azp as aud, and the real aud as oaud', async () => {
    const { providerUrl, audience } = entraConnection;
    const Principal = { Federated: `arn:aws:iam::111111111111:oidc-provider/${providerUrl}` };
    const trust = (key: string) => {
      sts.setTrustPolicy(deployRoleArn, {
        Statement: {
          Effect: 'Allow',
          Principal,
          Action: 'sts:*',
          Condition: { StringEquals: { [`${providerUrl}:${key}`]: audience } },
        },
      });
    };
    trust('oaud');
    await ask({}, entraConnection);
    trust('aud');
    await assert.rejects(ask({}, entraConnection), { name: 'AccessDenied' });
  });

  for (const { name, changes, bend, error, message } of refusals) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(ask(changes, oldConnection, bend), { name: error, message });
      assert.equal(sts.sessions.length, 0);
    });
  }

  it('grants five minutes after exp', async () => {
    await ask({}, oldConnection, { ageSeconds: 590 });
  });

  it('measures policies', async () => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }];
    const answer: { PackedPolicySize?: number | undefined } = await ask({ Policy, PolicyArns });
    const { PackedPolicySize: percent = 0 } = answer;
    assert.ok(percent > 0 && percent < 100);
    assert.deepEqual(sts.sessions[0]?.policyArns, ['arn:aws:iam::aws:policy/ReadOnlyAccess']);
    await restart({ packedPolicyLimitBytes: 10 });
    const tooLarge = { name: 'PackedPolicyTooLargeException', message: /^Packed policy consumes \d{3,}%/ };
    await assert.rejects(ask({ Policy }), tooLarge);
  });

  it('refuses a disabled region', async () => {
    await restart({ region: 'ap-east-1' });
    await assert.rejects(ask({ RoleArn: 'arn:aws:iam::333333333333:role/any' }), {
      name: 'RegionDisabledException',
      message: /^STS is not activated in this region for account:333333333333\./,
    });
  });

  it('serves roles of another partition', async () => {
    const arn = 'arn:aws-cn:iam::444444444444:role/deploy';
    const url = oldConnection.providerUrl;
    const Principal = { Federated: `arn:aws-cn:iam::444444444444:oidc-provider/${url}` };
    const Statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity' };
    sts.addProvider('444444444444', { url, clientIds: [oldConnection.audience] });
    sts.addRole({ arn, trustPolicy: { Statement } });
    const { AssumedRoleUser } = await ask({ RoleArn: arn });
    assert.equal(AssumedRoleUser?.Arn, 'arn:aws-cn:sts::444444444444:assumed-role/deploy/run-1');
  });

  it('refuses a signed call and notes it', async () => {
    const body = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', ExternalId: 'x' });
    const headers = { authorization: 'AWS4-HMAC-SHA256 x', 'x-amz-security-token': 'x' };
    assert.equal((await fetch(sts.url, { method: 'POST', body, headers })).status, 403);
    assert.deepEqual(
      sts.violations,
      ['was signed', 'carried a session token', 'carried ExternalId'].map(what => `AssumeRoleWithWebIdentity ${what}`),
    );
  });

  it('speaks the XML of the query protocol', async () => {
    const body = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15' });
    const response = await fetch(sts.url, { method: 'POST', body });
    assert.equal(response.status, 400);
    assert.match(
      await response.text(),
      /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><Error><Type>Sender<\/Type><Code>ValidationError<\/Code><Message>3 validation errors detected: Value null at 'roleArn' [^<]*<\/Message><\/Error><RequestId>[\da-f-]{36}<\/RequestId><\/ErrorResponse>$/,
    );
  });
});
