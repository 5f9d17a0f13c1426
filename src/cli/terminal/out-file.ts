import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { WifError } from '../../errors.ts';
import {
  codeOf,
  describeKind,
  describeMode,
  findOtherOwner,
  lookAt,
  messageOf,
  writePrivateFiles,
} from '../../host/private-file.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { CliFailure, formatProblems, wrongUsage } from './failure.ts';
import { joinOutput, type Printed } from './report.ts';

export interface OutOptions {
  readonly out?: string;
  readonly overwrite?: boolean;
}

/** Adds the options that send what a command prints to a file. */
export function addOutOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--out <file>', 'write the report to a file that only you can read, instead of stdout')
    .option('--overwrite', 'allow --out to replace an existing file that you own');
}

/** Where a command's report goes in place of stdout. */
export interface OutFile {
  /** The whole path. */
  readonly path: string;
  readonly overwrite: boolean;
}

/**
 * Returns the file of `--out`; undefined without one. Throws, before the command does anything, if nothing may be
 * written there: in a folder that is a link, or in which others could put another file in its place; over anything that
 * is there, and with `--overwrite` over anything but a regular file of the user with one name.
 */
export function readOutFile({ out, overwrite = false }: OutOptions): OutFile | undefined {
  if (out === undefined) return undefined;
  if (out === '' || out === '-')
    throw wrongUsage(
      `--out is "${out}".`,
      'the name of a file.',
      'Name a file; without --out the report goes to stdout.',
    );
  const file = { path: resolve(out), overwrite };
  const fault = findAnyFault(file);
  if (fault !== undefined) throw new CliFailure(2, [refuseFile(file, fault)]);
  return file;
}

/** What cannot even be looked at (a name that is too long, a file where a folder should be) is a fault, too. */
function findAnyFault(file: OutFile): string | undefined {
  try {
    return findFolderFault(dirname(file.path)) ?? findFault(file);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === '') throw thrown;
    return `the system says ${code}`;
  }
}

function findFolderFault(folder: string): string | undefined {
  const stat = lookAt(folder);
  if (stat === undefined) return `its folder does not exist`;
  if (!stat.isDirectory()) return `${folder} is ${describeKind(stat)}, not a folder`;
  if (process.platform === 'win32') return undefined;
  // Root can do everything anyway.
  const owner = stat.uid === 0n ? undefined : findOtherOwner(stat, process.platform);
  if (owner !== undefined) return `its folder ${owner}`;
  // In a folder such as /tmp nobody may rename or remove what is another's.
  const isSticky = (stat.mode & 0o1000n) !== 0n;
  // The own group of a user has nobody else in it where 0002 is the usual umask.
  const isOwnGroup = stat.gid === BigInt(process.getegid?.() ?? -1);
  const open = isOwnGroup ? 0o002n : 0o022n;
  return isSticky || (stat.mode & open) === 0n
    ? undefined
    : `others can write to its folder (mode ${describeMode(stat)})`;
}

function findFault({ path, overwrite }: OutFile): string | undefined {
  const stat = lookAt(path);
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return `it is ${describeKind(stat)}`;
  if (!overwrite) return 'the file already exists';
  if (stat.nlink > 1n) return 'it has a second name (a hard link)';
  const owner = findOtherOwner(stat, process.platform);
  return owner === undefined ? undefined : `it ${owner}`;
}

function refuseFile({ path }: OutFile, fault: string): Problem {
  return {
    code: 'OutFileRefused',
    found: `The report cannot be written to ${path}: ${fault}.`,
    expected: 'a new file in a folder that belongs to you, is not a link, and that nobody else can write to.',
    remedy: 'Choose another file with --out, or replace a file of yours with --overwrite.',
  };
}

/**
 * Writes what goes to stdout to a file instead, whole or not at all, with mode 0600; a line on stderr names it. Where that
 * fails the report goes to stdout all the same, so that it is not lost, and the exit code is 3.
 *
 * @param caution what to know about a file that holds this
 */
export function printToFile(file: OutFile, printed: Printed, caution?: string): Printed {
  const { exit, stderr } = printed;
  const stdout = joinOutput(printed.stdout);
  try {
    const fault = findFault(file);
    if (fault !== undefined) throw new CliFailure(2, [refuseFile(file, fault)]);
    writePrivateFiles([{ path: file.path, text: stdout }], process.platform);
  } catch (thrown) {
    return { exit: 3, stdout, stderr: `${stderr}${formatProblems([explain(file, thrown)])}\n` };
  }
  const about =
    process.platform === 'win32'
      ? "its folder's permissions decide who can read it"
      : 'only you can read it (mode 0600)';
  const said = [`Written to ${file.path}: ${about}.`, ...(caution === undefined ? [] : [caution])].join(' ');
  return { exit, stdout: '', stderr: `${stderr}${neutralise(said)}\n` };
}

/** Returns the problem where what is printed to stdout is lost: it is a file on a full disk, for one. */
export function describeLoss(error: Error): Problem {
  return {
    code: 'OutFileRefused',
    found: `The report could not be written to stdout: ${messageOf(error)}.`,
    expected: 'the whole report on stdout; the output may be cut off.',
    remedy: 'Free some disk space, or write to another file.',
  };
}

/** The words for a job's temporary folder, which WifError has, would lead astray. */
function explain(file: OutFile, thrown: unknown): Problem {
  if (thrown instanceof CliFailure) return thrown.problems[0] ?? refuseFile(file, 'it was refused');
  const words = thrown instanceof WifError ? thrown.faults[0]?.found.replace(/\.$/, '') : undefined;
  const code = codeOf(thrown);
  return refuseFile(file, words ?? (code === '' ? messageOf(thrown) : code));
}
