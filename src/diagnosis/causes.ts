import type { ErrorCode } from '../errors.ts';
import { describeIssuer, parseIssuer, type Issuer } from '../identity/issuer.ts';
import { formatClaimTime } from '../identity/claims.ts';
import { azureDevOpsApplicationId, readIdentity, tokenExchangeAudience } from '../identity/audience.ts';
import { describeSubject, parseSubject } from '../identity/subject.ts';
import { describeProvider, stripScheme } from '../trust/oidc-provider.ts';
import type { RefusedCall } from './refused-call.ts';

/** What may be behind a refusal, and what to do about it. */
export interface Causes {
  readonly likely: readonly string[];
  readonly fix: readonly string[];
  /** What a statement in the role's trust policy could do about it; undefined where it is about something else. */
  readonly trust?: string;
}

/** Returns the likely causes of a refusal by AWS STS; undefined for codes that are none. */
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
      'AWS could not fetch the signing keys of the issuer just now; it happens when many jobs start at once.',
      'Or none of these keys signed the token: something on the way changed it. Nothing speaks against the trust.',
    ],
    fix: ['Run the job again; raise maxAttempts and timeoutSeconds where it happens often.'],
  }),
  StsTokenExpired: ({ claims: { iat, exp } }) => ({
    likely: [
      `The token was valid from ${formatClaimTime(iat)} to ${formatClaimTime(exp)} (${exp - iat} s), and AWS saw it more than five minutes after that.`,
      'The agent slept in between, or a proxy answers with a token that it kept.',
    ],
    fix: ['Run the job again; if it stays, exempt the address of Azure DevOps from caching in the proxy.'],
  }),
  StsTokenInvalid: () => ({
    likely: [
      'AWS did not take the token for one of its issuer: it was changed on the way, or its time is yet to come.',
    ],
    fix: ['Run the job again; if it stays, see that no proxy changes requests to AWS or answers of Azure DevOps.'],
  }),
  StsIdentityProviderUnreachable: () => ({
    likely: ['AWS could not reach the issuer of the token. Nothing speaks against the trust.'],
    fix: ['Run the job again; if it stays, look at status.dev.azure.com and health.aws.amazon.com.'],
  }),
  StsClaimRejected: () => ({
    likely: [
      'The issuer told AWS that it does not stand by this token: the connection or its application was removed.',
    ],
    fix: [
      'Verify the service connection in Project settings, and that its application or managed identity still exists.',
    ],
  }),
  StsPolicyMalformed: () => ({
    likely: ['AWS cannot read the session policy of this step; the trust is not what it is about.'],
    fix: ['Correct sessionPolicy and sessionPolicyArns.'],
  }),
  StsPolicyTooLarge: () => ({
    likely: [
      'The session policies and tags of this step are too large once packed; the trust is not what it is about.',
    ],
    fix: ['Shorten sessionPolicy, or name fewer sessionPolicyArns or sessionTags.'],
  }),
  StsRegionDisabled: ({ role }) => ({
    likely: [`STS is switched off for account ${role.accountId} in the region of this step.`],
    fix: ['Choose another region, or switch it on in the account settings of IAM.'],
  }),
  StsDurationRefused: explainDuration,
  StsRequestRejected: () => ({
    likely: [
      'AWS found fault with a parameter of the request, which its own message names; the trust is not what it is about.',
    ],
    fix: ['Correct the input that the message of AWS names.'],
  }),
  StsThrottled: overloaded,
  StsUnavailable: overloaded,
};

/** With the session of a role before it the ID token does not count: other policies decide. */
const chained: Table = {
  StsAccessDenied: explainChained,
  StsCallerRefused: () => ({
    likely: ['AWS did not take the signature of the session before: the clock, or a proxy that changes requests.'],
    fix: ["Set the agent's clock, see that no proxy changes requests, and run the job again."],
  }),
};

function explainAccessDenied(call: RefusedCall): Causes {
  const { role } = call;
  return {
    trust: 'Where this connection should get in, add the statement to the trust policy.',
    likely: [
      'AWS gives the same answer to all of these:',
      `The role is not there: account id, path and name of ${role.arn} must be right to the letter.`,
      ...listTrustCauses(call),
      "A condition with another key: those that begin with another provider's URL, with https:// or a different letter, and :tid, :oid or :azp of any provider, never hold for this token.",
      "A Deny in the trust policy, or a service or resource control policy of the account's organization.",
    ],
    fix: [
      ...(call.trustPolicy === undefined
        ? [
            `With credentials that may read IAM, aws-wif diagnose --role ${role.arn} says which of these it is; or compare the trust policy of the role with what was sent.`,
            'IAM needs a few seconds before a change counts.',
          ]
        : []),
    ],
  };
}

function listTrustCauses({ claims, role }: RefusedCall): readonly string[] {
  const issuer = parseIssuer(claims.iss);
  const subject = describeSubject(parseSubject(claims.sub));
  if (issuer.kind === 'entra') {
    return [
      `The trust policy knows the Azure DevOps issuer alone: converting a connection changes issuer, subject and audience at once. Principal.Federated must be the provider of tenant ${issuer.tenantId} in account ${role.accountId}.`,
      `The condition on :sub is for another subject than ${subject}: a connection that was deleted and made anew has another id, and ids are in lower case.`,
      `The condition on :aud does not allow ${azureDevOpsApplicationId}, the azp that AWS is believed to take in the place of aud.`,
    ];
  }
  return [
    `The trust policy names another provider: Principal.Federated must be that of the ${describeIssuer(issuer)}, in account ${role.accountId}.`,
    `The condition on :sub is for another subject than ${subject}: it holds names, so a rename, another letter case or %20 for a blank is enough.`,
    `The condition on :aud does not allow ${tokenExchangeAudience}.`,
  ];
}

function explainProviderMissing(call: RefusedCall): Causes {
  const { claims, role } = call;
  const issuer = parseIssuer(claims.iss);
  return {
    trust: 'Then the trust policy of the role must name the provider: add the statement.',
    likely: [
      `Account ${role.accountId} has no OIDC identity provider with exactly the issuer's URL.`,
      ...(issuer.kind === 'entra'
        ? [
            'It may have one for the Azure DevOps issuer, from before the connection was converted, or one without /v2.0 at the end.',
          ]
        : ['It may have one for another organization, or one with a slash at the end.']),
      'Or the account id in the role ARN is that of another account.',
    ],
    fix: [
      `In account ${role.accountId}, create an IAM OIDC identity provider with this URL: ${describeUrl(claims.iss, issuer)}.`,
      `Register these client ids (audiences) with it: ${listClientIds(call).join(', ')}.`,
    ],
  };
}

/** The parts, since the agent masks the URL as a whole. */
function describeUrl(iss: string, issuer: Issuer): string {
  const [host = '', ...path] = stripScheme(iss).split('/');
  const known = issuer.kind === 'unknown' ? '' : ', in lower case';
  return `https, host ${host}, path /${path.join('/')}, no slash at the end${known}`;
}

function listClientIds({ claims, role }: RefusedCall): readonly string[] {
  const identity = readIdentity(claims);
  return identity === undefined ? claims.aud : describeProvider(identity, role).clientIds;
}

function explainAudienceRefused(call: RefusedCall): Causes {
  const { claims, role } = call;
  const compared = claims.azp ?? claims.aud.join(', ');
  return {
    trust: 'The condition on :aud in the trust policy of the role must allow the same values, as the statement does.',
    likely: [
      `The provider of the ${describeIssuer(parseIssuer(claims.iss))} in account ${role.accountId} does not have the token's audience among its client ids.`,
      claims.azp === undefined
        ? `AWS compares aud, which is ${compared}.`
        : `AWS is believed to compare azp, which is ${compared}, and not aud, which every page about such connections shows.`,
    ],
    fix: [
      `Add these client ids (audiences) to that provider: ${listClientIds(call).join(', ')}.`,
      'First see that every role which trusts the provider has a condition on :sub: those without would let more in than before.',
    ],
  };
}

function explainDuration({ durationSeconds, caller }: RefusedCall): Causes {
  const asked = durationSeconds === undefined ? 'The session' : `The session of ${durationSeconds} s`;
  if (caller !== undefined) {
    return {
      likely: [`${asked} is longer than AWS gives to a chained role (3600 s), or than the role's own maximum.`],
      fix: ['Lower durationSeconds; for longer work set refreshCredentials: true.'],
    };
  }
  return {
    likely: [
      `${asked} is longer than the role's maximum session duration (MaxSessionDuration), which is 3600 s unless it was raised.`,
    ],
    fix: ['Lower durationSeconds, or raise the maximum session duration of the role (43200 s at most).'],
  };
}

function explainChained({ caller = '', role }: RefusedCall): Causes {
  return {
    likely: [
      'The ID token was taken; the session of the role before it in the chain was refused. AWS gives the same answer to all of these:',
      `The role is not there: account id, path and name of ${role.arn} must be right to the letter.`,
      `The trust policy of the role does not name ${caller}, or asks for another sts:ExternalId.`,
      `The permissions of ${caller} do not allow sts:AssumeRole on it; with sessionTags both sides need sts:TagSession besides.`,
    ],
    fix: ['Compare the trust policy of the role and the permissions of the one before it with what was sent.'],
  };
}

function overloaded(): Causes {
  return {
    likely: ['AWS was busy or unwell and did not judge the request. Nothing speaks against the trust.'],
    fix: ['Run the job again; raise maxAttempts and timeoutSeconds where many jobs start at once.'],
  };
}
