import assert from 'node:assert/strict';
import { IamError } from '../../../src/aws/iam-error.ts';
import { explainIamFailure } from '../../../src/cli/accounts/iam-failure.ts';
import { wrongUsage } from '../../../src/cli/terminal/failure.ts';
import { WifError } from '../../../src/errors.ts';

/** An error as the SDK throws what AWS answers with. */
function serviceError(name: string): Error {
  return Object.assign(new Error(`${name} of AWS`), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}

const rows = [
  ['a call that is denied', new IamError('forbidden', 'iam:GetRole', 'no'), 3, 'IamForbidden', 'Allow iam:GetRole'],
  ['--assume-role that is denied', new IamError('forbidden', 'sts:AssumeRole', 'no'), 3, 'AssumeRoleRefused', 'trust'],
  ...(
    [
      ['iam:GetRole', 'is not authorized with an explicit deny', 'IamForbidden', 'Find the Deny for iam:GetRole'],
      [
        'iam:GetRole',
        'with an explicit deny in a service control policy',
        'IamForbidden',
        'its service control policy denies iam:GetRole',
      ],
      [
        'iam:GetRole',
        'because no service control policy allows the x action',
        'IamForbidden',
        'policy does not allow iam:GetRole',
      ],
      [
        'iam:GetRole',
        'because no VPC endpoint policy allows the x action',
        'IamForbidden',
        'Correct the policy of the VPC endpoint',
      ],
      [
        'iam:GetRole',
        'because no permissions boundary allows the x action',
        'IamForbidden',
        'Allow iam:GetRole in the permissions boundary',
      ],
      [
        'iam:GetRole',
        'with an explicit deny in an identity-based policy',
        'IamForbidden',
        'Remove the Deny for iam:GetRole in the identity-based',
      ],
      [
        'sts:AssumeRole',
        'because no role trust policy allows the x action',
        'AssumeRoleRefused',
        'Correct the role trust policy',
      ],
      [
        'sts:AssumeRole',
        'with an explicit deny in a service control policy',
        'AssumeRoleRefused',
        'the administrators of the AWS organization',
      ],
    ] as const
  ).map(
    ([action, said, code, remedy]) =>
      [`${action} ${said}`, new IamError('forbidden', action, said), 3, code, remedy] as const,
  ),
  ['no credentials', new IamError('no-credentials', 'sts:GetCallerIdentity', 'no'), 3, 'AwsCredentialsMissing', 'sso'],
  ['wrong credentials', new IamError('credentials', 'sts:GetCallerIdentity', 'no'), 3, 'AwsCredentialsRefused', 'Sign'],
  [
    'a clock that is wrong',
    new IamError('credentials', 'iam:ListRoles', 'Signature expired: 20260101T000000Z is now earlier than'),
    3,
    'AwsCredentialsRefused',
    "this machine's clock",
  ],
  [
    'a request that came too late',
    new IamError('credentials', 'iam:ListRoles', 'no', serviceError('RequestExpired')),
    3,
    'AwsCredentialsRefused',
    "this machine's clock",
  ],
  ['no way to AWS', new IamError('unreachable', 'iam:ListRoles', 'no'), 3, 'IamUnavailable', 'HTTPS_PROXY'],
  [
    'a quota',
    new IamError('rejected', 'iam:CreateRole', 'no', serviceError('LimitExceededException')),
    3,
    'IamQuotaReached',
    'Service Quotas',
  ],
  [
    'a proxy that wants a login',
    new WifError({ code: 'ProxyAuthenticationRequired', found: 'f', expected: 'e', remedy: 'r' }),
    3,
    'ProxyAuthenticationRequired',
    'r',
  ],
  ['wrong usage, once accounts are open', wrongUsage('f', 'e'), 1, 'UsageWrong', '--help'],
  ['a defect', new TypeError('x is undefined'), 3, 'InternalError', 'Report'],
] as const;

describe('cli/accounts/iam-failure', () => {
  it('names no account before it is known', () => {
    const { problems } = explainIamFailure(new IamError('no-credentials', 'iam:ListRoles', 'no'), '');
    assert.equal(problems[0]?.found, 'iam:ListRoles found no AWS credentials. Message: no');
  });

  it('says how long AWS did not answer, and of what cannot be reached why', () => {
    for (const [said, found] of [
      ['no response within 30 s', 'iam:ListRoles in account 111111111111 got no response within 30 s.'],
      ['ECONNREFUSED', 'iam:ListRoles in account 111111111111 could not reach AWS. Message: ECONNREFUSED'],
    ] as const) {
      const { problems } = explainIamFailure(new IamError('unreachable', 'iam:ListRoles', said), '111111111111');
      assert.equal(problems[0]?.found, found);
    }
  });

  it('says that AWS names one kind of policy, where it names one', () => {
    for (const [said, isSaid] of [
      ['with an explicit deny in a service control policy', true],
      ['because no role trust policy allows the x action', true],
      ['is not authorized with an explicit deny', false],
    ] as const) {
      for (const action of ['iam:GetRole', 'sts:AssumeRole']) {
        const { problems } = explainIamFailure(new IamError('forbidden', action, said), '');
        assert.equal(problems[0]?.remedy.includes('AWS names only one kind of policy'), isSaid, said);
      }
    }
  });

  for (const [name, thrown, exit, code, remedy] of rows) {
    it(`${name}: ${code}`, () => {
      const failure = explainIamFailure(thrown, '111111111111');
      assert.deepEqual([failure.exit, failure.problems.map(one => one.code)], [exit, [code]]);
      assert.ok(failure.problems[0]?.remedy.includes(remedy), failure.problems[0]?.remedy);
    });
  }
});
