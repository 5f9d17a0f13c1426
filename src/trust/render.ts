import { escapeUnit } from '../outside-text.ts';
import type { PolicyDocument } from './trust-policy.ts';

/**
 * What IAM counts of a role's trust policy: the quota that accounts begin with, and the most it is raised to.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const defaultQuota = 2048;
export const largestQuota = 4096;

/**
 * Returns a policy as JSON that IAM's API takes: characters past U+00FF are `\u` escapes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
 */
export function renderPolicy(document: PolicyDocument): string {
  return escapeCharacters(JSON.stringify(document, null, 2));
}

/** The same in one line, without white space between the parts. */
export function renderCompactPolicy(document: PolicyDocument): string {
  return escapeCharacters(JSON.stringify(document));
}

/**
 * Returns a policy's size as IAM counts it. White space between the parts does not count; IAM does not say so of spaces
 * inside texts, so they are counted.
 */
export function measurePolicy(document: PolicyDocument): number {
  return renderCompactPolicy(document).length;
}

/** Returns a warning where IAM accepts a trust policy of this size only from accounts whose quota was raised. */
export function warnOfQuota(roleArn: string, characters: number): readonly string[] {
  if (characters <= defaultQuota) return [];
  return [
    `The trust policy of ${roleArn} would have ${characters} characters; IAM accepts ${defaultQuota} unless the account's quota "Role trust policy length" was raised (to at most ${largestQuota}).`,
  ];
}

/** JSON has its own escapes below U+0020; what is left to do is by UTF-16 unit, as JSON's escapes are. */
function escapeCharacters(json: string): string {
  return json.replace(/[\u0100-\uffff]/g, escapeUnit);
}
