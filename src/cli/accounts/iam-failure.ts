import { IamError, type IamRefusal } from '../../aws/iam-error.ts';
import type { Problem, ProblemCode } from '../../problem.ts';
import { readDenial, type Denial } from '../../session/denial.ts';
import { asFailure, CliFailure, type FailureExit } from '../terminal/failure.ts';
import { neutralise } from '../../secret.ts';

/** What went wrong with an account, and the exit code of it. */
export interface AccountFailure {
  readonly exit: FailureExit;
  readonly problems: readonly Problem[];
}

/** Returns what was thrown while IAM of an account, '' if it is not known yet, was asked or changed. */
export function explainIamFailure(thrown: unknown, accountId: string): AccountFailure {
  if (!(thrown instanceof IamError)) {
    const { exit, problems } = asFailure(thrown);
    return { exit: exit === 2 ? 1 : exit, problems };
  }
  const { code, found, remedy, expected = 'a successful response from AWS.' } = chooseWords(thrown);
  const where = accountId === '' ? '' : ` in account ${accountId}`;
  const said = isSilence(thrown) ? '' : ` Message: ${thrown.said}`;
  const problem = {
    code,
    found: neutralise(`${thrown.action}${where} ${found}.${said}`),
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
    expected: 'AWS credentials that the SDK can load.',
    remedy:
      'Correct the profile or file that the message names; otherwise sign in (aws sso login), set AWS_PROFILE, or give --profile (aws configure list-profiles shows those that exist).',
  },
  credentials: {
    code: 'AwsCredentialsRefused',
    found: 'failed: AWS does not accept the credentials',
    expected: 'valid credentials for this partition that have not expired.',
    remedy: 'Sign in again, check the identity with aws sts get-caller-identity, and check --partition.',
  },
  'not-found': {
    code: 'IamRejected',
    found: 'refers to something that does not exist',
    remedy: 'Check the ARNs of the policies and the permissions boundary, then run the command again.',
  },
  throttled: { code: 'IamUnavailable', found: 'was throttled', remedy: 'Run the command again in a minute.' },
  rejected: {
    code: 'IamRejected',
    found: 'was rejected',
    remedy: "Correct what AWS's message names, then run the command again.",
  },
  unavailable: {
    code: 'IamUnavailable',
    found: 'failed at AWS',
    remedy: 'Run the command again. If it keeps failing, see health.aws.amazon.com.',
  },
  unreadable: {
    code: 'IamUnavailable',
    found: 'got a response that did not come from AWS',
    remedy: 'Check for a proxy or captive portal answering in place of AWS, and AWS_ENDPOINT_URL.',
  },
  unreachable: {
    code: 'IamUnavailable',
    found: 'could not reach AWS',
    remedy: 'Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL, then run the command again.',
  },
};

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const quotaReached: Words = {
  code: 'IamQuotaReached',
  found: 'would exceed a quota of the account',
  expected: "changes within the account's quotas.",
  remedy:
    "AWS's message names the quota. Request less (fewer policies, or another role for some of the connections), or " +
    'request a quota increase in Service Quotas; then run the command again.',
};

/** Neither the identity's permissions nor the role's trust says which of them it was. */
const assumeRoleRefused: Words = {
  code: 'AssumeRoleRefused',
  found: 'was denied: the credentials may not assume the role given with --assume-role',
  expected: "an identity that is allowed sts:AssumeRole and that the role's trust policy allows.",
  remedy:
    "Check that the role exists, that its trust policy allows the identity that AWS's message names, and that this identity is allowed sts:AssumeRole on it.",
};

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const clockWrong: Words = {
  code: 'AwsCredentialsRefused',
  found: 'failed: AWS does not accept the time in the signature',
  expected: 'a clock that differs from AWS by a few minutes at most.',
  remedy: "Set this machine's clock, then run the command again.",
};

/** AWS was reached, and did not answer. */
function isSilence({ refusal, said }: IamError): boolean {
  return refusal === 'unreachable' && said.startsWith('no response within ');
}

function chooseWords(thrown: IamError): Words {
  const { refusal, action, awsCode, said } = thrown;
  if (isSilence(thrown)) return { ...words.unreachable, found: `got ${said}` };
  if (refusal === 'credentials' && isLate(thrown)) return clockWrong;
  if (refusal === 'forbidden' && action === 'sts:AssumeRole')
    return readDenial(said) === undefined
      ? assumeRoleRefused
      : { ...assumeRoleRefused, remedy: chooseDenialRemedy(thrown) };
  if (refusal === 'forbidden') {
    const found = 'is not allowed with these credentials';
    return {
      code: 'IamForbidden',
      found,
      expected: `credentials that are allowed ${action}, and no organization policy that denies it.`,
      remedy: chooseDenialRemedy(thrown),
    };
  }
  if (awsCode === 'LimitExceeded') return quotaReached;
  if (awsCode !== 'EntityAlreadyExists') return words[refusal];
  const remedy =
    'An earlier attempt whose response was lost, or somebody else, created it. Run the command again; it continues from there.';
  return { code: 'IamRejected', found: 'found that it already exists', remedy };
}

function isLate({ awsCode, said }: IamError): boolean {
  return awsCode === 'RequestExpired' || /^Signature (?:expired|not yet current)/i.test(said);
}

/** Returns what to do about a call that AWS denies. */
export function chooseDenialRemedy(thrown: IamError): string {
  const denial = readDenial(thrown.said);
  return denial === undefined
    ? guessRemedy(thrown)
    : `${chooseRemedy(denial, thrown.action)} AWS names only one kind of policy: another kind may deny the call, too.`;
}

/** Where AWS names no policy; no Allow overrules a Deny. */
function guessRemedy({ action, said }: IamError): string {
  return /explicit(?:ly)? den/i.test(said)
    ? `Find the Deny for ${action} in the policies of these credentials or of the AWS organization; then run the command again.`
    : `Allow ${action}, then run the command again.`;
}

/** What to change where AWS names the policy that denies a call. */
function chooseRemedy({ policy, isExplicit }: Denial, action: string): string {
  const does = isExplicit ? 'denies' : 'does not allow';
  switch (policy) {
    case 'service control policy':
    case 'resource control policy':
      return `Ask the administrators of the AWS organization: its ${policy} ${does} ${action}.`;
    case 'VPC endpoint policy':
      return `Correct the policy of the VPC endpoint that this machine's requests go through: it ${does} ${action}.`;
    case 'role trust policy':
    case 'resource-based policy':
      return `Correct the ${policy}: it ${does} ${action} for the identity that AWS's message names.`;
    case 'identity-based policy':
    case 'permissions boundary':
    case 'session policy':
      return `${isExplicit ? 'Remove the Deny for' : 'Allow'} ${action} in the ${policy} of these credentials, then run the command again.`;
  }
}

/** Returns the failure of reading an account; where IAM denied a call, with all the actions that reading needs. */
export function nameActions({ exit, problems, cause }: CliFailure, actions: readonly string[]): CliFailure {
  const needs = ` Reading needs ${actions.join(', ')}.`;
  const named = problems.map(one => (one.code === 'IamForbidden' ? { ...one, remedy: `${one.remedy}${needs}` } : one));
  return new CliFailure(exit, named, cause);
}
