import {
  planChanges,
  findMentions,
  expectAfter,
  isSameProvider,
  type PlannedChange,
  type AccountState,
} from './state.ts';
import { isOwn, type ProviderState, type IamChange } from './iam.ts';
import { parseProviderArn } from '../trust/oidc-provider.ts';
import { isSameDocument, renderPolicy } from '../trust/policy-document.ts';
import { parseTrustPolicy } from '../trust/trust-policy.ts';
import { isRecord, parseJson } from '../json.ts';

/** What an account's documents were before a run, and what the run makes of them: the text of a file to go back by. */
export interface SavedDocuments {
  readonly version: 1;
  readonly account: string;
  readonly partition: string;
  /** RFC 3339, UTC. */
  readonly savedAt: string;
  readonly entries: readonly SavedDocument[];
}

/** In the order of the changes, one for each. A `before` of null: it did not exist. */
export type SavedDocument =
  | {
      readonly kind: 'trust-policy';
      readonly roleName: string;
      /** JSON text, as IAM had it. */
      readonly before: string | null;
      /** JSON text, as it was written. */
      readonly after: string;
    }
  | {
      readonly kind: 'provider';
      readonly arn: string;
      readonly before: ProviderState | null;
      /** Null if it was deleted. Thumbprints of one that was created are IAM's own, and empty here. */
      readonly after: ProviderState | null;
    };

/** Returns what is saved before changes. Policies, tags and limits of roles are not among it. */
export function listSaved(changes: readonly PlannedChange[]): readonly SavedDocument[] {
  return changes.flatMap(({ change, document }): readonly SavedDocument[] => {
    if (document.kind === 'provider') {
      const { arn, before = null, after = null } = document;
      return [{ kind: 'provider', arn, before, after }];
    }
    if (change.kind !== 'create-role' && change.kind !== 'set-trust-policy') return [];
    const { name: roleName, before } = document;
    return [{ kind: 'trust-policy', roleName, before: before?.trustPolicy ?? null, after: change.trustPolicy }];
  });
}

/** Returns saved documents as the text of a file. */
export function formatSaved(saved: SavedDocuments): string {
  return `${JSON.stringify(saved, null, 2)}\n`;
}

/** Returns the documents that a file saved; undefined if the text is not such a file. */
export function readSaved(text: string): SavedDocuments | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { account, partition, savedAt, entries } = value;
  if (typeof account !== 'string' || typeof partition !== 'string' || typeof savedAt !== 'string') return undefined;
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { version: 1, account, partition, savedAt, entries };
}

function isEntry(value: unknown): value is SavedDocument {
  if (!isRecord(value)) return false;
  const { kind, before, after } = value;
  if (kind === 'trust-policy') {
    const isText = typeof value['roleName'] === 'string' && typeof after === 'string';
    return isText && (before === null || typeof before === 'string');
  }
  const isState = (one: unknown): boolean => one === null || isProvider(one);
  return kind === 'provider' && typeof value['arn'] === 'string' && isState(before) && isState(after);
}

function isProvider(value: unknown): value is ProviderState {
  if (!isRecord(value)) return false;
  const { arn, url, clientIds, thumbprints, tags } = value;
  const isList = (one: unknown): boolean => Array.isArray(one) && one.every(item => typeof item === 'string');
  const isTags = isRecord(tags) && Object.values(tags).every(tag => typeof tag === 'string');
  return typeof arn === 'string' && typeof url === 'string' && isList(clientIds) && isList(thumbprints) && isTags;
}

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
