import { nameList } from '../terminal/layout.ts';
import { isRoleArn, parseRoleArn } from '../../session/role-arn.ts';
import type { RoleArn } from '../../session/match-role-arn.ts';
import type { RegisteredProvider } from '../../diagnosis/refused-call.ts';
import { isPartition, type Account } from '../../trust/oidc-provider.ts';
import { parseTrustPolicy, type Principal, type TrustPolicy } from '../../trust/trust-policy.ts';
import { readPrincipal, type ReadPrincipal } from '../../trust/scene/principal-form.ts';
import { readProviders } from '../../account/state.ts';
import { explainIamFailure } from '../accounts/iam-failure.ts';
import { askAccount, type OpenedAccount } from '../accounts/open.ts';
import { CliFailure, unfinished, wrongUsage } from '../terminal/failure.ts';
import { parseSource, type TrustSource } from '../trust-files/trust-source.ts';

/** The trust that a caller is judged by. */
export interface Trust {
  readonly account: Account;
  /** Undefined where the policy came from a file that does not say. */
  readonly roleArn: string | undefined;
  readonly name: string | undefined;
  /** Where in its file; undefined for a role in IAM. */
  readonly where: string | undefined;
  /** The role's tags; undefined if they are not known. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** The role's longest session; undefined if it is not known. */
  readonly maxSessionSeconds: number | undefined;
  readonly policy: TrustPolicy;
  readonly providers: readonly RegisteredProvider[] | undefined;
  readonly warnings: readonly string[];
}

/** A role that IAM finds by its name, in the account of the credentials. */
export interface RoleName {
  readonly name: string;
  /** With a slash at both ends; undefined if it was not given. */
  readonly path: string | undefined;
}

/** Returns the role of `--role`: an ARN, or a name with or without its path. Throws if it is neither. */
export function parseRoleOption(text: string): RoleArn | RoleName {
  const role = parseRoleArn(text);
  if (isRoleArn(role)) return role;
  const [, path, name = ''] = /^\/?((?:[\x21-\x2e\x30-\x39\x3b-\x7e]+\/)*)([\w+=,.@-]{1,64})$/.exec(text) ?? [];
  if (name !== '' && !/^\d{12}$/.test(name)) return { name, path: path === '' ? undefined : `/${path ?? ''}` };
  throw wrongUsage(
    `--role is ${role.found}.`,
    `${role.expected.replace(/\.$/, '')}, or the name of a role.`,
    role.remedy,
  );
}

/** Returns a role's trust as IAM has it. Without the right to read the account's providers it says so. */
export async function readLiveTrust(role: RoleArn | RoleName, { iam, caller }: OpenedAccount): Promise<Trust> {
  const { accountId } = caller;
  const found = await askAccount(accountId, () => iam.readRole(role.name));
  const isSame = 'text' in role ? found?.arn === role.text : role.path === undefined || found?.path === role.path;
  if (found === undefined || !isSame) throw missingRole(role, found?.arn);
  const policy = parseTrustPolicy(found.trustPolicy);
  const trust = {
    account: readAccountOf(found.arn, caller),
    roleArn: found.arn,
    name: found.name,
    where: undefined,
    policy,
    providers: undefined,
    tags: found.tags,
    maxSessionSeconds: found.maxSessionSeconds,
    warnings: [],
  };
  try {
    return { ...trust, providers: await readProviders(await iam.listProviderArns(), iam) };
  } catch (thrown) {
    const { problems } = explainIamFailure(thrown, accountId);
    if (problems[0]?.code !== 'IamForbidden') return askAccount(accountId, () => Promise.reject(thrown as Error));
    const warning = `The OIDC providers of account ${accountId} could not be read, so only the trust policy is evaluated. ${problems[0].remedy}`;
    return { ...trust, warnings: [warning] };
  }
}

/** The ARN of IAM's own answer. */
function readAccountOf(arn: string, caller: OpenedAccount['caller']): Account {
  const role = parseRoleArn(arn);
  const partition = isPartition(caller.partition) ? caller.partition : 'aws';
  return isRoleArn(role) ? role : { accountId: caller.accountId, partition };
}

/** IAM is asked by the name alone, whatever path the role has. */
function missingRole(role: RoleArn | RoleName, found: string | undefined): CliFailure {
  const { name } = role;
  const text = 'text' in role ? role.text : `${role.path ?? '/'}${name}`;
  return unfinished({
    code: found === undefined ? 'RoleNotFound' : 'RolePathDiffers',
    found: found === undefined ? `The account has no role ${name}.` : `The account has the role ${found}, not ${text}.`,
    expected: "the role's ARN, with its path and in its letter case.",
    remedy: 'Correct --role.',
  });
}

/** What a file is judged by besides its text. */
export interface FileQuestion {
  readonly account: Account | undefined;
  /** Picks one of several roles; the ARN's account is that of the role. */
  readonly role: RoleArn | RoleName | undefined;
}

/** Roles of a file, and those that could not be judged, each in a sentence. */
export interface FileTrust {
  readonly trusts: readonly Trust[];
  readonly skipped: readonly string[];
}

/**
 * Returns the trusts in a file. Without an account each is in that of its role's ARN, or of its policy's providers. The library
 * for YAML is loaded only then.
 */
export async function readPolicyFile(text: string, { account, role }: FileQuestion): Promise<FileTrust> {
  const { readTrustFile } = await import('../trust-files/read-trust-file.ts');
  const given = role !== undefined && 'text' in role ? role : account;
  const sources = pickSources(readTrustFile(text, given), role);
  const known = sources.filter(({ unresolved }) => unresolved.length === 0);
  const skipped = sources.filter(({ unresolved }) => unresolved.length > 0).map(describeUnresolved);
  if (known.length === 0) throw unresolvedTrust(skipped, given);
  if (sources.length === 1) return { trusts: known.map(one => toTrust(one, given)), skipped };
  return known.reduce<FileTrust>((all, one) => addTrust(all, one, given), { trusts: [], skipped });
}

/** Of several roles the others are judged all the same. */
function addTrust({ trusts, skipped }: FileTrust, source: TrustSource, account: Account | undefined): FileTrust {
  try {
    return { trusts: [...trusts, toTrust(source, account)], skipped };
  } catch (thrown) {
    const found = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    return { trusts, skipped: [...skipped, `The role ${nameSource(source)} was not evaluated: ${found}`] };
  }
}

function pickSources(sources: readonly TrustSource[], role: RoleArn | RoleName | undefined): readonly TrustSource[] {
  if (role === undefined || sources.every(one => one.role === undefined)) return sources;
  const wanted = 'text' in role ? role.text : role.name;
  const picked = sources.filter(
    one =>
      one.role?.arn === wanted || ((one.role?.arn === undefined || !('text' in role)) && one.role?.name === role.name),
  );
  if (picked.length > 0) return picked;
  throw wrongUsage(
    `The file has no role ${wanted}.`,
    `one of its roles: ${nameList(sources.map(nameSource), 10)}.`,
    'Correct --role.',
  );
}

function nameSource({ role, where }: TrustSource): string {
  return role?.arn ?? role?.name ?? where;
}

function describeUnresolved(source: TrustSource): string {
  const places = source.unresolved.slice(0, 3).join(', ');
  return `The role ${nameSource(source)} was not evaluated: its trust policy has values that are known only after deployment (${places}).`;
}

function unresolvedTrust(skipped: readonly string[], given: Account | undefined): CliFailure {
  const problem = {
    code: 'TrustPolicyUnreadable',
    found: skipped.join(' '),
    expected:
      'a trust policy without such values. AWS::AccountId and AWS::Partition are those of --account and --partition.',
    remedy: `${given === undefined ? 'Give --account, or deploy' : 'Deploy'} the role and read it from IAM (--role).`,
  } as const;
  return new CliFailure(3, [problem]);
}

function toTrust(source: TrustSource, given: Account | undefined): Trust {
  const policy = parseSource(source);
  const arn = source.role?.arn === undefined ? undefined : parseRoleArn(source.role.arn);
  const own = arn !== undefined && isRoleArn(arn) ? arn : undefined;
  const account = own ?? given ?? findAccount(policy);
  const warnings = [
    'The OIDC providers of the account are not known: only the trust policy is evaluated.',
    ...(own !== undefined && given !== undefined && own.accountId !== given.accountId
      ? [`--account ${given.accountId} has no effect: the role in the file is ${own.text}.`]
      : []),
    ...(own === undefined && given === undefined
      ? [`Account ${account.accountId} is taken from the policy's providers; --account sets another one.`]
      : []),
  ];
  return {
    account: { accountId: account.accountId, partition: account.partition },
    roleArn: own?.text,
    name: source.role?.name,
    where: source.where,
    policy,
    providers: undefined,
    tags: undefined,
    maxSessionSeconds: undefined,
    warnings,
  };
}

/** An id with dashes or spaces is still one that can be read; the finding about it says what is wrong. */
function findAccount(policy: TrustPolicy): Account {
  const principals = policy.statements.flatMap(one => one.principals.listed);
  const providers = principals.flatMap(one => readPrincipal(one) ?? []);
  const arns = providers.map(({ arn }) => arn).filter(({ accountId }) => /^\d{12}$/.test(accountId));
  const [first, ...others] = arns;
  const same = others.every(one => one.accountId === first?.accountId && one.partition === first.partition);
  if (first !== undefined && same && isPartition(first.partition)) {
    return { partition: first.partition, accountId: first.accountId };
  }
  throw wrongUsage(
    first === undefined
      ? `${describeNoAccount(providers, principals)}, so the account of the role is not known.`
      : 'The trust policy names OIDC providers of several accounts or of an unknown partition.',
    '--account with the account of the role.',
  );
}

function describeNoAccount(providers: readonly ReadPrincipal[], principals: readonly Principal[]): string {
  const mistaken = providers.find(({ fault }) => fault !== undefined);
  if (mistaken !== undefined) {
    return `The principal ${mistaken.type} "${mistaken.text}" is not an OIDC provider (${mistaken.fault ?? ''})`;
  }
  const wildcard = principals.find(({ type, value }) => type === 'Federated' && /[*?]/.test(value));
  if (wildcard !== undefined) return `The principal Federated "${wildcard.value}" contains a wildcard`;
  return providers.length === 0
    ? 'The trust policy names no OIDC provider'
    : 'The trust policy names its identity provider without an account';
}
