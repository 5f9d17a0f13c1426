import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { WifError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import {
  lookAt,
  messageOf,
  notWritten,
  readPrivateFile,
  refused,
  removePrivateFile,
  writePrivateFiles,
} from '../private-file.ts';
import {
  discardFolder,
  makeFolder,
  requireFolder,
  requirePath,
  takeEmpty,
  type PrivateFolder,
} from '../private-folder.ts';
import { askUser, findStrangers, parseUserSid, restrictFolder, saveAccessList } from './access-list.ts';
import type { WindowsPrograms } from './program.ts';

/** The file in which the folder's maker leaves its SID, and the proof that it knew the job's secret. */
export const proofFile = '.made-by';

/**
 * Returns the folder of this name on Windows, made or found, with an access list for the current user and SYSTEM alone.
 * A new one takes two programs (whoami, icacls), one that stands takes one (icacls). Throws as `createPrivateFolder`, and
 * the error of a step that ends while a program runs; a new folder that could not be made private is removed again.
 *
 * icacls names no owner, and an owner may change the list at any time. So a folder that stands has to hold a proof that
 * this job made it: a code over the folder's number and the maker's SID, under a secret that all steps of the job share.
 *
 * It does not hold against somebody who had a right to change the list at the moment when the folder was made, nor
 * against Administrators, who may take ownership of anything.
 */
export async function createWindowsFolder(
  parent: string,
  name: string,
  { programs, secret }: { readonly programs: WindowsPrograms; readonly secret: Secret },
): Promise<PrivateFolder> {
  const path = requirePath(parent, name);
  // Empty, it is what a step left that was killed while it made the folder.
  if (lookAt(path)?.isDirectory() === true) discardFolder(path);
  if (lookAt(path) !== undefined) return takeStanding(path, programs, secret);
  const user = await findUser(path, programs);
  return makeFolder(path) ? takeNew(path, user, programs, secret) : takeStanding(path, programs, secret);
}

async function findUser(path: string, { locate, run }: WindowsPrograms): Promise<string> {
  try {
    const printed = await run(askUser(locate('whoami.exe')));
    return parseUserSid(printed.toString('latin1'));
  } catch (thrown) {
    throw notRestricted(path, thrown);
  }
}

async function takeNew(path: string, user: string, { locate, run }: WindowsPrograms, secret: Secret) {
  try {
    await run(restrictFolder(locate('icacls.exe'), path, user));
    const folder = takeEmpty(path, 'win32');
    const code = computeCode(path, user, secret);
    writePrivateFiles([{ path: join(path, proofFile), text: `${user} ${code}` }], 'win32');
    return folder;
  } catch (thrown) {
    discardFolder(path);
    throw notRestricted(path, thrown);
  }
}

function notRestricted(path: string, thrown: unknown): WifError {
  if (thrown instanceof WifError) return thrown;
  return notWritten(path, 'could not be restricted to this user', thrown, programRemedy);
}

async function takeStanding(path: string, programs: WindowsPrograms, secret: Secret): Promise<PrivateFolder> {
  const folder = requireFolder(path, 'win32');
  const user = readMaker(path, secret);
  if (user === undefined) throw refused(path, 'was not created by this job', undefined, foreignRemedy);
  const stranger = findStrangers(await readAccessList(path, programs), user);
  if (stranger !== undefined) throw refused(path, stranger);
  return folder;
}

/** Returns the SID of who made a folder; undefined if there is no proof that it was this job. */
function readMaker(path: string, secret: Secret): string | undefined {
  const proof = readPrivateFile(join(path, proofFile), 'win32', 1000) ?? '';
  const [, user, code] = /^(S-[\d-]+) ([0-9a-f]{64})$/.exec(proof) ?? [];
  if (user === undefined || code === undefined) return undefined;
  const expected = computeCode(path, user, secret);
  return timingSafeEqual(Buffer.from(code), Buffer.from(expected)) ? user : undefined;
}

/** NTFS gives a number that was free again another generation, so that a folder made again has another number. */
function computeCode(path: string, user: string, secret: Secret): string {
  const number = lookAt(path)?.ino.toString() ?? 'none';
  return createHmac('sha256', secret.reveal()).update(`aws-wif folder ${number} of ${user}`).digest('hex');
}

async function readAccessList(path: string, { locate, run }: WindowsPrograms): Promise<string> {
  // Named as a partial file, for cleanup to know it.
  const file = join(path, `.${randomBytes(12).toString('hex')}.partial`);
  try {
    await run(saveAccessList(locate('icacls.exe'), path, file));
    return readPrivateFile(file, 'win32', 100_000, 'utf16le') ?? '';
  } catch (thrown) {
    if (thrown instanceof WifError) throw thrown;
    throw refused(path, `has an access list that could not be read: ${messageOf(thrown)}`, thrown, programRemedy);
  } finally {
    removeQuietly(file);
  }
}

function removeQuietly(file: string): void {
  try {
    removePrivateFile(file, 'win32');
  } catch {
    // Whether the folder is ours alone is known; cleanup finds what is left.
  }
}

const programRemedy =
  "Start whoami.exe and icacls.exe yourself as the agent's user. If a policy (AppLocker, App Control) or a virus scanner blocks them, exempt them; the agent's work folder must be on a disk with access lists (NTFS, ReFS). Then run the job again, or set writeProfile: false.";

const foreignRemedy =
  'Remove the folder, or restart the agent, which empties its temporary folder; then run the job again. If it comes back, find out which user of the machine creates it.';
