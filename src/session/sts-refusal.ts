import { WifError, type ErrorCode, type Fault, type Retriable } from '../errors.ts';
import { describeDenial, readDenial } from './denial.ts';
import type { RoleArn } from './match-role-arn.ts';

/** An error answer of STS: the code and message of its XML, and the HTTP status. */
export interface StsRefusal {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly retryAfterMs?: number | undefined;
}

/** What was asked for, for the words of the error. */
export interface StsContext {
  readonly action: 'AssumeRoleWithWebIdentity' | 'AssumeRole';
  readonly role: RoleArn;
  readonly region: string;
  readonly durationSeconds: number;
}

interface Explanation {
  readonly code: ErrorCode;
  readonly expected: string;
  readonly remedy: string;
  readonly transient?: true;
}

/**
 * Returns the error for a refusal of AssumeRoleWithWebIdentity or AssumeRole, with its cause and remedy. Retriable are only the ones
 * that can pass on their own: throttling, server errors, and an identity provider that STS could not reach.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function judgeStsRefusal(refusal: StsRefusal, context: StsContext): WifError {
  const explanation = explain(refusal, context);
  const retriable: Retriable | undefined =
    explanation.transient === true ? { afterMs: refusal.retryAfterMs } : undefined;
  const fault: Fault = {
    code: explanation.code,
    found: `AWS STS refused ${context.role.text} with ${refusal.code} (${refusal.status}): "${refusal.message}"`,
    expected: explanation.expected,
    remedy: explanation.remedy,
  };
  return new WifError(fault, { retriable });
}

const throttling =
  /^(?:Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|PriorRequestNotComplete|RequestThrottled)/;

function explain(refusal: StsRefusal, context: StsContext): Explanation {
  if (throttling.test(refusal.code) || refusal.status === 429) return throttled;
  const known = Object.hasOwn(explanations, refusal.code) ? explanations[refusal.code]?.(refusal, context) : undefined;
  if (known !== undefined) return known;
  return refusal.status >= 500 ? unavailable : rejected;
}

const explanations: Readonly<Partial<Record<string, (refusal: StsRefusal, context: StsContext) => Explanation>>> = {
  AccessDenied: explainAccessDenied,
  InvalidIdentityToken: explainIdentityToken,
  ExpiredTokenException: () => ({
    code: 'StsTokenExpired',
    expected: 'an ID token that has not expired; it was issued moments ago.',
    remedy:
      'Run the job again. If the error persists, something delays the request for minutes: check proxies in between.',
  }),
  IDPCommunicationError: () => ({
    code: 'StsIdentityProviderUnreachable',
    expected: "AWS can download the token issuer's signing keys.",
    remedy:
      'This is usually temporary; run the job again. If the error persists, check status.dev.azure.com and health.aws.amazon.com.',
    transient: true,
  }),
  IDPRejectedClaim: () => ({
    code: 'StsClaimRejected',
    expected: 'a token that the identity provider accepts.',
    remedy:
      'Check that the service connection and its app registration or managed identity still exist and are enabled, then run the job again.',
  }),
  MalformedPolicyDocument: () => ({
    code: 'StsPolicyMalformed',
    expected: "a session policy in IAM's JSON policy language.",
    remedy: 'Correct sessionPolicy; the IAM console or IAM Access Analyzer points at the wrong element.',
  }),
  PackedPolicyTooLarge: () => ({
    code: 'StsPolicyTooLarge',
    expected: "a session policy, policy ARNs and tags that together fit into STS's packed size limit.",
    remedy:
      "Shorten sessionPolicy or list fewer sessionPolicyArns; move whatever is the same for every run into the role's policies.",
  }),
  RegionDisabledException: (_, context) => ({
    code: 'StsRegionDisabled',
    expected: `STS to be active in ${context.region} for account ${context.role.accountId}.`,
    remedy: `Enable the region ${context.region} in the account (Account settings, IAM, STS endpoints) or choose another region.`,
  }),
  ValidationError: explainValidation,
  ExpiredToken: explainCaller,
  InvalidClientTokenId: explainCaller,
  RequestExpired: explainCaller,
  SignatureDoesNotMatch: explainCaller,
};

const sameAnswer = 'AWS returns the same error for every mistake, so the error alone does not show the cause.';

function explainAccessDenied(refusal: StsRefusal, context: StsContext): Explanation {
  const denial = readDenial(refusal.message);
  if (denial !== undefined) {
    const { cause, remedy } = describeDenial(denial);
    return { code: 'StsAccessDenied', expected: `a request that every policy allows. ${cause}`, remedy };
  }
  if (context.action === 'AssumeRole') return explainChainedAccessDenied(refusal);
  return {
    code: 'StsAccessDenied',
    expected: `a role that exists, and a trust policy whose Principal.Federated, :sub and :aud allow this service connection. ${sameAnswer}`,
    remedy:
      "Check the account ID and the role's name and path; then compare the trust policy character by character with the issuer, " +
      'subject and audience in the run summary.',
  };
}

function explainChainedAccessDenied({ message }: StsRefusal): Explanation {
  const tagging = message.includes('sts:TagSession') ? ' Session tags also need sts:TagSession on both sides.' : '';
  return {
    code: 'StsAccessDenied',
    expected: `a role that exists and trusts the previous role in the chain, which is allowed sts:AssumeRole on it. ${sameAnswer}`,
    remedy: `Check that the previous role's permissions allow sts:AssumeRole on this ARN, that this role's trust policy names the previous role's ARN, and that an sts:ExternalId condition in it matches externalId.${tagging}`,
  };
}

function explainIdentityToken(refusal: StsRefusal, context: StsContext): Explanation {
  const { message } = refusal;
  if (/no openidconnect provider found/i.test(message)) {
    return {
      code: 'StsProviderMissing',
      expected: `an IAM OIDC identity provider in account ${context.role.accountId} whose URL is exactly the token's issuer.`,
      remedy:
        'Create the provider with exactly the URL that AWS names (no trailing slash), or correct the account ID in roleArn.',
    };
  }
  if (/incorrect token audience/i.test(message)) {
    return {
      code: 'StsAudienceRefused',
      expected: "the token's audience among the client IDs of the IAM OIDC identity provider.",
      remedy:
        'Add the client ID: api://AzureADTokenExchange for the Azure DevOps issuer; both 499b84ac-1321-427f-aa17-267ca6975798 and ' +
        'fb60f99c-7a34-4190-8149-302f77469936 for the Microsoft Entra issuer.',
    };
  }
  if (/thumbprint/i.test(message)) return thumbprintsDiffer;
  if (/retrieve verification key/i.test(message)) {
    return {
      code: 'StsKeyUnavailable',
      expected: "AWS can download the token issuer's signing keys.",
      remedy: 'This is usually temporary and mostly happens when many jobs start at once; run the job again.',
      transient: true,
    };
  }
  return {
    code: 'StsTokenInvalid',
    expected: 'an ID token that AWS STS can verify with the keys of its issuer.',
    remedy:
      'Run the job again; if the error persists, check the provider URL in IAM and that no proxy changes requests.',
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html */
const thumbprintsDiffer: Explanation = {
  code: 'StsTokenInvalid',
  expected: 'thumbprints of the IAM OIDC identity provider that match the certificates of the token issuer.',
  remedy:
    "Update the provider's thumbprints (aws-wif thumbprints refresh); AWS compares them only where the issuer's certificate is not from a public CA that it trusts.",
};

function explainValidation(refusal: StsRefusal, context: StsContext): Explanation {
  if (!/duration/i.test(refusal.message)) return rejected;
  return {
    code: 'StsDurationRefused',
    expected: `at most the role's maximum session duration; ${context.durationSeconds} s were requested.`,
    remedy: 'Lower durationSeconds, or raise the maximum session duration of the role in IAM (up to 43200 s).',
  };
}

function explainCaller(): Explanation {
  return {
    code: 'StsCallerRefused',
    expected: "a valid signature from the previous role's session, which was opened a moment ago.",
    remedy: "Check the agent's clock, and that no proxy changes requests; then run the job again.",
  };
}

const throttled: Explanation = {
  code: 'StsThrottled',
  expected: 'a response without throttling.',
  remedy: 'Run the job again; if many jobs start at once, raise maxAttempts and timeoutSeconds.',
  transient: true,
};

const unavailable: Explanation = {
  code: 'StsUnavailable',
  expected: 'a successful response.',
  remedy: 'Check health.aws.amazon.com and run the job again; another region may work in the meantime.',
  transient: true,
};

const rejected: Explanation = {
  code: 'StsRequestRejected',
  expected: 'a request that STS accepts.',
  remedy: "Follow AWS's message; if it names an input of this task, correct that input.",
};
