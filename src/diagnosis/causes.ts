import { formatClaimTime } from '../identity/claims.ts';
import type { ErrorCode } from '../errors.ts';
import { azureDevOpsApplicationId, readIdentity, tokenExchangeAudience } from '../identity/audience.ts';
import { parseIssuer, type Issuer } from '../identity/issuer.ts';
import { describeDenial, isStatementMissing, readDenial, type Denial } from '../session/denial.ts';
import { describeProvider, stripScheme } from '../trust/oidc-provider.ts';
import { describeRoute, type RefusedCall } from './refused-call.ts';

/** What may be behind a refusal, and what to do about it. They speak of no role and no account: several roles share them. */
export interface Causes {
  readonly likely: readonly string[];
  readonly fix: readonly string[];
  /** What a statement in the role's trust policy could do about it; undefined if the trust policy is not involved. */
  readonly trust?: string;
}

/** Returns the likely causes of a refusal by AWS STS; undefined for codes that are not a refusal. */
export function listCauses(call: RefusedCall): Causes | undefined {
  return call.caller === undefined ? causes[call.code]?.(call) : (chained[call.code] ?? causes[call.code])?.(call);
}

type Table = Readonly<Partial<Record<ErrorCode, (call: RefusedCall) => Causes>>>;

const causes: Table = {
  StsAccessDenied: explainAccessDenied,
  StsProviderMissing: explainProviderMissing,
  StsAudienceRefused: explainAudienceRefused,
  StsKeyUnavailable: () => ({
    likely: [
      "AWS could not download the issuer's signing keys at that moment; this happens when many jobs start at once.",
      'Or the token was not signed with any of these keys, because it was changed on the way. This says nothing about the trust policy.',
    ],
    fix: ['If it happens often, raise maxAttempts and timeoutSeconds.'],
  }),
  StsTokenExpired: ({ claims: { iat, exp } }) => ({
    likely: [
      `The token was valid from ${formatClaimTime(iat)} to ${formatClaimTime(exp)} (${exp - iat} s), and AWS saw it more than five minutes after that.`,
      'The agent was suspended in between, or a proxy returned a cached token.',
    ],
    fix: ["If it happens again, exclude the Azure DevOps address from the proxy's cache."],
  }),
  StsTokenInvalid: explainTokenInvalid,
  StsIdentityProviderUnreachable: () => ({
    likely: ["AWS could not reach the token's issuer. This says nothing about the trust policy."],
    fix: [],
  }),
  StsClaimRejected: () => ({
    likely: ['The issuer told AWS that it rejects this token: the connection or its application was removed.'],
    fix: ['Verify the service connection in Project settings.'],
  }),
  StsPolicyMalformed: () => ({
    likely: ["AWS cannot read this step's session policy; the trust policy is not involved."],
    fix: ['Correct sessionPolicy and sessionPolicyArns.'],
  }),
  StsPolicyTooLarge: () => ({
    likely: ['The session policies and tags of this step are too large once packed; the trust policy is not involved.'],
    fix: ['Fewer sessionTags also reduce the size.'],
  }),
  StsRegionDisabled: () => ({
    likely: ["STS is deactivated for the account in this step's Region."],
    fix: [],
  }),
  StsDurationRefused: explainDuration,
  StsRequestRejected: () => ({
    likely: ["AWS rejected a parameter of the request, which AWS's message names; the trust policy is not involved."],
    fix: ["Correct the input that AWS's message names."],
  }),
  StsThrottled: overloaded,
  StsUnavailable: overloaded,
};

/** With the session of a role before it the ID token does not count: other policies decide. */
const chained: Table = {
  StsAccessDenied: explainChained,
  StsCallerRefused: () => ({
    likely: [
      "AWS did not accept the request's signature, made with the previous session: the agent's clock is wrong, or a proxy changes requests.",
    ],
    fix: [],
  }),
};

function explainTokenInvalid({ said = '' }: RefusedCall): Causes {
  if (/thumbprint/i.test(said)) {
    return {
      likely: [
        "The thumbprints of the account's OIDC provider do not match the issuer's certificates, so AWS did not evaluate the trust policy.",
      ],
      fix: ["Update the provider's thumbprints (aws-wif thumbprints refresh)."],
    };
  }
  return {
    likely: [
      'AWS did not accept the token as coming from its issuer: it was changed on the way, or it is not valid yet.',
    ],
    fix: ['If it happens again, check that no proxy changes requests to AWS or responses from Azure DevOps.'],
  };
}

/** What AWS says, in place of what is likely. */
function explainDenial(denial: Denial, trust?: string): Causes {
  const { cause, remedy } = describeDenial(denial);
  return { likely: [cause], fix: [remedy], ...(trust !== undefined && isStatementMissing(denial) ? { trust } : {}) };
}

const addStatement = 'If this connection should have access, add the statement to the trust policy.';

function explainAccessDenied(call: RefusedCall): Causes {
  const denial = readDenial(call.said ?? '');
  if (denial !== undefined) return explainDenial(denial, addStatement);
  return {
    trust: addStatement,
    likely: [
      'The role does not exist: check account ID, path and name, including letter case.',
      ...listTrustCauses(call),
      "A condition key can never match: it must start with exactly this provider's URL, without https://, and AWS does not expose :tid, :oid or :azp.",
      ...describeRoute(call.route),
      "A Deny in the trust policy, or a resource control policy of the account's organization.",
    ],
    fix:
      call.trustPolicy === undefined ? ['After a change in IAM, wait a few seconds before you run the job again.'] : [],
  };
}

function listTrustCauses({ claims }: RefusedCall): readonly string[] {
  if (parseIssuer(claims.iss).kind === 'entra') {
    return [
      "Principal.Federated is not the token issuer's provider: converting a connection changes issuer, subject and audience at once.",
      'The condition on :sub has another subject: a recreated connection has another ID, and IDs are in lower case.',
      `The condition on :aud does not allow ${azureDevOpsApplicationId}, the azp, which AWS appears to compare instead of aud.`,
    ];
  }
  return [
    "Principal.Federated is not the token issuer's provider, but another organization's, or the Microsoft Entra issuer's.",
    'The condition on :sub has another subject: it consists of names, so a rename, another letter case or %20 for a space is enough.',
    `The condition on :aud does not allow ${tokenExchangeAudience}.`,
  ];
}

function explainProviderMissing(call: RefusedCall): Causes {
  const { claims } = call;
  const issuer = parseIssuer(claims.iss);
  return {
    trust: "The role's trust policy must also name the provider: add the statement.",
    likely: [
      issuer.kind === 'entra'
        ? 'The account may have one for the Azure DevOps issuer, from before the connection was converted, or one without /v2.0 at the end.'
        : 'The account may have one for another organization, or one with a trailing slash.',
      'Or the account ID in the role ARN is that of another account.',
    ],
    fix: [
      `Create an IAM OIDC identity provider in the account with this URL: ${describeUrl(claims.iss, issuer)}.`,
      `Register these client IDs (audiences) with it: ${listClientIds(call).join(', ')}.`,
    ],
  };
}

/** The parts, since the agent masks the URL as a whole. */
function describeUrl(iss: string, issuer: Issuer): string {
  const [host = '', ...path] = stripScheme(iss).split('/');
  const known = issuer.kind === 'unknown' ? '' : ', in lower case';
  return `https, host ${host}, path /${path.join('/')}, no trailing slash${known}`;
}

function listClientIds({ claims, role }: RefusedCall): readonly string[] {
  const identity = readIdentity(claims);
  return identity === undefined ? claims.aud : describeProvider(identity, role).clientIds;
}

function explainAudienceRefused(call: RefusedCall): Causes {
  const { claims } = call;
  const compared = claims.azp ?? claims.aud.join(', ');
  return {
    trust: 'The condition on :aud in the trust policy of the role must allow the same values, as the statement does.',
    likely: [
      claims.azp === undefined
        ? `AWS compares aud, which is ${compared}.`
        : `AWS appears to compare azp, which is ${compared}, and not aud, which every page about such connections shows.`,
    ],
    fix: [
      `Add these client IDs (audiences) to the provider: ${listClientIds(call).join(', ')}.`,
      'First check that every role that trusts the provider has a condition on :sub: those without one would allow more than before.',
    ],
  };
}

function explainDuration({ durationSeconds, caller }: RefusedCall): Causes {
  const asked = durationSeconds === undefined ? 'The session' : `The session of ${durationSeconds} s`;
  return {
    likely: [
      caller === undefined
        ? `${asked} is longer than the role's maximum session duration (MaxSessionDuration), which is 3600 s unless it was raised.`
        : `${asked} is longer than AWS allows for a chained role (3600 s), or than the role's own maximum.`,
    ],
    fix: ['For longer work set refreshCredentials: true.'],
  };
}

function explainChained({ caller = '', route, said = '' }: RefusedCall): Causes {
  const denial = readDenial(said);
  if (denial !== undefined) return explainDenial(denial);
  return {
    likely: [
      'The role does not exist: check account ID, path and name, including letter case.',
      `The trust policy of the role does not name ${caller}, or requires another sts:ExternalId.`,
      `The permissions of ${caller} do not allow sts:AssumeRole on it; with sessionTags both sides need sts:TagSession as well.`,
      ...describeRoute(route),
    ],
    fix: [],
  };
}

function overloaded(): Causes {
  return {
    likely: [
      'AWS was overloaded or unavailable and did not evaluate the request. This says nothing about the trust policy.',
    ],
    fix: [],
  };
}
