import type { RequestContext } from '../conditions.ts';
import { parseProviderArn, recogniseIssuer, type Account } from '../oidc-provider.ts';
import { exposedClaims, isForeign, readClaim, webIdentityAction, type TrustRequest } from '../web-identity.ts';
import { builtInProviders, chooseClaim } from './providers.ts';
import type { ControlledCall } from './judge-control.ts';

/** The role that somebody asks for, as far as it is known. */
export interface AskedRole {
  readonly arn: string | undefined;
  readonly account: Account;
  /** Undefined if they were not read. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/**
 * Returns the call of AssumeRoleWithWebIdentity that a token's request makes for a role. AWS's pages leave open whether it has
 * `aws:FederatedProvider` (they say so of sessions; a sample of AWS's uses it here) and `aws:PrincipalIsAWSService`: each
 * reading is given.
 */
export function describeFederatedCall(request: TrustRequest, role: AskedRole): ControlledCall {
  const base = knowRole(doubtClaims(request), role);
  const readings = [[], [request.principal]].flatMap(provider =>
    [[], ['false']].map(service => knowCaller(base, provider, service)),
  );
  return { action: request.action, resource: role.arn, isOwnPrincipal: false, readings, isInRange: request.isInRange };
}

/**
 * Of issuers that it knows, such as GitHub's, IAM gives policies further claims, which are not considered here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
function doubtClaims({ principal, context }: TrustRequest): RequestContext {
  const url = parseProviderArn(principal)?.url;
  if (url === undefined || recogniseIssuer(url) !== undefined) return context;
  return key => {
    const claim = readClaim({ key }, url);
    return claim !== undefined && !exposedClaims.includes(claim) ? 'unknown' : context(key);
  };
}

function knowRole(context: RequestContext, { account, tags }: AskedRole): RequestContext {
  const known = new Map(Object.entries(tags ?? {}).map(([key, value]) => [key.toLowerCase(), [value]] as const));
  return text => {
    const key = text.toLowerCase();
    const [, tag] = /^(?:aws|iam):resourcetag\/(.*)$/s.exec(key) ?? [];
    if (tag !== undefined) return tags === undefined ? 'unknown' : (known.get(tag) ?? []);
    if (key === 'aws:resourceaccount') return [account.accountId];
    return context(text);
  };
}

function knowCaller(context: RequestContext, provider: readonly string[], service: readonly string[]): RequestContext {
  return text => {
    const key = text.toLowerCase();
    if (key === 'aws:federatedprovider') return provider;
    return key === 'aws:principalisawsservice' ? service : context(text);
  };
}

/**
 * Returns the request of somebody from a provider that IAM has on its own (Cognito, Google, Facebook, Amazon);
 * undefined for any other principal. What the token says besides is unknown.
 */
export function describeBuiltInRequest(principal: string): TrustRequest | undefined {
  if (!builtInProviders.has(principal)) return undefined;
  const own = `${principal}:`;
  const known = `${own}${chooseClaim(principal)}`;
  return {
    action: webIdentityAction,
    principal,
    context: text => {
      const key = text.toLowerCase();
      if (key === known) return ['somebody'];
      return !key.startsWith(own) && isForeign(key) ? [] : 'unknown';
    },
  };
}
