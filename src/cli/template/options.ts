import { Argument, Option, type Command } from 'commander';
import type { WantedRole } from '../../setup/request.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { IssuerKind } from '../../setup/template/values.ts';
import {
  addNetworkOptions,
  readNetwork,
  type ChosenNetwork,
  type NetworkOptions,
  readPolicyArn,
  readRoleName,
  readRolePath,
  readSessionSeconds,
  readTags,
} from '../accounts/role-options.ts';
import { addAccountOptions, readAccounts, type AccountOptions } from '../accounts/options.ts';
import {
  addConnectionOptions,
  collect,
  namesConnection,
  readNamedConnections,
  requireNamedConnections,
  type ConnectionOptions,
  type NamedConnections,
} from '../connections/options.ts';
import { readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';

const formats = ['cloudformation', 'stack-set', 'terraform', 'commands'] as const;

export type Format = (typeof formats)[number];

export type FileFormat = Exclude<Format, 'commands'>;

type Part = 'template' | 'values';

type ShellName = 'sh' | 'pwsh';

export interface TemplateOptions extends ConnectionOptions, AccountOptions, TemplateRoleOptions, NetworkOptions {
  readonly existingProvider?: readonly IssuerKind[];
  readonly organizationalUnit?: readonly string[];
  readonly part?: Part;
  readonly shell?: ShellName;
}

/** Adds the argument and the options of `template`. */
export function addTemplateOptions(command: Command): Command {
  command.addArgument(new Argument('<format>', 'what to print').choices(formats));
  addNetworkOptions(addTemplateRoleOptions(addConnectionOptions(command)));
  return addAccountOptions(command, 'commands: AWS account to set up (required for commands)')
    .optionsGroup('Format:')
    .addOption(
      new Option(
        '--existing-provider <issuer>',
        'an issuer whose OIDC provider already exists in the account; repeatable',
      )
        .choices(['azure-devops', 'entra'])
        .argParser(collect),
    )
    .option(
      '--organizational-unit <id>',
      'stack-set: organizational unit to deploy to (required for stack-set); repeatable',
      collect,
    )
    .addOption(new Option('--part <part>', 'only the template, or only its values').choices(['template', 'values']))
    .addOption(
      new Option('--shell <shell>', 'commands: shell to write them for (default: sh)').choices(['sh', 'pwsh']),
    );
}

/** The role that is to be made, and whom it trusts. */
export interface WantedTrust {
  readonly role: WantedRole;
  readonly named: NamedConnections;
  /** Undefined binds the trust to no network. */
  readonly network: ChosenNetwork | undefined;
}

/** Returns what the options of `commands` ask for. Throws for all that cannot be meant. */
export function readCommandsRequest(options: TemplateOptions): WantedTrust & { readonly account: Account } {
  const [role, named, account, network] = readAll(
    () => readTemplateRole(options),
    () => requireNamedConnections(options),
    () => requireAccount(options),
    () => readNetwork(options, options.partition),
    ...listForeign('commands', options),
    ...listUnits(options),
  );
  return { role, named, account, network };
}

/** Returns what values are asked for; undefined if only the template is. Throws for all that cannot be meant. */
export function readValuesRequest(format: FileFormat, options: TemplateOptions): WantedTrust | undefined {
  const wanted = wantsValues(options);
  const [role, named, network] = readAll(
    () => readTemplateRole(options),
    () => (wanted ? requireNamedConnections(options) : readNamedConnections(options)),
    () => readNetwork(options, options.partition),
    refuseIf(
      wanted && format === 'stack-set' && options.organizationalUnit === undefined,
      'No --organizational-unit is given.',
      'the organizational units whose accounts get the role.',
    ),
    ...listForeign(format, options),
    ...listUnits(options),
  );
  return wanted && named !== undefined ? { role, named, network } : undefined;
}

/** Options that mean nothing without a connection would be ignored: then one is asked for. */
function wantsValues(options: TemplateOptions): boolean {
  const { part, roleName, path, policyArn, permissionsBoundary, maxSessionDuration, tag } = options;
  const { existingProvider, organizationalUnit, issuer, sourceVpce, sourceVpc, sourceIp } = options;
  if (part !== undefined) return part === 'values';
  if (namesConnection(options)) return true;
  return [roleName, path, policyArn, permissionsBoundary, maxSessionDuration, tag]
    .concat([existingProvider, organizationalUnit, issuer, sourceVpce, sourceVpc, sourceIp])
    .some(one => one !== undefined);
}

function requireAccount(options: AccountOptions): Account {
  const [account, ...others] = readAccounts(options);
  if (account !== undefined && others.length === 0) return account;
  throw wrongUsage(
    `${account === undefined ? 'No' : 'More than one'} --account is given.`,
    'exactly one: the trust policy names its OIDC providers. Run the command once per account.',
  );
}

/** Options that mean nothing to a format would be ignored. */
function listForeign(format: Format, options: TemplateOptions): readonly (() => void)[] {
  const foreign = {
    '--shell': format !== 'commands' && options.shell !== undefined,
    '--account': format !== 'commands' && options.account !== undefined,
    '--part': format === 'commands' && options.part !== undefined,
    '--organizational-unit': format !== 'stack-set' && options.organizationalUnit !== undefined,
  };
  return Object.entries(foreign).map(([option, isGiven]) =>
    refuseIf(isGiven, `${option} is given for ${format}.`, `no ${option}; it has no effect there.`),
  );
}

function listUnits({ organizationalUnit: ids = [] }: TemplateOptions): readonly (() => void)[] {
  const pattern = /^(?:ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/;
  return ids.map(id =>
    refuseIf(!pattern.test(id), `--organizational-unit is "${id}".`, 'an ID like ou-abcd-12345678.'),
  );
}

interface TemplateRoleOptions {
  readonly roleName?: string;
  readonly path?: string;
  readonly policyArn?: readonly string[];
  readonly permissionsBoundary?: string;
  readonly maxSessionDuration?: string;
  readonly tag?: readonly string[];
}

/** Adds the options that say what the role is like. */
function addTemplateRoleOptions(command: Command): Command {
  return command
    .optionsGroup('Role:')
    .option('--role-name <name>', "the role's name (default: azure-pipelines)")
    .option('--path <path>', "the role's path, like /pipelines/")
    .option('--policy-arn <arn>', "managed policy with the role's permissions; repeatable", collect)
    .option('--permissions-boundary <arn>', "managed policy used as the role's permissions boundary")
    .option('--max-session-duration <seconds>', 'maximum session duration in seconds, 3600 to 43200')
    .option('--tag <key=value>', 'tag for the role and the providers; repeatable', collect);
}

/** Returns the role that the options describe. Throws if IAM, or a template's parameter, would not take a value. */
function readTemplateRole(options: TemplateRoleOptions): WantedRole {
  const { roleName = 'azure-pipelines', policyArn: policyArns = [], permissionsBoundary } = options;
  const readArn = (arn: string): string => requirePlain('--policy-arn', readPolicyArn('--policy-arn', arn).text);
  const [name, path, boundaryArn, maxSessionSeconds, tags, arns] = readAll(
    () => readRoleName(roleName),
    () => (options.path === undefined ? undefined : requirePlain('--path', readRolePath(options.path) ?? '')),
    () => readBoundary(permissionsBoundary),
    () => readSessionSeconds(options.maxSessionDuration),
    () => readTags(options.tag),
    () => readAll(...policyArns.map(arn => () => readArn(arn))),
  );
  return { name, path, policyArns: [...new Set(arns)], boundaryArn, maxSessionSeconds, tags };
}

function readBoundary(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return requirePlain('--permissions-boundary', readPolicyArn('--permissions-boundary', text).text);
}

/**
 * IAM accepts any character between slashes, and CloudFormation splits its lists at commas: templates take less of
 * both.
 */
function requirePlain(option: string, value: string): string {
  if (/^[A-Za-z0-9_+=.@/:-]*$/.test(value)) return value;
  throw wrongUsage(
    `${option} is "${value}".`,
    'only letters, digits and _ + = . @ / -, without a comma; templates accept no others.',
  );
}
