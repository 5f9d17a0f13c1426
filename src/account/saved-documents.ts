import type { PlannedChange } from './change.ts';
import type { ProviderState } from './iam.ts';

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
  const value = parse(text);
  if (!isObject(value) || value['version'] !== 1) return undefined;
  const { account, partition, savedAt, entries } = value;
  if (typeof account !== 'string' || typeof partition !== 'string' || typeof savedAt !== 'string') return undefined;
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { version: 1, account, partition, savedAt, entries };
}

function isEntry(value: unknown): value is SavedDocument {
  if (!isObject(value)) return false;
  const { kind, before, after } = value;
  if (kind === 'trust-policy') {
    const isText = typeof value['roleName'] === 'string' && typeof after === 'string';
    return isText && (before === null || typeof before === 'string');
  }
  const isState = (one: unknown): boolean => one === null || isProvider(one);
  return kind === 'provider' && typeof value['arn'] === 'string' && isState(before) && isState(after);
}

function isProvider(value: unknown): value is ProviderState {
  if (!isObject(value)) return false;
  const { arn, url, clientIds, thumbprints, tags } = value;
  const isList = (one: unknown): boolean => Array.isArray(one) && one.every(item => typeof item === 'string');
  const isTags = isObject(tags) && Object.values(tags).every(tag => typeof tag === 'string');
  return typeof arn === 'string' && typeof url === 'string' && isList(clientIds) && isList(thumbprints) && isTags;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
