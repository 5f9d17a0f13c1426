import { evaluateTrust } from '../../src/trust/evaluate.ts';
import { parseTrustPolicy } from '../../src/trust/trust-policy.ts';
import { describeWebIdentity } from '../../src/trust/web-identity.ts';
import type { Claims } from './company.ts';

const account = { partition: 'aws', accountId: '111111111111' } as const;

/** Returns whether a trust policy of the account lets in whoever has the claims. */
export function admits(policy: string, claims: Claims): boolean {
  return evaluateTrust(parseTrustPolicy(policy), describeWebIdentity({ claims, account })).decision === 'allowed';
}
