import { nameList } from '../../terminal/layout.ts';
import { isOfAccount, type SavedDocuments, readSaved } from '../../../account/saved-documents.ts';
import type { Account } from '../../../trust/oidc-provider.ts';
import type { Problem } from '../../../problem.ts';
import type { AccountTarget } from '../../accounts/options.ts';
import { CliFailure, asFailure, unfinished, wrongUsage } from '../../terminal/failure.ts';
import { WifError } from '../../../errors.ts';
import { readPrivateFile } from '../../../host/private-file.ts';

/**
 * Returns the accounts to roll back, each with what its file holds. An accounts file may list more accounts than there are
 * files; those are left alone. Throws one failure with all that does not match: a file of an account that is not named, a
 * second file of an account, a file that names another account inside, an account named by `--account` that has no file.
 */
export function matchFiles(
  files: readonly SavedFile[],
  targets: readonly AccountTarget[],
  { accountsFile }: { readonly accountsFile?: string },
): ReadonlyMap<AccountTarget, SavedDocuments> {
  const matched = new Map<AccountTarget, SavedDocuments>();
  const problems: Problem[] = [];
  for (const file of files) {
    const target = targets.find(({ account }) => isOf(file, account));
    if (target === undefined || !isOfAccount(file.saved)) problems.push(describeOther(file, targets));
    else if (matched.has(target)) problems.push(describeSecond(file));
    else matched.set(target, file.saved);
  }
  const without = targets.filter(({ account }) => !files.some(file => isOf(file, account)));
  if (accountsFile === undefined) problems.push(...without.map(({ account }) => describeWithout(account)));
  if (problems.length === 0) return matched;
  throw new CliFailure(1, problems);
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

function isOf({ saved }: SavedFile, { accountId, partition }: Account): boolean {
  return saved.account === accountId && saved.partition === partition;
}

function describeOther({ path, saved }: SavedFile, targets: readonly AccountTarget[]): Problem {
  const ids = targets.map(({ account }) => account.accountId);
  const partition = targets[0]?.account.partition ?? saved.partition;
  return {
    code: 'AccountDiffers',
    found: `The file ${path} is for account ${saved.account} in partition ${saved.partition}, or contains other accounts.`,
    expected: `a file for ${nameList(ids, 5)} in partition ${partition} (--account or --accounts-file).`,
    remedy: "Give the file's account. Nothing was changed.",
  };
}

function describeSecond({ path, saved }: SavedFile): Problem {
  return {
    code: 'AccountDiffers',
    found: `The file ${path} is a second file for account ${saved.account}.`,
    expected: 'one file for each account.',
    remedy: 'Undo one run at a time, the last one first. Nothing was changed.',
  };
}

function describeWithout({ accountId }: Account): Problem {
  return {
    code: 'AccountDiffers',
    found: `No file was given for account ${accountId}.`,
    expected: 'for each --account, a file that a run saved.',
    remedy: "Add the account's file, or omit the account. Nothing was changed.",
  };
}
