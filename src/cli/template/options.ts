import { Argument, Option, type Command } from 'commander';
import type { IssuerKind } from '../../setup/template/role-request.ts';
import { addAccountOptions, type AccountOptions } from '../accounts/options.ts';
import { addConnectionOptions, collect, type ConnectionOptions } from '../connections/options.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { addTemplateRoleOptions, type TemplateRoleOptions } from './role-options.ts';

export const formats = ['cloudformation', 'stack-set', 'terraform', 'commands'] as const;
export type Format = (typeof formats)[number];
export type Part = 'template' | 'values';
export type ShellName = 'sh' | 'pwsh';

export interface TemplateOptions extends ConnectionOptions, AccountOptions, TemplateRoleOptions {
  readonly existingProvider?: readonly IssuerKind[];
  readonly organizationalUnit?: readonly string[];
  readonly part?: Part;
  readonly shell?: ShellName;
}

/** Adds the argument and the options of `template`. */
export function addTemplateOptions(command: Command): Command {
  command.addArgument(new Argument('<format>', 'what to print').choices(formats));
  addTemplateRoleOptions(addConnectionOptions(command));
  return addAccountOptions(command, 'AWS account that the commands are for')
    .addOption(
      new Option('--existing-provider <issuer>', 'an issuer whose OIDC provider the account has already; repeatable')
        .choices(['azure-devops', 'entra'])
        .argParser(collectIssuer),
    )
    .option('--organizational-unit <id>', 'stack-set: where the role is to be; repeatable', collect)
    .addOption(new Option('--part <part>', 'only the template, or only its values').choices(['template', 'values']))
    .addOption(new Option('--shell <shell>', 'commands: for which shell (default: sh)').choices(['sh', 'pwsh']));
}

/** `choices` checks one value; with a parser of its own an option has to do so itself. */
function collectIssuer(value: string, earlier: readonly IssuerKind[] = []): readonly IssuerKind[] {
  if (value === 'azure-devops' || value === 'entra') return [...earlier, value];
  throw wrongUsage(`--existing-provider is "${value}".`, 'azure-devops or entra.');
}

/** Throws for options that mean nothing to a format: they would be ignored. */
export function refuseForeignOptions(format: Format, options: TemplateOptions): void {
  const foreign = {
    '--shell': format !== 'commands' && options.shell !== undefined,
    '--account': format !== 'commands' && options.account !== undefined,
    '--part': format === 'commands' && options.part !== undefined,
    '--organizational-unit': format !== 'stack-set' && options.organizationalUnit !== undefined,
  };
  const [extra] = Object.entries(foreign).find(([, isGiven]) => isGiven) ?? [];
  if (extra !== undefined) throw wrongUsage(`${extra} is given for ${format}.`, `no ${extra}: it means nothing there.`);
  const stray = (options.organizationalUnit ?? []).find(
    id => !/^(?:ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/.test(id),
  );
  if (stray !== undefined) throw wrongUsage(`--organizational-unit is "${stray}".`, 'an id like ou-abcd-12345678.');
}
