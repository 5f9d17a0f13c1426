import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander';
import { version } from '../../package.json';
import { entries, type Entry } from './commands.ts';
import type { CommandShell } from './shell.ts';
import { addOutOptions } from './terminal/out-file.ts';
import { wrapLines } from './terminal/layout.ts';

/** Where help goes. */
export interface HelpOutput {
  readonly print: (text: string) => void;
  /** Gets the help where a command was to be given and none was, and the parser's errors. */
  readonly printInstead?: (text: string) => void;
}

/** Help fits a window of this width. */
const maxColumns = 100;

const examples = `
Examples:
  $ aws-wif organization-id https://dev.azure.com/contoso
  $ aws-wif connection --organization-url https://dev.azure.com/contoso --project Payments --connection aws
  $ aws-wif trust-policy --help

Exit codes: 0 done; 1 a finding or a refusal; 2 wrong usage; 3 could not finish, so no conclusion.
Every command accepts --json, and --out to write a file. AZURE_DEVOPS_EXT_PAT holds the token for Azure DevOps; AWS credentials come from the AWS SDK's default chain.`;

/**
 * Returns the command line's parser. It throws instead of ending the process, and prints only help.
 *
 * @param args the command line that it is for: it knows the options and subcommands only of the command that this names
 */
export async function createProgram(
  args: readonly string[],
  shell: CommandShell,
  { print, printInstead = () => undefined }: HelpOutput,
): Promise<Command> {
  const program = new Command('aws-wif')
    .description('Sets up and explains the trust between Azure DevOps service connections and AWS IAM roles.')
    .version(version)
    .exitOverride()
    .configureHelp({ helpWidth: maxColumns })
    .configureOutput({
      writeOut: text => {
        print(wrapLines(text, maxColumns));
      },
      writeErr: text => {
        printInstead(wrapLines(text, maxColumns));
      },
    })
    .addHelpText('after', examples);
  // Subcommands take over what is set above.
  await addCommands(program, entries, { args, shell });
  return program.hook('preAction', (_program, command) => {
    shell.sendTo(command.opts());
  });
}

/** Returns the names of all commands of the first level. */
export function listCommands(): readonly string[] {
  return entries.map(nameOf);
}

function nameOf({ usage }: Entry): string {
  return usage.replace(/ .*/, '');
}

interface CommandLine {
  readonly args: readonly string[];
  readonly shell: CommandShell;
}

/** The first of them that is named is the one that is meant: the others' options and subcommands are not looked at. */
async function addCommands(parent: Command, all: readonly Entry[], { args, shell }: CommandLine): Promise<void> {
  const index = args.findIndex(arg => all.some(entry => nameOf(entry) === arg));
  for (const entry of all) {
    if (nameOf(entry) === args[index]) await addWhole(parent, entry, { args: args.slice(index + 1), shell });
    else addOutline(parent, entry);
  }
}

async function addWhole(parent: Command, entry: Entry, line: CommandLine): Promise<void> {
  const { summary, subcommands, load } = entry;
  const command = parent.command(nameOf(entry)).summary(summary);
  (await load())(command, line.shell);
  if (subcommands === undefined) addSharedOptions(command);
  else await addCommands(command, subcommands, line);
}

/** A command as the list of commands shows it: with the shared options, without which `[options]` would be missing there. */
function addOutline(parent: Command, { usage, summary, subcommands }: Entry): void {
  const command = parent.command(usage).summary(summary);
  if (subcommands === undefined) addSharedOptions(command);
}

function addSharedOptions(command: Command): void {
  addOutOptions(command.optionsGroup('Output:').option('--json', 'print one JSON document'));
  guardOptionValues(command);
}

/**
 * Makes each option that takes one value refuse a second one, and another option's name: the parser itself would take the
 * last value, and `--project` as the value of an `--organization` before it. Options that may be repeated collect a list.
 */
function guardOptionValues(command: Command): void {
  const names = new Set(command.options.map(({ long }) => long));
  for (const option of command.options) if (option.required) guard(option, names);
}

function guard(option: Option, names: ReadonlySet<string | undefined>): void {
  const { parseArg: parse } = option;
  let isGiven = false;
  option.argParser((value: string, earlier: unknown) => {
    if (names.has(value)) throw missingValue(option);
    if (isGiven && !Array.isArray(earlier)) throw new InvalidArgumentError('The option is given more than once.');
    isGiven = true;
    return parse === undefined ? value : parse(value, earlier);
  });
}

/** The parser's own error for an option at the end of the line. */
function missingValue({ flags }: Option): CommanderError {
  return new CommanderError(1, 'commander.optionMissingArgument', `error: option '${flags}' argument missing`);
}
