import { WifError } from '../../errors.ts';
import { readPrivateFile } from '../../host/private-file.ts';
import { readSaved } from '../../migration/read-saved.ts';
import type { SavedDocuments } from '../../account/saved-documents.ts';
import { CliFailure, unfinished, wrongUsage } from '../terminal/failure.ts';
import type { MigrationProblem } from '../migrate/problems.ts';

/** A run may change a thousand roles, of some ten kilobytes each in the file. */
const mostBytes = 20_000_000;

/**
 * Returns the documents that a run saved. Throws for a file that is none, that is not there, and that somebody else could
 * have written: a link, one with a second name, another user's, one that others may use.
 */
export function readSavedFile(path: string): SavedDocuments {
  const text = readOwn(path);
  if (text === undefined) {
    throw unfinished({
      code: 'FileUnreadable',
      found: `The file of the argument, ${path}, cannot be read (ENOENT).`,
      expected: 'a file that aws-wif saved.',
      remedy: 'Check the path and its rights.',
    });
  }
  const saved = readSaved(text);
  if (saved !== undefined) return saved;
  throw wrongUsage(`${path} is no file of saved documents.`, 'a file that aws-wif saved.');
}

function readOwn(path: string): string | undefined {
  try {
    return readPrivateFile(path, process.platform, mostBytes);
  } catch (thrown) {
    // What it says of a job's temporary folder would lead astray.
    const found = thrown instanceof WifError ? thrown.faults[0]?.found : undefined;
    const problem: MigrationProblem = {
      code: 'SavedFileRefused',
      found: found ?? `${path} could not be read: ${String(thrown)}`,
      expected: `a regular file of yours with one name, no link, that nobody else may use (mode 0600), of at most ${mostBytes} bytes, as aws-wif saved it.`,
      remedy:
        'See who may have changed it. Compare what it holds with the roles, then make it yours alone (chmod 600).',
    };
    throw new CliFailure(1, [problem], thrown);
  }
}
