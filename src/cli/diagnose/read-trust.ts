import { isRoleArn, parseRoleArn, type RoleArn } from '../../session/role-arn.ts';
import type { RegisteredProvider } from '../../diagnosis/refused-call.ts';
import { parseProviderArn, partitions, type Account, type Partition } from '../../trust/oidc-provider.ts';
import { parsePolicyText } from '../../trust/policy-json.ts';
import { parseTrustPolicy, type TrustPolicy } from '../../trust/trust-policy.ts';
import { readProviders } from '../../account/read-account.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { askAccount, type OpenedAccount } from '../accounts/open.ts';
import { unfinished, wrongUsage, type CliFailure } from '../terminal/failure.ts';

/** The trust that a caller is judged by. */
export interface Trust {
  readonly account: Account;
  /** Undefined where the policy came from a file. */
  readonly roleArn: string | undefined;
  readonly policy: TrustPolicy;
  readonly providers: readonly RegisteredProvider[] | undefined;
  readonly warnings: readonly string[];
}

/** Returns the role of `--role`. Throws where it is no role's ARN. */
export function parseRoleOption(text: string): RoleArn {
  const role = parseRoleArn(text);
  if (isRoleArn(role)) return role;
  throw wrongUsage(`--role is ${role.found}.`, role.expected);
}

/** Returns a role's trust as IAM has it. Without the right to read the account's providers it says so. */
export async function readLiveTrust(role: RoleArn, { iam }: OpenedAccount): Promise<Trust> {
  const { partition, accountId } = role;
  const found = await askAccount(accountId, () => iam.readRole(role.name));
  if (found?.arn !== role.text) throw missingRole(role, found?.arn);
  const policy = parseTrustPolicy(found.trustPolicy);
  const trust = { account: { partition, accountId }, roleArn: role.text, policy, providers: undefined, warnings: [] };
  try {
    return { ...trust, providers: await readProviders(await iam.listProviderArns(), iam) };
  } catch (thrown) {
    const { problems } = explainIamFailure(thrown, accountId);
    if (problems[0]?.code !== 'IamForbidden') return askAccount(accountId, () => Promise.reject(thrown as Error));
    const warning = `The OIDC providers of account ${accountId} could not be read, so only the trust policy is evaluated. ${problems[0].remedy}`;
    return { ...trust, warnings: [warning] };
  }
}

/** IAM is asked by the name alone, whatever path the role has. */
function missingRole({ text, name }: RoleArn, found: string | undefined): CliFailure {
  return unfinished({
    code: found === undefined ? 'RoleNotFound' : 'RolePathDiffers',
    found: found === undefined ? `The account has no role ${name}.` : `The account has the role ${found}, not ${text}.`,
    expected: "the role's ARN, with its path and in its letter case.",
    remedy: 'Correct --role.',
  });
}

/** Returns the trust in a file. Without an account it is the one that all of the policy's providers are in. */
export function readPolicyFile(text: string, account: Account | undefined): Trust {
  const policy = parseTrustPolicy(unwrap(text));
  const found = account ?? findAccount(policy);
  const warnings = [
    'The OIDC providers of the account are not known: only the trust policy is judged.',
    ...(account === undefined
      ? [`The role is taken to be in account ${found.accountId}, as the policy's providers are (--account).`]
      : []),
  ];
  return { account: found, roleArn: undefined, policy, providers: undefined, warnings };
}

/** `aws iam get-role` prints the policy inside of the role; either is taken. */
function unwrap(text: string): unknown {
  const value = parsePolicyText(text);
  const inner = member(member(value, 'Role') ?? value, 'AssumeRolePolicyDocument');
  return inner ?? value;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function findAccount(policy: TrustPolicy): Account {
  const arns = policy.statements
    .flatMap(({ principals }) => principals.listed)
    .flatMap(({ type, value }) => (type === 'Federated' ? (parseProviderArn(value) ?? []) : []));
  const [first, ...others] = arns;
  const same = others.every(one => one.accountId === first?.accountId && one.partition === first.partition);
  if (first !== undefined && same && isPartition(first.partition)) {
    return { partition: first.partition, accountId: first.accountId };
  }
  throw wrongUsage(
    first === undefined
      ? 'The trust policy names no OIDC provider, so the account of the role is not known.'
      : 'The trust policy names OIDC providers of several accounts or of an unknown partition.',
    '--account with the account of the role.',
  );
}

function isPartition(text: string): text is Partition {
  return (partitions as readonly string[]).includes(text);
}
