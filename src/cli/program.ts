import { Command } from 'commander';
import { version } from '../../package.json';
import { addAudit } from './audit/command.ts';
import { addConnection } from './connection.ts';
import { addDiagnose } from './diagnose/command.ts';
import { addGuardrail } from './guardrail/command.ts';
import { addMigrate } from './migrate/command.ts';
import { guardOptionValues } from './option-values.ts';
import { addOrganizationId } from './organization-id.ts';
import { addSetup } from './setup/command.ts';
import type { CommandShell } from './shell.ts';
import { addTemplate } from './template/command.ts';
import { addOutOptions } from './terminal/out-file.ts';
import { wrapLines } from './terminal/wrap.ts';
import { addThumbprints } from './thumbprints/command.ts';
import { addTrustPolicy } from './trust-policy.ts';

/** Where help goes. */
export interface HelpOutput {
  readonly print: (text: string) => void;
  /** Gets the help where a command was to be given and none was, and the parser's errors. */
  readonly printInstead?: (text: string) => void;
}

/** Help fits a window of this width. */
const maxColumns = 100;

const commands = [
  addOrganizationId,
  addConnection,
  addTrustPolicy,
  addSetup,
  addTemplate,
  addMigrate,
  addDiagnose,
  addAudit,
  addGuardrail,
  addThumbprints,
];

const examples = `
Examples:
  $ aws-wif organization-id https://dev.azure.com/contoso
  $ aws-wif connection --organization-url https://dev.azure.com/contoso --project Payments --connection aws
  $ aws-wif trust-policy --help

Exit codes: 0 done; 1 a finding or a refusal; 2 wrong usage; 3 could not finish, so no conclusion.
Every command accepts --json, and --out to write a file. AZURE_DEVOPS_EXT_PAT holds the token for Azure DevOps; AWS credentials come from the AWS SDK's default chain.`;

/** Returns the command line's parser. It throws instead of ending the process, and prints only help. */
export function createProgram(shell: CommandShell, { print, printInstead = () => undefined }: HelpOutput): Command {
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
  commands.forEach(add => {
    add(program, shell);
  });
  listLeaves(program).forEach(command => {
    addOutOptions(command.optionsGroup('Output:').option('--json', 'print one JSON document'));
    guardOptionValues(command);
  });
  return program.hook('preAction', (_program, command) => {
    shell.sendTo(command.opts());
  });
}

/** Returns the commands that do something: those without subcommands. */
function listLeaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(listLeaves);
}
