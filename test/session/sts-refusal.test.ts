import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/errors.ts';
import { judgeStsRefusal, type StsContext } from '../../src/session/sts-refusal.ts';

const context: StsContext = {
  action: 'AssumeRoleWithWebIdentity',
  role: {
    text: 'arn:aws:iam::111111111111:role/deploy',
    partition: 'aws',
    accountId: '111111111111',
    path: '/',
    name: 'deploy',
  },
  region: 'eu-west-1',
  durationSeconds: 7200,
};

interface Row {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly is: ErrorCode;
  readonly says: RegExp;
}

/** Wire codes and messages as STS sends them; none of these passes on its own. */
const final: readonly Row[] = [
  {
    code: 'AccessDenied',
    status: 403,
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    is: 'StsAccessDenied',
    says: /trust policy/,
  },
  {
    code: 'InvalidIdentityToken',
    status: 400,
    message: 'No OpenIDConnect provider found in your account for https://vstoken.dev.azure.com/x',
    is: 'StsProviderMissing',
    says: /no trailing slash/,
  },
  {
    code: 'InvalidIdentityToken',
    status: 400,
    message: 'Incorrect token audience',
    is: 'StsAudienceRefused',
    says: /499b84ac-1321-427f-aa17-267ca6975798 and fb60f99c-7a34-4190-8149-302f77469936/,
  },
  {
    code: 'InvalidIdentityToken',
    status: 400,
    message: 'The ID Token provided is not a valid JWT.',
    is: 'StsTokenInvalid',
    says: /verify/,
  },
  {
    code: 'InvalidIdentityToken',
    status: 400,
    message: "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    is: 'StsTokenInvalid',
    says: /aws-wif thumbprints refresh/,
  },
  {
    code: 'AccessDenied',
    status: 403,
    message:
      'User: anonymous is not authorized to perform: sts:AssumeRoleWithWebIdentity on resource: arn:aws:iam::111111111111:role/deploy with an explicit deny in a resource control policy: arn:aws:organizations::222222222222:policy/o-a/resource_control_policy/p-b',
    is: 'StsAccessDenied',
    says: /a Deny in a resource control policy applies\..*Ask the administrators of the AWS organization/s,
  },
  {
    code: 'AccessDenied',
    status: 403,
    message: 'because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action',
    is: 'StsAccessDenied',
    says: /no VPC endpoint policy allows the request\..*Correct the policy of the VPC endpoint/s,
  },
  {
    code: 'AccessDenied',
    status: 403,
    message: 'Ask your service control policy administrator about a VPC endpoint policy',
    is: 'StsAccessDenied',
    says: /same error for every mistake/,
  },
  {
    code: 'ExpiredTokenException',
    status: 400,
    message: 'Token expired: current date/time 1 must be before the expiration date/time 0',
    is: 'StsTokenExpired',
    says: /has not expired/,
  },
  {
    code: 'IDPRejectedClaim',
    status: 403,
    message: 'rejected',
    is: 'StsClaimRejected',
    says: /app registration or managed identity/,
  },
  {
    code: 'MalformedPolicyDocument',
    status: 400,
    message: 'Syntax errors in policy.',
    is: 'StsPolicyMalformed',
    says: /sessionPolicy/,
  },
  {
    code: 'PackedPolicyTooLarge',
    status: 400,
    message: 'Packed size of session tags',
    is: 'StsPolicyTooLarge',
    says: /packed size/,
  },
  {
    code: 'RegionDisabledException',
    status: 403,
    message: 'STS is not activated in this region',
    is: 'StsRegionDisabled',
    says: /eu-west-1.*111111111111/,
  },
  {
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    is: 'StsDurationRefused',
    says: /7200 s/,
  },
  {
    code: 'ValidationError',
    status: 400,
    message: "1 validation error detected: Value 'x' at 'roleArn' failed",
    is: 'StsRequestRejected',
    says: /Follow AWS's message/,
  },
  {
    code: 'InvalidAction',
    status: 400,
    message: 'The action is not valid',
    is: 'StsRequestRejected',
    says: /Follow AWS's message/,
  },
  { code: 'SomethingNew', status: 418, message: 'teapot', is: 'StsRequestRejected', says: /teapot/ },
  { code: '__proto__', status: 400, message: 'm', is: 'StsRequestRejected', says: /__proto__/ },
  { code: 'toString', status: 400, message: 'm', is: 'StsRequestRejected', says: /toString/ },
  { code: 'constructor', status: 400, message: 'm', is: 'StsRequestRejected', says: /constructor/ },
];

const passing: readonly Row[] = [
  {
    code: 'InvalidIdentityToken',
    status: 400,
    message:
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    is: 'StsKeyUnavailable',
    says: /keys/,
  },
  {
    code: 'IDPCommunicationError',
    status: 400,
    message: 'could not be reached',
    is: 'StsIdentityProviderUnreachable',
    says: /keys/,
  },
  { code: 'Throttling', status: 400, message: 'Rate exceeded', is: 'StsThrottled', says: /maxAttempts/ },
  { code: 'ThrottlingException', status: 400, message: 'Rate exceeded', is: 'StsThrottled', says: /Rate exceeded/ },
  { code: 'ThrottledException', status: 400, message: 'Rate exceeded', is: 'StsThrottled', says: /Rate exceeded/ },
  { code: 'RequestLimitExceeded', status: 503, message: 'Rate exceeded', is: 'StsThrottled', says: /Rate exceeded/ },
  {
    code: 'TooManyRequestsException',
    status: 429,
    message: 'Rate exceeded',
    is: 'StsThrottled',
    says: /Rate exceeded/,
  },
  { code: 'Unknown', status: 429, message: 'slow', is: 'StsThrottled', says: /slow/ },
  { code: 'InternalFailure', status: 500, message: 'oops', is: 'StsUnavailable', says: /health\.aws\.amazon\.com/ },
  { code: 'ServiceUnavailable', status: 503, message: 'oops', is: 'StsUnavailable', says: /another region/ },
  { code: 'no error code', status: 502, message: 'no message', is: 'StsUnavailable', says: /502/ },
];

const chained: StsContext = { ...context, action: 'AssumeRole', durationSeconds: 3600 };

/** What STS refuses a chained hop with; none of these passes on its own. */
const finalOfChain: readonly Row[] = [
  {
    code: 'AccessDenied',
    status: 403,
    message: 'User: arn:aws:sts::222222222222:assumed-role/hub/x is not authorized to perform: sts:AssumeRole',
    is: 'StsAccessDenied',
    says: /trusts the previous role.*sts:ExternalId.*externalId/s,
  },
  {
    code: 'AccessDenied',
    status: 403,
    message: 'User: arn:aws:sts::222222222222:assumed-role/hub/x is not authorized to perform: sts:TagSession',
    is: 'StsAccessDenied',
    says: /Session tags also need sts:TagSession/,
  },
  ...(
    [
      [
        'because no role trust policy allows the sts:AssumeRole action',
        /no role trust policy .+Correct the role's trust/s,
      ],
      [
        'with an explicit deny in the role trust policy',
        /a Deny in the role's trust policy .+whether that Deny is meant/s,
      ],
      ['because no identity-based policy allows the sts:AssumeRole action', /Correct the permissions of the role that/],
      ['with an explicit deny in an identity-based policy', /a Deny in an identity-based policy applies/],
      ['because no permissions boundary allows the sts:AssumeRole action', /its permissions boundary/],
      ['because no session policy allows the sts:AssumeRole action', /the session's session policy/],
      ['with an explicit deny in a service control policy', /the administrators of the AWS organization/],
    ] as const
  ).map(([ending, says]) => ({
    code: 'AccessDenied',
    status: 403,
    message: `User: arn:aws:sts::222222222222:assumed-role/hub/x is not authorized to perform: sts:AssumeRole ${ending}`,
    is: 'StsAccessDenied' as const,
    says,
  })),
  { code: 'ExpiredToken', status: 403, message: 'expired', is: 'StsCallerRefused', says: /clock/ },
  { code: 'RequestExpired', status: 400, message: 'Request has expired', is: 'StsCallerRefused', says: /clock/ },
  { code: 'InvalidClientTokenId', status: 403, message: 'invalid', is: 'StsCallerRefused', says: /clock/ },
  { code: 'SignatureDoesNotMatch', status: 403, message: 'no match', is: 'StsCallerRefused', says: /clock/ },
  { code: 'PackedPolicyTooLarge', status: 400, message: 'tags', is: 'StsPolicyTooLarge', says: /packed size/ },
  { code: 'MalformedPolicyDocument', status: 400, message: 'bad', is: 'StsPolicyMalformed', says: /sessionPolicy/ },
  { code: 'RegionDisabledException', status: 403, message: 'off', is: 'StsRegionDisabled', says: /eu-west-1/ },
  {
    code: 'ValidationError',
    status: 400,
    message: "1 validation error detected: Value '' at 'externalId' failed",
    is: 'StsRequestRejected',
    says: /Follow AWS's message/,
  },
];

describe('session/sts-refusal', () => {
  for (const { is, says, ...refusal } of final) {
    it(`explains ${refusal.code} (${refusal.status}) "${refusal.message.slice(0, 40)}" as ${is}, not to be tried again`, () => {
      const error = judgeStsRefusal({ ...refusal, retryAfterMs: 1000 }, context);
      assert.equal(error.code, is);
      assert.match(error.message, says);
      assert.equal(error.retriable, undefined);
    });
  }

  for (const { is, says, ...refusal } of passing) {
    it(`explains ${refusal.code} (${refusal.status}) "${refusal.message.slice(0, 40)}" as ${is}, to be tried again`, () => {
      const error = judgeStsRefusal({ ...refusal, retryAfterMs: 1000 }, context);
      assert.equal(error.code, is);
      assert.match(error.message, says);
      assert.deepEqual(error.retriable, { afterMs: 1000 });
    });
  }

  for (const refusal of [...final, ...passing]) {
    it(`names role, code, status and the words of AWS for ${refusal.code} (${refusal.status})`, () => {
      const { message } = judgeStsRefusal(refusal, context);
      for (const part of [context.role.text, refusal.code, String(refusal.status), refusal.message]) {
        assert.ok(message.includes(part), `${message} lacks ${part}`);
      }
    });
  }

  for (const { is, says, ...refusal } of finalOfChain) {
    it(`explains ${refusal.code} of a chained hop, "${refusal.message.slice(-20)}", as ${is}, not to be tried again`, () => {
      const error = judgeStsRefusal({ ...refusal, retryAfterMs: 1000 }, chained);
      assert.equal(error.code, is);
      assert.match(error.message, says);
      assert.ok(error.message.includes(chained.role.text));
      assert.equal(error.retriable, undefined);
    });
  }

  for (const { is, says, ...refusal } of passing.filter(({ code }) => !/^I(?:DP|nvalidIdentity)/.test(code))) {
    it(`explains ${refusal.code} (${refusal.status}) of a chained hop as ${is}, to be tried again`, () => {
      const error = judgeStsRefusal({ ...refusal, retryAfterMs: 1000 }, chained);
      assert.equal(error.code, is);
      assert.match(error.message, says);
      assert.deepEqual(error.retriable, { afterMs: 1000 });
    });
  }

  it('does not send a chained role to the subject of the connection, nor the first one to the role before it', () => {
    const refusal = { code: 'AccessDenied', status: 403, message: 'no.' };
    assert.doesNotMatch(judgeStsRefusal(refusal, chained).message, /:sub|service connection/);
    assert.doesNotMatch(judgeStsRefusal(refusal, context).message, /previous role|externalId/);
    assert.doesNotMatch(judgeStsRefusal(refusal, chained).message, /sts:TagSession/);
  });

  it('shows a hostile message as one harmless line', () => {
    const message = 'a\n##vso[task.setvariable variable=AWS_REGION]mars\u001b[2J';
    const error = judgeStsRefusal({ code: 'AccessDenied', status: 403, message }, context);
    assert.doesNotMatch(error.message, /##vso\[|a\n|\p{Cc}\[2J/u);
  });
});
