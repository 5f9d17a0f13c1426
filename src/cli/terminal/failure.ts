import { formatFault, WifError, type ErrorCode } from '../../errors.ts';
import { hideTokens } from '../../secret-forms.ts';
import { neutralise } from '../../secret.ts';
import type { Problem, ProblemCode } from '../../problem.ts';

/** 1: a finding or a refusal. 2: wrong usage. 3: could not finish, nothing concluded. */
export type FailureExit = 1 | 2 | 3;

/** Why a command ends without what was asked for. Outside text in it is neutralised here. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exit: FailureExit;
  readonly problems: readonly Problem[];

  constructor(exit: FailureExit, problems: readonly Problem[], cause?: unknown) {
    const shown = problems.map(({ code, found, expected, remedy }) => ({
      code,
      found: show(found),
      expected: show(expected),
      remedy: show(remedy),
    }));
    super(shown.map(formatFault).join('\n'), { cause });
    this.exit = exit;
    this.problems = shown;
  }

  /** Returns the same failure; the remedy for wrong usage names an option, or the command whose help to read. */
  withUsageRemedy(help: string): CliFailure {
    const name = (remedy: string): string => {
      if (remedy === anyHelp) return `Run ${help}.`;
      return /--[a-z]|aws-wif /.test(remedy) ? remedy : `${remedy} See ${help}.`;
    };
    const problems = this.problems.map(one => (this.exit === 2 ? { ...one, remedy: name(one.remedy) } : one));
    return new CliFailure(this.exit, problems, this.cause);
  }

  /** Returns the same failure; each problem begins with the file that it is about, `-` for standard input, or names it. */
  inFile(file: string): CliFailure {
    const name = file === '-' ? 'standard input' : file;
    // As `readInputFile` names it, or the option: a file's name alone may be any word.
    const isNamed = (found: string): boolean =>
      found.startsWith('--') || (file === '-' ? /^standard input,/i.test(found) : found.includes(`, ${show(file)},`));
    const problems = this.problems.map(one => (isNamed(one.found) ? one : { ...one, found: `${name}: ${one.found}` }));
    return new CliFailure(this.exit, problems, this.cause);
  }
}

/** A token that somebody gives in the place of a name or a file is in no log because of the error about it. */
function show(text: string): string {
  return neutralise(hideTokens(text));
}

/** Without another word the help is what helps; which command's, its caller knows. */
const anyHelp = 'Run the command with --help.';

/** Returns problems as text, three lines each; what came from outside in them is neutralised. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(one => formatFault(one).split('\n').map(neutralise).join('\n')).join('\n');
}

/** Returns the failure of a command line that cannot be meant. */
export function wrongUsage(found: string, expected: string, remedy = anyHelp): CliFailure {
  return new CliFailure(2, [{ code: 'UsageWrong', found, expected, remedy }]);
}

/** Returns a check for `readAll`, which throws wrong usage if it is. */
export function refuseIf(isWrong: boolean, ...words: Parameters<typeof wrongUsage>): () => void {
  return () => {
    if (isWrong) throw wrongUsage(...words);
  };
}

/** Returns the failure of a command that could not finish. */
export function unfinished(problem: Problem & { readonly code: ProblemCode }, cause?: unknown): CliFailure {
  return new CliFailure(3, [problem], cause);
}

/** What the domain refuses: the exit code of each refusal that a command can meet. */
const exits: Partial<Readonly<Record<ErrorCode, FailureExit>>> = {
  IdentityNotDerivable: 2,
  TrustPolicyRefused: 1,
  TrustPolicyTooLarge: 1,
  TrustPolicyUnreadable: 2,
  ControlPolicyTooLarge: 1,
  ControlPolicyUnreadable: 2,
  TokenMalformed: 2,
};

/** Returns any thrown value as a failure of the command line; what is not known is a defect of ours. */
export function asFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof WifError) return new CliFailure(exits[thrown.code] ?? 3, thrown.faults, thrown);
  const found = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  if (/^Error: Cannot find module '[^']*commands\.cjs'/.test(found)) return missingPart(thrown);
  return new CliFailure(
    3,
    [
      {
        code: 'InternalError',
        found: `Unexpected error in aws-wif: ${found}`,
        expected: 'no error; this is a bug in aws-wif.',
        remedy: 'Report it with the command line, but without tokens.',
      },
    ],
    thrown,
  );
}

/** The program is two files, which belong in one folder. */
function missingPart(thrown: unknown): CliFailure {
  return unfinished(
    {
      code: 'FileUnreadable',
      found: 'The file commands.cjs, a part of aws-wif, is missing beside aws-wif.cjs.',
      expected: 'both files in the same folder.',
      remedy: 'Install aws-wif again, or use the single file of the release, which needs no other.',
    },
    thrown,
  );
}

/**
 * Returns what several readers of a command line return. Throws one failure with the problems that all of them find, each
 * once; its exit code is 2 if any is wrong usage.
 */
export function readAll<Reads extends readonly (() => unknown)[]>(
  ...reads: Reads
): { readonly [Index in keyof Reads]: ReturnType<Reads[Index]> } {
  const failures: CliFailure[] = [];
  const values = reads.map(read => {
    try {
      return read();
    } catch (thrown) {
      failures.push(asFailure(thrown));
      return undefined;
    }
  });
  if (failures.length > 0) throw joinFailures(failures);
  return values as { readonly [Index in keyof Reads]: ReturnType<Reads[Index]> };
}

/** Returns several failures as one. */
function joinFailures(failures: readonly CliFailure[]): CliFailure {
  const [first, ...others] = failures;
  if (first !== undefined && others.length === 0) return first;
  const exits = failures.map(({ exit }) => exit);
  const problems = new Map(failures.flatMap(one => one.problems.map(problem => [problem.found, problem])));
  return new CliFailure(exits.includes(2) ? 2 : exits.includes(1) ? 1 : 3, [...problems.values()], first);
}

/** Waits for a value, and returns a reader for `readAll` that returns it, or throws why there is none. */
export async function holdResult<Value>(promise: Promise<Value>): Promise<() => Value> {
  try {
    const value = await promise;
    return () => value;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}
