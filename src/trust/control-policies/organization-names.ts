import type { Caller } from '../callers.ts';
import { evaluateTrust } from '../evaluate.ts';
import { recogniseIssuer, type Account } from '../oidc-provider.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { describeWebIdentity, parseClaimKey, readClaim, type TrustRequest } from '../web-identity.ts';

/** The names of an organization, by its retiring issuer's URL. */
export type OrganizationNames = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Returns how policies call the organization of each retiring issuer. Such an issuer signs tokens for one organization only, so
 * that a pattern which leaves the name open covers no other organization's connections.
 */
export function listOrganizationNames(policies: readonly TrustPolicy[]): OrganizationNames {
  const names = new Map<string, Set<string>>();
  for (const { key, values } of policies.flatMap(({ statements }) => statements.flatMap(one => one.conditions))) {
    const url = parseClaimKey(key)?.prefix.toLowerCase() ?? '';
    if (recogniseIssuer(url)?.issuer.kind !== 'azure-devops' || readClaim({ key }, url) !== 'sub') continue;
    const found = values.flatMap(value => /^(?:sc|p):\/\/([^/*?$]+)\//.exec(value)?.[1] ?? []);
    names.set(url, new Set([...(names.get(url) ?? []), ...found]));
  }
  return names;
}

/**
 * Returns the requests of a caller: of one whose organization no policy names, with each name that policies give it, as far as
 * the role allows that.
 */
export function listNamedRequests(
  caller: Caller,
  names: OrganizationNames,
  { trust, account }: { readonly trust: TrustPolicy; readonly account: Account },
): readonly TrustRequest[] {
  const known = names.get(caller.url.toLowerCase());
  const [, kind = '', name = '', rest = ''] = /^((?:sc|p):\/\/)([^/]+)(\/.*)$/s.exec(caller.subject) ?? [];
  if (known === undefined || known.size === 0 || kind === '' || known.has(name)) return [caller.request];
  return [...known].flatMap(one => {
    const claims = { ...caller.claims, sub: `${kind}${one}${rest}` };
    const request = describeWebIdentity({ claims, account });
    return evaluateTrust(trust, request).decision === 'denied' ? [] : [request];
  });
}
