import type { RoleArn } from '../../../../src/session/role-arn.ts';
import { isSessionName } from '../../../../src/session/session-name.ts';
import {
  compactSessionPolicy,
  isPolicyArn,
  longestSessionPolicy,
  mostSessionPolicyArns,
} from '../../../../src/session/session-policy.ts';
import { Faults, faulty, splitList, type Checked } from './faults.ts';

/** What narrows a session: an inline policy, compact, and managed policies. */
export interface SessionPolicies {
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

/** Returns the role session name, or the fallback where the input is empty. */
export function checkSessionName(text: string, fallback: string): Checked<string> {
  const name = text === '' ? fallback : text;
  if (isSessionName(name)) return name;
  return faulty(
    `Input roleSessionName is "${name}".`,
    '2 to 64 letters, digits or any of _ + = , . @ - as STS demands.',
    'Shorten it or replace the other characters; left empty it is made of pipeline, run and attempt.',
  );
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
  const policyArns = splitList(arns);
  const text = 'fault' in compacted ? policy : (compacted.policy ?? '');
  const faults = [
    ...('fault' in compacted ? [noPolicy(compacted.fault)] : []),
    ...(policyArns.length > mostSessionPolicyArns ? [tooMany(policyArns.length)] : []),
    ...policyArns.filter(arn => !fitsAll(arn, roles)).map(noPolicyArn),
    ...checkLength([text, ...policyArns].join('').length),
  ].flatMap(({ list }) => list);
  if (faults.length > 0 || 'fault' in compacted) return new Faults(faults);
  return { policy: compacted.policy, policyArns };
}

function fitsAll(arn: string, roles: readonly RoleArn[]): boolean {
  return roles.length === 0 ? isPolicyArn(arn, undefined) : roles.every(role => isPolicyArn(arn, role));
}

function noPolicy(fault: string): Faults {
  return faulty(`Input sessionPolicy ${fault}.`, 'an IAM policy in JSON.', 'Correct the JSON of sessionPolicy.');
}

function tooMany(count: number): Faults {
  return faulty(
    `Input sessionPolicyArns holds ${count} ARNs.`,
    `at most ${mostSessionPolicyArns}.`,
    'Name fewer, or put their statements into one managed policy.',
  );
}

function noPolicyArn(arn: string): Faults {
  return faulty(
    `Input sessionPolicyArns holds "${arn}".`,
    "ARNs of IAM policies of AWS or of the role's own account, in its partition, such as arn:aws:iam::aws:policy/ReadOnlyAccess.",
    'Correct the ARN; one per line. They apply to every role of the step.',
  );
}

function checkLength(length: number): readonly Faults[] {
  if (length <= longestSessionPolicy) return [];
  return [
    faulty(
      `Inputs sessionPolicy and sessionPolicyArns come to ${length} characters together, white space of the JSON not counted.`,
      `at most ${longestSessionPolicy}.`,
      'Shorten the policy, or put it into a managed policy and name its ARN.',
    ),
  ];
}
