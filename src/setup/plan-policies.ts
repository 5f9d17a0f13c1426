import type { PolicyState, RolePolicies, RoleState } from '../account/iam.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';

/** What a role has already. */
interface Attached {
  readonly role: RoleState | undefined;
  readonly policies: RolePolicies;
}

/** What IAM says of the policies that a role is to have, by ARN. */
interface LookedAt {
  readonly newPolicies: ReadonlyMap<string, PolicyState>;
}

/** Returns the ARNs of the managed policies that a role is to have, as policy or boundary, and has not yet. */
export function listNewPolicies(
  { role: { policyArns, boundaryArn } }: Pick<SetupRequest, 'role'>,
  { role, policies }: Attached,
): readonly string[] {
  const missing = policyArns.filter(arn => !policies.attachedArns.includes(arn));
  const boundary = boundaryArn === undefined || boundaryArn === role?.boundaryArn ? [] : [boundaryArn];
  return [...new Set([...missing, ...boundary])];
}

/** Returns why policies cannot be attached, so that nothing is made before IAM refuses them. */
export function refusePolicies({ newPolicies }: LookedAt): readonly Problem[] {
  return [...newPolicies].flatMap(([arn, state]) => {
    if (state === 'absent') return [notFound(arn)];
    return state === 'not-attachable' || isOfServiceRole(arn) ? [notAttachable(arn)] : [];
  });
}

/** Returns a warning for policies that could not be looked at. */
export function warnOfUnread({ newPolicies }: LookedAt): readonly string[] {
  const unread = [...newPolicies].filter(([, state]) => state === 'unknown').map(([arn]) => arn);
  if (unread.length === 0) return [];
  return [`Could not check whether ${unread.join(', ')} exists: the credentials are not allowed iam:GetPolicy.`];
}

/**
 * IAM lists policies of service-linked roles as attachable, and refuses to attach them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html#API_AttachRolePolicy_Errors
 */
function isOfServiceRole(arn: string): boolean {
  return /^arn:[^:]+:iam::aws:policy\/aws-service-role\//.test(arn);
}

function notFound(arn: string): Problem {
  return {
    code: 'PolicyNotFound',
    found: `The managed policy ${arn} does not exist.`,
    expected: 'policies that exist, in --policy-arn and --permissions-boundary.',
    remedy: 'Correct the ARN, including its path and letter case (aws iam list-policies), or create the policy first.',
  };
}

function notAttachable(arn: string): Problem {
  return {
    code: 'PolicyNotAttachable',
    found: `The managed policy ${arn} cannot be attached to this role.`,
    expected: 'policies that can be attached; those for service-linked roles are only for these roles.',
    remedy: 'Choose another policy.',
  };
}
