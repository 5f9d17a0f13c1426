import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';

/** Every command in the order of the help: how it is called, and what it does. */
const outlines: readonly (readonly [usage: string, summary: string])[] = [
  ['organization-id [options] <url-or-name>', "print an organization's id"],
  ['connection [options]', 'print what AWS sees of a service connection'],
  ['trust-policy [options]', 'print the narrowest trust policy for service connections'],
  ['setup [options]', 'make the OIDC provider and the role that service connections assume'],
  ['template [options] <format>', 'print CloudFormation, Terraform or aws commands'],
  ['migrate <command>', 'bring roles from the retiring issuer to the Entra issuer'],
  ['diagnose [options]', 'explain whether a role lets a token or a connection in'],
  ['thumbprints <command>', 'show or refresh the thumbprints of OIDC providers, which AWS hardly needs any more'],
];

/** Returns the parser without its commands. It throws instead of ending the process, and prints nothing but help. */
export function createBareProgram(print: (text: string) => void): Command {
  return new Command('aws-wif')
    .description('Sets up and explains the trust between Azure DevOps service connections and AWS IAM roles.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif organization-id https://dev.azure.com/contoso
  $ aws-wif connection --organization-url https://dev.azure.com/contoso --project Payments --connection aws
  $ aws-wif trust-policy --help

Exit codes: 0 done, 1 a finding or a refusal, 2 wrong usage, 3 could not finish, nothing concluded.
Every command takes --json. AZURE_DEVOPS_EXT_PAT holds the token for Azure DevOps; AWS credentials are found as the AWS
SDK finds them.`,
    );
}

/** Returns whether arguments ask for no more than the outline: what commands there are, or which version it is. */
export function isOutline(args: readonly string[]): boolean {
  const [only = '', ...more] = args;
  return more.length === 0 && ['--help', '-h', 'help', '--version', '-V'].includes(only);
}

/** Prints the outline, for which the commands themselves need not be read. */
export function printOutline(args: readonly string[], print: (text: string) => void): void {
  const terms = new Map(outlines.map(([usage]) => [usage.replace(/ .*/, ''), usage]));
  const program = createBareProgram(print).configureHelp({
    subcommandTerm: command => terms.get(command.name()) ?? 'help [command]',
  });
  for (const [usage, summary] of outlines) program.command(usage.replace(/ .*/, '')).summary(summary);
  try {
    program.parse(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError) || thrown.exitCode !== 0) throw thrown;
  }
}
