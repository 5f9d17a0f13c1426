import { describeStray } from '../stray-characters.ts';
import { holdsTwoArns, matchRoleArn, type MatchedRoleArn } from './match-role-arn.ts';
import { explainNoRoleArn } from './role-arn-mistakes.ts';
import { isPartition } from './region.ts';

/** An IAM role's ARN in its parts. */
export type RoleArn = MatchedRoleArn;

/**
 * Why a text is not a role ARN that can be used: what was found, what was expected instead, and what to do if known.
 */
export interface RoleArnFault {
  readonly found: string;
  readonly expected: string;
  readonly remedy?: string | undefined;
}

const form = 'arn:<partition>:iam::<12-digit account ID>:role/<path/><name>';

/** Returns a role ARN's parts as `matchRoleArn` does, or what is wrong with the text. */
export function parseRoleArn(text: string): RoleArn | RoleArnFault {
  const role = matchRoleArn(text);
  if (role !== undefined) return role;
  const [, partition] = /^arn:([^:\s]*):iam::\d{12}:[^\s]*$/.exec(text) ?? [];
  const isElsewhere = partition !== undefined && !isPartition(partition) && !holdsTwoArns(text);
  return isElsewhere ? unsupportedPartition(partition) : noRoleArn(text);
}

/** Returns whether parsing gave a role ARN. */
export function isRoleArn(parsed: RoleArn | RoleArnFault): parsed is RoleArn {
  return 'accountId' in parsed;
}

/** What to do about two ARNs in one value. */
export const splitArns =
  'Write one ARN here; in a list one per line, in profiles with > between the roles of a chain. A literal \\n is not a line break: in ${{ join(…) }} separate the items of roleChain and sessionPolicyArns with a comma.';

function noRoleArn(text: string): RoleArnFault {
  const stray = describeStray(text, 'ascii');
  const mistake = holdsTwoArns(text) ? { found: 'more than one ARN', remedy: splitArns } : explainNoRoleArn(text);
  const hint = stray === undefined ? mistake?.found : `which contains ${stray}`;
  return {
    found: `"${text}"${hint === undefined ? '' : `, ${hint}`}`,
    expected: `the ARN of an IAM role, ${form}.`,
    remedy: stray === undefined ? mistake?.remedy : 'Type the ARN again without it.',
  };
}

function unsupportedPartition(partition: string): RoleArnFault {
  return {
    found: `partition "${partition}"`,
    expected: 'aws, aws-cn, aws-us-gov or aws-eusc; STS in other partitions cannot reach the token issuers.',
    remedy: partition.startsWith('aws-iso') ? 'Use a role in one of these partitions.' : 'Correct the partition.',
  };
}
