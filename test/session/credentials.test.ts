import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { WifError } from '../../src/errors.ts';
import { judgeSession, type StsAnswer } from '../../src/session/credentials.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';

const role: RoleArn = {
  text: 'arn:aws:iam::111111111111:role/teams/net/deploy',
  partition: 'aws',
  accountId: '111111111111',
  path: '/teams/net/',
  name: 'deploy',
};
const name = 'infra-main-4711-1';
const answer: StsAnswer = {
  accessKeyId: 'ASIACANARY0000000000',
  secretAccessKey: 'canary/secret+access/key0000000000000000',
  sessionToken: 'canary-session-token'.repeat(40),
  expiration: new Date('2026-10-01T13:00:00Z'),
  assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1',
};

const opened = { hostMs: Date.parse('2026-10-01T12:00:00Z'), sinceBootMs: 1000 };

function judge(change: Partial<StsAnswer>, asked: RoleArn = role) {
  return judgeSession({ ...answer, ...change }, { role: asked, roleSessionName: name, durationSeconds: 3600 }, opened);
}

const mismatched = [
  { part: 'partition', arn: 'arn:aws-cn:sts::111111111111:assumed-role/deploy/infra-main-4711-1' },
  { part: 'account', arn: 'arn:aws:sts::222222222222:assumed-role/deploy/infra-main-4711-1' },
  { part: 'role', arn: 'arn:aws:sts::111111111111:assumed-role/admin/infra-main-4711-1' },
  { part: 'role, by its path', arn: 'arn:aws:sts::111111111111:assumed-role/teams/net/deploy/infra-main-4711-1' },
  { part: 'session name', arn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-2' },
  { part: 'session name, longer', arn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-10' },
  { part: 'kind of identity', arn: 'arn:aws:iam::111111111111:role/deploy' },
  { part: 'kind of identity (user)', arn: 'arn:aws:iam::111111111111:user/deploy' },
  { part: 'beginning', arn: ' arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1' },
  { part: 'end', arn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1\n' },
  { part: 'whole (empty)', arn: '' },
];

const unusable: readonly { readonly name: string; readonly change: Partial<StsAnswer>; readonly message: RegExp }[] = [
  { name: 'no access key id', change: { accessKeyId: undefined }, message: /usable AccessKeyId/ },
  { name: 'an empty access key id', change: { accessKeyId: '' }, message: /usable AccessKeyId/ },
  { name: 'no secret key', change: { secretAccessKey: undefined }, message: /usable SecretAccessKey/ },
  {
    name: 'a secret key with a line break',
    change: { secretAccessKey: 'canary\nsecret/access/key000000' },
    message: /usable SecretAccessKey/,
  },
  {
    name: 'a secret key with a blank',
    change: { secretAccessKey: 'canary secret/access/key000000' },
    message: /usable SecretAccessKey/,
  },
  { name: 'no session token', change: { sessionToken: undefined }, message: /usable SessionToken/ },
  { name: 'an empty session token', change: { sessionToken: '' }, message: /usable SessionToken/ },
  {
    name: 'a session token with CR',
    change: { sessionToken: 'canary-session-token\r' },
    message: /usable SessionToken/,
  },
  {
    name: 'a session token beyond ASCII',
    change: { sessionToken: 'canary-session-tökén' },
    message: /usable SessionToken/,
  },
  { name: 'no expiration', change: { expiration: undefined }, message: /usable Expiration/ },
  { name: 'an expiration that is no time', change: { expiration: new Date('soon') }, message: /usable Expiration/ },
  {
    name: 'a session that is over by the Date of the answer',
    change: { date: new Date('2026-10-01T13:00:01Z') },
    message:
      /already expired: its Expiration is 2026-10-01T13:00:00.000Z, and the response's Date is 2026-10-01T13:00:01.000Z/,
  },
  {
    name: 'a session that ends with the answer',
    change: { date: new Date('2026-10-01T13:00:00Z') },
    message: /already expired/,
  },
  { name: 'no assumed role', change: { assumedRoleArn: undefined }, message: /usable AssumedRoleUser/ },
];

const elsewhere: readonly RoleArn[] = [
  { ...role, text: 'arn:aws-cn:iam::111111111111:role/deploy', partition: 'aws-cn', path: '/' },
  { ...role, text: 'arn:aws-us-gov:iam::111111111111:role/deploy', partition: 'aws-us-gov', path: '/' },
  { ...role, text: 'arn:aws-eusc:iam::111111111111:role/deploy', partition: 'aws-eusc', path: '/' },
];

describe('session/credentials', () => {
  it('returns the session of the role and session name that were asked for', () => {
    const { credentials, ...session } = judge({});
    assert.deepEqual(session, {
      role,
      assumedRoleArn: answer.assumedRoleArn,
      life: { opened, lastsMs: 3_600_000 },
      hostAheadMs: undefined,
    });
    assert.equal(credentials.accessKeyId.reveal(), answer.accessKeyId);
    assert.equal(credentials.secretAccessKey.reveal(), answer.secretAccessKey);
    assert.equal(credentials.sessionToken.reveal(), answer.sessionToken);
    assert.equal(credentials.expiration, answer.expiration);
  });

  for (const asked of elsewhere) {
    it(`returns the session of ${asked.text}`, () => {
      const assumedRoleArn = `arn:${asked.partition}:sts::111111111111:assumed-role/deploy/${name}`;
      assert.equal(judge({ assumedRoleArn }, asked).assumedRoleArn, assumedRoleArn);
    });
  }

  it("tells how far the host's clock is ahead, by the answer's Date", () => {
    const date = new Date('2026-10-01T12:30:00Z');
    const { life, hostAheadMs } = judge({ date });
    assert.deepEqual([life.lastsMs, hostAheadMs], [1_800_000, -1_800_000]);
  });

  it('prints no key of a session', () => {
    assert.doesNotMatch(inspect(judge({}), { depth: 9 }) + JSON.stringify(judge({})), /canary/i);
  });

  describe("STS's AssumedRoleUser must match partition, account, role name and session name, else nothing is published", () => {
    for (const { part, arn } of mismatched) {
      it(`refuses another ${part}`, () => {
        assert.throws(() => judge({ assumedRoleArn: arn }), {
          code: 'StsIdentityMismatch',
          message: /No credentials were published/,
        });
      });
    }

    it('names what it got and what it expected, but no key', () => {
      assert.throws(
        () => judge({ assumedRoleArn: 'arn:aws:sts::222222222222:assumed-role/deploy/x' }),
        (error: WifError) => {
          assert.match(error.message, /222222222222:assumed-role\/deploy\/x/);
          assert.match(error.message, /111111111111:assumed-role\/deploy\/infra-main-4711-1/);
          return !/canary/i.test(error.message);
        },
      );
    });
  });

  for (const { name, change, message } of unusable) {
    it(`refuses an answer with ${name}, without repeating a key`, () => {
      assert.throws(
        () => judge(change),
        (error: WifError) => {
          assert.equal(error.code, 'StsAnswerUnreadable');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /canary/i);
          return true;
        },
      );
    });
  }
});
