import { CommanderError, type Command } from 'commander';
import type { Problem } from '../problem.ts';
import { createProgram } from './program.ts';
import type { CommandShell } from './shell.ts';
import { CliFailure, wrongUsage } from './terminal/failure.ts';

/**
 * Runs the command that arguments name; help goes to `print`. Throws one failure with all mistakes of the command line: those
 * that the parser finds one at a time, and those of the values that it understood.
 */
export async function parseCommandLine(
  words: readonly string[],
  shell: CommandShell,
  print: (text: string) => void,
): Promise<void> {
  const args = askByOption(words);
  let instead = '';
  const program = await createProgram(args, shell, {
    print,
    printInstead: text => {
      instead += text;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CliFailure) throw await joinMistakes(args, thrown);
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Without a command the parser shows the help, as an error.
    if (thrown.code === 'commander.help') print(instead);
    else if (thrown.exitCode !== 0) throw new CliFailure(2, await listMistakes(args, thrown), thrown);
  }
}

/** `help migrate apply` asks what `migrate apply --help` asks; the parser's own `help` knows one name, and takes any. */
function askByOption(words: readonly string[]): readonly string[] {
  const index = words.indexOf('help');
  const isAsked = index === 0 || index === 1;
  return isAsked && index < words.length - 1 ? [...words.toSpliced(index, 1), '--help'] : words;
}

/** The file of --out is looked at before the command's own reader: what that would find is found without it. */
async function joinMistakes(args: readonly string[], failure: CliFailure): Promise<CliFailure> {
  if (failure.exit !== 2 || !failure.problems.some(({ code }) => code === 'OutFileRefused')) return failure;
  const thrown = await readIdly(args);
  const others = thrown instanceof CliFailure && thrown.exit === 2 ? thrown.problems : [];
  return new CliFailure(2, [...failure.problems, ...others], failure);
}

/** Returns a mistake that the parser found, and those that it has not come to: it reads the rest again, doing nothing. */
async function listMistakes(args: readonly string[], found: CommanderError): Promise<readonly Problem[]> {
  // Without the mistakes, no command may be left: the parser would show its help.
  if (found.code === 'commander.help') return [];
  const problems = found.message.includes(placeholder) ? [] : (await explainMistake(args, found)).problems;
  const read = await readRest(dropMistake(args, found));
  if (read === undefined) return problems;
  const { rest, thrown } = read;
  if (thrown instanceof CommanderError && thrown.exitCode !== 0)
    return [...problems, ...(await listMistakes(rest, thrown))];
  if (!(thrown instanceof CliFailure) || thrown.exit !== 2) return problems;
  const missing = `${nameOption(found.message)} is missing.`;
  return [...problems, ...thrown.problems.filter(one => !one.found.includes(placeholder) && one.found !== missing)];
}

interface ReadRest {
  readonly rest: readonly string[];
  readonly thrown: unknown;
}

/** The value of an unknown option looks like an argument too many: then the next line, without it, is read. */
async function readRest([rest, ...shorter]: readonly (readonly string[])[]): Promise<ReadRest | undefined> {
  if (rest === undefined) return undefined;
  const thrown = await readIdly(rest);
  const isValue = thrown instanceof CommanderError && thrown.code === 'commander.excessArguments';
  return isValue && shorter.length > 0 ? readRest(shorter) : { rest, thrown };
}

/** Returns what a command line ends with that is only read. */
async function readIdly(args: readonly string[]): Promise<unknown> {
  try {
    await (await openIdly(args)).parseAsync(args, { from: 'user' });
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

const placeholder = 'aws-wif-placeholder';

/** Returns command lines without the mistake that the parser found; none if nothing can be concluded without it. */
function dropMistake(args: readonly string[], { code, message }: CommanderError): readonly (readonly string[])[] {
  if (code === 'commander.missingArgument') return args.includes(placeholder) ? [] : [[...args, placeholder]];
  const option = nameOption(message);
  const index = findMistaken(args, option, code);
  if (option === '' || index < 0) return [];
  const alone = args.toSpliced(index, 1);
  const withValue = args.toSpliced(index, 2);
  if (code === 'commander.unknownOption') return [alone, withValue];
  return [code === 'commander.invalidArgument' && args[index] === option ? withValue : alone];
}

/** Of an option that is given more than once, the one that lacks its value is meant. */
function findMistaken(args: readonly string[], option: string, code: string): number {
  const isMeant = (one: string, index: number): boolean => {
    if (code !== 'commander.optionMissingArgument') return one === option || one.startsWith(`${option}=`);
    return one === option && (args[index + 1]?.startsWith('-') ?? true);
  };
  return args.findIndex(isMeant);
}

/** Returns the option that a message of the parser is about, as `--account`. */
function nameOption(message: string): string {
  return /^error: (?:unknown )?option '(-[^\s'=]*)/.exec(message)?.[1] ?? '';
}

async function explainMistake(args: readonly string[], { code, message }: CommanderError): Promise<CliFailure> {
  const longer = code === 'commander.unknownOption' ? await findLonger(args, nameOption(message)) : undefined;
  const whole = message.replace(/^error: /, '');
  const said = longer === undefined ? whole : whole.replace(/\n.*/s, '');
  const found = `${said.replace(/\n\((.*)\)$/, '. $1')}${longer === undefined ? '' : `. Did you mean ${longer}?`}`;
  return wrongUsage(found.replace(/(?<![.?])$/, '.'), 'a command line as shown by --help.');
}

/** The parser suggests what differs in few letters; an option that begins with what was written is likelier. */
async function findLonger(args: readonly string[], option: string): Promise<string | undefined> {
  const { command } = await findCommand(args);
  const [longer, ...others] = command.options.filter(({ long }) => long?.startsWith(`${option}-`));
  return option.length > 3 && others.length === 0 ? (longer?.long ?? undefined) : undefined;
}

/** Returns the command that arguments name, as far as there is one: `aws-wif migrate apply`. */
export async function nameCommand(args: readonly string[]): Promise<string> {
  return ['aws-wif', ...(await findCommand(args)).names].join(' ');
}

interface FoundCommand {
  readonly command: Command;
  readonly names: readonly string[];
}

async function findCommand(args: readonly string[]): Promise<FoundCommand> {
  const names: string[] = [];
  let command = await openIdly(args);
  for (const arg of args) {
    const next = command.commands.find(one => one.name() === arg);
    if (next === undefined) break;
    names.push(arg);
    command = next;
  }
  return { command, names };
}

/** Returns a parser that reads a command line and does nothing. */
function openIdly(args: readonly string[]): Promise<Command> {
  return createProgram(args, idleShell, { print: () => undefined });
}

/** A shell for reading a command line alone: it reaches nobody, and its commands' results are dropped. */
const idleShell: CommandShell = {
  openAzureDevOps: () => Promise.reject(new Error('idle')),
  openAccount: () => Promise.reject(new Error('idle')),
  openQuestions: () => Promise.resolve(undefined),
  nowMs: () => 0,
  sendTo: () => undefined,
  run: async work => {
    await work();
  },
};
