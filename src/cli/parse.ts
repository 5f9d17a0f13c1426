import { CommanderError } from 'commander';
import type { Problem } from '../problem.ts';
import { cleanWords, placeholder } from './clean-words.ts';
import { findCommand } from './find-command.ts';
import { createProgram } from './program.ts';
import type { CommandShell } from './shell.ts';
import { asFailure, CliFailure } from './terminal/failure.ts';

/**
 * Runs the command that words name; help goes to `print`. Throws one failure with all mistakes of the command line: those of
 * its words, and those of the values that are understood. With any mistake nobody outside is asked.
 */
export async function parseCommandLine(
  words: readonly string[],
  shell: CommandShell,
  print: (text: string) => void,
): Promise<void> {
  const found = findCommand(words);
  const name = ['aws-wif', ...found.names].join(' ');
  const mistakes = [...found.mistakes];
  try {
    const help = await parse(found, guardShell(shell, mistakes), mistakes);
    if (mistakes.length === 0 || (help !== '' && found.mistakes.length === 0)) print(help);
    else throw new CliFailure(2, mistakes);
  } catch (thrown) {
    throw joinMistakes(mistakes, asFailure(thrown)).withUsageRemedy(`${name} --help`);
  }
}

/** Returns the help that was asked for; collects the mistakes of the words. */
async function parse(
  { names, rest, asksHelp }: ReturnType<typeof findCommand>,
  shell: CommandShell,
  mistakes: Problem[],
): Promise<string> {
  let help = '';
  const { program, command } = await createProgram(names, shell, text => {
    help += text;
  });
  const clean = cleanWords(rest, command);
  mistakes.push(...clean.mistakes);
  for (const argument of command.registeredArguments) delete argument.parseArg;
  const isGroup = command.commands.length > 0 && clean.words.length === 0 && mistakes.length === 0;
  const args = asksHelp || isGroup ? ['--help'] : clean.words;
  try {
    await program.parseAsync([...names, ...args], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
  }
  return help;
}

/** Once there is a mistake, a command only reads its options: it ends where it would ask somebody outside. */
function guardShell(shell: CommandShell, mistakes: Problem[]): CommandShell {
  let end: () => void = () => undefined;
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const ask = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (mistakes.length === 0) return work();
    end();
    return new Promise(() => undefined);
  };
  return {
    openAzureDevOps: organization => ask(() => shell.openAzureDevOps(organization)),
    openAccount: target => ask(() => shell.openAccount(target)),
    openQuestions: async options => (mistakes.length === 0 ? shell.openQuestions(options) : undefined),
    nowMs: shell.nowMs,
    sendTo: options => {
      try {
        shell.sendTo(options);
      } catch (thrown) {
        mistakes.push(...asFailure(thrown).problems);
      }
    },
    run: async work => {
      await (mistakes.length === 0 ? shell.run(work) : Promise.race([work(), ended]));
    },
  };
}

/** Returns all mistakes, each once; what was found of a value that stands for a missing one is none. */
function joinMistakes(mistakes: readonly Problem[], failure: CliFailure): CliFailure {
  if (mistakes.length === 0) return failure;
  const others = failure.problems.filter(({ code }) => failure.exit === 2 || code === 'FileUnreadable');
  const own = others.filter(({ found }) => !found.includes(placeholder));
  const all = new Map([...mistakes, ...own].map(one => [one.found, one]));
  return new CliFailure(2, [...all.values()], failure);
}
