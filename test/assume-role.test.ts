import assert from 'node:assert/strict';
import { assumeRoles, type AssumeRoleRequest, type Ports } from '../src/assume-role.ts';
import { WifError, type ErrorCode } from '../src/errors.ts';
import { planFiles, type FileChoice, type FileText } from '../src/handoff/files.ts';
import { listSecrets, planVariables, type Variable } from '../src/handoff/variables.ts';
import type { Retry } from '../src/identity/keep-id-token.ts';
import type { RefusedRun } from '../src/refused-run.ts';
import { Secret } from '../src/secret.ts';
import { judgeSession, type StsAnswer } from '../src/session/credentials.ts';
import type { Goal, HopTerms, SessionTerms } from '../src/session/goal.ts';
import type { RoleArn } from '../src/session/match-role-arn.ts';
import { choice } from './handoff/variable-choice.ts';

const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
const stranger = '11111111-1aff-46ac-a80b-054d5c4f9b8a';

function roleIn(accountId: string, name: string): RoleArn {
  return { text: `arn:aws:iam::${accountId}:role/${name}`, partition: 'aws', accountId, path: '/', name };
}

const deploy = roleIn('111111111111', 'deploy');
const spoke = roleIn('222222222222', 'spoke');
const network = roleIn('333333333333', 'network');

function goalOf(profile: string | undefined, ...[first, ...rest]: readonly [RoleArn, ...RoleArn[]]): Goal {
  return {
    profile,
    hops: [first, ...rest],
    region: 'eu-west-1',
    endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
  };
}

const terms: SessionTerms = {
  roleSessionName: 'infra-main-4711-1',
  durationSeconds: 3600,
  policy: '{"Version":"2012-10-17"}',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};

const request: AssumeRoleRequest = {
  identity: { connectionId, organizationId, subject: 'sc://contoso/Payments/aws' },
  goals: [goalOf(undefined, deploy)],
  hasMainRole: true,
  terms,
  variables: choice,
  files: undefined,
};

/** A main role with a profile, one more, and one behind a hub. */
const manyGoals = [
  goalOf('azure-pipelines', deploy),
  goalOf('network', network),
  goalOf('spoke', deploy, spoke),
] as const;

const files: FileChoice = { use: '0123456789abcdef', read: () => undefined, refresh: undefined };

const answer: StsAnswer = {
  accessKeyId: 'ASIACANARY0000000000',
  secretAccessKey: 'canary/secret+access/key0000000000000000',
  sessionToken: 'canary-session-token'.repeat(40),
  expiration: new Date('2026-10-01T13:00:00Z'),
  assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/deploy/infra-main-4711-1',
};

const old = {
  iss: `https://vstoken.dev.azure.com/${organizationId}`,
  sub: 'sc://contoso/Payments/aws',
  aud: 'api://AzureADTokenExchange',
  iat: 1_790_000_000,
  exp: 1_790_000_300,
};
const entra = {
  ...old,
  iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  sub: `/eid1/c/pub/t/9D16P1v4qEyY0AixA05lZw/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`,
  aud: 'fb60f99c-7a34-4190-8149-302f77469936',
};

/** An hour before the session's end. */
const noon = { hostMs: Date.parse('2026-10-01T12:00:00Z'), sinceBootMs: 0 };

/** The answer for the role that is asked for. */
function answerFor({ role, roleSessionName }: HopTerms): StsAnswer {
  const { accountId, name } = role;
  return {
    ...answer,
    sessionToken: `canary-token-of-${name}-`.repeat(20),
    assumedRoleArn: `arn:aws:sts::${accountId}:assumed-role/${name}/${roleSessionName}`,
  };
}

/** An unsigned token that names which one it is. */
function tokenOf(claims: object, signature = 'first'): Secret {
  const parts = [{ alg: 'RS256' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return new Secret([...parts, `canary-${signature}`].join('.'));
}

function failure(code: ErrorCode): WifError {
  return new WifError({ code, found: 'failed.', expected: 'none.', remedy: 'wait.' }, { retriable: {} });
}

/** What came of a run, in the order in which it happened. */
interface Trace {
  readonly events: string[];
  readonly printed: string[];
  readonly protectedValues: string[];
  readonly published: (readonly Variable[])[];
  readonly asked: Asked[];
  readonly written: FileText[];
  readonly summaries: string[];
  readonly debugged: string[];
}

/** A request to STS: the ID token, or the session token of the hop before. */
interface Asked {
  readonly hop: HopTerms;
  readonly by: string;
}

interface Scene {
  readonly tokens?: readonly (Secret | WifError)[];
  readonly answers?: readonly (StsAnswer | WifError)[];
  /** Instead of answers one by one: what each role gets. */
  readonly answerTo?: (hop: HopTerms) => StsAnswer | WifError;
  readonly retry?: Retry;
  readonly now?: () => number;
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

/** Gives its items one by one, the last one for ever; an error among them is thrown. */
function oneByOne<T>(items: readonly (T | WifError)[]): () => Promise<T> {
  let place = 0;
  return () => {
    const item = items[Math.min(place, items.length - 1)];
    place += 1;
    if (item === undefined) return Promise.reject(new TypeError('nothing to give'));
    return item instanceof WifError ? Promise.reject(item) : Promise.resolve(item);
  };
}

function emptyTrace(): Trace {
  return {
    events: [],
    printed: [],
    protectedValues: [],
    published: [],
    asked: [],
    written: [],
    summaries: [],
    debugged: [],
  };
}

function build({ tokens = [tokenOf(old)], answers = [answer], answerTo, retry = once, now = () => 0 }: Scene): {
  ports: Ports;
  trace: Trace;
} {
  const trace = emptyTrace();
  const nextToken = oneByOne(tokens);
  const nextAnswer = oneByOne(answers);
  const answerCall = (hop: HopTerms, by: Secret): Promise<StsAnswer> => {
    trace.events.push('ask STS');
    trace.asked.push({ hop, by: by.reveal() });
    return answerTo === undefined ? nextAnswer() : oneByOne([answerTo(hop)])();
  };
  const print = (kind: string) => (line: string) => {
    trace.events.push(kind);
    trace.printed.push(line);
  };
  const ports: Ports = {
    idTokens: {
      request: id => {
        trace.events.push(`ask for the token of ${id}`);
        return nextToken();
      },
    },
    openSts: () => ({
      assumeRoleWithWebIdentity: answerCall,
      assumeRole: (hop, { sessionToken }) => answerCall(hop, sessionToken),
    }),
    agent: {
      protect: secrets => {
        trace.events.push('protect');
        trace.protectedValues.push(...secrets.map(secret => secret.reveal()));
      },
      publish: variables => {
        trace.events.push('publish');
        trace.published.push(variables);
      },
      tell: print('tell'),
      debug: line => {
        trace.debugged.push(line);
      },
      warn: (_, text) => {
        print('warn')(text);
      },
      summarize: markdown => {
        trace.events.push('summarize');
        trace.summaries.push(markdown);
      },
    },
    writeFiles: files => {
      trace.events.push(...files.map(({ name }) => `write ${name}`));
      trace.written.push(...files);
    },
    retry,
    now,
    clock: { now: () => noon },
  };
  return { ports, trace };
}

async function runToEnd(scene: Scene, change: Partial<AssumeRoleRequest> = {}): Promise<Trace> {
  const { ports, trace } = build(scene);
  await assumeRoles({ ...request, ...change }, ports);
  return trace;
}

/** What a run warned of. */
function listWarnings({ events, printed }: Trace): readonly string[] {
  const kinds = events.filter(event => event === 'tell' || event === 'warn');
  return printed.filter((_, place) => kinds[place] === 'warn');
}

async function runToFailure(
  scene: Scene,
  code: ErrorCode,
  message: RegExp,
  change: Partial<AssumeRoleRequest> = {},
): Promise<Trace> {
  const { ports, trace } = build(scene);
  await assert.rejects(assumeRoles({ ...request, ...change }, ports), { code, message });
  return trace;
}

interface Failing {
  readonly name: string;
  readonly scene: Scene;
  readonly code: ErrorCode;
  readonly message: RegExp;
}

const beforeSts: readonly Failing[] = [
  {
    name: 'Azure DevOps refuses',
    scene: { tokens: [failure('TokenRequestForbidden')] },
    code: 'TokenRequestForbidden',
    message: /failed/,
  },
  {
    name: 'the token is no JWT',
    scene: { tokens: [new Secret('canary')] },
    code: 'TokenMalformed',
    message: /1 part, not three/,
  },
  {
    name: "the token is the pipeline's own",
    scene: { tokens: [tokenOf({ ...old, sub: 'p://contoso/Payments/deploy' })] },
    code: 'TokenNotForConnection',
    message: /a pipeline/,
  },
  {
    name: "the token is another connection's",
    scene: { tokens: [tokenOf({ ...entra, sub: entra.sub.replace(connectionId, stranger) })] },
    code: 'TokenNotForConnection',
    message: /not sent to AWS/,
  },
  {
    name: "the token is another organization's",
    scene: { tokens: [tokenOf({ ...entra, sub: entra.sub.replace(organizationId, stranger) })] },
    code: 'TokenNotForConnection',
    message: /not sent to AWS/,
  },
];

const atSts: readonly Failing[] = [
  { name: 'STS refuses', scene: { answers: [failure('StsAccessDenied')] }, code: 'StsAccessDenied', message: /failed/ },
  {
    name: 'STS answers for another account',
    scene: { answers: [{ ...answer, assumedRoleArn: answer.assumedRoleArn?.replace('111111111111', '222222222222') }] },
    code: 'StsIdentityMismatch',
    message: /222222222222/,
  },
  {
    name: 'STS answers for another role',
    scene: { answers: [{ ...answer, assumedRoleArn: answer.assumedRoleArn?.replace('deploy', 'admin') }] },
    code: 'StsIdentityMismatch',
    message: /admin/,
  },
  {
    name: 'STS answers for another session',
    scene: { answers: [{ ...answer, assumedRoleArn: answer.assumedRoleArn?.replace('-1', '-2') }] },
    code: 'StsIdentityMismatch',
    message: /-2/,
  },
  {
    name: 'STS leaves the session token out',
    scene: { answers: [{ ...answer, sessionToken: undefined }] },
    code: 'StsAnswerUnreadable',
    message: /SessionToken/,
  },
  {
    name: 'STS leaves the secret key out',
    scene: { answers: [{ ...answer, secretAccessKey: '' }] },
    code: 'StsAnswerUnreadable',
    message: /SecretAccessKey/,
  },
];

const renewals = [
  {
    name: 'sends the same token while more than 60 s are left',
    lifeSeconds: 300,
    elapsedMs: 239_000,
    signature: 'first',
  },
  { name: 'renews it when under 60 s are left', lifeSeconds: 300, elapsedMs: 240_001, signature: 'second' },
  { name: 'renews it when it is over', lifeSeconds: 300, elapsedMs: 900_000, signature: 'second' },
  {
    name: 'sends the same token of a day for a whole step',
    lifeSeconds: 86_700,
    elapsedMs: 600_000,
    signature: 'first',
  },
  {
    name: 'renews the token of ten minutes when under 60 s are left',
    lifeSeconds: 600,
    elapsedMs: 540_001,
    signature: 'second',
  },
];

describe('assume-role', () => {
  it('asks Azure DevOps once and STS once, then hands the session on', async () => {
    const { events } = await runToEnd({ tokens: [tokenOf(entra)] });
    assert.deepEqual(
      events.filter(event => event !== 'tell'),
      [`ask for the token of ${connectionId}`, 'protect', 'ask STS', 'protect', 'protect', 'publish', 'summarize'],
    );
  });

  it('asks STS for what was requested, with the token that it got', async () => {
    const { asked } = await runToEnd({});
    assert.deepEqual(asked, [{ hop: { role: deploy, ...terms }, by: tokenOf(old).reveal() }]);
  });

  for (const change of [{}, { prefix: 'NETWORK_' }, { setVariables: false }, { hasReferenceName: false }]) {
    it(`publishes the planned variables of the session with ${JSON.stringify(change)}`, async () => {
      const variables = { ...request.variables, ...change };
      const { published } = await runToEnd({}, { variables });
      const session = judgeSession(answer, { ...terms, role: deploy }, noon);
      assert.deepEqual(published, [planVariables({ session, region: 'eu-west-1' }, variables)]);
    });
  }

  describe('every secret is registered with the agent before anything else can print it', () => {
    it('registers the ID token, and every key with its Base64 forms', async () => {
      const { protectedValues } = await runToEnd({});
      const session = judgeSession(answer, { ...terms, role: deploy }, noon);
      const expected = [tokenOf(old), ...listSecrets(session)].map(secret => secret.reveal());
      assert.deepEqual(new Set(protectedValues), new Set(expected));
    });

    it('registers the ID token before it tells, warns or asks STS of anything', async () => {
      const { events } = await runToEnd({ tokens: [tokenOf({ ...old, sub: 'sc://contoso/Payments/new' })] });
      assert.deepEqual(events.slice(0, 3), [`ask for the token of ${connectionId}`, 'protect', 'warn']);
    });

    it('registers the keys right after the answer of STS', async () => {
      const { events } = await runToEnd({});
      assert.equal(events[events.indexOf('ask STS') + 1], 'protect');
    });

    it('registers a token before it refuses it', async () => {
      const pipeline = tokenOf({ ...old, sub: 'p://contoso/Payments/deploy' });
      const { protectedValues } = await runToFailure({ tokens: [pipeline] }, 'TokenNotForConnection', /a pipeline/);
      assert.deepEqual(protectedValues, [pipeline.reveal()]);
    });

    it('registers a renewed token too', async () => {
      let now = 0;
      const { protectedValues } = await runToEnd({
        tokens: [tokenOf(old), tokenOf(old, 'second')],
        answers: [failure('StsUnavailable'), answer],
        retry: persistent,
        now: () => (now += 200_000),
      });
      assert.ok(protectedValues.includes(tokenOf(old, 'second').reveal()));
    });

    it('tells no token and no key', async () => {
      const { printed } = await runToEnd({});
      assert.doesNotMatch(printed.join('\n'), /canary/i);
    });

    it('sums up no token and no key', async () => {
      const { summaries } = await runToEnd({ answerTo: answerFor }, { goals: manyGoals, files });
      assert.equal(summaries.length, 1);
      assert.doesNotMatch(summaries.join('\n'), /canary/i);
    });

    it('registers the keys of every role, with all their forms', async () => {
      const { protectedValues } = await runToEnd({ answerTo: answerFor }, { goals: manyGoals, files });
      for (const role of [deploy, network, spoke]) {
        const session = judgeSession(answerFor({ ...terms, role }), { ...terms, role }, noon);
        const missing = listSecrets(session).filter(secret => !protectedValues.includes(secret.reveal()));
        assert.equal(missing.length, 0, `${missing.length} values of ${role.name} are not registered`);
      }
    });

    it('registers the keys of a role on the way, which no step gets', async () => {
      const goals = [goalOf('spoke', deploy, spoke)] as const;
      const { protectedValues } = await runToEnd({ answerTo: answerFor }, { goals, files });
      const { accessKeyId, secretAccessKey, sessionToken } = answerFor({ ...terms, role: deploy });
      for (const key of [accessKeyId, secretAccessKey, sessionToken]) assert.ok(protectedValues.includes(key ?? ''));
    });

    it('registers the keys that it has although another role failed', async () => {
      const answerTo = (hop: HopTerms) => (hop.role === network ? failure('StsAccessDenied') : answerFor(hop));
      const { protectedValues } = await runToFailure({ answerTo }, 'StsAccessDenied', /network/, { goals: manyGoals });
      const { sessionToken = '' } = answerFor({ ...terms, role: deploy });
      assert.ok(protectedValues.includes(sessionToken), 'the session token of deploy is not registered');
    });
  });

  describe('nothing is published unless everything asked for was obtained', () => {
    for (const { name, scene, code, message } of beforeSts) {
      it(`publishes nothing, and sends nothing to STS, where ${name}`, async () => {
        const { published, asked, written } = await runToFailure(scene, code, message, { files });
        assert.deepEqual(published, []);
        assert.deepEqual(asked, []);
        assert.deepEqual(written, []);
      });
    }

    for (const { name, scene, code, message } of atSts) {
      it(`publishes nothing where ${name}`, async () => {
        const { published, printed, written } = await runToFailure(scene, code, message, { files });
        assert.deepEqual(published, []);
        assert.deepEqual(written, []);
        assert.doesNotMatch(printed.join('\n'), /Assumed/);
      });
    }
  });

  describe('many roles at once', () => {
    it('asks for one ID token, and for each role with it or with the hop before', async () => {
      const { events, asked } = await runToEnd({ answerTo: answerFor }, { goals: manyGoals, files });
      assert.equal(events.filter(event => event.startsWith('ask for the token')).length, 1);
      const { sessionToken = '' } = answerFor({ ...terms, role: deploy });
      assert.deepEqual(asked.map(({ hop, by }) => `${hop.role.name} by ${by}`).sort(), [
        `deploy by ${tokenOf(old).reveal()}`,
        `deploy by ${tokenOf(old).reveal()}`,
        `network by ${tokenOf(old).reveal()}`,
        `spoke by ${sessionToken}`,
      ]);
    });

    it('writes the planned files, then publishes the variables of the main role, then sums up', async () => {
      const { events, written, published } = await runToEnd({ answerTo: answerFor }, { goals: manyGoals, files });
      assert.deepEqual(
        events.filter(event => /^(?:write|publish|summarize)/.test(event)),
        ['write config', 'write credentials', 'publish', 'summarize'],
      );
      const opened = manyGoals.map(goal => {
        const role = goal.hops.at(-1) ?? deploy;
        return { goal, session: judgeSession(answerFor({ ...terms, role }), { ...terms, role }, noon) };
      });
      assert.deepEqual(written, planFiles(opened, files).files);
      const session = judgeSession(answerFor({ ...terms, role: deploy }), { ...terms, role: deploy }, noon);
      assert.deepEqual(published, [planVariables({ session, region: 'eu-west-1' }, request.variables)]);
    });

    it('publishes no credentials where no role is the main one', async () => {
      const { published } = await runToEnd({ answerTo: answerFor }, { goals: manyGoals, hasMainRole: false, files });
      assert.deepEqual(published, [planVariables(undefined, request.variables)]);
      assert.ok(!published.flat().some(({ value }) => value instanceof Secret));
    });

    it('is all or none: it writes and publishes nothing where one of them fails, and names it', async () => {
      for (const failing of [deploy, network, spoke]) {
        const answerTo = (hop: HopTerms) => (hop.role === failing ? failure('StsAccessDenied') : answerFor(hop));
        const change = { goals: manyGoals, files };
        const { written, published, summaries } = await runToFailure(
          { answerTo },
          'StsAccessDenied',
          new RegExp(failing.text),
          change,
        );
        assert.deepEqual({ written, published, summaries }, { written: [], published: [], summaries: [] });
      }
    });

    it('publishes nothing where a file cannot be written', async () => {
      const { ports, trace } = build({ answerTo: answerFor });
      const refuse = () => {
        throw failure('FilesNotWritten');
      };
      const run = assumeRoles({ ...request, goals: manyGoals, files }, { ...ports, writeFiles: refuse });
      await assert.rejects(run, { code: 'FilesNotWritten', message: /failed/ });
      assert.deepEqual(trace.published, []);
    });

    it('writes nothing where a profile file of the job is not ours', async () => {
      const foreign: FileChoice = { ...files, read: name => (name === 'credentials' ? '[default]\n' : undefined) };
      const change = { goals: manyGoals, files: foreign };
      const { written, published } = await runToFailure(
        { answerTo: answerFor },
        'ProfileFileUnreadable',
        /credentials file/,
        change,
      );
      assert.deepEqual({ written, published }, { written: [], published: [] });
    });

    it('names both roles of a profile that stands for another one from now on', async () => {
      const first = await runToEnd({ answerTo: answerFor }, { goals: [goalOf('network', network)], files });
      const read = (name: string) => first.written.find(file => file.name === name)?.text;
      const again = { ...files, use: 'fedcba9876543210', read };
      const { printed } = await runToEnd({ answerTo: answerFor }, { goals: [goalOf('network', spoke)], files: again });
      assert.match(printed.join('\n'), new RegExp(`Profile network .*${network.text}.*${spoke.text}`));
    });
  });

  describe('what can pass is tried again', () => {
    it('asks Azure DevOps again', async () => {
      const { events, published } = await runToEnd({
        tokens: [failure('TokenServiceUnavailable'), tokenOf(old)],
        retry: persistent,
      });
      assert.deepEqual(events.slice(0, 3), [
        `ask for the token of ${connectionId}`,
        `ask for the token of ${connectionId}`,
        'protect',
      ]);
      assert.equal(published.length, 1);
    });

    it('asks STS again with the token that it has', async () => {
      const { asked, published } = await runToEnd({
        answers: [failure('StsUnavailable'), failure('StsThrottled'), answer],
        retry: persistent,
      });
      assert.deepEqual(
        asked.map(({ by }) => by),
        Array(3).fill(tokenOf(old).reveal()),
      );
      assert.equal(published.length, 1);
    });

    it('does not believe a wrong answer the second time either', async () => {
      const { published } = await runToFailure(
        {
          answers: [failure('StsUnavailable'), { ...answer, assumedRoleArn: 'arn:aws:sts::2:assumed-role/a/b' }],
          retry: persistent,
        },
        'StsIdentityMismatch',
        /assumed-role\/a\/b/,
      );
      assert.deepEqual(published, []);
    });
  });

  describe('the ID token is renewed when under 60 s are left', () => {
    for (const { name, lifeSeconds, elapsedMs, signature } of renewals) {
      for (const start of [0, 1e9]) {
        it(`${name} (life ${lifeSeconds} s, ${elapsedMs / 1000} s gone, clock from ${start})`, async () => {
          let now = start;
          const claims = { ...old, exp: old.iat + lifeSeconds };
          const { ports, trace } = build({
            tokens: [tokenOf(claims), tokenOf(claims, 'second')],
            answers: [failure('StsUnavailable'), answer],
            now: () => now,
            retry: async operation => {
              try {
                return await operation();
              } catch {
                now += elapsedMs;
                return operation();
              }
            },
          });
          await assumeRoles(request, ports);
          assert.equal(trace.asked.length, 2);
          assert.equal(trace.asked[1]?.by, tokenOf(claims, signature).reveal());
        });
      }
    }

    it('checks the renewed token before it is sent', async () => {
      let now = 0;
      const other = tokenOf({ ...entra, sub: entra.sub.replace(connectionId, stranger) }, 'second');
      const scene: Scene = {
        tokens: [tokenOf(old), other],
        answers: [failure('StsUnavailable'), answer],
        retry: persistent,
        now: () => (now += 200_000),
      };
      const { asked, published } = await runToFailure(scene, 'TokenNotForConnection', /not sent to AWS/);
      assert.deepEqual(
        asked.map(({ by }) => by),
        [tokenOf(old).reveal()],
      );
      assert.deepEqual(published, []);
    });
  });

  describe('a failure is explained once its ID token is known', () => {
    /** What a failing run told its explanation, which may fail itself. */
    async function listExplained(scene: Scene, code: ErrorCode, fail = false): Promise<readonly RefusedRun[]> {
      const explained: RefusedRun[] = [];
      const explain = (refused: RefusedRun): void => {
        explained.push(refused);
        if (fail) throw new TypeError('the explanation');
      };
      const { ports } = build(scene);
      await assert.rejects(assumeRoles(request, { ...ports, explain }), { code });
      return explained;
    }

    it('tells what was refused, and of which claims', async () => {
      const [told, ...more] = await listExplained({ answers: [failure('StsAccessDenied')] }, 'StsAccessDenied');
      assert.deepEqual(more, []);
      assert.equal(told?.error.code, 'StsAccessDenied');
      assert.equal(told.claims.sub, old.sub);
      assert.deepEqual(
        told.refused.map(({ hop, error }) => [hop.role.text, error.code]),
        [[deploy.text, 'StsAccessDenied']],
      );
    });

    it('names no refused call where STS answered for another role', async () => {
      const wrong = { ...answer, assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/other/infra-main-4711-1' };
      const [told] = await listExplained({ answers: [wrong] }, 'StsIdentityMismatch');
      assert.deepEqual(told?.refused, []);
    });

    it('tells nothing before there is a token', async () => {
      const scene = { tokens: [failure('TokenRequestForbidden')] };
      assert.deepEqual(await listExplained(scene, 'TokenRequestForbidden'), []);
    });

    it('ends with the failure itself where the explanation fails', async () => {
      const told = await listExplained({ answers: [failure('StsAccessDenied')] }, 'StsAccessDenied', true);
      assert.equal(told.length, 1);
    });
  });

  describe('the log', () => {
    it('warns of a subject that is not the one in the settings of the connection', async () => {
      const { events, printed } = await runToEnd({
        tokens: [tokenOf({ ...old, sub: 'sc://contoso/Payments/renamed' })],
      });
      assert.ok(events.includes('warn'), events.join());
      assert.match(printed.join('\n'), /connection renamed.*connection aws/);
    });

    it('warns of nothing where all is well', async () => {
      assert.deepEqual(listWarnings(await runToEnd({ tokens: [tokenOf(entra)] })), []);
    });

    it('warns of the retired issuer, and of nothing else', async () => {
      const warnings = listWarnings(await runToEnd({ tokens: [tokenOf(old)] }));
      assert.equal(warnings.length, 1);
      assert.match(warnings.join(), /retires on 2027-07-01/);
    });

    it('warns of no retirement in a cloud that keeps the issuer', async () => {
      const scene = { tokens: [tokenOf(old)] };
      const warnings = listWarnings(await runToEnd(scene, { connection: { environment: 'AzureUSGovernment' } }));
      assert.deepEqual(warnings, []);
    });

    const words = [
      {
        name: 'the old issuer',
        claims: old,
        parts: [organizationId, 'organization contoso, project Payments, connection aws'],
        whole: old,
      },
      { name: 'the Entra issuer', claims: entra, parts: [tenantId, organizationId, connectionId], whole: entra },
    ];
    for (const { name, claims, parts, whole } of words) {
      it(`names ${name} and the subject in parts, since the agent masks the whole`, async () => {
        const text = (await runToEnd({ tokens: [tokenOf(claims)] })).printed.join('\n');
        for (const part of parts) assert.ok(text.includes(part), `${text} lacks ${part}`);
        assert.ok(!text.includes(whole.iss) && !text.includes(whole.sub), text);
      });
    }

    for (const { ahead, warnings } of [
      { ahead: -7200, warnings: [/2 hours behind AWS's/] },
      { ahead: 200, warnings: [] },
      { ahead: 7200, warnings: [/2 hours ahead of AWS's/] },
    ]) {
      it(`a clock ${ahead} s ahead of AWS's: ${warnings.length} warning, and ends by this clock for later steps`, async () => {
        const date = new Date(noon.hostMs - ahead * 1000);
        const expiration = new Date(date.getTime() + 3_600_000);
        const skewed = (hop: HopTerms) => ({ ...answerFor(hop), date, expiration });
        const goals = [goalOf(undefined, deploy), goalOf('network', network)] as const;
        const trace = await runToEnd({ tokens: [tokenOf(entra)], answerTo: skewed }, { goals, files });
        const warned = listWarnings(trace);
        assert.equal(warned.length, warnings.length, warned.join('\n'));
        for (const [index, warning] of warnings.entries()) assert.match(warned[index] ?? '', warning);
        const end = trace.published.flat().find(({ name }) => name === 'AWS_CREDENTIAL_EXPIRATION');
        assert.equal(end?.value, '2026-10-01T13:00:00Z');
      });
    }

    it('names the assumed role and until when it is valid', async () => {
      const { printed } = await runToEnd({});
      assert.match(
        printed.join('\n'),
        /^\(no profile\) +111111111111 +deploy +eu-west-1 +2026-10-01T13:00:00Z \(in 60 minutes\)$/m,
      );
    });
  });
});
