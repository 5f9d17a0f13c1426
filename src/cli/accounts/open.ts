import type { IamAccess } from '../../aws/account.ts';
import type { Caller } from '../../account/iam.ts';
import type { Partition } from '../../trust/oidc-provider.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { CliFailure } from '../terminal/failure.ts';
import { useProxy } from '../terminal/use-proxy.ts';
import { explainIamFailure } from './iam-failure.ts';
import type { AccountTarget } from './options.ts';
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { WifError } from '../../errors.ts';
import { codeOf } from '../../host/private-file.ts';
import { readAuthorities } from '../../host/authorities.ts';

/** Opens IAM with the credentials for an account; the SDK behind it is loaded only then. */
export type OpenAccount = (target: AccountTarget) => Promise<IamAccess>;

/**
 * Returns what opens IAM with the credentials of a target, by way of the environment's proxy; `readCaller` says whose
 * account it is. All accounts share connections to AWS, and the credentials of a profile.
 *
 * @param notice gets what the environment changes about requests to AWS
 */
export function useAccounts(notice: Notice): OpenAccount {
  const share = async () => {
    const { openTransport, shareAccounts } = await import('../../aws/account.ts');
    return shareAccounts(openTransport(chooseAgents(process.env, notice)));
  };
  let shared: ReturnType<typeof share> | undefined;
  return async ({ account: { partition }, profile, assumeRoleArn }) => {
    shared ??= share();
    return (await shared)({ partition, profile, assumeRoleArn });
  };
}

/** An account that the credentials were found to be of. */
export interface OpenedAccount {
  readonly target: AccountTarget;
  readonly caller: Caller;
  readonly iam: IamAccess;
}

/** Opens an account, after making sure whose the credentials are. */
export async function openTarget(target: AccountTarget, openAccount: OpenAccount): Promise<OpenedAccount> {
  const { accountId } = target.account;
  return askAccount(accountId, async () => {
    const iam = await openAccount(target);
    const caller = await iam.readCaller();
    const other = findOtherAccount(caller, target);
    if (other !== undefined) throw new CliFailure(1, [other]);
    return { target, caller, iam };
  });
}

/** The same for the account that the credentials are of, whichever that is. */
export async function openOwnAccount(
  { partition, profile }: { readonly partition: Partition; readonly profile: string | undefined },
  openAccount: OpenAccount,
): Promise<OpenedAccount> {
  const unknown = { account: { partition, accountId: '' }, profile, assumeRoleArn: undefined };
  return askAccount('', async () => {
    const iam = await openAccount(unknown);
    const caller = await iam.readCaller();
    return { target: { ...unknown, account: { partition, accountId: caller.accountId } }, caller, iam };
  });
}

/** The same, saying on stderr who acts. */
export async function announceTarget(target: AccountTarget, openAccount: OpenAccount): Promise<OpenedAccount> {
  const opened = await openTarget(target, openAccount);
  const { accountId, arn } = opened.caller;
  process.stderr.write(`${neutralise(`account ${accountId} as ${arn}`)}\n`);
  return opened;
}

/**
 * Returns what IAM or STS of an account answers. Throws a failure that names the action and what to do.
 *
 * @param accountId '' if it is not known yet
 */
export async function askAccount<T>(accountId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw thrown;
    const { exit, problems } = explainIamFailure(thrown, accountId);
    throw new CliFailure(exit, problems, thrown);
  }
}

/** Returns why credentials must not be used for an account: they are another's. Undefined where they are its own. */
export function findOtherAccount(caller: Caller, { account, profile }: AccountTarget): Problem | undefined {
  if (caller.accountId === account.accountId && caller.partition === account.partition) return undefined;
  const whose = profile === undefined ? 'The credentials' : `The credentials of profile ${profile}`;
  return {
    code: 'AccountDiffers',
    found: `${whose} belong to ${caller.arn}, account ${caller.accountId}, partition ${caller.partition}.`,
    expected: `account ${account.accountId} in partition ${account.partition} (--account, --partition).`,
    remedy: 'Use credentials for that account, or correct --account and --partition. Nothing was changed.',
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells the user once, before it matters, what the environment changes about requests to AWS. */
export type Notice = (text: string) => void;

/** Hosts of IAM, STS and the sign-in services, as the SDK computes them for each partition. */
const awsHost =
  /^(?:(?:iam|sts|oidc|portal\.sso|cognito-identity)(?:-fips)?(?:\.[a-z]{2,10}(?:-[a-z]{1,12}){0,3}(?:-\d{1,2})?)?\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu))|[a-z0-9-]{1,30}\.signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com))$/;

/**
 * Returns a sentence where a request to AWS goes to a host that the environment or a profile chose, undefined if it
 * goes to the service's own. What the SDK obeys counts, whatever it found that in.
 *
 * @param url where the request goes
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function describeEndpoint(url: URL, environment: Environment): string | undefined {
  const names = Object.keys(environment).filter(
    name => isEndpointVariable(name) && hostOf(environment[name]) === url.host,
  );
  if (names.length > 0) {
    const isOne = names.length === 1;
    return `${names.toSorted().join(' and ')} ${isOne ? 'is' : 'are'} set: requests go to ${url.host} instead of AWS.`;
  }
  if (awsHost.test(url.hostname)) return undefined;
  const profile = environment['AWS_PROFILE'] ?? 'default';
  return `Requests go to ${url.host} instead of AWS. Look for endpoint_url or services in the AWS profile "${profile}".`;
}

/** Returns a sentence where AWS_CA_BUNDLE names CAs, undefined if it does not. */
export function describeBundle(environment: Environment): string | undefined {
  const path = environment['AWS_CA_BUNDLE']?.trim() ?? '';
  if (path === '') return undefined;
  return `AWS_CA_BUNDLE is set: requests to AWS trust the certificate authorities in ${path} in addition to the public ones.`;
}

function isEndpointVariable(name: string): boolean {
  return /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]{1,60})?$/i.test(name);
}

function hostOf(text: string | undefined): string | undefined {
  return URL.canParse(text ?? '') ? new URL(text ?? '').host : undefined;
}

/**
 * Returns by which agents requests reach AWS in an environment: through its proxy, if any. AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS
 * name files with CAs to trust besides the public ones. Throws `ProxyInvalid` or `CertificateFileInvalid`.
 *
 * @param notice gets a sentence for each request to a host that the environment or a profile chose, and for AWS_CA_BUNDLE
 */
function chooseAgents(env: Environment, notice: Notice): (url: URL) => Agent | undefined {
  const bundle = describeBundle(env);
  if (bundle !== undefined) notice(bundle);
  const choose = useProxy(env, readBundles(env));
  return url => {
    const endpoint = describeEndpoint(url, env);
    if (endpoint !== undefined) notice(endpoint);
    return choose(url);
  };
}

function readBundles(env: Environment): readonly string[] {
  return ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].flatMap(name => {
    const path = env[name]?.trim() ?? '';
    return path === '' ? [] : readAuthorities(readBundle(name, path), `The file of ${name}, ${path},`);
  });
}

function readBundle(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const fault = {
      code: 'CertificateFileInvalid',
      found: `${name} names ${path}, which cannot be read (${codeOf(cause)}).`,
      expected: 'CA certificates in PEM format.',
      remedy: `Point ${name} at the PEM file of your CA, or unset it.`,
    } as const;
    throw new WifError(fault, { cause });
  }
}
