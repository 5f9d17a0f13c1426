import type { Iam, IamRefusal, Provider } from '../../aws/iam.ts';
import type { RoleArn } from '../../session/role-arn.ts';
import type { RegisteredProvider } from '../../diagnosis/refused-call.ts';
import { parseProviderArn, type Partition } from '../../trust/oidc-provider.ts';
import { asFailure } from '../terminal/as-failure.ts';
import { unfinished, type CliFailure, type FailureCode } from '../terminal/failure.ts';
import { isIamError } from '../accounts/iam-failure.ts';

/** Opens IAM of a partition; the SDK behind it is loaded only then. */
export type OpenIam = (partition: Partition) => Promise<Iam>;

/** Returns IAM with credentials from the SDK's usual chain. */
export const openIam: OpenIam = async partition => (await import('../../aws/iam.ts')).openIam(partition);

/** What IAM has to do with a token: the role's trust policy, and the providers of its account where they may be read. */
export interface ReadTrust {
  readonly trustPolicy: string;
  readonly providers: readonly RegisteredProvider[] | undefined;
  readonly warnings: readonly string[];
}

/** Returns a role's trust policy and its account's OIDC providers. Without the right to read these it says so. */
export async function askTrust(role: RoleArn, iam: Iam): Promise<ReadTrust> {
  const found = await ask(role, () => iam.readRole(role.name));
  if (found.arn !== role.text) throw otherRole(role, found.arn);
  try {
    return { trustPolicy: found.trustPolicy, providers: await readProviders(iam), warnings: [] };
  } catch (thrown) {
    if (!isIamError(thrown) || thrown.refusal !== 'forbidden') throw explain(role, thrown);
    const warning = `The OIDC providers of account ${role.accountId} could not be read (${thrown.action}), so that only the trust policy is judged.`;
    return { trustPolicy: found.trustPolicy, providers: undefined, warnings: [warning] };
  }
}

async function readProviders(iam: Iam): Promise<readonly RegisteredProvider[]> {
  const providers = [];
  for (const arn of await iam.listProviderArns()) {
    const found = await readIfThere(arn, iam);
    if (found !== undefined) providers.push({ url: parseProviderArn(arn)?.url ?? arn, clientIds: found.clientIds });
  }
  return providers;
}

/** A provider that was deleted since it was listed is none. */
async function readIfThere(arn: string, iam: Iam): Promise<Provider | undefined> {
  try {
    return await iam.readProvider(arn);
  } catch (thrown) {
    if (isIamError(thrown) && thrown.refusal === 'not-found') return undefined;
    throw thrown;
  }
}

async function ask<T>(role: RoleArn, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    throw explain(role, thrown);
  }
}

interface Words {
  readonly code: FailureCode;
  readonly found: string;
  readonly remedy: string;
}

const words: Readonly<Record<IamRefusal, Words>> = {
  'no-credentials': {
    code: 'AwsCredentialsMissing',
    found: 'found no AWS credentials',
    remedy: 'Sign in (aws sso login), set AWS_PROFILE, or save the policy to a file and use --trust-policy-file.',
  },
  credentials: {
    code: 'AwsCredentialsRefused',
    found: 'was refused: AWS does not take the credentials',
    remedy: 'Sign in again; see aws sts get-caller-identity, and that the partition is the right one.',
  },
  forbidden: {
    code: 'IamForbidden',
    found: 'is not allowed with these credentials',
    remedy:
      'Allow iam:GetRole, iam:ListOpenIDConnectProviders and iam:GetOpenIDConnectProvider, or use --trust-policy-file.',
  },
  'not-found': {
    code: 'RoleNotFound',
    found: "found nothing in the credentials' account",
    remedy: "Check the role's name, and that the credentials are of the role's account (aws sts get-caller-identity).",
  },
  throttled: { code: 'IamUnavailable', found: 'was throttled', remedy: 'Wait a minute and try again.' },
  rejected: { code: 'IamUnavailable', found: 'was rejected', remedy: 'Read the message of AWS.' },
  unavailable: { code: 'IamUnavailable', found: 'failed at AWS', remedy: 'Try again; see health.aws.amazon.com.' },
  unreadable: {
    code: 'IamUnavailable',
    found: 'got an answer that is none of IAM',
    remedy: 'Check for a proxy that answers in the place of AWS, and AWS_ENDPOINT_URL.',
  },
  unreachable: {
    code: 'IamUnavailable',
    found: 'could not reach AWS',
    remedy: 'Check the network, AWS_ENDPOINT_URL and firewalls; then try again.',
  },
};

function explain(role: RoleArn, thrown: unknown): CliFailure {
  if (!isIamError(thrown)) return asFailure(thrown);
  const { code, found, remedy } = words[thrown.refusal];
  return unfinished(
    {
      code,
      found: `${thrown.action} for ${role.text} ${found}. It says: ${thrown.said}`,
      expected: 'an answer of IAM; nothing is ever changed there.',
      remedy,
    },
    thrown,
  );
}

/** IAM is asked by the name alone, in whatever account the credentials are of. */
function otherRole({ text }: RoleArn, found: string): CliFailure {
  return unfinished({
    code: 'RoleOfOtherAccount',
    found: `The credentials' account has the role ${found}, not ${text}.`,
    expected: 'credentials of the account of the role, and its path as it is.',
    remedy: 'Use credentials of that account, or correct --role.',
  });
}
