import { findJsonFault } from '../../../../src/json-fault.ts';
import type { RoleArn } from '../../../../src/session/role-arn.ts';
import { isSessionName } from '../../../../src/session/session-name.ts';
import {
  compactSessionPolicy,
  isPolicyArn,
  maxSessionPolicyCharacters,
  maxSessionPolicyArns,
} from '../../../../src/session/session-policy.ts';
import { Faults, faulty, type Checked } from './faults.ts';
import { findWrapping, readItems, refuse } from './hints.ts';

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
  return refuse('Input roleSessionName is', name, rules, findWrapping(name));
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
    ...policyArns.filter(arn => !fitsAll(arn, roles)).map(noPolicyArn),
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

function noPolicy(policy: string, fault: string): Faults {
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

function noPolicyArn(arn: string): Faults {
  return refuse('Input sessionPolicyArns contains', arn, {
    expected:
      "ARNs of AWS managed policies or of policies in the role's own account, in its partition, such as arn:aws:iam::aws:policy/ReadOnlyAccess.",
    remedy: 'Correct the ARN; one per line. They apply to every role of the step.',
  });
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
