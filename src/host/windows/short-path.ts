import { statSync } from 'node:fs';
import { WifError } from '../../errors.ts';
import { messageOf } from '../private-file.ts';
import type { Command, WindowsPrograms } from './program.ts';

/**
 * Returns Windows paths in a form for command lines in which nothing can be quoted: as they are where they are plain, else
 * in their short form (8.3) where the volume keeps one that is plain. A path without either comes back as it is, for the
 * caller to refuse. One program is run for all of them, and none if all are plain.
 *
 * Throws CommandLineRefused where that program cannot be run, and the error of a step that ends meanwhile.
 *
 * @param isPlain whether a path can be written as it is
 * @param isSame whether two paths lead to the same file; a short form that leads elsewhere is not used
 * @see https://learn.microsoft.com/windows-server/administration/windows-commands/for
 */
export async function shortenPaths(
  paths: readonly string[],
  isPlain: (path: string) => boolean,
  programs: WindowsPrograms,
  isSame: (one: string, other: string) => boolean = isSameFile,
): Promise<readonly string[]> {
  const long = paths.filter(path => !isPlain(path) && canAsk(path));
  const [first] = long;
  if (first === undefined) return paths;
  const printed = await ask(first, long, programs);
  const answers = decodeLines(printed);
  return paths.map(path => {
    const short = answers[long.indexOf(path)];
    return short !== undefined && shortPath.test(short) && isPlain(short) && isSame(path, short) ? short : path;
  });
}

/** A message of cmd.exe is no path. */
const shortPath = /^(?:[A-Za-z]:|\\\\[^\\]+)\\\S+$/;

/** A quote cannot be in a path of Windows, nor a line break. */
function canAsk(path: string): boolean {
  return !/["\p{Cc}]/u.test(path);
}

async function ask(first: string, paths: readonly string[], { locate, run }: WindowsPrograms): Promise<Buffer> {
  try {
    return await run(describeQuestion(locate('cmd.exe'), paths));
  } catch (thrown) {
    if (thrown instanceof WifError) throw thrown;
    throw new WifError(
      {
        code: 'CommandLineRefused',
        found: `The path "${first}" must be written in its short form (8.3), but cmd.exe could not provide it: ${messageOf(thrown)}.`,
        expected: "an agent in a folder with a plain path, or one whose user may run Windows' cmd.exe.",
        remedy: 'Install the agent in a folder such as C:\\agents\\a1, or set refreshCredentials to false.',
      },
      { cause: thrown },
    );
  }
}

/**
 * `%~sI` is the short form of what the loop is over. The paths are in quotes, where cmd.exe takes nothing apart but
 * what is between percent signs: a path with one goes in the environment, whose values are not looked into again. `/u`
 * makes cmd.exe print UTF-16 to a pipe, `/d` keeps the machine's AutoRun out, `/v:off` leaves exclamation marks alone.
 *
 * @see https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
function describeQuestion(cmd: string, paths: readonly string[]): Command {
  const named = paths.map((path, index) => ({ path, name: `AWS_WIF_PATH_${index}` }));
  const inEnvironment = named.filter(({ path }) => path.includes('%'));
  const items = named.map(one => `"${inEnvironment.includes(one) ? `%${one.name}%` : one.path}"`);
  return {
    file: cmd,
    args: ['/d', '/u', '/e:on', '/v:off', '/c', `for %I in (${items.join(' ')}) do @echo %~sI`],
    environment: Object.fromEntries(inEnvironment.map(({ path, name }) => [name, path])),
    isVerbatim: true,
  };
}

/** Only ASCII is used of it, which reads the same in every code page of a cmd.exe that prints no UTF-16. */
function decodeLines(printed: Buffer): readonly string[] {
  const text = printed.includes(0) ? printed.toString('utf16le') : printed.toString('latin1');
  return text.trimEnd().split(/\r?\n/);
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map(path => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && first.ino === second?.ino;
}
