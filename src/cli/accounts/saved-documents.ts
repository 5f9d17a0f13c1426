import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { WifError } from '../../errors.ts';
import {
  describeKind,
  describeMode,
  findOtherOwner,
  lookAt,
  readPrivateFile,
  writePrivateFiles,
} from '../../host/private-file.ts';
import { formatSaved, readSaved, type SavedDocument, type SavedDocuments } from '../../account/saved-documents.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { Problem } from '../../problem.ts';
import { asFailure, CliFailure, unfinished, wrongUsage } from '../terminal/failure.ts';

/** The folder of saved documents if none is given: the user's own, so that no pipeline or repository picks it up. */
export function defaultSaveFolder(): string {
  return join(homedir(), '.aws-wif', 'saved');
}

/**
 * Saves an account's documents to a new file that its owner alone may read, and returns the file's path. Throws if that
 * fails, and for a folder in which others could put another file in its place.
 */
export function saveDocuments(
  entries: readonly SavedDocument[],
  { account, folder, nowMs }: { readonly account: Account; readonly folder: string; readonly nowMs: number },
): string {
  const savedAt = new Date(nowMs).toISOString();
  const { accountId, partition } = account;
  const name = `${accountId}-${savedAt.replace(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}.json`;
  const path = join(resolve(folder), name);
  const text = formatSaved({ version: 1, account: accountId, partition, savedAt, entries });
  try {
    mkdirSync(resolve(folder), { recursive: true, mode: 0o700 });
    requireOwnFolder(resolve(folder));
    writePrivateFiles([{ path, text }], process.platform);
  } catch (thrown) {
    throw notSaved(resolve(folder), describe(thrown), thrown);
  }
  return path;
}

function requireOwnFolder(folder: string): void {
  const stat = lookAt(folder);
  if (stat?.isDirectory() !== true) throw new FolderFault(`it is ${stat === undefined ? 'gone' : describeKind(stat)}`);
  const owner = findOtherOwner(stat, process.platform);
  if (owner !== undefined) throw new FolderFault(`it ${owner}`);
  const isOpen = process.platform !== 'win32' && (stat.mode & 0o022n) !== 0n;
  if (isOpen) throw new FolderFault(`others can write to it (mode ${describeMode(stat)})`);
}

class FolderFault extends Error {}

/** The words for a job's temporary folder, which WifError has, would lead astray. */
function describe(thrown: unknown): string {
  const words = thrown instanceof WifError ? thrown.faults[0]?.found : undefined;
  return (words ?? (thrown instanceof Error ? thrown.message : String(thrown))).replace(/\.$/, '');
}

function notSaved(folder: string, why: string, cause: unknown): Error {
  return unfinished(
    {
      code: 'SaveFolderRefused',
      found: `The current documents cannot be saved in ${folder}: ${why}. Nothing was changed.`,
      expected: 'a folder that belongs to you, is not a link, has free space, and that nobody else can write to.',
      remedy: 'Choose another folder with --save-folder, or correct this one.',
    },
    cause,
  );
}

/** A run may change a thousand roles, of some ten kilobytes each in the file. */
const maxBytes = 20_000_000;

/** A file that a run saved, and what it holds. */
export interface SavedFile {
  readonly path: string;
  readonly saved: SavedDocuments;
}

/** Returns what files hold, on the terms of `readSavedFile`. Throws one failure with what is wrong with all of them. */
export function readSavedFiles(paths: readonly string[]): readonly SavedFile[] {
  const failures: CliFailure[] = [];
  const files = [...new Set(paths)].flatMap((path): readonly SavedFile[] => {
    try {
      return [{ path, saved: readSavedFile(path) }];
    } catch (thrown) {
      failures.push(asFailure(thrown));
      return [];
    }
  });
  const [first, ...others] = failures;
  if (first === undefined) return files;
  if (others.length === 0) throw first;
  const exit = Math.min(...failures.map(one => one.exit)) as CliFailure['exit'];
  throw new CliFailure(
    exit,
    failures.flatMap(({ problems }) => problems),
    first,
  );
}

/**
 * Returns the documents that a run saved. Throws for a file that is none, that does not exist, and that somebody else
 * could have written: a link, one with a second name, another user's, one that others may use.
 */
function readSavedFile(path: string): SavedDocuments {
  const text = readOwn(path);
  if (text === undefined) {
    throw unfinished({
      code: 'FileUnreadable',
      found: `The file ${path} does not exist (ENOENT).`,
      expected: 'a file that aws-wif saved.',
      remedy: 'Check the path.',
    });
  }
  const saved = readSaved(text);
  if (saved !== undefined) return saved;
  throw wrongUsage(`${path} is not a file of saved documents.`, 'a file that aws-wif saved.');
}

function readOwn(path: string): string | undefined {
  try {
    return readPrivateFile(path, process.platform, maxBytes);
  } catch (thrown) {
    // What it says of a job's temporary folder would lead astray.
    const found = thrown instanceof WifError ? thrown.faults[0]?.found : undefined;
    const problem: Problem = {
      code: 'SavedFileRefused',
      found: found ?? `${path} could not be read: ${String(thrown)}`,
      expected: `the file as aws-wif saved it: a regular file that only you can use (mode 0600), not a link, without further hard links, at most ${maxBytes} bytes.`,
      remedy:
        'Find out who may have changed it. Compare its content with the roles, then restrict it to yourself (chmod 600).',
    };
    throw new CliFailure(1, [problem], thrown);
  }
}
