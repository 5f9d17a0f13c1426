import { webIdentityAction } from '../web-identity.ts';
import type { DenyStatement, ExemptionTag } from './control-policy.ts';

type Conditions = DenyStatement['Condition'];

/** A claim's condition key, which the requests of one issuer have and all others lack. */
export interface ClaimOfIssuer {
  /** The issuer's URL without `https://`. */
  readonly url: string;
  readonly claim: string;
}

/** Returns the condition key of a claim. */
export function formatClaimKey({ url, claim }: ClaimOfIssuer): string {
  return `${url}:${claim}`;
}

/**
 * Returns a statement of a resource control policy that denies AssumeRoleWithWebIdentity on conditions: for all member
 * accounts' roles, but those with the exemption tag.
 *
 * A role without the tag has no such key: `StringNotEquals` holds for a missing key with or without `IfExists`, which stands
 * there since AWS's own samples write it.
 */
export function denyWebIdentity(
  Sid: string,
  conditions: Conditions,
  exemption: ExemptionTag | undefined,
): DenyStatement {
  return {
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: webIdentityAction,
    Resource: '*',
    Condition: exemption === undefined ? conditions : { ...conditions, ...exempt(conditions, exemption) },
  };
}

function exempt(conditions: Conditions, { key, value }: ExemptionTag): Conditions {
  const operator = 'StringNotEqualsIfExists';
  return { [operator]: { ...conditions[operator], [`aws:ResourceTag/${key}`]: value } };
}
