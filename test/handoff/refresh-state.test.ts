import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { decodeState, encodeState, unreadableState, type RefreshState } from '../../src/handoff/refresh-state.ts';
import { Secret } from '../../src/secret.ts';
import { goalOf, roleIn } from './sessions.ts';

const use = '0123456789abcdef';
const hub = {
  ...roleIn('111111111111', 'hub'),
  text: 'arn:aws:iam::111111111111:role/teams/net/hub',
  path: '/teams/net/',
};
const spoke = roleIn('222222222222', 'spoke');

const state: RefreshState = {
  requestUrl: new URL('https://dev.azure.com/contoso/p/_apis/oidctoken?api-version=7.1'),
  jobToken: new Secret('canary-job-token'),
  identity: {
    connectionId: 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a',
    organizationId: '0ca3ddd9-f0b0-4635-a98c-5866526961b6',
    subject: 'sc://contoso/Payments/aws',
    kind: 'azure-devops',
    tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
  },
  terms: {
    roleSessionName: 'infra-main-4711-1',
    durationSeconds: 3600,
    policy: '{"Statement":[{"Resource":"a\\"ü"}]}',
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111111111111:policy/a+b'],
    externalId: 'external:id/\\',
    tags: Object.fromEntries([
      ['team', 'platform'],
      ['2', 'two'],
      ['__proto__', 'x'],
    ]),
    transitiveTagKeys: ['team', '__proto__'],
  },
  goals: {
    [`${use}.1`]: goalOf('network', [hub], 'eu-central-1'),
    [`${use}.2`]: goalOf('spoke', [hub, spoke, roleIn('333333333333', 'leaf')]),
    [`${use}.3`]: goalOf(undefined, [spoke]),
  },
  maxAttempts: 5,
  skipCertValidation: true,
  network: { proxy: { server: { url: 'http://proxy:8080', password: 'canary-password' } }, tls: [null, 1, 'x'] },
};

/** A state as it can be compared: secrets revealed. */
function reveal({ jobToken, ...rest }: RefreshState): unknown {
  return { ...rest, jobToken: jobToken.reveal() };
}

const bare: RefreshState = {
  ...state,
  terms: { ...state.terms, policy: undefined, policyArns: [], externalId: undefined, tags: {}, transitiveTagKeys: [] },
  identity: { ...state.identity, organizationId: undefined, subject: undefined },
  skipCertValidation: false,
  network: null,
};

const text = encodeState(state);

const foreign = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '"canary"',
  '[]',
  '{}',
  '{"goals":null}',
  '{"goals":{}}',
  '{"canary":',
  'canary no JSON',
  '\u0000canary',
  text.replace('https://dev.azure.com', 'canary'),
  text.replace(hub.text, 'canary'),
  text.replace(hub.text, hub.text.replace('arn:aws:', 'arn:aws-canary:')),
  text.replace(/"hops":\[[^\]]*\]/, '"hops":[]'),
  text.replace(/"hops":\[[^\]]*\]/, '"hops":"canary"'),
  text.replace('https://sts.eu-central-1.amazonaws.com/', 'canary'),
  `${text}${text}`,
  `${text}}`,
];

function refusalOf(damaged: string): unknown {
  try {
    decodeState(damaged);
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe('handoff/refresh-state', () => {
  describe('a refresh repeats the same session name, policies, duration, chain, external id, tags and account checks', () => {
    it('reads everything back as it was', () => {
      assert.deepEqual(reveal(decodeState(text)), reveal(state));
    });

    it('reads back that something was not given', () => {
      const { terms, identity } = decodeState(encodeState(bare));
      assert.equal(terms.policy, undefined);
      assert.equal(terms.externalId, undefined);
      assert.deepEqual({ ...terms, policy: undefined, externalId: undefined }, bare.terms);
      assert.equal(identity.organizationId, undefined);
      assert.equal(identity.subject, undefined);
    });

    it('reads every chain back in its order, with paths and endpoints', () => {
      const { goals } = decodeState(text);
      assert.deepEqual(goals, state.goals);
      assert.ok(goals[`${use}.2`]?.endpoint instanceof URL);
    });

    it('reads tags back under the names that they had, also those that objects have', () => {
      const { tags } = decodeState(text).terms;
      assert.deepEqual(Object.entries(tags), Object.entries(state.terms.tags));
    });

    it('gives the same text when it is written again', () => {
      for (const one of [state, bare]) assert.equal(encodeState(decodeState(encodeState(one))), encodeState(one));
    });

    it('does so for any terms', () => {
      const terms = fc.record(
        {
          roleSessionName: fc.string(),
          durationSeconds: fc.nat(),
          policy: fc.string({ unit: 'grapheme' }),
          policyArns: fc.array(fc.string()),
          externalId: fc.string(),
          tags: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string(), { noNullPrototype: true }),
          transitiveTagKeys: fc.array(fc.string()),
        },
        { noNullPrototype: true },
      );
      fc.assert(
        fc.property(terms, one => {
          assert.deepEqual(decodeState(encodeState({ ...state, terms: one })).terms, one);
        }),
      );
    });
  });

  it('holds no credentials: there are none in it to hold', () => {
    assert.deepEqual(Object.keys(JSON.parse(text) as object).sort(), [
      'goals',
      'identity',
      'jobToken',
      'maxAttempts',
      'network',
      'requestUrl',
      'skipCertValidation',
      'terms',
    ]);
  });

  it('keeps the token of the job a secret', () => {
    const { jobToken } = decodeState(text);
    assert.equal(jobToken.reveal(), 'canary-job-token');
    assert.doesNotMatch(inspect(jobToken, { depth: 9 }), /canary/);
  });

  describe('a state that is not whole is refused, and not shown', () => {
    it('wherever it is torn', () => {
      for (let length = 0; length < text.length; length += 1) {
        const refusal = refusalOf(text.slice(0, length));
        assert.match(String(refusal), /RefreshStateUnreadable/, `after ${length} characters`);
        assert.doesNotMatch(inspect(refusal, { depth: 9 }), /canary|contoso/);
      }
    });

    for (const damaged of foreign) {
      it(`as ${JSON.stringify(damaged.length > 40 ? `${damaged.slice(0, 20)}… of ${damaged.length}` : damaged)}`, () => {
        const refusal = refusalOf(damaged);
        assert.match(String(refusal), /RefreshStateUnreadable: .*missing or incomplete/);
        assert.doesNotMatch(inspect(refusal, { depth: 9 }), /canary|contoso/);
      });
    }

    for (const name of ['requestUrl', 'goals']) {
      it(`without ${name}`, () => {
        const { [name]: gone, ...rest } = JSON.parse(text) as Record<string, unknown>;
        assert.ok(gone !== undefined);
        assert.match(String(refusalOf(JSON.stringify(rest))), /RefreshStateUnreadable/);
      });
    }

    it('says where profiles live', () => {
      assert.match(unreadableState().message, /profiles do not outlive their job/);
    });
  });
});
