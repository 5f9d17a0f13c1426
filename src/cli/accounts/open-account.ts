import type { IamAccess } from '../../aws/account.ts';
import type { Caller } from '../../account/iam.ts';
import type { Problem } from '../terminal/failure.ts';
import type { AccountTarget } from './credential-options.ts';

/** Opens IAM with the credentials for an account; the SDK behind it is loaded only then. */
export type OpenAccount = (target: AccountTarget) => Promise<IamAccess>;

/** Returns IAM with the credentials of a target; whose account that is `readCaller` says. */
export const openAccount: OpenAccount = async ({ account: { partition }, profile, assumeRoleArn }) =>
  (await import('../../aws/account.ts')).openAccount({ partition, profile, assumeRoleArn });

/** Returns why credentials must not be used for an account: they are another's. Undefined where they are its own. */
export function findOtherAccount(caller: Caller, { account, profile }: AccountTarget): Problem | undefined {
  if (caller.accountId === account.accountId && caller.partition === account.partition) return undefined;
  const whose = profile === undefined ? 'The credentials' : `The credentials of profile ${profile}`;
  return {
    code: 'AccountDiffers',
    found: `${whose} are ${caller.arn}, of account ${caller.accountId} in partition ${caller.partition}.`,
    expected: `account ${account.accountId} in partition ${account.partition}, as --account says.`,
    remedy: 'Use credentials of that account, or correct --account; nothing was changed.',
  };
}
