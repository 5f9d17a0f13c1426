import type { IamChange, ListedRole, ProviderState } from '../account/iam.ts';
import { isOwn } from '../account/own-tag.ts';
import type { SavedDocument, SavedDocuments } from '../account/saved-documents.ts';
import { parseProviderArn } from '../trust/oidc-provider.ts';
import { renderPolicy } from '../trust/render.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { isSameProvider } from './carry-out.ts';
import { applyChanges } from './later-state.ts';
import { findMentions } from './mentions.ts';
import type { PlannedChange } from './dual-trust/plan.ts';
import { isSameDocument } from './policy-document.ts';
import type { AccountState } from './role-trust.ts';

export interface RollbackPlan {
  readonly changes: readonly PlannedChange[];
  /** Documents that somebody changed since, or that are in use: they stay as they are. */
  readonly conflicts: readonly string[];
  /** The account as it will be. */
  readonly later: AccountState;
}

/**
 * Returns how to put back what a run changed, the last change first: each document only where the live one is still what was
 * written.
 */
export function planRollback(saved: SavedDocuments, live: AccountState): RollbackPlan {
  const state = new Map<string, SavedDocument['before']>([
    ...live.roles.map(({ name, trustPolicy }) => [`role ${name}`, trustPolicy] as const),
    ...live.providers.map(provider => [`provider ${provider.arn}`, provider] as const),
  ]);
  const [changes, conflicts]: [PlannedChange[], string[]] = [[], []];
  for (const entry of [...saved.entries].reverse()) {
    const step = planStep(entry, state, live.roles);
    if (typeof step === 'string') conflicts.push(step);
    else changes.push(...step);
  }
  return { changes, conflicts, later: applyChanges(live, changes) };
}

type State = Map<string, SavedDocument['before']>;

function planStep(entry: SavedDocument, state: State, roles: readonly ListedRole[]): readonly PlannedChange[] | string {
  return entry.kind === 'trust-policy' ? restorePolicy(entry, state) : restoreProvider(entry, state, roles);
}

function restorePolicy(entry: Extract<SavedDocument, { kind: 'trust-policy' }>, state: State) {
  const { roleName, before, after } = entry;
  const live = state.get(`role ${roleName}`);
  if (typeof live !== 'string') return before === null ? [] : `The role ${roleName} is gone.`;
  if (before === null) return `The role ${roleName} was made by the run; delete it by hand, if nobody needs it.`;
  if (isSameDocument(live, before)) return [];
  if (!isSameDocument(live, after)) return `The trust policy of ${roleName} is no longer what the run wrote.`;
  const trustPolicy = tryRender(before);
  if (trustPolicy === undefined) return `The trust policy that the file has for ${roleName} cannot be read.`;
  state.set(`role ${roleName}`, before);
  return [
    {
      change: { kind: 'set-trust-policy', roleName, trustPolicy } as const,
      document: { kind: 'trust-policy', roleName, before: live, after: before } as const,
    },
  ];
}

function restoreProvider(
  { arn, before, after }: Extract<SavedDocument, { kind: 'provider' }>,
  state: State,
  roles: readonly ListedRole[],
): readonly PlannedChange[] | string {
  const key = `provider ${arn}`;
  const found = state.get(key);
  const live = typeof found === 'object' ? found : null;
  if (isSameProvider(live, before)) return [];
  if (!isSameProvider(live, after)) return `${arn} is no longer what the run made of it.`;
  if (before === null) {
    const trouble = explainUse(live, state, roles);
    if (trouble !== undefined) return trouble;
  }
  state.set(key, before);
  return listProviderChanges(arn, live, before);
}

function explainUse(provider: ProviderState | null, state: State, roles: readonly ListedRole[]): string | undefined {
  if (provider === null) return undefined;
  if (!isOwn(provider.tags)) return `${provider.arn} is not tagged as made by aws-wif.`;
  const later = roles.map(role => {
    const restored = state.get(`role ${role.name}`);
    return { ...role, trustPolicy: typeof restored === 'string' ? restored : role.trustPolicy };
  });
  const users = findMentions(provider.url, later);
  return users.length === 0 ? undefined : `${provider.arn} is named by ${users.join(', ')}.`;
}

function listProviderChanges(
  arn: string,
  live: ProviderState | null,
  before: ProviderState | null,
): readonly PlannedChange[] {
  if (before === null) {
    return [
      { change: { kind: 'delete-provider', arn }, document: { kind: 'provider', arn, before: live, after: null } },
    ];
  }
  if (live === null) return recreate(before);
  const changes: PlannedChange[] = [];
  let current = live;
  for (const [change, clientIds] of listClientIdSteps(arn, live, before)) {
    const next = { ...current, clientIds };
    changes.push({ change, document: { kind: 'provider', arn, before: current, after: next } });
    current = next;
  }
  return changes;
}

function listClientIdSteps(
  arn: string,
  live: ProviderState,
  before: ProviderState,
): readonly (readonly [IamChange, readonly string[]])[] {
  const added = live.clientIds.filter(id => !before.clientIds.includes(id));
  const missing = before.clientIds.filter(id => !live.clientIds.includes(id));
  let clientIds = live.clientIds;
  return [
    ...missing.map(clientId => {
      clientIds = [...clientIds, clientId];
      return [{ kind: 'add-client-id', arn, clientId }, clientIds] as const;
    }),
    ...added.map(clientId => {
      clientIds = clientIds.filter(id => id !== clientId);
      return [{ kind: 'remove-client-id', arn, clientId }, clientIds] as const;
    }),
  ];
}

/** Thumbprints are IAM's to find: since July 2024 it needs none for certificates of public authorities. */
function recreate(before: ProviderState): readonly PlannedChange[] {
  const { arn, url, clientIds, tags } = before;
  return [
    {
      change: { kind: 'create-provider', arn, issuerUrl: `https://${url}`, clientIds, tags },
      document: { kind: 'provider', arn, before: null, after: before },
    },
  ];
}

function tryRender(policy: string): string | undefined {
  try {
    return renderPolicy(parseTrustPolicy(policy).document);
  } catch {
    return undefined;
  }
}

/** Returns the account that a file is about, where all that it holds is of that account; undefined where it is not. */
export function isOfAccount({ account, partition, entries }: SavedDocuments): boolean {
  return entries.every(entry => {
    if (entry.kind === 'trust-policy') return true;
    const parts = parseProviderArn(entry.arn);
    return parts?.accountId === account && parts.partition === partition;
  });
}
