import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';

/** A program by its full path, its arguments as they are, and all of the environment that it is given on purpose. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Who may use a folder on Windows. */
export interface FolderAcl {
  /** Leaves the current user and SYSTEM as the only ones. For a new, empty folder: for a moment it has its parent's list. */
  restrict(path: string): void;
  /** Returns why others may use the folder, or undefined where only the current user and SYSTEM may. */
  findFault(path: string): string | undefined;
}

/**
 * Returns the access list of folders, kept with Windows' own programs. Its methods throw what the programs fail with.
 *
 * It does not take a folder away from Administrators, who may take ownership of anything.
 *
 * @param systemRoot where Windows is, if it is not in C:\\Windows: the machine's SystemRoot, never a variable of the job
 */
export function openWindowsAcl(
  run: (command: Command) => string = runCommand,
  exists: (path: string) => boolean = existsSync,
  systemRoot?: string,
): FolderAcl {
  return {
    restrict: path => {
      const system = findSystemFolder(exists, systemRoot);
      const user = parseUserSid(run(askUser(system)));
      for (const command of restrictFolder(system, path, user)) run(command);
    },
    findFault: path => {
      const system = findSystemFolder(exists, systemRoot);
      const user = parseUserSid(run(askUser(system)));
      return findStrangers(run(askDescriptor(system, path)), user);
    },
  };
}

/** Returns the folder of Windows' own programs: the usual one if it is there, since any step may set SystemRoot. */
export function findSystemFolder(exists: (path: string) => boolean, systemRoot: string | undefined): string {
  const folders = ['C:\\Windows', ...(systemRoot !== undefined && /^[A-Za-z]:\\/.test(systemRoot) ? [systemRoot] : [])];
  const found = folders
    .map(folder => win32.join(folder, 'System32'))
    .find(folder => exists(win32.join(folder, 'icacls.exe')));
  if (found === undefined) throw new Error('icacls.exe is neither in C:\\Windows\\System32 nor under SystemRoot.');
  return found;
}

/** Returns the command that prints the current user's name and SID. */
export function askUser(system: string): Command {
  return { file: win32.join(system, 'whoami.exe'), args: ['/user', '/fo', 'csv', '/nh'], environment: {} };
}

/** Returns the SID in that command's line, `"name","SID"`. The name's encoding is the console's, so it is not looked at. */
export function parseUserSid(output: string): string {
  const sid = /^"[^"\r\n]+","(S-1-\d+(?:-\d+){1,15})"$/.exec(output.trim())?.[1];
  if (sid === undefined) throw new Error('whoami.exe did not print a user name and a SID.');
  return sid;
}

/**
 * Returns the commands that leave a user and SYSTEM as the only ones in a folder's access list. Accounts are SIDs: the
 * names of built-in ones differ by language. The list is reset first because one that a new folder got from the process
 * and not from its parent is not inherited, and stays when inheritance is turned off.
 *
 * https://learn.microsoft.com/windows-server/administration/windows-commands/icacls
 */
export function restrictFolder(system: string, path: string, user: string): readonly Command[] {
  const file = win32.join(system, 'icacls.exe');
  const grants = [...new Set([user, systemSid])].map(sid => `*${sid}:(OI)(CI)F`);
  return [
    { file, args: [path, '/reset', '/q'], environment: {} },
    { file, args: [path, '/inheritance:r', '/grant:r', ...grants, '/q'], environment: {} },
  ];
}

/**
 * Returns the command that prints a folder's owner and access list in SDDL: icacls knows no owner, and an owner may
 * change the list at any time. The path goes in the environment, as PowerShell takes five characters for a quote.
 */
export function askDescriptor(system: string, path: string): Command {
  const script = '(Get-Acl -LiteralPath $env:AWS_WIF_FOLDER).Sddl';
  return {
    file: win32.join(system, 'WindowsPowerShell', 'v1.0', 'powershell.exe'),
    args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script],
    environment: { AWS_WIF_FOLDER: path },
  };
}

/**
 * Returns who else may use a folder with this SDDL, in words, or undefined where only the user and SYSTEM may. What it
 * does not understand is a fault. Administrators may own it: what an elevated user makes is theirs.
 *
 * https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */
export function findStrangers(sddl: string, user: string): string | undefined {
  const { owner, flags, entries } = descriptorPattern.exec(sddl.trim())?.groups ?? {};
  if (owner === undefined || flags === undefined || entries === undefined) return 'has an access list of unknown form';
  const trusted = [user, systemSid];
  if (![...trusted, administratorsSid].includes(spellOut(owner, user))) return `belongs to ${spellOut(owner, user)}`;
  if (!flags.includes('P')) return 'inherits access from the folder above it';
  const accounts = [...entries.matchAll(/\(([^()]*)\)/g)].map(([, entry]) => entry?.split(';')[5] ?? '');
  const stranger = accounts.map(account => spellOut(account, user)).find(account => !trusted.includes(account));
  return stranger === undefined ? undefined : `may be used by ${stranger}`;
}

/** Runs a command without a shell and returns what it printed; throws where it fails or takes too long. */
export function runCommand({ file, args, environment }: Command): string {
  return execFileSync(file, args, {
    // Windows adds what programs cannot do without (SystemRoot, TEMP); a PSModulePath of PowerShell 7 would break 5.1.
    env: { ...environment },
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    windowsHide: true,
  });
}

const systemSid = 'S-1-5-18';
const administratorsSid = 'S-1-5-32-544';

const descriptorPattern =
  /^O:(?<owner>S-[\d-]+|[A-Z]{2})(?:G:(?:S-[\d-]+|[A-Z]{2}))?D:(?<flags>[A-Z]*)(?<entries>(?:\([^()]*\))+)$/;

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
