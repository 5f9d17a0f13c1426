import assert from 'node:assert/strict';
import { WifError, type ErrorCode } from '../../src/errors.ts';
import type { Retry } from '../../src/identity/keep-id-token.ts';
import { Secret } from '../../src/secret.ts';
import type { StsAnswer } from '../../src/session/credentials.ts';
import type { Goal, HopTerms, SessionTerms } from '../../src/session/goal.ts';
import { maxAtOnce, openSession, openSessions, type SessionPorts } from '../../src/session/open-session.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';

const terms: SessionTerms = {
  roleSessionName: 'infra-main-4711-1',
  durationSeconds: 3600,
  policy: undefined,
  policyArns: [],
  externalId: 'external-id',
  tags: { team: 'platform' },
  transitiveTagKeys: [],
};

function roleIn(accountId: string, name: string): RoleArn {
  return { text: `arn:aws:iam::${accountId}:role/${name}`, partition: 'aws', accountId, path: '/', name };
}

const [hub, spoke, leaf] = [
  roleIn('111111111111', 'hub'),
  roleIn('222222222222', 'spoke'),
  roleIn('333333333333', 'leaf'),
];

function goalOf(profile: string | undefined, ...[first, ...rest]: readonly [RoleArn, ...RoleArn[]]): Goal {
  return {
    profile,
    hops: [first, ...rest],
    region: 'eu-west-1',
    endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
  };
}

function goalsOf(count: number): readonly Goal[] {
  return Array.from({ length: count }, (_, index) =>
    goalOf(`profile-${index}`, roleIn('111111111111', `role-${index}`)),
  );
}

/** Credentials that name the role they are of. */
function answerFor({ role, roleSessionName }: HopTerms): StsAnswer {
  return {
    accessKeyId: `ASIA-of-${role.name}-000000`,
    secretAccessKey: `secret-of-${role.name}-000000`,
    sessionToken: `session-of-${role.name}-000000`,
    expiration: new Date('2026-10-01T13:00:00Z'),
    assumedRoleArn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${roleSessionName}`,
  };
}

function failure(code: ErrorCode, found = 'failed.', retriable = false): WifError {
  return new WifError({ code, found, expected: 'none.', remedy: 'wait.' }, retriable ? { retriable: {} } : {});
}

const once: Retry = operation => operation();

/** Tries again as long as a failure is retriable. */
const persistent: Retry = async operation => {
  for (;;) {
    try {
      return await operation();
    } catch (thrown) {
      if (!(thrown instanceof WifError) || thrown.retriable === undefined) throw thrown;
    }
  }
};

interface Scene {
  readonly ports: SessionPorts;
  /** Each request: the role, and what it was asked with. */
  readonly asked: string[];
  readonly hops: HopTerms[];
  readonly protectedValues: string[];
  readonly goals: Goal[];
  /** The most requests that were on their way at the same time. */
  readonly maxInFlight: () => number;
}

type Judge = (hop: HopTerms, request: number) => StsAnswer | Error;

function build(judge: Judge = answerFor, retry: Retry = once): Scene {
  const asked: string[] = [];
  const hops: HopTerms[] = [];
  const protectedValues: string[] = [];
  const goals: Goal[] = [];
  let inFlight = 0;
  let most = 0;
  const answer = async (hop: HopTerms, by: Secret): Promise<StsAnswer> => {
    const request = asked.push(`${hop.role.name} by ${by.reveal()}`);
    hops.push(hop);
    inFlight += 1;
    most = Math.max(most, inFlight);
    await new Promise(resolve => setTimeout(resolve, 1));
    inFlight -= 1;
    const judged = judge(hop, request);
    if (judged instanceof Error) throw judged;
    return judged;
  };
  const openSts = (goal: Goal) => {
    goals.push(goal);
    return {
      assumeRoleWithWebIdentity: answer,
      assumeRole: (hop: HopTerms, { sessionToken }: { readonly sessionToken: Secret }) => answer(hop, sessionToken),
    };
  };
  const clock = { now: () => ({ hostMs: Date.parse('2026-10-01T12:00:00Z'), sinceBootMs: 0 }) };
  const protect: SessionPorts['protect'] = secrets => {
    protectedValues.push(...secrets.map(secret => secret.reveal()));
  };
  return { ports: { protect, openSts, retry, clock }, asked, hops, protectedValues, goals, maxInFlight: () => most };
}

const idToken = () => Promise.resolve(new Secret('id-token'));

/** The error of goals that do not all open. */
async function errorOf(goals: readonly Goal[], judge: Judge): Promise<WifError> {
  const thrown: unknown = await openSessions(goals, terms, idToken, build(judge).ports).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof WifError, `no WifError: ${String(thrown)}`);
  return thrown;
}

describe('session/open-session', () => {
  describe('one goal', () => {
    it('is opened with the ID token', async () => {
      const { ports, asked } = build();
      const session = await openSession(goalOf('hub', hub), terms, idToken, ports);
      assert.deepEqual(asked, ['hub by id-token']);
      assert.equal(session.role, hub);
      assert.equal(session.credentials.sessionToken.reveal(), 'session-of-hub-000000');
    });

    it('is opened hop by hop, each with the credentials of the one before', async () => {
      const { ports, asked } = build();
      const session = await openSession(goalOf('leaf', hub, spoke, leaf), terms, idToken, ports);
      assert.deepEqual(asked, ['hub by id-token', 'spoke by session-of-hub-000000', 'leaf by session-of-spoke-000000']);
      assert.equal(session.assumedRoleArn, 'arn:aws:sts::333333333333:assumed-role/leaf/infra-main-4711-1');
    });

    it('is asked with what was planned for each hop, at the endpoint of the goal', async () => {
      const { ports, hops, goals } = build();
      const goal = goalOf('leaf', hub, spoke, leaf);
      await openSession(goal, terms, idToken, ports);
      assert.deepEqual(
        hops.map(({ externalId, tags }) => ({ externalId, tags })),
        [
          { externalId: undefined, tags: {} },
          { externalId: undefined, tags: { team: 'platform' } },
          { externalId: 'external-id', tags: {} },
        ],
      );
      assert.deepEqual(goals, [goal]);
    });

    for (const failing of [hub, spoke, leaf]) {
      it(`goes no further where ${failing.name} is refused`, async () => {
        const judge: Judge = hop => (hop.role === failing ? failure('StsAccessDenied') : answerFor(hop));
        const { ports, hops } = build(judge);
        await assert.rejects(openSession(goalOf('leaf', hub, spoke, leaf), terms, idToken, ports), {
          code: 'StsAccessDenied',
          message: /failed/,
        });
        assert.equal(hops.at(-1)?.role, failing);
      });

      it(`believes no answer of another role in the place of ${failing.name}`, async () => {
        const other = { ...failing, name: 'admin' };
        const judge: Judge = hop => answerFor(hop.role === failing ? { ...hop, role: other } : hop);
        const { ports, hops } = build(judge);
        await assert.rejects(openSession(goalOf('leaf', hub, spoke, leaf), terms, idToken, ports), {
          code: 'StsIdentityMismatch',
          message: /admin/,
        });
        assert.equal(hops.at(-1)?.role, failing);
      });
    }

    it('has the keys of every answer protected, those of the roles on the way too', async () => {
      const { ports, protectedValues } = build();
      await openSession(goalOf('spoke', hub, spoke), terms, idToken, ports);
      assert.deepEqual(
        protectedValues,
        ['hub', 'spoke'].flatMap(name => [
          `ASIA-of-${name}-000000`,
          `secret-of-${name}-000000`,
          `session-of-${name}-000000`,
        ]),
      );
    });

    it('has the keys of an answer protected before it is judged, since a refusal might show them', async () => {
      const judge: Judge = hop => ({ ...answerFor(hop), assumedRoleArn: 'arn:of:another', sessionToken: undefined });
      const { ports, protectedValues } = build(judge);
      await assert.rejects(openSession(goalOf('hub', hub), terms, idToken, ports), {
        code: 'StsAnswerUnreadable',
        message: /SessionToken/,
      });
      assert.deepEqual(protectedValues, ['ASIA-of-hub-000000', 'secret-of-hub-000000']);
    });

    it('tries a hop again where that can pass, and not the ones before it', async () => {
      const judge: Judge = (hop, request) => (request === 2 ? failure('StsThrottled', 'slow.', true) : answerFor(hop));
      const { ports, asked } = build(judge, persistent);
      await openSession(goalOf('spoke', hub, spoke), terms, idToken, ports);
      assert.deepEqual(asked, ['hub by id-token', 'spoke by session-of-hub-000000', 'spoke by session-of-hub-000000']);
    });

    it('asks for the ID token anew before each attempt, since the one before may be over', async () => {
      let number = 0;
      const fresh = () => Promise.resolve(new Secret(`id-token-${(number += 1)}`));
      const judge: Judge = (hop, request) =>
        request === 1 ? failure('StsUnavailable', 'down.', true) : answerFor(hop);
      const { ports, asked } = build(judge, persistent);
      await openSession(goalOf('hub', hub), terms, fresh, ports);
      assert.deepEqual(asked, ['hub by id-token-1', 'hub by id-token-2']);
    });

    it('sends nothing to STS where there is no ID token', async () => {
      const { ports, asked } = build();
      const none = () => Promise.reject(failure('TokenRequestForbidden'));
      await assert.rejects(openSession(goalOf('hub', hub), terms, none, ports), {
        code: 'TokenRequestForbidden',
        message: /failed/,
      });
      assert.deepEqual(asked, []);
    });
  });

  describe('many goals', () => {
    for (const count of [1, 2, 20, 200]) {
      it(`are opened in the order of their lines: ${count}`, async () => {
        const goals = goalsOf(count);
        const sessions = await openSessions(goals, terms, idToken, build().ports);
        assert.deepEqual(
          sessions.map(({ role }) => role),
          goals.map(({ hops: [role] }) => role),
        );
      });
    }

    for (const { count, most } of [
      { count: 5, most: 5 },
      { count: 20, most: 20 },
      { count: 21, most: 20 },
      { count: 200, most: 20 },
    ]) {
      it(`are opened in parallel, at most twenty at once: ${most} of ${count}`, async () => {
        const { ports, maxInFlight } = build();
        await openSessions(goalsOf(count), terms, idToken, ports);
        assert.equal(maxInFlight(), most);
        assert.equal(maxAtOnce, 20);
      });
    }
  });

  describe('with profiles, all or none', () => {
    it('names every role that failed, with its profile and its own reason', async () => {
      const goals = goalsOf(60);
      const isBad = (name: string) => ['role-0', 'role-7', 'role-59'].includes(name);
      const error = await errorOf(goals, hop =>
        isBad(hop.role.name) ? failure('StsAccessDenied', `${hop.role.name} refused.`) : answerFor(hop),
      );
      assert.deepEqual(
        error.faults.map(({ found }) => found),
        ['0', '7', '59'].map(
          id => `profile profile-${id} (arn:aws:iam::111111111111:role/role-${id}): role-${id} refused.`,
        ),
      );
      assert.deepEqual(
        error.faults.map(({ code, expected, remedy }) => ({ code, expected, remedy })),
        Array(3).fill({ code: 'StsAccessDenied', expected: 'none.', remedy: 'wait.' }),
      );
    });

    it('names the way to a role that failed', async () => {
      const goals = [goalOf('one', hub), goalOf('two', hub, spoke)];
      const error = await errorOf(goals, hop => (hop.role === spoke ? failure('StsAccessDenied') : answerFor(hop)));
      assert.equal(error.faults[0]?.found, `profile two (${hub.text} > ${spoke.text}): failed.`);
    });

    it('names all two hundred', async () => {
      const error = await errorOf(goalsOf(200), () => failure('StsAccessDenied'));
      assert.equal(error.faults.length, 200);
      assert.equal(new Set(error.faults.map(({ found }) => found)).size, 200);
    });

    it('tells reasons apart', async () => {
      const codes: Readonly<Record<string, ErrorCode>> = { 'role-0': 'StsThrottled', 'role-1': 'StsProviderMissing' };
      const error = await errorOf(goalsOf(3), hop => {
        const code = codes[hop.role.name];
        return code === undefined ? answerFor(hop) : failure(code);
      });
      assert.deepEqual(
        error.faults.map(({ code }) => code),
        ['StsThrottled', 'StsProviderMissing'],
      );
      assert.equal(error.retriable, undefined);
    });

    it('leaves the reason of a single goal as it is', async () => {
      const error = await errorOf(goalsOf(1), () => failure('StsAccessDenied', 'only one.'));
      assert.deepEqual(
        error.faults.map(({ found }) => found),
        ['only one.'],
      );
    });

    it('calls what no port may throw a defect, and names its goal', async () => {
      const error = await errorOf(goalsOf(2), hop =>
        hop.role.name === 'role-1' ? new TypeError('x is not a function') : answerFor(hop),
      );
      assert.equal(error.code, 'InternalError');
      assert.match(error.message, /profile profile-1 .*x is not a function/);
    });

    it('calls an endpoint that cannot be opened a failure of its goal alone', async () => {
      const { ports } = build();
      const openSts = (goal: Goal) => {
        if (goal.profile === 'profile-1') throw failure('InputInvalid', 'no endpoint.');
        return ports.openSts(goal);
      };
      await assert.rejects(openSessions(goalsOf(3), terms, idToken, { ...ports, openSts }), (error: WifError) => {
        assert.deepEqual(
          error.faults.map(({ found }) => found),
          ['profile profile-1 (arn:aws:iam::111111111111:role/role-1): no endpoint.'],
        );
        return true;
      });
    });

    it('opens the others to their end although one is refused, so that all that fail are known', async () => {
      const { ports, asked } = build(hop => (hop.role.name === 'role-0' ? failure('StsAccessDenied') : answerFor(hop)));
      await assert.rejects(openSessions(goalsOf(30), terms, idToken, ports), {
        code: 'StsAccessDenied',
        message: /role-0/,
      });
      assert.equal(new Set(asked).size, 30);
    });
  });

  describe('a cancel wins', () => {
    for (const place of [0, 1, 24]) {
      it(`over the failures of the other goals, wherever it hits: ${place}`, async () => {
        const error = await errorOf(goalsOf(25), hop =>
          hop.role.name === `role-${place}` ? failure('Canceled', 'canceled.') : failure('StsAccessDenied'),
        );
        assert.equal(error.code, 'Canceled');
        assert.deepEqual(
          error.faults.map(({ found }) => found),
          ['canceled.'],
        );
      });
    }

    it('is said once, however many goals it hit', async () => {
      const error = await errorOf(goalsOf(25), () => failure('Canceled', 'canceled.'));
      assert.deepEqual(
        error.faults.map(({ code }) => code),
        ['Canceled'],
      );
    });
  });
});
