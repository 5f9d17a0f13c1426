import { parseProviderArn } from '../trust/oidc-provider.ts';
import { isSameDocument } from '../trust/policy-document.ts';
import { renderPolicy } from '../trust/render.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { planChanges, type PlannedChange } from './change.ts';
import { isOwn, type IamChange, type ProviderState } from './iam.ts';
import { findMentions, expectAfter, isSameProvider, type AccountState } from './state.ts';
import type { SavedDocument, SavedDocuments } from './saved-documents.ts';

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
  const [changes, conflicts]: [IamChange[], string[]] = [[], []];
  let later = live;
  for (const entry of [...saved.entries].reverse()) {
    const step = entry.kind === 'trust-policy' ? restorePolicy(entry, later) : restoreProvider(entry, later);
    if (typeof step === 'string') {
      conflicts.push(step);
      continue;
    }
    changes.push(...step);
    later = step.reduce(expectAfter, later);
  }
  return { changes: planChanges(live, changes), conflicts, later };
}

type Saved<Kind extends SavedDocument['kind']> = Extract<SavedDocument, { readonly kind: Kind }>;

function restorePolicy(
  { roleName, before, after }: Saved<'trust-policy'>,
  { roles }: AccountState,
): readonly IamChange[] | string {
  const live = roles.find(({ name }) => name === roleName)?.trustPolicy;
  if (live === undefined) return before === null ? [] : `The role ${roleName} no longer exists.`;
  if (before === null) return `The run created the role ${roleName}. Delete it yourself if nobody needs it.`;
  if (isSameDocument(live, before)) return [];
  if (!isSameDocument(live, after)) return `The trust policy of ${roleName} was changed after the run.`;
  const trustPolicy = tryRender(before);
  if (trustPolicy === undefined) return `The trust policy of ${roleName} in the file cannot be read.`;
  return [{ kind: 'set-trust-policy', roleName, trustPolicy }];
}

function restoreProvider(entry: Saved<'provider'>, state: AccountState): readonly IamChange[] | string {
  const [before, after] = [entry.before ?? undefined, entry.after ?? undefined];
  const live = state.providers.find(({ arn }) => arn === entry.arn);
  if (before !== undefined && isThumbprintChange(before, after)) return restoreThumbprints(before, after, live);
  if (isSameProvider(live, before)) return [];
  if (!isSameProvider(live, after)) return `${entry.arn} was changed after the run.`;
  if (before === undefined) return explainUse(live, state) ?? [{ kind: 'delete-provider', arn: entry.arn }];
  return live === undefined ? [recreate(before)] : listClientIdChanges(live, before);
}

/** Returns whether only the thumbprints of a provider were changed. */
function isThumbprintChange(before: ProviderState | undefined, after: ProviderState | undefined): boolean {
  return before !== undefined && isSameProvider(before, after) && !isSameList(before, after);
}

function restoreThumbprints(
  { arn, thumbprints }: ProviderState,
  after: ProviderState | undefined,
  live: ProviderState | undefined,
): readonly IamChange[] | string {
  if (live?.thumbprints.join() === thumbprints.join()) return [];
  if (live === undefined || !isSameList(live, after)) return `${arn} was changed after the run.`;
  return [{ kind: 'set-thumbprints', arn, thumbprints }];
}

function isSameList(one: ProviderState, other: ProviderState | undefined): boolean {
  return one.thumbprints.join() === other?.thumbprints.join();
}

function explainUse(provider: ProviderState | undefined, { roles }: AccountState): string | undefined {
  if (provider === undefined) return undefined;
  if (!isOwn(provider.tags)) return `${provider.arn} is not tagged as created by aws-wif.`;
  const users = findMentions(provider.url, roles);
  return users.length === 0 ? undefined : `${provider.arn} is named by ${users.join(', ')}.`;
}

function listClientIdChanges(live: ProviderState, before: ProviderState): readonly IamChange[] {
  const { arn } = live;
  const added = live.clientIds.filter(id => !before.clientIds.includes(id));
  const missing = before.clientIds.filter(id => !live.clientIds.includes(id));
  return [
    ...missing.map(clientId => ({ kind: 'add-client-id', arn, clientId }) as const),
    ...added.map(clientId => ({ kind: 'remove-client-id', arn, clientId }) as const),
  ];
}

/** Thumbprints are IAM's to find: since July 2024 it needs none for certificates of public CAs. */
function recreate({ arn, url, clientIds, tags }: ProviderState): IamChange {
  return { kind: 'create-provider', arn, issuerUrl: `https://${url}`, clientIds, tags };
}

function tryRender(policy: string): string | undefined {
  try {
    return renderPolicy(parseTrustPolicy(policy).document);
  } catch {
    return undefined;
  }
}

/** Returns whether all that a file holds is of the account that it is about. */
export function isOfAccount({ account, partition, entries }: SavedDocuments): boolean {
  return entries.every(entry => {
    if (entry.kind === 'trust-policy') return true;
    const parts = parseProviderArn(entry.arn);
    return parts?.accountId === account && parts.partition === partition;
  });
}
