import assert from 'node:assert/strict';
import { WifError, type ErrorCode } from '../src/errors.ts';
import { watchSts } from '../src/refused-run.ts';
import { Secret } from '../src/secret.ts';
import type { Credentials, StsAnswer } from '../src/session/credentials.ts';
import { planHops, type Goal, type SessionTerms } from '../src/session/goal.ts';
import { isRoleArn, parseRoleArn } from '../src/session/role-arn.ts';
import type { RoleArn } from '../src/session/match-role-arn.ts';

const terms: SessionTerms = {
  roleSessionName: 'infra',
  durationSeconds: 3600,
  policy: undefined,
  policyArns: [],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};
const answer: StsAnswer = {
  accessKeyId: 'a',
  secretAccessKey: 'b',
  sessionToken: 'c',
  expiration: new Date(0),
  assumedRoleArn: 'd',
};
const secret = new Secret('secret');
const keys: Credentials = {
  accessKeyId: secret,
  secretAccessKey: secret,
  sessionToken: secret,
  expiration: new Date(0),
};

function role(name: string): RoleArn {
  const parsed = parseRoleArn(`arn:aws:iam::111111111111:role/${name}`);
  if (!isRoleArn(parsed)) throw new TypeError(name);
  return parsed;
}

const hub = role('hub');
const spoke = role('spoke');
const goal: Goal = {
  profile: undefined,
  hops: [hub, spoke],
  region: 'eu-west-1',
  endpoint: new URL('https://sts.example'),
};

function failure(code: ErrorCode): WifError {
  return new WifError({ code, found: 'failed.', expected: 'none.', remedy: 'wait.' });
}

type Outcome = ErrorCode | 'answer';

/** Goes through the hops of the goal with what STS gives call by call; a failed hop is tried again. */
async function play(outcomes: readonly Outcome[], final: WifError) {
  const left = [...outcomes];
  const give = () => {
    const outcome = left.shift();
    if (outcome === undefined || outcome === 'answer') return Promise.resolve(answer);
    return Promise.reject(failure(outcome));
  };
  const watch = watchSts(() => ({ assumeRoleWithWebIdentity: give, assumeRole: give }), [goal]);
  const sts = watch.openSts(goal);
  const [first, ...rest] = planHops(goal, terms);
  const calls = [
    () => sts.assumeRoleWithWebIdentity(first, secret),
    ...rest.map(hop => () => sts.assumeRole(hop, keys)),
  ];
  for (const call of calls) {
    while (left.length > 0 && !(await call().then(...([() => true, () => false] as const))));
  }
  return watch.listRefused(final).map(({ hop, caller, error }) => [hop.role.name, caller?.name, error.code]);
}

const rows: readonly (readonly [string, readonly Outcome[], ErrorCode, readonly unknown[]])[] = [
  ['nothing was refused', ['answer', 'answer'], 'FilesRefused', []],
  ['the ID token was refused', ['StsAccessDenied'], 'StsAccessDenied', [['hub', undefined, 'StsAccessDenied']]],
  [
    'a chained role was refused',
    ['answer', 'StsAccessDenied'],
    'StsAccessDenied',
    [['spoke', 'hub', 'StsAccessDenied']],
  ],
  ['a refusal passed', ['StsThrottled', 'answer', 'answer'], 'FilesRefused', []],
  [
    'the last refusal counts',
    ['StsThrottled', 'StsAccessDenied'],
    'StsAccessDenied',
    [['hub', undefined, 'StsAccessDenied']],
  ],
  ['another failure came after', ['StsThrottled'], 'TokenRequestForbidden', []],
];

describe('refused-run', () => {
  for (const [name, outcomes, final, expected] of rows) {
    it(`knows what was refused where ${name}`, async () => {
      assert.deepEqual(await play(outcomes, failure(final)), expected);
    });
  }

  it('passes answers and errors on as they are', async () => {
    const error = failure('StsAccessDenied');
    const sts = watchSts(
      () => ({ assumeRoleWithWebIdentity: () => Promise.resolve(answer), assumeRole: () => Promise.reject(error) }),
      [goal],
    ).openSts(goal);
    const [first] = planHops(goal, terms);
    assert.equal(await sts.assumeRoleWithWebIdentity(first, secret), answer);
    await assert.rejects(sts.assumeRole(first, keys), thrown => thrown === error);
  });
});
