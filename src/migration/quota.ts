import { defaultQuota, largestQuota } from '../trust/render.ts';

/** Returns a warning where IAM takes a trust policy of this size only from accounts whose quota was raised. */
export function warnOfQuota(roleArn: string, characters: number): readonly string[] {
  if (characters <= defaultQuota) return [];
  return [
    `The trust policy of ${roleArn} would have ${characters} characters; IAM takes ${defaultQuota} unless the quota "Role trust policy length" of the account was raised (to ${largestQuota} at most).`,
  ];
}
