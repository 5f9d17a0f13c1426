import type { CarryOutRules } from '../../account/carry-out.ts';
import type { PlannedChange } from '../../account/change.ts';
import { IamError } from '../../aws/iam-error.ts';
import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import { measureDocument } from '../../trust/policy-document.ts';
import { largestQuota } from '../../trust/render.ts';

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
    found: `would have a trust policy of ${size} characters, and IAM refuses it`,
    expected: 'a trust policy within the quota "Role trust policy length" of the account.',
    remedy: `Have this quota raised in Service Quotas (to ${largestQuota} at most) and run the command again, or split the connections over several roles; running it again without either changes nothing.`,
  };
}

function chooseWords(thrown: unknown): Words {
  const { refusal, awsCode, action, said } =
    thrown instanceof IamError ? thrown : new IamError('rejected', 'iam:UpdateAssumeRolePolicy', String(thrown));
  if (refusal === 'not-found') {
    return {
      found: 'no longer exists',
      expected: 'the role that was read for the plan.',
      remedy: 'Nothing, if it was deleted on purpose: the next run plans without it.',
    };
  }
  if (refusal === 'forbidden') return describeForbidden(action, said);
  if (awsCode === 'MalformedPolicyDocument') {
    return {
      found: 'has a trust policy that IAM no longer accepts',
      expected: 'principals that exist, in every statement of the trust policy.',
      remedy:
        'Remove what IAM names from the trust policy by hand (usually a user or role that was deleted, shown as AIDA... or AROA...), then run the command again.',
    };
  }
  if (awsCode === 'UnmodifiableEntity') {
    return {
      found: 'is a role of an AWS service, which only that service may change',
      expected: 'a role whose trust policy may be changed.',
      remedy: 'Move its pipelines to a role of your own.',
    };
  }
  return {
    found: 'has a change that IAM refuses',
    expected: 'a change that IAM accepts.',
    remedy: 'Read what IAM says, correct the role by hand, then run the command again.',
  };
}

function describeForbidden(action: string, said: string): Words {
  const isDenied = /explicit deny/i.test(said);
  return {
    found: isDenied ? 'may not be changed: a policy denies it' : 'may not be changed with these credentials',
    expected: `${action} is allowed on the role, and no service control policy, permissions boundary or session policy denies it.`,
    remedy: isDenied
      ? 'Ask whoever owns the policy that AWS names (usually one of the organization) to exempt this identity, or to make the change; then run the command again.'
      : `Allow ${action} on the role, then run the command again.`,
  };
}
