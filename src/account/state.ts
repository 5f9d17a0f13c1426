import { isDeepStrictEqual } from 'node:util';
import { stripScheme, type Account } from '../trust/oidc-provider.ts';
import { isSameDocument } from '../trust/policy-document.ts';
import {
  isOfProvider,
  mergeRoleTags,
  type IamChange,
  type ListedRole,
  type ProviderChange,
  type ProviderState,
  type RoleChange,
  type RoleState,
  type ProviderReader,
  type RoleReader,
  nameTarget,
} from './iam.ts';
import { parseJson } from '../json.ts';

/** A role as IAM lists it, or as it shows it on its own. */
export type KnownRole = ListedRole | RoleState;

/** Returns whether a role is known as IAM shows it on its own: with its tags, limits and boundary. */
export function isRoleState(role: KnownRole): role is RoleState {
  return 'tags' in role;
}

/** What is in an account, as far as it was read. */
export interface AccountState {
  readonly account: Account;
  readonly roles: readonly KnownRole[];
  readonly providers: readonly ProviderState[];
}

/**
 * Returns what will be in an account once a change is carried out. Thumbprints that IAM finds are not foreseen, and
 * policies that are attached are no part of the state.
 */
export function expectAfter(state: AccountState, change: IamChange): AccountState {
  return isOfProvider(change)
    ? { ...state, providers: expectProviders(state.providers, change) }
    : { ...state, roles: expectRoles(state.roles, change) };
}

function expectProviders(providers: readonly ProviderState[], change: ProviderChange): readonly ProviderState[] {
  switch (change.kind) {
    case 'create-provider': {
      const { arn, issuerUrl, clientIds, tags } = change;
      return [...providers, { arn, url: stripScheme(issuerUrl), clientIds, thumbprints: [], tags }];
    }
    case 'delete-provider':
      return providers.filter(({ arn }) => arn !== change.arn);
    case 'add-client-id':
    case 'remove-client-id':
    case 'tag-provider':
    case 'set-thumbprints':
      return providers.map(one => (one.arn === change.arn ? changeProvider(one, change) : one));
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

function expectRoles(roles: readonly KnownRole[], change: RoleChange): readonly KnownRole[] {
  if (change.kind === 'create-role') {
    const { arn, name, path, trustPolicy, description, maxSessionSeconds, boundaryArn, tags } = change;
    return [...roles, { arn, name, path, trustPolicy, description, maxSessionSeconds, boundaryArn, tags }];
  }
  return roles.map(role => (role.name === change.roleName ? changeRole(role, change) : role));
}

/** Only the trust policy is known of a role that was only listed. */
function changeRole(role: KnownRole, change: Exclude<RoleChange, Change<'create-role'>>): KnownRole {
  if (change.kind === 'set-trust-policy') return { ...role, trustPolicy: change.trustPolicy };
  if (!isRoleState(role)) return role;
  switch (change.kind) {
    case 'set-session-length':
      return { ...role, maxSessionSeconds: change.maxSessionSeconds };
    case 'set-boundary':
      return { ...role, boundaryArn: change.boundaryArn };
    case 'tag-role':
      return { ...role, tags: mergeRoleTags(role.tags, change.tags) };
    case 'attach-policy':
      return role;
  }
}

/** Returns whether two states of a provider are the same; thumbprints and the order of client IDs do not count. */
export function isSameProvider(one: ProviderState | undefined, other: ProviderState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isDeepStrictEqual(comparable(one), comparable(other));
}

function comparable({ arn, url, clientIds, tags }: ProviderState): unknown {
  return { arn, url, tags: { ...tags }, clientIds: [...clientIds].sort() };
}

/**
 * Returns whether a role is as it is expected, in all that is known of what is expected: white space in the trust policy
 * and the description do not count.
 */
export function isSameRole(live: RoleState | undefined, expected: KnownRole | undefined): boolean {
  if (live === undefined || expected === undefined) return live === expected;
  if (!isSameDocument(live.trustPolicy, expected.trustPolicy)) return false;
  const found = { ...live } as Readonly<Record<string, unknown>>;
  return Object.entries(expected).every(
    ([key, value]) => key === 'trustPolicy' || key === 'description' || isDeepStrictEqual(found[key], value),
  );
}

/** Returns all roles and OIDC providers of an account. Rejects as the readers do: half an account is no ground to plan on. */
export async function readAccount(account: Account, iam: RoleReader & ProviderReader): Promise<AccountState> {
  const roles = await iam.listRoles();
  return { account, roles, providers: await readProviders(await iam.listProviderArns(), iam) };
}

/** Returns the providers of some ARNs, each once, in their order; one that does not exist is left out. */
export async function readProviders(
  arns: readonly string[],
  { readProvider }: Pick<ProviderReader, 'readProvider'>,
): Promise<readonly ProviderState[]> {
  const providers: ProviderState[] = [];
  for (const arn of new Set(arns)) {
    const provider = await readProvider(arn);
    if (provider !== undefined) providers.push(provider);
  }
  return providers;
}

/** Returns the roles whose trust policies mention a provider, in whatever place and letter case. */
export function findMentions(url: string, roles: readonly ListedRole[]): readonly string[] {
  return roles.flatMap(({ arn, trustPolicy }) => (mentions(parseJson(trustPolicy) ?? trustPolicy, url) ? arn : []));
}

/** Returns whether a part of a policy mentions a provider. JSON may spell any character as an escape: give it parsed. */
export function mentions(part: unknown, url: string): boolean {
  return JSON.stringify(part).toLowerCase().includes(url.toLowerCase());
}

/** One change, with what it changes as it is and as it will be: what is compared, shown and saved before it. */
export interface PlannedChange {
  readonly change: IamChange;
  readonly document: ChangedDocument;
}

/** A provider or a role, before and after a change; undefined if it does not exist. */
export type ChangedDocument =
  | {
      readonly kind: 'provider';
      readonly arn: string;
      readonly before: ProviderState | undefined;
      readonly after: ProviderState | undefined;
    }
  | {
      readonly kind: 'role';
      readonly name: string;
      readonly before: KnownRole | undefined;
      readonly after: KnownRole | undefined;
    };

/** Returns changes in their order, each with the document as the ones before it leave it. */
export function planChanges(state: AccountState, changes: readonly IamChange[]): readonly PlannedChange[] {
  let now = state;
  return changes.map(change => {
    const later = expectAfter(now, change);
    const document = describeDocument(change, now, later);
    now = later;
    return { change, document };
  });
}

function describeDocument(change: IamChange, now: AccountState, later: AccountState): ChangedDocument {
  const target = nameTarget(change);
  if (!isOfProvider(change)) {
    const find = ({ roles }: AccountState): KnownRole | undefined => roles.find(({ name }) => name === target);
    return { kind: 'role', name: target, before: find(now), after: find(later) };
  }
  const find = ({ providers }: AccountState): ProviderState | undefined => providers.find(({ arn }) => arn === target);
  return { kind: 'provider', arn: target, before: find(now), after: find(later) };
}
