import type { Fault } from '../../../../src/errors.ts';
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

/** Returns the session policies, which share one size limit; all that is wrong with them is reported together. */
export function checkSessionPolicies(
  policy: string,
  arns: string,
  role: RoleArn | undefined,
): Checked<SessionPolicies> {
  const compact = policy === '' ? undefined : compactSessionPolicy(policy);
  const policyArns = splitList(arns);
  const faults = [
    ...(policy !== '' && compact === undefined ? [noJson()] : []),
    ...(policyArns.length > mostSessionPolicyArns ? [tooMany(policyArns.length)] : []),
    ...policyArns.filter(arn => !isPolicyArn(arn, role?.partition ?? arn.split(':')[1] ?? '')).map(noPolicyArn),
    ...checkLength([compact ?? policy, ...policyArns].join('').length),
  ];
  return faults.length > 0 ? new Faults(faults) : { policy: compact, policyArns };
}

function noJson(): Fault {
  return {
    code: 'InputInvalid',
    found: 'Input sessionPolicy is not a JSON object.',
    expected: 'an IAM policy in JSON.',
    remedy: 'Correct the JSON of sessionPolicy.',
  };
}

function tooMany(count: number): Fault {
  return {
    code: 'InputInvalid',
    found: `Input sessionPolicyArns holds ${count} ARNs.`,
    expected: `at most ${mostSessionPolicyArns}.`,
    remedy: 'Name fewer, or put their statements into one managed policy.',
  };
}

function noPolicyArn(arn: string): Fault {
  return {
    code: 'InputInvalid',
    found: `Input sessionPolicyArns holds "${arn}".`,
    expected: "ARNs of IAM policies in the role's partition, such as arn:aws:iam::aws:policy/ReadOnlyAccess.",
    remedy: 'Correct the ARN; one per line.',
  };
}

function checkLength(length: number): readonly Fault[] {
  if (length <= longestSessionPolicy) return [];
  return [
    {
      code: 'InputInvalid',
      found: `Inputs sessionPolicy and sessionPolicyArns come to ${length} characters together, white space of the JSON not counted.`,
      expected: `at most ${longestSessionPolicy}.`,
      remedy: 'Shorten the policy, or put it into a managed policy and name its ARN.',
    },
  ];
}
