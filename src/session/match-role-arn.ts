import { isPartition, type Partition } from './region.ts';

/** An IAM role's ARN in its parts. `path` begins and ends with a slash. */
export interface RoleArn {
  readonly text: string;
  readonly partition: Partition;
  readonly accountId: string;
  readonly path: string;
  readonly name: string;
}

const pathPattern = /^\/(?:[\x21-\x2e\x30-\x7e]+\/)*$/;
const namePattern = /^[\w+=,.@-]{1,64}$/;

/**
 * Returns a role ARN's parts, undefined where the text is no role's ARN that can be used. Paths are kept; partitions whose
 * STS cannot reach Azure DevOps' issuers are refused. So is a second ARN inside the first: IAM's rules for paths would
 * allow it, but nobody means it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function matchRoleArn(text: string): RoleArn | undefined {
  const [arn, partition = '', service, region, accountId = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (arn !== 'arn' || service !== 'iam' || region !== '' || !/^\d{12}$/.test(accountId)) return undefined;
  if (!isPartition(partition) || !resource.startsWith('role/') || holdsTwoArns(text)) return undefined;
  const path = resource.slice('role'.length, resource.lastIndexOf('/') + 1);
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (!pathPattern.test(path) || path.length > 512 || !namePattern.test(name)) return undefined;
  return { text, partition, accountId, path, name };
}

/**
 * Returns whether a text holds more than one ARN of AWS, whatever stands between them, or more than one role: the second may
 * lack its beginning.
 */
export function holdsTwoArns(text: string): boolean {
  return [/arn:aws[a-z-]*:/i, /[^\w./@-]role\//i].some(pattern => text.split(pattern, 3).length > 2);
}
