import { belongsTo } from './files.ts';
import { dropUse, parseProfiles, renderProfiles, type ProfileFileKind } from './profile-text.ts';

/** The job's two profile files, which are called so. */
const kinds: readonly ProfileFileKind[] = ['config', 'credentials'];

/** The task variable that carries a use's id to its own post-job part. */
export const useVariable = 'AWS_PROFILE_USE';

/** Returns whether a text is the id of a use; any pipeline variable can pose as a task variable. */
export function isUse(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{16}$/.test(text);
}

/** Returns whether a folder of this content may be a job's: empty, or with one of the names that this task writes. */
export function mayBeOurs(names: readonly string[]): boolean {
  const own = /^(?:config|credentials|(?:refresh|cache|lock)-[0-9a-f]{16}\b.*|\.[0-9a-f]{24}\.partial|\.made-by)$/;
  return names.length === 0 || names.some(name => own.test(name));
}

/**
 * Returns whether a use left profiles or files of its own; true if a profile file cannot be read.
 *
 * @param standing names of the files in the folder
 */
export function leftAny(use: string, standing: readonly string[], read: (name: string) => string | undefined): boolean {
  try {
    const texts = kinds.map(name => read(name) ?? '');
    return standing.some(name => belongsTo(name, use)) || texts.some(text => text.includes(use));
  } catch {
    return true;
  }
}

/** What is to be done to the job's folder when a use is over. */
export type Removal =
  | { readonly kind: 'folder' }
  | { readonly kind: 'files'; readonly write: Readonly<Record<string, string>>; readonly remove: readonly string[] };

/**
 * Returns what removes one use's profiles and files. The folder goes with the task's last profile, and with it what
 * others added to the files. It also goes where a profile file cannot be read: that is not worth keeping keys on the disk.
 *
 * @param standing names of the files in the folder
 */
export function planRemoval(
  use: string,
  standing: readonly string[],
  read: (name: string) => string | undefined,
): Removal {
  try {
    const kept = kinds.map(kind => keepOthers(kind, use, read));
    if (kept.every(({ count }) => count === 0)) return { kind: 'folder' };
    const write = Object.fromEntries(kept.map(({ name, text }) => [name, text]));
    return { kind: 'files', write, remove: standing.filter(name => belongsTo(name, use)) };
  } catch {
    return { kind: 'folder' };
  }
}

function keepOthers(kind: ProfileFileKind, use: string, read: (name: string) => string | undefined) {
  const { sections, foreign } = parseProfiles(read(kind) ?? '', kind);
  const others = dropUse(sections, use);
  return { name: kind, count: others.length, text: renderProfiles({ sections: others, foreign }, kind) };
}
