import { describeStray } from '../stray-characters.ts';
import { holdsTwoArns, matchRoleArn, type RoleArn } from './match-role-arn.ts';
import { isPartition, isRegion } from './region.ts';

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

/** What a text looks like that is not a role's ARN, as a phrase after the text, and what to do if that is known. */
export interface ArnMistake {
  readonly found: string;
  readonly remedy?: string | undefined;
}

type Slip = readonly [pattern: RegExp, found: string, remedy?: string];

/** What people write around any value, or instead of it. */
export const around = {
  quotes: [/^(["'`]).*\1$/s, 'with quotes around it', 'Remove the quotes.'],
  dash: [/^-\s/, 'with a list dash before it', 'Remove the dash; the input is text, not a YAML list.'],
  mark: [/^["'`]|["'`]$/, 'with a quotation mark', 'Remove the quotation mark.'],
  empty: [
    /^(?:null|none|nil|undefined|~)$/i,
    'the text of an empty value',
    'Check where the value comes from: it is empty.',
  ],
} as const satisfies Readonly<Record<string, Slip>>;

/** What people write around an ARN or instead of it, the likeliest reading first. */
const slips: readonly Slip[] = [
  around.quotes,
  [
    /^\[.*\]$/s,
    'in brackets',
    'Write the ARNs without brackets, one per line; the input is text, not a JSON or YAML list.',
  ],
  [/^\{.*\}$/s, 'in braces', 'Write the ARN alone; the input is text, not JSON.'],
  [/^<.*>$|^\(.*\)$/s, 'in brackets', 'Write the ARN without brackets.'],
  around.mark,
  around.dash,
  [/^(?:[-*+]|\d{1,2}[.)])\s*arn:/, 'with a list mark before it', 'Write the ARN alone.'],
  [/\s(?:#|\/\/)/, 'with a comment', 'Remove the comment.'],
  [/^[a-z][a-z0-9+.-]{1,20}:\/\//i, 'the address of a page', "Copy the role's ARN from the page, not its address."],
  [/[,;.]$/, 'with punctuation after it', 'Remove the punctuation at the end.'],
  // What has opened before is a placeholder, which is named with its first character.
  [/^[^([{!]*[:!?)\]}\\|&]$/, 'with punctuation after it', 'Remove the punctuation at the end.'],
  [/^[\w.@+-]{0,64}\s*=\s*arn:/, 'with an equals sign before the ARN'],
  [/^[\w.@+-]{0,64}:\s+arn:/, 'with a colon before the ARN'],
  [/(?:[-=]|[-=]>)\s*$/, 'with an arrow; the roles of a chain are separated only by >'],
  around.empty,
  [/^\*{3,}$/, 'a masked value', 'Copy the ARN itself; logs show *** in place of secrets.'],
  [/^(?!arn:).*\sarn:/s, 'with text before the ARN', 'Write the ARN alone.'],
  [/^\d{12}$/, 'an account ID'],
  [/^(?:(?:aws[a-z-]*:)?iam:)?:?\d{12}:role\//, 'an ARN without its beginning', 'Write the whole ARN, from arn: on.'],
  [/^[\w+=,.@/-]{1,64}$/, 'only a name'],
];

/** Returns what a text that is not a role's ARN looks like; undefined where it looks like nothing that is known. */
function explainNoRoleArn(text: string): ArnMistake | undefined {
  const [, found, remedy] = slips.find(([pattern]) => pattern.test(text)) ?? [];
  if (found !== undefined) return { found, remedy };
  if (!text.toLowerCase().startsWith('arn:')) return undefined;
  return explainSpace(text) ?? explainAccount(text) ?? explainResource(text.split(':').slice(5).join(':'));
}

function explainSpace(text: string): ArnMistake | undefined {
  const words = text.split(/\s+/);
  if (words.length === 1) return undefined;
  if (words.length === 2 && isRegion(words[1] ?? ''))
    return { found: 'with a Region after it', remedy: 'Write the ARN alone; the Region has a setting of its own.' };
  const written = spacedAccount.exec(text)?.[1] ?? '';
  const account = written.replaceAll(/\D/g, '');
  if (account !== written && account.length === 12) return separated(account);
  return { found: 'with white space in it', remedy: 'Remove the white space.' };
}

const spacedAccount = /^arn:[^:]{0,20}:iam::([\d\s.-]{12,20}):/;

function separated(account: string): ArnMistake {
  return { found: 'whose account ID has separators between its digits', remedy: `Write ${account} as account ID.` };
}

/** All that stands before the account's ID, and the ID. */
function explainAccount(text: string): ArnMistake | undefined {
  const [arn = '', partition = '', service = '', region = '', account = ''] = text.split(':');
  const head = `${arn}:${partition}:${service}`;
  if (head !== head.toLowerCase()) return { found: 'with capital letters', remedy: `Write ${head.toLowerCase()}.` };
  if (service === 'sts') return explainSession(text);
  if (service !== 'iam') return { found: `an ARN of the service "${service}", not of IAM` };
  if (/^\d{12}$/.test(region))
    return { found: 'with one colon before the account ID', remedy: 'Write two colons after iam.' };
  if (region !== '') return { found: `with "${region}" between iam and the account ID`, remedy: 'Write iam::.' };
  if (/^\d{12}$/.test(account)) return undefined;
  const digits = account.replaceAll(/[-._]/g, '');
  if (account !== digits && /^\d{12}$/.test(digits)) return separated(digits);
  if (account.includes('***')) return { found: 'whose account ID is masked', remedy: 'Write the 12 digits of the ID.' };
  if (account === 'aws') return { found: 'an ARN of a policy of AWS, not of a role' };
  const remedy = /^[\d.E+]+$/.test(account) ? fullAccount : 'Write the 12-digit ID of the account.';
  return { found: 'whose account ID does not have 12 digits', remedy };
}

const fullAccount =
  'Write all 12 digits of the account ID, with leading zeros, which YAML drops from numbers without quotes.';

/** The session's ARN does not have the role's path. */
function explainSession(text: string): ArnMistake {
  const [, partition = '', account = '', name] = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)/.exec(text) ?? [];
  if (name === undefined) return { found: 'an ARN of STS, not of IAM' };
  const role = `arn:${partition}:iam::${account}:role/${name}`;
  return {
    found: 'the ARN of a session',
    remedy: `Write the role's ARN: ${role}, or with the role's path before its name.`,
  };
}

/** Resources of IAM that are not roles, each with what to do about it. */
const resources: readonly Slip[] = [
  [/^user\//, 'the ARN of a user', 'Create a role; the task assumes no users.'],
  [/^group\//, 'the ARN of a group'],
  [/^policy\//, 'the ARN of a policy'],
  [/^instance-profile\//, 'the ARN of an instance profile', 'Copy the ARN of the role in the instance profile.'],
  [/^oidc-provider\//, 'the ARN of an OIDC provider'],
  [/^saml-provider\//, 'the ARN of a SAML provider'],
  [/^root$/, 'the ARN of a whole account'],
  [/^roles?(?:[:/\\]|$)/i, 'an IAM ARN, but without role/ after the account ID', 'Write role/ before the name.'],
  [/^/, 'an IAM ARN, but not of a role'],
];

function explainResource(resource: string): ArnMistake | undefined {
  if (!resource.startsWith('role/')) {
    const [, found = '', remedy] = resources.find(([pattern]) => pattern.test(resource)) ?? [];
    return { found, remedy };
  }
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (name === '') return { found: 'without a name at its end', remedy: 'Write the name of the role after the slash.' };
  if (name.length > 64) return { found: `with a name of ${name.length} characters; roles have at most 64` };
  const character = /[^\w+=,.@-]/.exec(name)?.[0];
  if (character === undefined) return { found: 'with a path that IAM does not have' };
  return { found: `with "${character}" in the role's name`, remedy: nameWhole };
}

const nameWhole = "Write the name in full as IAM shows it: one role's, without wildcards, placeholders or encoding.";
