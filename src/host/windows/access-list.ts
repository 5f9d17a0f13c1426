import type { Command } from './program.ts';

/** Returns the command that prints the current user's name and SID; `whoami` is the program's full path. */
export function askUser(whoami: string): Command {
  return { file: whoami, args: ['/user', '/fo', 'csv', '/nh'], environment: {} };
}

/** Returns the SID in that command's line, `"name","SID"`. The name's encoding is the console's, so it is not looked at. */
export function parseUserSid(output: string): string {
  const sid = /^"[^"\r\n]+","(S-1-\d+(?:-\d+){1,15})"$/.exec(output.trim())?.[1];
  if (sid === undefined) throw new Error('whoami.exe did not print a user name and a SID.');
  return sid;
}

/**
 * Returns the command that leaves a user and SYSTEM as the only ones who inherit rights in a new, empty folder. Accounts
 * are SIDs: the names of built-in ones differ by language.
 *
 * What the folder got from the process, where its parent hands nothing down, stays on the folder alone: entries for
 * SYSTEM, the user, Administrators and the logon session. `findStrangers` knows them.
 *
 * https://learn.microsoft.com/windows-server/administration/windows-commands/icacls
 * https://learn.microsoft.com/windows/win32/secauthz/dacl-for-a-new-object
 */
export function restrictFolder(icacls: string, path: string, user: string): Command {
  const grants = [...new Set([user, systemSid])].map(sid => `*${sid}:(OI)(CI)F`);
  return { file: icacls, args: [path, '/inheritance:r', '/grant:r', ...grants, '/q'], environment: {} };
}

/**
 * Returns the command that saves a folder's access list to a file, in UTF-16: a line with the folder's name, and one with
 * the list in SDDL. It prints accounts as SIDs, which the plain listing does not.
 *
 * https://learn.microsoft.com/windows-server/administration/windows-commands/icacls (/save)
 */
export function saveAccessList(icacls: string, path: string, file: string): Command {
  return { file: icacls, args: [path, '/save', file, '/q'], environment: {} };
}

/**
 * Returns who else may use a folder, in words, from what that command saved; undefined where only the user and SYSTEM
 * may. What it does not understand is a fault.
 *
 * Administrators and the logon session of the process may be named for the folder alone, not for files in it: a new
 * folder gets such entries from the process. Nobody can keep Administrators out, who may take ownership of anything.
 *
 * https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 * https://learn.microsoft.com/windows/win32/secauthz/ace-strings
 */
export function findStrangers(saved: string, user: string): string | undefined {
  const [, sddl = '', ...rest] = saved
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r?\n/);
  const { flags, entries } = descriptorPattern.exec(sddl)?.groups ?? {};
  if (rest.length > 0 || flags === undefined || entries === undefined) return 'has an access list of unknown form';
  if (!flags.includes('P')) return 'inherits access from the folder above it';
  const stranger = [...entries.matchAll(/\(([^()]*)\)/g)]
    .map(([, entry]) => readEntry(entry ?? '', user))
    .find(({ account, isOfProcess }) => ![user, systemSid].includes(account) && !isOfProcess);
  return stranger === undefined ? undefined : `may be used by ${stranger.account}`;
}

/** The account of an entry, `type;flags;rights;object;inherited object;account`, and whether a process gives such ones. */
function readEntry(entry: string, user: string): { readonly account: string; readonly isOfProcess: boolean } {
  const [type, flags, , , , name = ''] = entry.split(';');
  const account = spellOut(name, user);
  const isOwn = account === administratorsSid || /^S-1-5-5-\d+-\d+$/.test(account);
  return { account, isOfProcess: isOwn && type === 'A' && flags === '' };
}

const systemSid = 'S-1-5-18';
const administratorsSid = 'S-1-5-32-544';

/** The list for auditing, which may stand behind it, gives nobody a right. */
const descriptorPattern = /^D:(?<flags>[A-Z]*)(?<entries>(?:\([^()]*\))+)(?:S:[A-Z]*(?:\([^()]*\))*)?$/;

/** https://learn.microsoft.com/windows/win32/secauthz/sid-strings: two letters for accounts that agents run as. */
function spellOut(account: string, user: string): string {
  if (account === 'LA' && /^S-1-5-21-.*-500$/.test(user)) return user;
  return aliases.get(account) ?? account;
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['SY', systemSid],
  ['LS', 'S-1-5-19'],
  ['NS', 'S-1-5-20'],
  ['BA', administratorsSid],
]);
