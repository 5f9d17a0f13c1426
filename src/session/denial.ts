/** The kinds of policies that AWS names in a refusal. */
const policies = [
  'role trust policy',
  'resource-based policy',
  'identity-based policy',
  'permissions boundary',
  'session policy',
  'service control policy',
  'resource control policy',
  'VPC endpoint policy',
] as const;

/** What AWS says decided: a Deny in a policy of a kind, or that no policy of that kind allows the call. */
export interface Denial {
  readonly policy: (typeof policies)[number];
  readonly isExplicit: boolean;
}

const pattern = new RegExp(`(?:because no|(with an explicit deny in) (?:an?|the)) (${policies.join('|')})\\b`, 'i');

/**
 * Returns the policy that a message of AWS names; undefined for most refusals of a web identity, which name none. Where
 * policies of several kinds deny a request, AWS names one of them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function readDenial(message: string): Denial | undefined {
  const [, explicit, name] = pattern.exec(message) ?? [];
  const policy = policies.find(one => one.toLowerCase() === name?.toLowerCase());
  return policy && { policy, isExplicit: explicit !== undefined };
}

/** Returns whether another statement in the role's trust policy can allow what was denied. */
export function isStatementMissing({ policy, isExplicit }: Denial): boolean {
  return !isExplicit && isTrust(policy);
}

/** Returns what decided, as a sentence, and what to do about it. */
export function describeDenial({ policy, isExplicit }: Denial): { readonly cause: string; readonly remedy: string } {
  const cause = isExplicit
    ? `AWS names the cause: a Deny in ${policy === 'role trust policy' ? "the role's trust policy" : `${policy.startsWith('i') ? 'an' : 'a'} ${policy}`} applies.`
    : `AWS names the cause: no ${policy} allows the request.`;
  const remedy = findRemedy({ policy, isExplicit });
  return { cause, remedy: `${remedy} AWS names only one kind of policy: another kind may deny the request, too.` };
}

function findRemedy({ policy, isExplicit }: Denial): string {
  if (isTrust(policy))
    return isExplicit
      ? "Ask the owner of the role whether that Deny is meant for this pipeline; no Allow in the role's trust policy overrules it."
      : "Correct the role's trust policy: who it names, and its conditions.";
  if (policy === 'VPC endpoint policy')
    return "Correct the policy of the VPC endpoint that the agent's requests to AWS STS go through.";
  if (policy === 'service control policy' || policy === 'resource control policy')
    return `Ask the administrators of the AWS organization about its ${policy}.`;
  const article = policy === 'session policy' ? "the session's" : 'its';
  return `Correct the permissions of the role that makes the request (${article} ${policy}).`;
}

function isTrust(policy: Denial['policy']): boolean {
  return policy === 'role trust policy' || policy === 'resource-based policy';
}
