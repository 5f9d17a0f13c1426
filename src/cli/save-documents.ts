import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { writePrivateFiles } from '../host/private-file.ts';
import { formatSaved, type SavedDocument } from '../setup/saved-documents.ts';
import type { Account } from '../trust/oidc-provider.ts';

/** The folder of saved documents where none is given: the user's own, so that no pipeline or repository picks it up. */
export function defaultSaveFolder(): string {
  return join(homedir(), '.aws-wif', 'saved');
}

/**
 * Saves an account's documents to a new file that its owner alone may read, and returns the file's path. Throws where that
 * fails.
 */
export function saveDocuments(
  entries: readonly SavedDocument[],
  { account, folder, nowMs }: { readonly account: Account; readonly folder: string; readonly nowMs: number },
): string {
  const savedAt = new Date(nowMs).toISOString();
  const { accountId, partition } = account;
  const name = `${accountId}-${savedAt.replace(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}.json`;
  const path = join(resolve(folder), name);
  mkdirSync(resolve(folder), { recursive: true, mode: 0o700 });
  const text = formatSaved({ version: 1, account: accountId, partition, savedAt, entries });
  writePrivateFiles([{ path, text }], process.platform);
  return path;
}
