import assert from 'node:assert/strict';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createClock } from './clock.ts';
import type { Contoso } from './contoso.ts';
import { contoso, startContoso } from './contoso.ts';
import type { Fault } from './faults.ts';
import { packedPolicyTooLarge, regionDisabled, stsErrors } from './sts-errors.ts';
import type { StsError } from './sts-errors.ts';
import type { Sts } from './sts.ts';
import { callsAction, callsRole } from './sts.ts';

const { oldConnection, deployRoleArn, spokeRoleArn } = contoso;

/** Each with the name that the SDK gives it. */
const errors: readonly (readonly [StsError, string])[] = [
  [stsErrors.accessDenied, 'AccessDenied'],
  [stsErrors.incorrectAudience, 'InvalidIdentityTokenException'],
  [stsErrors.noVerificationKey, 'InvalidIdentityTokenException'],
  [stsErrors.idpCommunication, 'IDPCommunicationErrorException'],
  [stsErrors.idpRejectedClaim, 'IDPRejectedClaimException'],
  [stsErrors.malformedPolicy, 'MalformedPolicyDocumentException'],
  [packedPolicyTooLarge(112), 'PackedPolicyTooLargeException'],
  [regionDisabled('111111111111'), 'RegionDisabledException'],
  [stsErrors.throttling, 'Throttling'],
  [stsErrors.throttlingException, 'ThrottlingException'],
  [stsErrors.tooManyRequests, 'TooManyRequestsException'],
  [stsErrors.requestLimitExceeded, 'RequestLimitExceeded'],
  [stsErrors.slowDown, 'SlowDown'],
  [stsErrors.internalFailure, 'InternalFailure'],
  [stsErrors.serviceUnavailable, 'ServiceUnavailable'],
];

const faults: readonly Fault[] = [
  { kind: 'reset-before-headers' },
  { kind: 'reset-mid-body' },
  { kind: 'truncate' },
  { kind: 'answer', status: 200, body: '' },
  { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>proxy</html' },
  { kind: 'raw', bytes: 'garbage\r\n\r\n' },
];

describe('fakes/sts', () => {
  let world: Contoso;
  let sts: Sts;

  beforeEach(async () => {
    world = await startContoso({ clock: createClock(Date.now(), true) });
    ({ sts } = world);
  });

  afterEach(() => world.close());

  async function ask(DurationSeconds = 3600) {
    const WebIdentityToken = await world.azureDevOps.mintToken(oldConnection.id);
    const client = new STSClient({ region: 'eu-west-1', endpoint: sts.url, maxAttempts: 1 });
    const input = { RoleArn: deployRoleArn, RoleSessionName: 'run-1', WebIdentityToken, DurationSeconds };
    return client.send(new AssumeRoleWithWebIdentityCommand(input));
  }

  function chain() {
    const credentials = sts.issueSession({ roleArn: deployRoleArn });
    const client = new STSClient({ region: 'eu-west-1', endpoint: sts.url, maxAttempts: 1, credentials });
    return client.send(new AssumeRoleCommand({ RoleArn: spokeRoleArn, RoleSessionName: 'run-1' }));
  }

  for (const [error, name] of errors) {
    it(`fails with ${error.code} ${error.status}, then works again`, async () => {
      sts.failNext(error);
      await assert.rejects(ask(), { name, message: error.message });
      await ask();
    });
  }

  for (const fault of faults) {
    it(`fails on the wire: ${fault.kind}`, async () => {
      sts.failNext(fault);
      await assert.rejects(async () => {
        const { Credentials } = await ask();
        assert.ok(Credentials?.SessionToken);
      });
      await ask();
    });
  }

  it('fails for one role or one action only, and asks to come back', async () => {
    sts.failNext({ ...stsErrors.slowDown, retryAfterSeconds: 3 }, Infinity, callsRole(spokeRoleArn));
    await ask();
    await assert.rejects(chain(), { name: 'SlowDown' });
    await assert.rejects(chain(), { name: 'SlowDown' });
    sts.server.reset();
    sts.failNext(stsErrors.throttling, 1, callsAction('AssumeRole'));
    await ask();
    await assert.rejects(chain(), { name: 'Throttling' });
    assert.deepEqual(
      sts.calls.map(call => call.action),
      ['AssumeRoleWithWebIdentity', 'AssumeRole'],
    );
  });

  it('tampers with answers', async () => {
    sts.tamperNext({ kind: 'replace', element: 'Arn', text: 'arn:aws:sts::999999999999:assumed-role/x/y' });
    assert.equal((await ask()).AssumedRoleUser?.Arn, 'arn:aws:sts::999999999999:assumed-role/x/y');
    sts.tamperNext({ kind: 'omit', element: 'SecretAccessKey' });
    assert.equal((await ask()).Credentials?.SecretAccessKey, undefined);
    sts.tamperNext({ kind: 'escape', element: 'SessionToken' });
    assert.equal((await ask()).Credentials?.SessionToken, sts.sessions.at(-1)?.sessionToken);
    sts.tamperNext({ kind: 'rewrite', rewrite: xml => xml.replaceAll('Credentials>', 'Other>') });
    assert.equal((await ask()).Credentials, undefined);
  });

  for (const change of [{ kind: 'doctype' }, { kind: 'external-entity', url: 'http://127.0.0.1:9/' }] as const) {
    it(`tampers with a ${change.kind}`, async () => {
      sts.tamperNext(change);
      const body = new URLSearchParams({
        ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15' },
        ...{ RoleArn: deployRoleArn, RoleSessionName: 'run-1' },
        WebIdentityToken: await world.azureDevOps.mintToken(oldConnection.id),
      });
      const xml = await (await fetch(sts.url, { method: 'POST', body })).text();
      assert.match(xml, /^<\?xml version="1\.0"\?><!DOCTYPE r \[<!ENTITY key [^\]]+>\]>.*>&key;</);
    });
  }

  it('issues sessions of a chosen life', async () => {
    sts.setSessionLife(20);
    const { Credentials } = await ask();
    assert.equal(Credentials?.Expiration?.getTime(), Math.floor(world.clock.now() / 1000) * 1000 + 20_000);
    sts.setSessionLife(undefined);
    await ask(1800);
    assert.equal(sts.sessions.at(-1)?.durationSeconds, 1800);
  });

  it('serves many callers at once', async () => {
    sts.server.setDelay(20);
    await Promise.all(Array.from({ length: 50 }, () => ask()));
    assert.equal(new Set(sts.sessions.map(session => session.accessKeyId)).size, 50);
    assert.ok(sts.server.maxInFlight > 10);
  });
});
