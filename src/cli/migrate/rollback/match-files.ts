import { isOfAccount, type SavedDocuments } from '../../../account/saved-documents.ts';
import type { Account } from '../../../trust/oidc-provider.ts';
import type { Problem } from '../../../problem.ts';
import type { AccountTarget } from '../../accounts/options.ts';
import type { SavedFile } from '../../accounts/saved-documents.ts';
import { CliFailure } from '../../terminal/failure.ts';

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

function isOf({ saved }: SavedFile, { accountId, partition }: Account): boolean {
  return saved.account === accountId && saved.partition === partition;
}

/** So many account ids are named in a sentence. */
const maxNamed = 5;

function describeOther({ path, saved }: SavedFile, targets: readonly AccountTarget[]): Problem {
  const ids = targets.map(({ account }) => account.accountId);
  const more = ids.length > maxNamed ? ` and ${ids.length - maxNamed} more` : '';
  const partition = targets[0]?.account.partition ?? saved.partition;
  return {
    code: 'AccountDiffers',
    found: `The file ${path} is for account ${saved.account} in partition ${saved.partition}, or contains other accounts.`,
    expected: `a file for ${ids.slice(0, maxNamed).join(', ')}${more} in partition ${partition} (--account or --accounts-file).`,
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
