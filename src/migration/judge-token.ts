import { judgeClaims, type Admission } from '../trust/admission.ts';
import { formatProviderArn } from '../trust/oidc-provider.ts';
import type { FederatedClaims } from '../trust/web-identity.ts';
import type { AccountState } from '../account/state.ts';
import { readRoleTrust } from './role-trust.ts';

/** What a role says to a token. */
export interface JudgedToken extends Admission {
  readonly roleArn: string;
}

/** Returns what each role that names the token's issuer says to it. The token's signature and time are AWS's to check. */
export function judgeToken(claims: FederatedClaims, state: AccountState): readonly JudgedToken[] {
  const arn = formatProviderArn(claims.iss, state.account);
  return state.roles.flatMap(role => {
    const trust = readRoleTrust(role);
    const isNamed = trust?.policy.statements.some(({ principals }) =>
      principals.listed.some(({ value }) => value === arn),
    );
    return trust !== undefined && isNamed === true
      ? [{ roleArn: role.arn, ...judgeClaims(trust.policy, claims, state) }]
      : [];
  });
}
