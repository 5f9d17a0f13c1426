import { isPartition, type Partition } from './region.ts';

/** An IAM role's ARN in its parts. `path` begins and ends with a slash. */
export interface RoleArn {
  readonly text: string;
  readonly partition: Partition;
  readonly accountId: string;
  readonly path: string;
  readonly name: string;
}

/** Why a text is no role ARN that can be used: what was found and what was expected instead. */
export interface RoleArnFault {
  readonly found: string;
  readonly expected: string;
}

const form = 'arn:<partition>:iam::<12-digit account id>:role/<path/><name>';
const pathPattern = /^\/(?:[\x21-\x2e\x30-\x7e]+\/)*$/;
const namePattern = /^[\w+=,.@-]{1,64}$/;

/**
 * Returns a role ARN's parts, or what is wrong with it. Paths are kept; partitions whose STS cannot reach Azure DevOps'
 * issuers are refused.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function parseRoleArn(text: string): RoleArn | RoleArnFault {
  const [arn, partition = '', service, region, accountId = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (arn !== 'arn' || service !== 'iam' || region !== '' || !/^\d{12}$/.test(accountId)) return noRoleArn(text);
  if (!isPartition(partition)) return unsupportedPartition(partition);
  if (!resource.startsWith('role/')) return noRoleArn(text);
  const path = resource.slice('role'.length, resource.lastIndexOf('/') + 1);
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (!pathPattern.test(path) || path.length > 512 || !namePattern.test(name)) return noRoleArn(text);
  return { text, partition, accountId, path, name };
}

/** Returns whether parsing gave a role ARN. */
export function isRoleArn(parsed: RoleArn | RoleArnFault): parsed is RoleArn {
  return 'accountId' in parsed;
}

/** What people write instead of a role's ARN, the likeliest reading first. */
const mistakes: readonly (readonly [RegExp, string])[] = [
  [/^arn:[^:]*:sts::\d{12}:assumed-role\//, 'the ARN of a session'],
  [/^arn:[^:]*:iam::\d{12}:(?!role\/)[\w-]+/, 'an ARN of IAM, but not of a role'],
  [/^arn:[^:]*:iam::(?!\d{12}:)[\d-]*:/, 'whose account id has not twelve digits'],
  [/^(["'`]).*\1$/s, 'with quotes around it'],
  [/^[^:]*=\s*arn:/, 'with an equals sign before the ARN'],
  [/arn:.*[,;\s]+arn:/s, 'more than one ARN'],
  [/->?\s*$/, 'with an arrow; roles on the way are separated by > alone'],
  [/^\d{12}$/, 'an account id'],
  [/^[\w+=,.@/-]{1,64}$/, 'a name alone'],
];

function noRoleArn(text: string): RoleArnFault {
  const [, hint] = mistakes.find(([pattern]) => pattern.test(text)) ?? [];
  return { found: `"${text}"${hint === undefined ? '' : `, ${hint}`}`, expected: `the ARN of an IAM role, ${form}.` };
}

function unsupportedPartition(partition: string): RoleArnFault {
  return {
    found: `partition "${partition}"`,
    expected: 'aws, aws-cn, aws-us-gov or aws-eusc; STS in other partitions cannot reach the token issuers.',
  };
}
