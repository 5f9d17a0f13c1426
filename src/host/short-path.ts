import { execFileSync } from 'node:child_process';

/** Runs a program without a shell and returns what it printed. */
export type RunProgram = (file: string, args: readonly string[]) => string;

/**
 * Returns the short form (8.3) of a Windows path that holds blanks, for command lines in which nothing can be quoted; the
 * path itself on other systems, without blanks, and where the volume keeps no short names.
 *
 * @see https://learn.microsoft.com/windows-server/administration/windows-commands/for
 */
export function shortenPath(path: string, platform: string, run: RunProgram = runProgram): string {
  // What cmd.exe would take apart is not handed to it; the caller refuses such a path.
  if (platform !== 'win32' || !path.includes(' ') || /["%!^&|<>\p{Cc}]/u.test(path)) return path;
  try {
    const short = run('C:\\Windows\\System32\\cmd.exe', describeQuestion(path)).trim();
    return /^[A-Za-z]:\\\S+$/.test(short) ? short : path;
  } catch {
    return path;
  }
}

/** `%~sI` is the short form of what the loop is over. */
function describeQuestion(path: string): readonly string[] {
  return ['/d', '/v:off', '/c', `for %I in ("${path}") do @echo %~sI`];
}

function runProgram(file: string, args: readonly string[]): string {
  return execFileSync(file, [...args], {
    encoding: 'utf8',
    windowsHide: true,
    // Node would quote the question a second time.
    windowsVerbatimArguments: true,
    timeout: 5000,
    stdio: ['ignore', 'pipe', 'ignore'],
  } as Parameters<typeof execFileSync>[2] & { encoding: 'utf8' });
}
