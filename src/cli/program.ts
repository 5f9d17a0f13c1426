import { Command } from 'commander';
import { version } from '../../package.json';
import { entries, nameOf, type Entry } from './commands.ts';
import type { CommandShell } from './shell.ts';
import { addOutOptions } from './terminal/out-file.ts';
import { wrapLines } from './terminal/layout.ts';

/** Help fits a window of this width. */
const maxColumns = 100;

const examples = `
Examples:
  $ aws-wif organization-id https://dev.azure.com/contoso
  $ aws-wif connection --organization-url https://dev.azure.com/contoso --project Payments --connection aws
  $ aws-wif trust-policy --help

Exit codes: 0 done; 1 a finding or a refusal; 2 wrong usage; 3 could not finish, so no conclusion.
Every command accepts --json, and --out to write a file. AZURE_DEVOPS_EXT_PAT holds the token for Azure DevOps; AWS credentials come from the AWS SDK's default chain.`;

/** The command line's parser, and the command in it that was named. */
export interface Program {
  readonly program: Command;
  readonly command: Command;
}

/**
 * Returns the command line's parser. It throws instead of ending the process; its help goes to `print`.
 *
 * @param names the command that it is for: it knows the options only of that one
 */
export async function createProgram(
  names: readonly string[],
  shell: CommandShell,
  print: (text: string) => void,
): Promise<Program> {
  const program = new Command('aws-wif')
    .description('Sets up and explains the trust between Azure DevOps service connections and AWS IAM roles.')
    .version(version)
    .exitOverride()
    .configureHelp({ helpWidth: maxColumns })
    .configureOutput({
      writeOut: text => {
        print(wrapLines(text, maxColumns));
      },
      writeErr: () => undefined,
    })
    .addHelpText('after', examples);
  // Subcommands take over what is set above.
  const command = await addCommands({ parent: program, all: entries, names, shell });
  program.hook('preAction', () => {
    shell.sendTo(command.opts());
  });
  return { program, command };
}

interface Level {
  readonly parent: Command;
  readonly all: readonly Entry[];
  readonly names: readonly string[];
  readonly shell: CommandShell;
}

/** Adds the commands of a level, the others than the named one as the help lists them; returns the one that is named. */
async function addCommands({ parent, all, names: [name, ...names], shell }: Level): Promise<Command> {
  let named = parent;
  for (const entry of all) {
    const { usage, summary, subcommands, load } = entry;
    const isNamed = nameOf(entry) === name;
    const command = parent.command(isNamed ? nameOf(entry) : usage).summary(summary);
    if (isNamed) (await load())(command, shell);
    if (subcommands === undefined)
      addOutOptions(command.optionsGroup('Output:').option('--json', 'print one JSON document'));
    if (!isNamed) continue;
    named =
      subcommands === undefined ? command : await addCommands({ parent: command, all: subcommands, names, shell });
  }
  return named;
}
