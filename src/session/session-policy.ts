import { findDuplicateName, locate } from '../json.ts';
import { holdsTwoArns } from './match-role-arn.ts';

/** Most characters that inline policy and policy ARNs may have together. */
export const maxSessionPolicyCharacters = 2048;

/** Most managed policies that a session may be narrowed by. */
export const maxSessionPolicyArns = 10;

/**
 * Returns the inline session policy without insignificant white space and otherwise to the letter, or what is wrong with
 * it. A key that stands twice in an object is wrong: readers differ in which of the two they take.
 */
export function compactSessionPolicy(text: string): { readonly policy: string } | { readonly fault: string } {
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
      return { fault: 'is not a JSON object' };
  } catch {
    return { fault: 'is not JSON' };
  }
  const twice = findDuplicateName(text);
  if (twice !== undefined) {
    const { line, column } = locate(text, twice.index);
    return { fault: `has the key "${twice.name}" twice in one object, again in line ${line}, column ${column}` };
  }
  return {
    policy: text.replace(/("(?:[^"\\]|\\(?:[^]|$))*(?:"|$))|\s+/g, (_, string: string | undefined) => string ?? ''),
  };
}

/**
 * Returns whether the text is the ARN of an IAM policy, AWS managed or the account's own.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_PolicyDescriptorType.html
 */
export function isPolicyArn(
  text: string,
  role: { readonly partition: string; readonly accountId: string } | undefined,
): boolean {
  const [arn, partition, service, region, owner = '', ...rest] = text.split(':');
  const isOwned = role === undefined ? /^\d{12}$/.test(owner) : owner === role.accountId;
  const isHere = role === undefined || partition === role.partition;
  const isName = isPolicyPath(rest.join(':')) && !holdsTwoArns(text);
  return arn === 'arn' && service === 'iam' && region === '' && isHere && (owner === 'aws' || isOwned) && isName;
}

function isPolicyPath(resource: string): boolean {
  return resource.length <= 'policy/'.length + 512 + 128 && policyPath.test(resource);
}

/** A path of visible ASCII between slashes, and the name of a policy. */
const policyPath = /^policy\/(?:[\x21-\x2e\x30-\x7e]+\/)*[\w+=,.@-]{1,128}$/;
