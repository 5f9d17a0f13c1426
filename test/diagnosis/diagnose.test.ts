import assert from 'node:assert/strict';
import { errorCodes, type ErrorCode } from '../../src/errors.ts';
import type { Claims } from '../../src/identity/claims.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Diagnosis, RefusedCall } from '../../src/diagnosis/refused-call.ts';
import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../src/trust/web-identity.ts';
import { account, azp, entraAudience, oldAudience, oldClaims, organizationId, tenantId } from '../trust/company.ts';
import { call, explain, hub, issuers } from './refused-calls.ts';

function readAll({ sent, likely, fix }: Diagnosis): string {
  return [sent, ...likely, ...fix].join('\n');
}

/** Refusals of AWS that say all there is to say by their code. */
const named: readonly (readonly [ErrorCode, Partial<RefusedCall>, ...string[]])[] = [
  ['StsKeyUnavailable', {}, "could not download the issuer's signing keys", 'says nothing about the trust policy'],
  ['StsTokenExpired', {}, '2026-09-21T14:13:20Z to 2026-09-21T14:18:20Z (300 s)', 'five minutes'],
  ['StsTokenInvalid', {}, 'changed on the way'],
  ['StsTokenInvalid', { said: "certificate doesn't match configured thumbprint" }, 'aws-wif thumbprints refresh'],
  ['StsIdentityProviderUnreachable', {}, "could not reach the token's issuer"],
  ['StsClaimRejected', {}, 'Verify the service connection'],
  ['StsPolicyMalformed', {}, 'Correct sessionPolicy'],
  ['StsPolicyTooLarge', {}, 'too large once packed'],
  ['StsRegionDisabled', {}, 'deactivated for the account'],
  ['StsDurationRefused', { durationSeconds: 7201 }, '7201 s', 'MaxSessionDuration', 'refreshCredentials'],
  ['StsDurationRefused', { durationSeconds: 7201, caller: hub }, 'chained role (3600 s)', 'refreshCredentials'],
  ['StsRequestRejected', {}, "AWS's message names"],
  ['StsThrottled', {}, 'did not evaluate the request'],
  ['StsUnavailable', {}, 'did not evaluate the request'],
  ['StsCallerRefused', { caller: hub }, 'made with the previous session'],
  ['StsAccessDenied', { caller: hub }, `does not name ${hub}`, 'sts:ExternalId', 'sts:TagSession', 'not the ID token'],
];

/** Refusals that are about who AWS lets in: what is sent, what may decide, what to do. */
const trusts: readonly (readonly [ErrorCode, keyof typeof issuers, ...string[]])[] = [
  [
    'StsAccessDenied',
    'entra',
    'does not exist',
    `aud ${entraAudience} and azp ${azp}`,
    ':sub',
    `does not allow ${azp}`,
  ],
  ['StsAccessDenied', 'entra', 'converting a connection changes', ':tid, :oid or :azp', 'control policy'],
  ['StsAccessDenied', 'old', 'does not exist', 'Principal.Federated', 'rename', `does not allow ${oldAudience}`],
  ['StsAccessDenied', 'old', `with aud ${oldAudience} and no azp`, ':tid, :oid or :azp'],
  [
    'StsProviderMissing',
    'entra',
    'host login.microsoftonline.com',
    `path /${tenantId}/v2.0, no trailing slash`,
    'without /v2.0',
  ],
  ['StsProviderMissing', 'entra', `client IDs (audiences) with it: ${azp}, ${entraAudience}.`],
  [
    'StsProviderMissing',
    'old',
    'host vstoken.dev.azure.com',
    `path /${organizationId}, no trailing slash`,
    `: ${oldAudience}.`,
  ],
  ['StsAudienceRefused', 'entra', `azp, which is ${azp}`, `to the provider: ${azp}, ${entraAudience}.`, ':sub'],
  ['StsAudienceRefused', 'old', `aud, which is ${oldAudience}`, `to the provider: ${oldAudience}.`],
];

const isRefusal = (code: ErrorCode): boolean =>
  code.startsWith('Sts') && !['StsAnswerUnreadable', 'StsIdentityMismatch'].includes(code);

describe('diagnosis/diagnose', () => {
  for (const [code, change, ...says] of named) {
    it(`explains ${code} with ${JSON.stringify(change)}, and offers no statement`, () => {
      const diagnosis = explain(code, change);
      for (const text of says)
        assert.ok(readAll(diagnosis).includes(text), `"${text}" is not in\n${readAll(diagnosis)}`);
      assert.deepEqual([diagnosis.statement, diagnosis.policy], [undefined, undefined]);
    });
  }

  for (const [code, issuer, ...says] of trusts) {
    it(`explains ${code} of the ${issuer} issuer: ${says.join(' / ')}`, () => {
      const text = readAll(explain(code, { claims: issuers[issuer] }));
      for (const part of says) assert.ok(text.includes(part), `"${part}" is not in\n${text}`);
    });
  }

  for (const code of errorCodes.filter(one => !isRefusal(one))) {
    it(`has no diagnosis for ${code}, which is no refusal of AWS`, () => {
      assert.equal(diagnose(call(code)), undefined);
    });
  }

  it('has one for every refusal of AWS', () => {
    const mute = errorCodes.filter(isRefusal).filter(code => diagnose(call(code, { caller: hub })) === undefined);
    assert.deepEqual(mute, []);
  });

  for (const [issuer, claims] of Object.entries(issuers)) {
    it(`shows issuer and subject of the ${issuer} issuer in parts alone, the statement apart`, () => {
      const text = readAll(explain('StsProviderMissing', { claims }));
      for (const whole of [claims.iss, claims.sub]) assert.ok(!text.includes(whole), text);
    });

    for (const code of ['StsAccessDenied', 'StsProviderMissing', 'StsAudienceRefused'] as const) {
      it(`offers for ${code} one statement that lets in the connection of the ${issuer} issuer and no other`, () => {
        const { statement = '', policy = '', fix } = explain(code, { claims });
        assert.deepEqual((JSON.parse(policy) as { Statement: unknown[] }).Statement, [JSON.parse(statement)]);
        assert.equal(decide(statement, claims), 'allowed');
        assert.equal(decide(statement, { ...claims, sub: `${claims.sub}x` }), 'denied');
        assert.equal(decide(statement, { ...claims, aud: ['other'], azp: undefined }), 'denied');
        assert.match(
          fix.join('\n'),
          /Ask the owner of the role's account before .+ Anyone who can run a pipeline can trigger this error/s,
        );
      });
    }
  }

  /** What AWS says, whether a role's session made the call, the cause, and whether a statement could help. */
  const denials: readonly (readonly [string, string | undefined, RegExp, boolean])[] = [
    [
      'with an explicit deny in a resource control policy',
      undefined,
      /^AWS names the cause: a Deny in a resource/,
      false,
    ],
    ['because no VPC endpoint policy allows the x action', undefined, /no VPC endpoint policy allows/, false],
    ['with an explicit deny in the role trust policy', undefined, /a Deny in the role's trust policy/, false],
    ['because no role trust policy allows the x action', undefined, /no role trust policy allows/, true],
    ['because no role trust policy allows the x action', hub, /no role trust policy allows/, false],
    ['with an explicit deny in a service control policy', hub, /a Deny in a service control policy/, false],
  ];
  for (const [said, caller, cause, isOffered] of denials) {
    it(`guesses nothing where AWS names what denied: ${said}${caller === undefined ? '' : ', in a chain'}`, () => {
      const { likely, statement } = explain('StsAccessDenied', { said, caller });
      assert.equal(likely.length, 1);
      assert.match(likely.join(), cause);
      assert.equal(statement !== undefined, isOffered);
    });
  }

  const strangers: readonly (readonly [string, Partial<Claims>])[] = [
    ['a pipeline', { sub: 'p://contoso/Payments/infra' }],
    ['nobody that is known', { sub: 'x' }],
    ['an unknown issuer', { iss: 'https://token.example' }],
    ['a name that no policy has room for', { iss: oldClaims.iss, sub: `sc://contoso/Payments/${'a'.repeat(5000)}` }],
  ];
  for (const [name, change] of strangers) {
    it(`offers no statement for ${name}`, () => {
      const diagnosis = explain('StsAccessDenied', { claims: { ...issuers.entra, ...change } });
      assert.deepEqual([diagnosis.statement, diagnosis.policy], [undefined, undefined]);
      assert.doesNotMatch(diagnosis.fix.join('\n'), /statement/);
    });
  }

  const hostile = [
    '##vso[task.setvariable variable=X]1',
    '##[error]lost',
    '```\n# <script>alert(1)</script>',
    '${aws:userid}',
    '$${*}',
    '\u202etxt\u200b\u00ad\u0085\u2028',
    'Ünïcødé – 東京 🚀',
    '"}]}, {"Effect": "Allow", "Principal": "*"',
  ];
  for (const name of hostile) {
    it(`keeps ${JSON.stringify(name)} harmless in lines, and as it is in the statement`, () => {
      const claims = { ...issuers.old, sub: `sc://contoso/Payments/${name}` };
      const { statement = '', ...rest } = explain('StsAccessDenied', { claims });
      for (const line of readAll(rest).split('\n'))
        assert.doesNotMatch(line, /##vso\[|##\[|[\u0080-\u009f\u202e\u200b\u2028]/i);
      assert.match(statement, /^[\n\x20-\x7e]+$/);
      assert.doesNotMatch(statement, /[#`<>]/);
      assert.equal(decide(statement, claims), 'allowed');
      assert.equal(decide(statement, issuers.old), 'denied');
    });
  }
});

function decide(statement: string, claims: Claims): string {
  const policy = parseTrustPolicy(`{"Version":"2012-10-17","Statement":[${statement}]}`);
  return evaluateTrust(policy, describeWebIdentity({ claims, account })).decision;
}
