import { isDeepStrictEqual } from 'node:util';
import { stripScheme } from '../trust/oidc-provider.ts';
import type { IamChange, ProviderState, RoleState } from '../account/iam.ts';
import { mergeRoleTags } from './role-tags.ts';
import type { Standing } from './standing.ts';

/** Returns what an account has once a change is carried out. Thumbprints that IAM finds are not foreseen. */
export function expectAfter(standing: Standing, change: IamChange): Standing {
  switch (change.kind) {
    case 'create-provider': {
      const { arn, issuerUrl, clientIds, tags } = change;
      const made = { arn, url: stripScheme(issuerUrl), clientIds, thumbprints: [], tags };
      return { ...standing, providers: [...standing.providers, made] };
    }
    case 'delete-provider':
      return { ...standing, providers: standing.providers.filter(({ arn }) => arn !== change.arn) };
    case 'add-client-id':
    case 'remove-client-id':
    case 'tag-provider':
    case 'set-thumbprints': {
      const providers = standing.providers.map(one => (one.arn === change.arn ? changeProvider(one, change) : one));
      return { ...standing, providers };
    }
    case 'attach-policy': {
      const { policies } = standing;
      return { ...standing, policies: { ...policies, attachedArns: [...policies.attachedArns, change.policyArn] } };
    }
    case 'create-role':
      return { ...standing, role: makeRole(change) };
    case 'set-trust-policy':
    case 'set-session-length':
    case 'set-boundary':
    case 'tag-role':
      return standing.role === undefined ? standing : { ...standing, role: changeRole(standing.role, change) };
  }
}

type Change<Kind extends IamChange['kind']> = Extract<IamChange, { readonly kind: Kind }>;

function changeProvider(
  provider: ProviderState,
  change: Change<'add-client-id' | 'remove-client-id' | 'tag-provider' | 'set-thumbprints'>,
): ProviderState {
  switch (change.kind) {
    case 'add-client-id':
      return { ...provider, clientIds: [...provider.clientIds, change.clientId] };
    case 'remove-client-id':
      return { ...provider, clientIds: provider.clientIds.filter(id => id !== change.clientId) };
    case 'tag-provider':
      return { ...provider, tags: { ...provider.tags, ...change.tags } };
    case 'set-thumbprints':
      return { ...provider, thumbprints: change.thumbprints };
  }
}

function makeRole({ arn, name, path, trustPolicy, ...role }: Change<'create-role'>): RoleState {
  const { description, maxSessionSeconds, boundaryArn, tags } = role;
  return { arn, name, path, trustPolicy, description, maxSessionSeconds, boundaryArn, tags };
}

function changeRole(
  role: RoleState,
  change: Change<'set-trust-policy' | 'set-session-length' | 'set-boundary' | 'tag-role'>,
): RoleState {
  switch (change.kind) {
    case 'set-trust-policy':
      return { ...role, trustPolicy: change.trustPolicy };
    case 'set-session-length':
      return { ...role, maxSessionSeconds: change.maxSessionSeconds };
    case 'set-boundary':
      return { ...role, boundaryArn: change.boundaryArn };
    case 'tag-role':
      return { ...role, tags: mergeRoleTags(role.tags, change.tags) };
  }
}

/** Returns whether two states of a provider are the same; thumbprints and the order of client ids do not count. */
export function isSameProvider(one: ProviderState | undefined, other: ProviderState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isDeepStrictEqual(comparable(one), comparable(other));
}

function comparable({ arn, url, clientIds, tags }: ProviderState): unknown {
  return { arn, url, tags, clientIds: [...clientIds].sort() };
}

/** Returns whether two states of a role are the same; white space in the trust policy and the description do not count. */
export function isSameRole(one: RoleState | undefined, other: RoleState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const same = isSamePolicy(one.trustPolicy, other.trustPolicy);
  const [first, second] = [one, other].map(role => ({ ...role, trustPolicy: '', description: undefined }));
  return same && isDeepStrictEqual(first, second);
}

/** Returns whether two policies are deep-equal. */
export function isSamePolicy(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    return false;
  }
}
