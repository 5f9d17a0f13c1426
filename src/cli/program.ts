import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander';
import { version } from '../../package.json';
import type { CommandShell, DefineCommand } from './shell.ts';
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

/** A command as the list of commands shows it, and the rest of its definition. */
interface Entry {
  /** Its name and its arguments. */
  readonly usage: string;
  readonly summary: string;
  /** Whether it does nothing but hold subcommands. */
  readonly isGroup?: true;
  /** Everything that the command needs is loaded only then. */
  readonly load: () => Promise<DefineCommand>;
}

const entries: readonly Entry[] = [
  {
    usage: 'organization-id <url-or-name>',
    summary: "print an organization's ID",
    load: async () => (await import('./organization-id.ts')).addOrganizationId,
  },
  {
    usage: 'connection',
    summary: "print a service connection's identity as AWS sees it",
    load: async () => (await import('./connection.ts')).addConnection,
  },
  {
    usage: 'trust-policy',
    summary: 'print the narrowest trust policy for service connections',
    load: async () => (await import('./trust-policy.ts')).addTrustPolicy,
  },
  {
    usage: 'setup',
    summary: 'create the OIDC provider and the role that service connections assume',
    load: async () => (await import('./setup/command.ts')).addSetup,
  },
  {
    usage: 'template <format>',
    summary: 'print CloudFormation, Terraform or aws commands',
    load: async () => (await import('./template/command.ts')).addTemplate,
  },
  {
    usage: 'migrate',
    summary: 'move roles from the retiring issuer to the Entra issuer',
    isGroup: true,
    load: async () => (await import('./migrate/command.ts')).addMigrate,
  },
  {
    usage: 'diagnose',
    summary: 'explain who may assume a role, and whether a token or a connection may',
    load: async () => (await import('./diagnose/command.ts')).addDiagnose,
  },
  {
    usage: 'audit',
    summary: 'show who can assume which roles from outside AWS, and their weaknesses',
    load: async () => (await import('./audit/command.ts')).addAudit,
  },
  {
    usage: 'guardrail',
    summary: 'print control policies for a whole AWS organization',
    isGroup: true,
    load: async () => (await import('./guardrail/command.ts')).addGuardrail,
  },
  {
    usage: 'thumbprints',
    summary: 'show or refresh OIDC provider thumbprints (rarely needed since July 2024)',
    isGroup: true,
    load: async () => (await import('./thumbprints/command.ts')).addThumbprints,
  },
];

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
 * @param args the command line that it is for: it knows the options and subcommands only of those commands that this names
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
  for (const entry of entries) {
    if (args.includes(nameOf(entry))) await addWhole(program, entry, shell);
    else addOutline(program, entry);
  }
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

async function addWhole(program: Command, entry: Entry, shell: CommandShell): Promise<void> {
  const define = await entry.load();
  const command = program.command(nameOf(entry)).summary(entry.summary);
  define(command, shell);
  listLeaves(command).forEach(addSharedOptions);
}

/** What the list of commands shows: a command without options, of its own or others', would have none there. */
function addOutline(program: Command, { usage, summary, isGroup }: Entry): void {
  const command = program.command(usage).summary(summary);
  if (isGroup !== true) addSharedOptions(command);
}

function addSharedOptions(command: Command): void {
  addOutOptions(command.optionsGroup('Output:').option('--json', 'print one JSON document'));
  guardOptionValues(command);
}

/** Returns the commands that do something: those without subcommands. */
function listLeaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(listLeaves);
}

/**
 * Makes each option that takes one value refuse a second one, and another option's name: the parser itself would take the
 * last value, and `--project` as the value of an `--organization` before it. Options that may be repeated collect a list.
 */
export function guardOptionValues(command: Command): void {
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
