import assert from 'node:assert/strict';
import {
  describeGoal,
  finalRole,
  maxChainedSeconds,
  planHops,
  type Goal,
  type SessionTerms,
} from '../../src/session/goal.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';

function roleOf(number: number): RoleArn {
  const accountId = String(number).repeat(12);
  const name = `role-${number}`;
  return { text: `arn:aws:iam::${accountId}:role/${name}`, partition: 'aws', accountId, path: '/', name };
}

/** A goal whose chain has so many roles. */
function goalOf(length: number, profile?: string): Goal {
  const [first = roleOf(1), ...rest] = Array.from({ length }, (_, index) => roleOf(index + 1));
  return {
    profile,
    hops: [first, ...rest],
    region: 'eu-west-1',
    endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
  };
}

const terms: SessionTerms = {
  roleSessionName: 'infra-main-4711-1',
  durationSeconds: 3599,
  policy: '{"Version":"2012-10-17"}',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  externalId: 'external-id',
  tags: { team: 'platform', stage: 'prod' },
  transitiveTagKeys: ['team'],
};

const lengths = [1, 2, 3, 4, 5];

/** The places of the hops for which something holds. */
function placesOf(length: number, holds: (hop: ReturnType<typeof planHops>[number]) => boolean): readonly number[] {
  return planHops(goalOf(length), terms).flatMap((hop, place) => (holds(hop) ? [place] : []));
}

describe('session/goal', () => {
  for (const length of lengths) {
    const last = length - 1;
    const firstChained = length > 1 ? [1] : [];
    const lastChained = length > 1 ? [last] : [];

    describe(`a chain of ${length}`, () => {
      it('asks for its roles in order, all by the same session name', () => {
        const hops = planHops(goalOf(length), terms);
        assert.deepEqual(
          hops.map(({ role }) => role),
          goalOf(length).hops,
        );
        assert.deepEqual(new Set(hops.map(({ roleSessionName }) => roleSessionName)), new Set(['infra-main-4711-1']));
      });

      it('asks for the duration at the last hop, and for the shortest one on the way', () => {
        assert.deepEqual(
          planHops(goalOf(length), terms).map(({ durationSeconds }) => durationSeconds),
          [...Array<number>(last).fill(900), 3599],
        );
      });

      it('narrows the last hop alone by the session policies', () => {
        assert.deepEqual(
          placesOf(length, ({ policy }) => policy === terms.policy),
          [last],
        );
        assert.deepEqual(
          placesOf(length, ({ policy }) => policy === undefined),
          [...Array(last).keys()],
        );
        assert.deepEqual(
          placesOf(length, ({ policyArns }) => policyArns.length > 0),
          [last],
        );
      });

      it(`shows the external id at ${length > 1 ? 'the last hop' : 'no hop'}`, () => {
        assert.deepEqual(
          placesOf(length, ({ externalId }) => externalId !== undefined),
          lastChained,
        );
      });

      it(`gives the tags, and which of them travel on, to ${length > 1 ? 'the first chained hop' : 'no hop'}`, () => {
        assert.deepEqual(
          placesOf(length, ({ tags }) => Object.keys(tags).length > 0),
          firstChained,
        );
        assert.deepEqual(
          placesOf(length, ({ transitiveTagKeys }) => transitiveTagKeys.length > 0),
          firstChained,
        );
      });

      it('takes every text as it was given', () => {
        const hops = planHops(goalOf(length), terms);
        for (const place of lastChained) assert.equal(hops[place]?.externalId, 'external-id');
        for (const place of firstChained) {
          assert.deepEqual(hops[place]?.tags, terms.tags);
          assert.deepEqual(hops[place].transitiveTagKeys, ['team']);
        }
        assert.deepEqual(hops[last]?.policyArns, terms.policyArns);
      });

      it('ends at its last role', () => {
        assert.deepEqual(finalRole(goalOf(length)), roleOf(length));
      });

      it('plans the same for the same terms, however often', () => {
        assert.deepEqual(planHops(goalOf(length), terms), planHops(goalOf(length), terms));
      });
    });
  }

  it('gives a session that is used once on the way no longer life than STS makes it have', () => {
    const [hub] = planHops(goalOf(2), { ...terms, durationSeconds: 43_200 });
    assert.equal(hub.durationSeconds, 900);
  });

  it('knows that AWS gives chained roles an hour at most', () => {
    assert.equal(maxChainedSeconds, 3600);
  });

  const words = [
    { goal: goalOf(1), text: 'arn:aws:iam::111111111111:role/role-1' },
    { goal: goalOf(1, 'network'), text: 'profile network (arn:aws:iam::111111111111:role/role-1)' },
    {
      goal: goalOf(3, 'network'),
      text: 'profile network (arn:aws:iam::111111111111:role/role-1 > arn:aws:iam::222222222222:role/role-2 > arn:aws:iam::333333333333:role/role-3)',
    },
  ];
  for (const { goal, text } of words) {
    it(`says ${text}`, () => {
      assert.equal(describeGoal(goal), text);
    });
  }
});
