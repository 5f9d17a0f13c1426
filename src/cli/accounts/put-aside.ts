import type { CarryOutRules } from '../../account/carry-out.ts';
import type { PlannedChange } from '../../account/state.ts';
import { IamError } from '../../aws/iam-error.ts';
import { chooseDenialRemedy } from './iam-failure.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { measureDocument, largestQuota } from '../../trust/policy-document.ts';

/**
 * By these rules a role that IAM refuses for good, that is gone, or that somebody else has changed is put aside, and the
 * others are done. What may pass is tried again. A provider is not put aside: the roles wait for it.
 */
export const roleByRole: CarryOutRules = {
  putsAside: (thrown, { change }) => change.kind === 'set-trust-policy' && isForGood(thrown),
  standsAlone: ({ change }) => change.kind === 'set-trust-policy',
  mayPass: thrown =>
    thrown instanceof IamError && ['throttled', 'unavailable', 'unreadable', 'unreachable'].includes(thrown.refusal),
};

function isForGood(thrown: unknown): boolean {
  return thrown instanceof IamError && ['rejected', 'forbidden', 'not-found'].includes(thrown.refusal);
}

interface Words {
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/**
 * Returns what IAM refuses for good about one role, with the role's name and what to do.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html#API_UpdateAssumeRolePolicy_Errors
 */
export function describeAside({ change, document }: PlannedChange, thrown: unknown, accountId: string): Problem {
  const role = document.kind === 'role' ? (document.before?.arn ?? document.name) : document.arn;
  const size = change.kind === 'set-trust-policy' ? measureDocument(change.trustPolicy) : 0;
  const isOversize = thrown instanceof IamError && thrown.awsCode === 'LimitExceeded';
  const { found, expected, remedy } = isOversize ? describeQuota(size) : chooseWords(thrown);
  const said = thrown instanceof IamError ? thrown.said : String(thrown);
  return {
    code: isOversize ? 'TrustPolicyQuota' : 'RoleRefused',
    found: neutralise(
      `${role} in account ${accountId} ${found}. IAM says: ${said.replace(/\.$/, '')}. The role was not changed; the other roles are not affected.`,
    ),
    expected,
    remedy,
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function describeQuota(size: number): Words {
  return {
    found: `would get a trust policy of ${size} characters, which IAM rejects`,
    expected: 'a trust policy within the account\'s quota "Role trust policy length".',
    remedy: `Request an increase of this quota in Service Quotas (to at most ${largestQuota}), or split the connections over several roles; then run the command again. Without either, it fails again.`,
  };
}

function chooseWords(thrown: unknown): Words {
  const error =
    thrown instanceof IamError ? thrown : new IamError('rejected', 'iam:UpdateAssumeRolePolicy', String(thrown));
  const { refusal, awsCode } = error;
  if (refusal === 'not-found') {
    return {
      found: 'no longer exists',
      expected: 'the role that the plan was based on.',
      remedy: 'If it was deleted on purpose, nothing: the next run plans without it.',
    };
  }
  if (refusal === 'forbidden') return describeForbidden(error);
  if (awsCode === 'MalformedPolicyDocument') {
    return {
      found: 'has a trust policy that IAM no longer accepts',
      expected: 'principals that exist in every statement of the trust policy.',
      remedy:
        'Remove the principal that IAM names from the trust policy (usually a deleted user or role, shown as AIDA... or AROA...), then run the command again.',
    };
  }
  if (awsCode === 'UnmodifiableEntity') {
    return {
      found: 'belongs to an AWS service, and only that service may change it',
      expected: 'a role whose trust policy can be changed.',
      remedy: 'Use your own role for its pipelines.',
    };
  }
  return {
    found: 'cannot be changed as planned: IAM rejects it',
    expected: 'a change that IAM accepts.',
    remedy: "Correct the role as IAM's message says, then run the command again.",
  };
}

function describeForbidden(error: IamError): Words {
  const isDenied = /explicit deny/i.test(error.said);
  return {
    found: isDenied ? 'cannot be changed: a policy denies it' : 'cannot be changed with these credentials',
    expected: `an identity that is allowed ${error.action} on the role, and no service control policy, permissions boundary or session policy that denies it.`,
    remedy: chooseDenialRemedy(error),
  };
}
