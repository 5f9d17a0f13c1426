import {
  azureDevOpsApplicationId,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../identity/audience.ts';
import type { ProviderState } from '../setup/iam.ts';
import { evaluateTrust, type Reason } from '../trust/evaluate.ts';
import { acceptsAudience, formatProviderArn, type Account } from '../trust/oidc-provider.ts';
import type { Statement, TrustPolicy } from '../trust/trust-policy.ts';
import type { Truth } from '../trust/truth.ts';
import { describeWebIdentity, type FederatedClaims, type TrustRequest } from '../trust/web-identity.ts';

export type Decision = 'admitted' | 'refused' | 'cannot-know';

/** Whether AWS lets an identity's tokens in, and why not or what only AWS knows. */
export interface Admission {
  readonly decision: Decision;
  readonly why: readonly string[];
}

/** From worst to best. */
export const ranks: Readonly<Record<Decision, number>> = { refused: 0, 'cannot-know': 1, admitted: 2 };

/**
 * Returns the claims that an identity's tokens may have for AWS. For the Entra issuer there are two readings, since AWS does
 * not document whether it compares `azp` or `aud`.
 */
export function listReadings({ issuer, issuerUrl: iss, subject: sub }: Identity): readonly FederatedClaims[] {
  if (issuer.kind === 'azure-devops') return [{ iss, sub, aud: [tokenExchangeAudience], azp: undefined }];
  const aud = [tokenExchangeApplicationId];
  return [
    { iss, sub, aud, azp: azureDevOpsApplicationId },
    { iss, sub, aud, azp: undefined },
  ];
}

/** Returns the requests that AssumeRoleWithWebIdentity would make of an identity's tokens, one for each reading. */
export function listRequests(identity: Identity, account: Account): readonly TrustRequest[] {
  return listReadings(identity).map(claims => describeWebIdentity({ claims, account }));
}

/** Returns what the trust policy alone says of an identity: the worst of its readings. */
export function judgePolicy(policy: TrustPolicy, identity: Identity, account: Account): Admission {
  return worst(listReadings(identity).map(claims => judgeClaims(policy, claims, account)));
}

/** Returns what provider and trust policy together say of an identity: the worst of its readings. */
export function judgeAdmission(
  policy: TrustPolicy,
  identity: Identity,
  { account, providers }: { readonly account: Account; readonly providers: readonly ProviderState[] },
): Admission {
  const arn = formatProviderArn(identity.issuerUrl, account);
  const provider = providers.find(one => one.arn === arn);
  if (provider === undefined) return { decision: 'refused', why: [`the account has no provider ${arn}`] };
  const lacking = listReadings(identity).some(claims => !acceptsAudience(provider.clientIds, claims));
  if (lacking) return { decision: 'refused', why: [`${arn} lacks a client id of ${identity.audiences.join(' and ')}`] };
  return judgePolicy(policy, identity, account);
}

/** Returns whether a statement applies to a request, whatever its effect is. */
export function judgeStatement(policy: TrustPolicy, statement: Statement, request: TrustRequest): Truth {
  const alone = { ...policy, statements: [{ ...statement, effect: 'Allow' as const }] };
  const { decision } = evaluateTrust(alone, request);
  return decision === 'cannot-know' ? 'unknown' : decision === 'allowed';
}

/** Returns what the trust policy says of a token's claims, read in one way. */
export function judgeClaims(policy: TrustPolicy, claims: FederatedClaims, account: Account): Admission {
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account }));
  switch (verdict.decision) {
    case 'allowed':
      return { decision: 'admitted', why: [] };
    case 'cannot-know':
      return { decision: 'cannot-know', why: verdict.reasons.map(describeReason).sort() };
    case 'denied':
      return {
        decision: 'refused',
        why: [
          verdict.explicit ? 'a Deny of the trust policy refuses it' : 'no statement of the trust policy admits it',
        ],
      };
  }
}

function worst(admissions: readonly Admission[]): Admission {
  const find = (wanted: Decision): Admission | undefined => admissions.find(({ decision }) => decision === wanted);
  return find('refused') ?? find('cannot-know') ?? { decision: 'admitted', why: [] };
}

function describeReason(reason: Reason): string {
  if (reason.part !== 'condition') return `only AWS knows what it makes of ${reason.part} ${reason.actual}`;
  return `only AWS knows whether ${reason.operator} on ${reason.key} holds (${reason.values.join(', ')})`;
}
