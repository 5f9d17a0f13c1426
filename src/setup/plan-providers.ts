import { describeProvider, type OidcProvider } from '../trust/oidc-provider.ts';
import { addOwnTag, findOtherTags, isOwn, type IamChange, type ProviderState } from '../account/iam.ts';
import type { Problem } from '../problem.ts';
import type { SetupRequest } from './request.ts';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const maxClientIds = 100;

export interface ProviderPlan {
  readonly changes: readonly IamChange[];
  readonly refusals: readonly Problem[];
}

/**
 * Returns what the OIDC providers lack for a setup: providers that do not exist, and client ids. Nothing is taken away,
 * and thumbprints are neither given nor compared: IAM has its own, and looks at none if the authority is public.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function planProviders(
  request: Pick<SetupRequest, 'account' | 'identities' | 'role'>,
  standing: readonly ProviderState[],
): ProviderPlan {
  const plans = listWanted(request).map(wanted => {
    const found = standing.find(({ arn }) => arn === wanted.arn);
    return found === undefined ? create(wanted, request) : complete(wanted, found, request);
  });
  return {
    changes: plans.flatMap(({ changes }) => changes),
    refusals: plans.flatMap(({ refusals }) => refusals),
  };
}

/** One for each issuer, in the order of the identities. */
function listWanted({ account, identities }: Pick<SetupRequest, 'account' | 'identities'>): readonly OidcProvider[] {
  const all = identities.map(identity => describeProvider(identity, account));
  return all.filter(({ arn }, place) => all.findIndex(other => other.arn === arn) === place);
}

function create(
  { arn, issuerUrl, clientIds }: OidcProvider,
  { role: { tags } }: Pick<SetupRequest, 'role'>,
): ProviderPlan {
  const change = {
    kind: 'create-provider',
    arn,
    issuerUrl,
    clientIds,
    tags: addOwnTag(tags),
  } as const;
  return { changes: [change], refusals: [] };
}

function complete(
  { arn, clientIds }: OidcProvider,
  found: ProviderState,
  { role }: Pick<SetupRequest, 'role'>,
): ProviderPlan {
  const missing = clientIds.filter(id => !found.clientIds.includes(id));
  if (found.clientIds.length + missing.length > maxClientIds) return { changes: [], refusals: [full(found)] };
  const tags = isOwn(found.tags) ? findOtherTags(role.tags, found.tags) : {};
  return {
    changes: [
      ...missing.map(clientId => ({ kind: 'add-client-id', arn, clientId }) as const),
      ...(Object.keys(tags).length === 0 ? [] : [{ kind: 'tag-provider', arn, tags } as const]),
    ],
    refusals: [],
  };
}

function full({ arn, clientIds }: ProviderState): Problem {
  return {
    code: 'ClientIdsFull',
    found: `The OIDC provider ${arn} has ${clientIds.length} client IDs, but IAM allows ${maxClientIds}.`,
    expected: 'room for the audiences of Azure DevOps tokens.',
    remedy: 'Remove client IDs that nobody needs; an account can have only one provider for each URL.',
  };
}
