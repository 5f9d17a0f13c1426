import type { ProviderState } from './iam.ts';

/** What an account's documents were before a run, and what the run made of them: the text of a file to go back by. */
export interface SavedDocuments {
  readonly version: 1;
  readonly account: string;
  readonly partition: string;
  /** RFC 3339, UTC. */
  readonly savedAt: string;
  readonly entries: readonly SavedDocument[];
}

/** In the order in which they were changed. A `before` of null: it was not there. */
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
      /** Null where it was deleted. Thumbprints of one that was made are IAM's own, and empty here. */
      readonly after: ProviderState | null;
    };

/** Returns saved documents as the text of a file. */
export function formatSaved(saved: SavedDocuments): string {
  return `${JSON.stringify(saved, null, 2)}\n`;
}
