import type { IamAccess } from '../../aws/account.ts';
import type { Caller } from '../../account/iam.ts';
import type { Partition } from '../../trust/oidc-provider.ts';
import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../../problem.ts';
import { CliFailure } from '../terminal/failure.ts';
import { explainIamFailure } from './iam-failure.ts';
import type { AccountTarget } from './options.ts';
import type { Notice } from './transport.ts';

/** Opens IAM with the credentials for an account; the SDK behind it, and Node's HTTPS, are loaded only then. */
export type OpenAccount = (target: AccountTarget) => Promise<IamAccess>;

/**
 * Returns what opens IAM with the credentials of a target, by way of the environment's proxy; `readCaller` says whose
 * account it is. All accounts share connections to AWS, and the credentials of a profile.
 *
 * @param notice gets what the environment changes about requests to AWS
 */
export function useAccounts(notice: Notice): OpenAccount {
  const share = async () => {
    const { openEnvironmentTransport } = await import('./transport.ts');
    const transport = await openEnvironmentTransport(process.env, notice);
    const { shareAccounts } = await import('../../aws/account.ts');
    return shareAccounts(transport);
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
  return askAccount('(not known yet)', async () => {
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

/** Returns what IAM or STS of an account answers. Throws a failure that names the action and what to do. */
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
    remedy: 'Use credentials for that account, or correct --account. Nothing was changed.',
  };
}
