import { findJsonFault } from '../../../../src/json.ts';
import type { RoleArn } from '../../../../src/session/match-role-arn.ts';
import { isSessionName } from '../../../../src/session/session-name.ts';
import {
  compactSessionPolicy,
  isPolicyArn,
  maxSessionPolicyCharacters,
  maxSessionPolicyArns,
} from '../../../../src/session/session-policy.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { findHint, findWrapping, refuse } from './hints.ts';
import { readItems } from './items.ts';
import { findUnfit } from './value-hints.ts';

/** What narrows a session: an inline policy, compact, and managed policies. */
export interface SessionPolicies {
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

/** Returns the role session name, or the fallback where the input is empty. */
export function checkSessionName(text: string, fallback: string): Checked<string> {
  const name = text === '' ? fallback : text;
  if (isSessionName(name)) return name;
  const rules = {
    expected: '2 to 64 letters, digits or any of _ + = , . @ - (an STS limit).',
    remedy: 'Shorten it or replace the other characters; if empty, it is derived from pipeline, run and attempt.',
  };
  const hint = findWrapping(name) ?? findUnfit(name, /[\w+=,.@-]/, 64);
  return refuse('Input roleSessionName is', name, rules, hint);
}

/**
 * Returns the session policies, which share one size limit and apply to the given roles; all that is wrong with them is
 * reported together.
 */
export function checkSessionPolicies(
  policy: string,
  arns: string,
  roles: readonly RoleArn[],
): Checked<SessionPolicies> {
  const compacted = policy === '' ? { policy: undefined } : compactSessionPolicy(policy);
  const { items: policyArns, faults: around } = readItems('sessionPolicyArns', arns);
  const text = 'fault' in compacted ? policy : (compacted.policy ?? '');
  const faults = [
    ...('fault' in compacted ? [noPolicy(policy, compacted.fault)] : []),
    ...(policyArns.length > maxSessionPolicyArns ? [tooMany(policyArns.length)] : []),
    ...policyArns.filter(arn => !fitsAll(arn, roles)).map(arn => noPolicyArn(arn, roles)),
    ...checkLength([text, ...policyArns].join('').length),
  ].flatMap(({ list }) => list);
  faults.push(...around);
  if (faults.length > 0 || 'fault' in compacted) return new Faults(faults);
  return { policy: compacted.policy, policyArns };
}

/** Punctuation at the end is refused, as for roles. */
function fitsAll(arn: string, roles: readonly RoleArn[]): boolean {
  if (arn.endsWith('.')) return false;
  return roles.length === 0 ? isPolicyArn(arn, undefined) : roles.every(role => isPolicyArn(arn, role));
}

/** What people write instead of a policy's JSON, and what to do about it. */
const otherForms: readonly (readonly [pattern: RegExp, found: string, remedy: string])[] = [
  [/^(["'`]).*\1$/s, 'is JSON within quotes', 'Remove the quotes around it, and the backslashes inside.'],
  [/^[{[]\s*\\"/, 'has backslashes before its quotation marks', 'Remove the backslashes.'],
  [/^(?:---\s|[A-Za-z]\w*:\s)/, 'is YAML', 'Write the policy as JSON.'],
  [/^arn:/, 'is an ARN', 'List the ARNs of managed policies in sessionPolicyArns.'],
  [/^[\w@.:/\\ -]{1,200}\.(?:json|ya?ml)$/, 'is the name of a file', 'Write the JSON itself; the task reads no files.'],
  [/^[A-Za-z0-9+/=\s]{16,}$/, 'is Base64', 'Decode it, and write the JSON.'],
  [/^(?:%7B|\{\s*(?:%22|&quot;))/i, 'is encoded for a URL or a page', 'Decode it, and write the JSON.'],
];

function noPolicy(policy: string, fault: string): Faults {
  const [, found, remedy] = otherForms.find(([pattern]) => pattern.test(policy)) ?? [];
  if (found !== undefined && remedy !== undefined)
    return faulty(`Input sessionPolicy ${found}, not JSON.`, 'an IAM policy in JSON.', remedy);
  const place = findJsonFault(policy);
  const where = place === undefined ? '' : `: line ${place.line}, column ${place.column} has ${place.found}`;
  return faulty(
    `Input sessionPolicy ${fault}${where}.`,
    'an IAM policy in JSON.',
    'Correct the JSON of sessionPolicy.',
  );
}

function tooMany(count: number): Faults {
  return faulty(
    `Input sessionPolicyArns contains ${count} ARNs.`,
    `at most ${maxSessionPolicyArns}.`,
    'List fewer, or combine their statements in one managed policy.',
  );
}

function noPolicyArn(arn: string, roles: readonly RoleArn[]): Faults {
  const rules = {
    expected:
      "ARNs of AWS managed policies or of policies in the role's own account, in its partition, such as arn:aws:iam::aws:policy/ReadOnlyAccess.",
    remedy: 'Correct the ARN; one per line. They apply to every role of the step.',
  };
  const found = findHint(arn) === undefined ? explainPolicyArn(arn, roles) : undefined;
  const hint = found === undefined ? findHint(arn) : { found, remedy: rules.remedy };
  return refuse('Input sessionPolicyArns contains', arn, rules, hint);
}

/** Returns in which part an ARN is not one of a policy for all of the roles; undefined where none stands out. */
function explainPolicyArn(text: string, roles: readonly RoleArn[]): string | undefined {
  if (/^[\w+=.@-]{1,128}$/.test(text)) return 'only a name';
  const [, partition, owner = '', kind = ''] = /^arn:([^:]+):iam::([^:]*):([a-z-]+)\//.exec(text) ?? [];
  if (partition === undefined) return undefined;
  if (kind !== 'policy') return `the ARN of a ${kind}, not of a policy`;
  if (owner !== 'aws' && !/^\d{12}$/.test(owner)) return 'whose account ID does not have 12 digits';
  const stranger = roles.find(role => role.partition !== partition || (owner !== 'aws' && role.accountId !== owner));
  if (stranger === undefined) return undefined;
  if (stranger.partition !== partition) return `in partition ${partition}, while ${stranger.text} is in another`;
  return `in account ${owner}, while ${stranger.text} is in another`;
}

function checkLength(length: number): readonly Faults[] {
  if (length <= maxSessionPolicyCharacters) return [];
  return [
    faulty(
      `Inputs sessionPolicy and sessionPolicyArns have ${length} characters in total, not counting white space in the JSON.`,
      `at most ${maxSessionPolicyCharacters}.`,
      'Shorten the policy, or create a managed policy and list its ARN.',
    ),
  ];
}
