import { acceptsAudience, formatProviderArn } from '../trust/oidc-provider.ts';
import type { FederatedClaims } from '../trust/web-identity.ts';
import { judgeClaims, type Admission } from './admission.ts';
import { readRoleTrust, type AccountState } from './role-trust.ts';

/** What a role says to a token. */
export interface JudgedToken extends Admission {
  readonly roleArn: string;
}

/** Returns what each role that names the token's issuer says to it. The token's signature and time are AWS's to check. */
export function judgeToken(
  claims: FederatedClaims,
  { account, roles, providers }: AccountState,
): readonly JudgedToken[] {
  const arn = formatProviderArn(claims.iss, account);
  const provider = providers.find(one => one.arn === arn);
  const trouble =
    provider === undefined
      ? `the account has no provider ${arn}`
      : acceptsAudience(provider.clientIds, claims)
        ? undefined
        : `${arn} lacks the client id of the token`;
  return roles.flatMap(role => {
    const trust = readRoleTrust(role);
    const named = trust?.policy.statements.some(({ principals }) =>
      principals.listed.some(({ value }) => value === arn),
    );
    if (trust === undefined || named !== true) return [];
    if (trouble !== undefined) return [{ roleArn: role.arn, decision: 'refused', why: [trouble] }];
    return [{ roleArn: role.arn, ...judgeClaims(trust.policy, claims, account) }];
  });
}
