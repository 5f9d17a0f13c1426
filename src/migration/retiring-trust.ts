import type { Issuer } from '../identity/issuer.ts';
import { parseProviderArn, recogniseIssuer } from '../trust/oidc-provider.ts';
import type { RoleTrust } from './role-trust.ts';

/** A provider or a role that trusts the issuer that retires. */
export interface RetiringTrust {
  readonly arn: string;
  /** The organizations whose issuer it is. */
  readonly organizationIds: readonly string[];
}

/** Returns a role with the organizations whose tokens it trusts; nothing if it trusts none. */
export function listRetiring({ role, policy }: RoleTrust): readonly RetiringTrust[] {
  const named = policy.statements.flatMap(({ effect, principals }) =>
    effect === 'Allow' ? principals.listed.flatMap(({ type, value }) => (type === 'Federated' ? value : [])) : [],
  );
  return nameRetiring(role.arn, named);
}

/** Returns what names OIDC providers with the organizations whose issuer these are; nothing if there are none. */
export function nameRetiring(arn: string, providerArns: readonly string[]): readonly RetiringTrust[] {
  const issuers = providerArns.flatMap((one): readonly Issuer[] => {
    const url = parseProviderArn(one)?.url;
    return url === undefined ? [] : [recogniseIssuer(url)?.issuer ?? { kind: 'unknown', url }];
  });
  const ids = issuers.flatMap(one => (one.kind === 'azure-devops' ? one.organizationId : []));
  return ids.length === 0 ? [] : [{ arn, organizationIds: [...new Set(ids)] }];
}
