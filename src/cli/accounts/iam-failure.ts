import { IamError, type IamRefusal } from '../../aws/iam-error.ts';
import type { Problem, ProblemCode } from '../../problem.ts';
import { asFailure, CliFailure, type FailureExit } from '../terminal/failure.ts';
import { neutralise } from '../../outside-text.ts';

/** What went wrong with an account, and the exit code of it. */
export interface AccountFailure {
  readonly exit: FailureExit;
  readonly problems: readonly Problem[];
}

/** Returns what was thrown while IAM of an account was asked or changed. */
export function explainIamFailure(thrown: unknown, accountId: string): AccountFailure {
  if (!(thrown instanceof IamError)) {
    const { exit, problems } = asFailure(thrown);
    return { exit: exit === 2 ? 1 : exit, problems };
  }
  const { code, found, remedy, expected = 'a successful response from AWS.' } = chooseWords(thrown);
  const problem = {
    code,
    found: neutralise(`${thrown.action} in account ${accountId} ${found}. It says: ${thrown.said}`),
    expected,
    remedy,
  };
  return { exit: 3, problems: [problem] };
}

interface Words {
  readonly code: ProblemCode;
  readonly found: string;
  readonly expected?: string;
  readonly remedy: string;
}

const words: Readonly<Record<Exclude<IamRefusal, 'forbidden'>, Words>> = {
  'no-credentials': {
    code: 'AwsCredentialsMissing',
    found: 'found no AWS credentials',
    remedy: 'Sign in (aws sso login), set AWS_PROFILE, or give --profile.',
  },
  credentials: {
    code: 'AwsCredentialsRefused',
    found: 'was refused: AWS does not take the credentials',
    expected: 'credentials that are valid, not expired, and of this partition.',
    remedy: 'Sign in again; see aws sts get-caller-identity, and that --partition is the right one.',
  },
  'not-found': {
    code: 'IamRejected',
    found: 'names something that is not there',
    remedy: 'Check the ARNs of policies and boundary; then run the command again.',
  },
  throttled: { code: 'IamUnavailable', found: 'was throttled', remedy: 'Run the command again in a minute.' },
  rejected: {
    code: 'IamRejected',
    found: 'was rejected',
    remedy: 'Read the message of AWS, then run the command again.',
  },
  unavailable: {
    code: 'IamUnavailable',
    found: 'failed at AWS',
    remedy: 'Run the command again: it goes on from what is there; see health.aws.amazon.com.',
  },
  unreadable: {
    code: 'IamUnavailable',
    found: 'got a response that did not come from AWS',
    remedy: 'Check for a proxy or captive portal answering in place of AWS, and AWS_ENDPOINT_URL.',
  },
  unreachable: {
    code: 'IamUnavailable',
    found: 'could not reach AWS',
    remedy:
      'Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL; then run the command again: it goes on from what is there.',
  },
};

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const quotaReached: Words = {
  code: 'IamQuotaReached',
  found: 'would go past a quota of the account',
  expected: 'changes within the quotas of the account.',
  remedy:
    'The message of AWS names the quota. Ask for less (fewer policies, or another role for some of the connections), or ' +
    'have it raised in Service Quotas; then run the command again.',
};

/** Neither the identity's permissions nor the role's trust says which of them it was. */
const assumeRoleRefused: Words = {
  code: 'AssumeRoleRefused',
  found: 'was denied: the credentials may not assume the role of --assume-role',
  expected: 'the identity is allowed sts:AssumeRole, and the trust policy of the role allows the identity.',
  remedy:
    "Check that the role exists, that its trust policy allows the identity that AWS's message names, and that this identity is allowed sts:AssumeRole on it.",
};

function chooseWords({ refusal, action, awsCode }: IamError): Words {
  if (refusal === 'forbidden' && action === 'sts:AssumeRole') return assumeRoleRefused;
  if (refusal === 'forbidden') {
    const found = 'is not allowed with these credentials';
    return {
      code: 'IamForbidden',
      found,
      expected: `the credentials are allowed ${action}, and no policy of the organization denies it.`,
      remedy: `Allow ${action}, then run the command again.`,
    };
  }
  if (awsCode === 'LimitExceeded') return quotaReached;
  if (awsCode !== 'EntityAlreadyExists') return words[refusal];
  const remedy =
    'An earlier try whose answer was lost, or somebody else: run the command again, it goes on from what is there.';
  return { code: 'IamRejected', found: 'found it there already', remedy };
}

/** Returns the failure of reading an account; where IAM denied a call, with all the actions that reading needs. */
export function nameActions({ exit, problems, cause }: CliFailure, actions: readonly string[]): CliFailure {
  const needs = ` Reading needs ${actions.join(', ')}.`;
  const named = problems.map(one => (one.code === 'IamForbidden' ? { ...one, remedy: `${one.remedy}${needs}` } : one));
  return new CliFailure(exit, named, cause);
}
