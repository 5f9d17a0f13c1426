import type { Identity } from '../../identity/audience.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { Statement } from '../../trust/statement.ts';
import type { TrustPolicy } from '../../trust/trust-policy.ts';
import { parseClaimKey } from '../../trust/web-identity.ts';
import { judgeStatementFor } from '../../trust/admission.ts';

/** How a Deny stands in the way of a twin: it refuses it, or nobody can tell that it treats both alike. */
export interface DenyTrouble {
  readonly code: 'DenyRefuses' | 'DenyUndecided';
  readonly statement: number;
}

/**
 * Returns the Deny statement that does not treat a connection's Entra identity as it treats the one on the Azure DevOps
 * issuer: a twin would be refused by it, or would escape it. Undefined if there is none.
 */
export function findDenyTrouble(
  policy: TrustPolicy,
  old: Identity,
  next: Identity,
  account: Account,
): DenyTrouble | undefined {
  for (const deny of policy.statements.filter(({ effect }) => effect === 'Deny')) {
    const [before, after] = [old, next].map(identity => judgeStatementFor(policy, deny, identity, account));
    if (after === true) return { code: 'DenyRefuses', statement: deny.index };
    const alike = before === after && (before !== 'unknown' || isNeutral(deny));
    if (!alike) return { code: 'DenyUndecided', statement: deny.index };
  }
  return undefined;
}

/** Whether it looks at nothing that tells one issuer from the other. */
function isNeutral({ principals, conditions, unknownElements }: Statement): boolean {
  const everyone = !principals.negated && principals.listed.every(({ value }) => value === '*');
  const issuerless = conditions.every(
    ({ key, values }) =>
      parseClaimKey(key) === undefined &&
      key.toLowerCase() !== 'aws:federatedprovider' &&
      values.every(value => !value.includes('${')),
  );
  return everyone && issuerless && unknownElements.length === 0;
}
