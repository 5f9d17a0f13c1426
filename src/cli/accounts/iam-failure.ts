import type { IamError, IamRefusal } from '../../aws/iam.ts';
import { asFailure } from '../terminal/as-failure.ts';
import type { FailureCode, FailureExit, Problem, WriteCode } from '../terminal/failure.ts';
import { neutralise } from '../../outside-text.ts';

/** Returns whether an error is the adapter's; its bundle has a class of its own, so the mark counts. */
export function isIamError(thrown: unknown): thrown is IamError {
  return thrown instanceof Error && 'service' in thrown && thrown.service === 'iam';
}

/** What went wrong with an account, and the exit code of it. */
export interface AccountFailure {
  readonly exit: FailureExit;
  readonly problems: readonly Problem[];
}

/** Returns what was thrown while IAM of an account was asked or changed. */
export function explainIamFailure(thrown: unknown, accountId: string): AccountFailure {
  if (!isIamError(thrown)) {
    const { exit, problems } = asFailure(thrown);
    return { exit: exit === 2 ? 1 : exit, problems };
  }
  const { code, found, remedy } = chooseWords(thrown);
  const problem = {
    code,
    found: neutralise(`${thrown.action} in account ${accountId} ${found}. It says: ${thrown.said}`),
    expected: 'an answer of AWS.',
    remedy,
  };
  return { exit: 3, problems: [problem] };
}

interface Words {
  readonly code: FailureCode | WriteCode;
  readonly found: string;
  readonly remedy: string;
}

const words: Readonly<Record<Exclude<IamRefusal, 'forbidden'>, Words>> = {
  'no-credentials': {
    code: 'AwsCredentialsMissing',
    found: 'found no AWS credentials',
    remedy: 'Sign in (aws sso login), or give --profile.',
  },
  credentials: {
    code: 'AwsCredentialsRefused',
    found: 'was refused: AWS does not take the credentials',
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
    found: 'got an answer that is none of AWS',
    remedy: 'Check for a proxy that answers in the place of AWS, and AWS_ENDPOINT_URL.',
  },
  unreachable: {
    code: 'IamUnavailable',
    found: 'lost the way to AWS',
    remedy: 'Check the network; then run the command again: it goes on from what is there.',
  },
};

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const quotaReached: Words = {
  code: 'IamQuotaReached',
  found: 'would go past a quota of the account',
  remedy:
    'The message of AWS names the quota. Ask for less (fewer policies, or another role for some of the connections), or ' +
    'have it raised in Service Quotas; then run the command again.',
};

function chooseWords({ refusal, action, awsCode }: IamError): Words {
  if (refusal === 'forbidden') {
    const found = 'is not allowed with these credentials';
    return { code: 'IamForbidden', found, remedy: `Allow ${action}, then run the command again.` };
  }
  if (awsCode === 'LimitExceeded') return quotaReached;
  if (awsCode !== 'EntityAlreadyExists') return words[refusal];
  const remedy =
    'An earlier try whose answer was lost, or somebody else: run the command again, it goes on from what is there.';
  return { code: 'IamRejected', found: 'found it there already', remedy };
}
