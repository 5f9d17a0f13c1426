/** Most characters that inline policy and policy ARNs may have together. */
export const longestSessionPolicy = 2048;

/** Most managed policies that a session may be narrowed by. */
export const mostSessionPolicyArns = 10;

/** Returns the inline session policy without insignificant white space, or undefined where it is no JSON object. */
export function compactSessionPolicy(text: string): string | undefined {
  try {
    const policy: unknown = JSON.parse(text);
    const isObject = typeof policy === 'object' && policy !== null && !Array.isArray(policy);
    return isObject ? JSON.stringify(policy) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns whether the text is the ARN of an IAM policy, AWS managed or the account's own, in the given partition.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_PolicyDescriptorType.html
 */
export function isPolicyArn(text: string, partition: string): boolean {
  const [arn, found, service, region, owner = '', ...rest] = text.split(':');
  const isOwner = owner === 'aws' || /^\d{12}$/.test(owner);
  return (
    arn === 'arn' &&
    found === partition &&
    service === 'iam' &&
    region === '' &&
    isOwner &&
    /^policy\/[\x21-\x7e]{1,512}$/.test(rest.join(':'))
  );
}
