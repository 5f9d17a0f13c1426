import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import { programStopError } from '../stop.ts';

/** A program by its full path, its arguments, and all of the environment that it is given on purpose. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The arguments are the command line as it is, already quoted: what cmd.exe reads. */
  readonly isVerbatim?: boolean;
}

/** Windows' own programs: the folder they are in, and how one of them is run. */
export interface WindowsPrograms {
  /** Returns the full path of a program; throws an Error if there is none. */
  readonly locate: (name: string) => string;
  /** Returns what a program printed, byte by byte. Rejects with an Error that names it and what it said, or a WifError. */
  readonly run: (command: Command) => Promise<Buffer>;
}

/**
 * Returns Windows' own programs. A program may take as long as the step: it ends with the signal.
 *
 * @param systemRoot where Windows is, if it is not in C:\\Windows: the machine's SystemRoot, never a variable of the job
 */
export function openWindowsPrograms(signal: AbortSignal, systemRoot: string | undefined): WindowsPrograms {
  return {
    locate: name => win32.join(findSystemFolder(existsSync, systemRoot), name),
    run: command => runCommand(command, signal),
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

/**
 * Runs a command without a shell and returns what it printed on stdout. Rejects with an Error that says what happened to
 * the program: it could not be started, or failed; with a WifError (DeadlineExceeded, Canceled) where the step ends first.
 */
export function runCommand(command: Command, signal: AbortSignal): Promise<Buffer> {
  const { file, args, environment, isVerbatim } = command;
  return new Promise((resolve, reject) => {
    const options = {
      // Windows adds what programs cannot do without (SystemRoot, TEMP).
      env: { ...environment },
      encoding: 'buffer',
      signal,
      windowsHide: true,
      windowsVerbatimArguments: isVerbatim === true,
    } as const;
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(programStopError(signal, file, error));
      else reject(new Error(`${file} ${describeEnd(error)}${quote(stderr) || quote(stdout)}`, { cause: error }));
    });
    child.stdin?.end();
  });
}

function describeEnd({ code, signal }: { readonly code?: unknown; readonly signal?: unknown }): string {
  if (typeof code === 'string') return `could not be started: ${code}`;
  return typeof code === 'number' ? `failed with exit code ${code}` : `was ended (${String(signal)})`;
}

/** The first line of what a program said. Its encoding is the console's, so other characters than ASCII are not shown. */
function quote(printed: Buffer): string {
  const line =
    printed
      .toString('latin1')
      .trim()
      .split(/[\r\n]/)[0] ?? '';
  const shown = line.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
  return shown === '' ? '' : `: ${shown}`;
}
