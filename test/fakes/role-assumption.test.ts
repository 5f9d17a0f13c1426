import assert from 'node:assert/strict';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Contoso } from './contoso.ts';
import { contoso, startContoso, startContosoSts, trustConnections, trustDeployRole } from './contoso.ts';
import type { Session } from './sessions.ts';
import type { Sts } from './sts.ts';

const { deployRoleArn, spokeRoleArn } = contoso;

describe('fakes/role-assumption', () => {
  let world: Contoso;
  let sts: Sts;

  beforeEach(async () => {
    world = await startContoso();
    ({ sts } = world);
  });

  afterEach(async () => {
    await sts.close();
    await world.close();
  });

  function client(credentials: Session, region = 'eu-west-1'): STSClient {
    return new STSClient({ region, endpoint: sts.url, maxAttempts: 1, credentials });
  }

  function hub(): Session {
    return sts.issueSession({ roleArn: deployRoleArn, sessionName: 'hub' });
  }

  function identify(session: Session, region?: string) {
    return client(session, region).send(new GetCallerIdentityCommand({}));
  }

  function chain(changes: object = {}, session = hub()) {
    const input = { RoleArn: spokeRoleArn, RoleSessionName: 'run-1', ...changes };
    return client(session).send(new AssumeRoleCommand(input));
  }

  it('knows the session that signed', async () => {
    const { Arn, Account, UserId } = await identify(hub());
    assert.equal(Arn, 'arn:aws:sts::111111111111:assumed-role/deploy/hub');
    assert.equal(Account, '111111111111');
    assert.match(UserId ?? '', /^AROA\w{17}:hub$/);
  });

  for (const { name, change, error } of [
    { name: 'another secret', change: { secretAccessKey: 'x'.repeat(40) }, error: 'SignatureDoesNotMatch' },
    { name: 'another session token', change: { sessionToken: 'x' }, error: 'InvalidClientTokenId' },
    { name: 'no session token', change: { sessionToken: '' }, error: 'InvalidClientTokenId' },
    { name: 'an unknown key id', change: { accessKeyId: 'ASIAXXXXXXXXXXXXXXXX' }, error: 'InvalidClientTokenId' },
  ]) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(identify({ ...hub(), ...change }), { name: error });
    });
  }

  it('refuses an expired session', async () => {
    const session = hub();
    sts.expireSession(session.accessKeyId);
    await assert.rejects(identify(session), { name: 'ExpiredToken' });
    const short = sts.issueSession({ roleArn: deployRoleArn, durationSeconds: 100 });
    world.clock.advance(101);
    await assert.rejects(identify(short), { name: 'ExpiredToken' });
  });

  it('refuses an old signature, and one for another region if it has one', async () => {
    world.clock.advance(301);
    const expired = { name: 'SignatureDoesNotMatch', message: /^Signature expired: \d{8}T\d{6}Z is now earlier/ };
    await assert.rejects(identify(hub()), expired);
    const options = { clock: world.clock.now, region: 'eu-west-1', maxClockSkewSeconds: Infinity };
    sts = await startContosoSts(world.azureDevOps, options);
    await identify(hub());
    await assert.rejects(identify(hub(), 'us-east-1'), { name: 'SignatureDoesNotMatch', message: /valid region/ });
  });

  for (const { name, change } of [
    { name: 'body', change: { body: 'Version=2011-06-15&Action=GetCallerIdentity' } },
    { name: 'path', change: { path: '/x' } },
    { name: 'query', change: { query: { x: '1' } } },
  ]) {
    it(`refuses a ${name} that was changed after signing`, async () => {
      const signing = client(hub());
      signing.middlewareStack.add(
        next => args => next({ ...args, request: Object.assign(args.request as object, change) }),
        {
          step: 'finalizeRequest',
          priority: 'low',
        },
      );
      await assert.rejects(signing.send(new GetCallerIdentityCommand({})), { name: 'SignatureDoesNotMatch' });
    });
  }

  it('refuses no signature, and half of one', async () => {
    const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
    const post = async (headers = {}) => (await fetch(sts.url, { method: 'POST', body, headers })).text();
    assert.match(await post(), /<Code>MissingAuthenticationToken</);
    assert.match(await post({ authorization: 'AWS4-HMAC-SHA256 Credential=x' }), /<Code>IncompleteSignature</);
  });

  it('chains one role to the next', async () => {
    const answer = await chain();
    assert.equal(answer.AssumedRoleUser?.Arn, 'arn:aws:sts::222222222222:assumed-role/spoke/run-1');
    const session = sts.sessions.at(-1);
    assert.ok(session && session.accessKeyId === answer.Credentials?.AccessKeyId);
    assert.equal((await identify(session)).Account, '222222222222');
  });

  it('refuses more than an hour, whatever the role says', async () => {
    await assert.rejects(chain({ DurationSeconds: 3601 }), {
      name: 'ValidationError',
      message: /^The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining/,
    });
  });

  it('refuses a role that trusts another', async () => {
    sts.setTrustPolicy(spokeRoleArn, trustDeployRole({ Principal: { AWS: `${deployRoleArn}-other` } }));
    await assert.rejects(chain(), {
      name: 'AccessDenied',
      message: `User: arn:aws:sts::111111111111:assumed-role/deploy/hub is not authorized to perform: sts:AssumeRole on resource: ${spokeRoleArn}`,
    });
  });

  it("needs the caller's own policies across accounts", async () => {
    const allow = (mayAssume: string) => {
      sts.addRole({ arn: deployRoleArn, trustPolicy: trustConnections(), mayAssume: [mayAssume] });
    };
    allow('arn:aws:iam::222222222222:role/other');
    await assert.rejects(chain(), { name: 'AccessDenied' });
    allow('arn:aws:iam::*:role/spoke');
    sts.setTrustPolicy(spokeRoleArn, trustDeployRole({ Principal: { AWS: 'arn:aws:iam::111111111111:root' } }));
    await chain();
  });

  it('asks for the external id', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': '42' } };
    sts.setTrustPolicy(spokeRoleArn, trustDeployRole({ Condition }));
    await assert.rejects(chain(), { name: 'AccessDenied' });
    await assert.rejects(chain({ ExternalId: '43' }), { name: 'AccessDenied' });
    await chain({ ExternalId: '42' });
  });

  describe('with tags', () => {
    const team = { Key: 'team', Value: 'infra' };
    const tags = { Tags: [team, { Key: 'run', Value: '7' }], TransitiveTagKeys: ['team'] };

    it('asks for sts:TagSession', async () => {
      await assert.rejects(chain(tags), { name: 'AccessDenied', message: /perform: sts:TagSession on resource/ });
      const Action = ['sts:AssumeRole', 'sts:TagSession'];
      sts.setTrustPolicy(
        spokeRoleArn,
        trustDeployRole({ Action, Condition: { StringEquals: { 'aws:RequestTag/team': 'infra' } } }),
      );
      await chain(tags);
      await assert.rejects(chain({ Tags: [{ ...team, Value: 'other' }] }), { name: 'AccessDenied' });
    });

    it('passes transitive ones on', async () => {
      sts.setTrustPolicy(spokeRoleArn, trustDeployRole({ Action: 'sts:*' }));
      await chain(tags);
      const RoleArn = 'arn:aws:iam::111111111111:role/last';
      sts.addRole({
        arn: RoleArn,
        trustPolicy: trustDeployRole({ Principal: { AWS: spokeRoleArn }, Action: 'sts:*' }),
      });
      await chain({ RoleArn }, sts.sessions.at(-1));
      assert.deepEqual([...(sts.sessions.at(-1)?.tags ?? [])], [['team', 'infra']]);
    });

    it('refuses keys that differ in letter case only, and those of AWS', async () => {
      await assert.rejects(chain({ Tags: [team, { ...team, Key: 'TEAM' }] }), /Duplicate tag keys/);
      await assert.rejects(chain({ Tags: [{ ...team, Key: 'AWS:x' }] }), /aws: prefixed/);
    });
  });
});
