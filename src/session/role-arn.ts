import { describeStray } from '../stray-characters.ts';
import { isPartition, type Partition } from './region.ts';

/** An IAM role's ARN in its parts. `path` begins and ends with a slash. */
export interface RoleArn {
  readonly text: string;
  readonly partition: Partition;
  readonly accountId: string;
  readonly path: string;
  readonly name: string;
}

/**
 * Why a text is not a role ARN that can be used: what was found, what was expected instead, and what to do if known.
 */
export interface RoleArnFault {
  readonly found: string;
  readonly expected: string;
  readonly remedy?: string | undefined;
}

const form = 'arn:<partition>:iam::<12-digit account ID>:role/<path/><name>';
const pathPattern = /^\/(?:[\x21-\x2e\x30-\x7e]+\/)*$/;
const namePattern = /^[\w+=,.@-]{1,64}$/;

/**
 * Returns a role ARN's parts, or what is wrong with it. Paths are kept; partitions whose STS cannot reach Azure DevOps'
 * issuers are refused. So is a second ARN inside the first: IAM's rules for paths would allow it, but nobody means it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function parseRoleArn(text: string): RoleArn | RoleArnFault {
  const [arn, partition = '', service, region, accountId = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (holdsTwoArns(text)) return noRoleArn(text);
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

/** Returns whether a text holds more than one ARN of AWS, whatever stands between them. */
export function holdsTwoArns(text: string): boolean {
  return text.split(/arn:aws[a-z-]*:/, 3).length > 2;
}

type Mistake = readonly [pattern: RegExp, found: string, remedy?: string];

/** What to do about two ARNs in one value. */
export const splitArns =
  'Write one ARN here; in a list one per line, in profiles with > between the roles of a chain. A literal \\n is not a line break: in ${{ join(…) }} separate the items of roleChain and sessionPolicyArns with a comma.';

/** What people write instead of a role's ARN, the likeliest reading first. */
const mistakes: readonly Mistake[] = [
  [/^(["'`]).*\1$/s, 'with quotes around it', 'Remove the quotes.'],
  [
    /^\[.*\]$/s,
    'in brackets',
    'Write the ARNs without brackets, one per line; the input is text, not a JSON or YAML list.',
  ],
  [/^-\s/, 'with a list dash before it', 'Remove the dash; the input is text, not a YAML list.'],
  [/[,;.]$/, 'with punctuation after it', 'Remove the punctuation at the end.'],
  [/^arn:[^:]*:sts::\d{12}:assumed-role\//, 'the ARN of a session'],
  [/^arn:[^:]*:iam::\d{12}:(?!role\/)[\w-]+/, 'an IAM ARN, but not of a role'],
  [/^arn:[^:]*:iam::(?!\d{12}:)[\d-]*:/, 'whose account ID does not have 12 digits'],
  [/^[\w.@+-]{0,64}\s*=\s*arn:/, 'with an equals sign before the ARN'],
  [/^[\w.@+-]{0,64}:\s+arn:/, 'with a colon before the ARN'],
  [/(?:-|[-=]>)\s*$/, 'with an arrow; the roles of a chain are separated only by >'],
  [/^\d{12}$/, 'an account ID'],
  [/^[\w+=,.@/-]{1,64}$/, 'only a name'],
];

function noRoleArn(text: string): RoleArnFault {
  const stray = describeStray(text, 'ascii');
  const [, slip, remedy] = holdsTwoArns(text)
    ? ['', 'more than one ARN', splitArns]
    : (mistakes.find(([pattern]) => pattern.test(text)) ?? []);
  const hint = stray === undefined ? slip : `which contains ${stray}`;
  return {
    found: `"${text}"${hint === undefined ? '' : `, ${hint}`}`,
    expected: `the ARN of an IAM role, ${form}.`,
    remedy: stray === undefined ? remedy : 'Type the ARN again without it.',
  };
}

function unsupportedPartition(partition: string): RoleArnFault {
  return {
    found: `partition "${partition}"`,
    expected: 'aws, aws-cn, aws-us-gov or aws-eusc; STS in other partitions cannot reach the token issuers.',
  };
}
