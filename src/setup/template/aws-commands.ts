import type { Identity } from '../../identity/audience.ts';
import { buildForIdentities } from '../../trust/build.ts';
import { writeBounds } from '../../trust/network/bounds.ts';
import { describeProvider, type Account } from '../../trust/oidc-provider.ts';
import { ownTag } from '../../account/iam.ts';
import { defaultSessionSeconds, roleDescription } from '../request.ts';
import type { TemplateRequest } from './values.ts';
import { quotePowerShell, quoteSh } from './quote.ts';

/** A part of a command of the AWS CLI: a word as it is, or a document that it takes as JSON. */
type CommandPart = string | { readonly json: unknown };

/** An option with its values, or a word that stands alone. */
type CommandOption = readonly [name: string, ...values: readonly CommandPart[]];

/** One command of the AWS CLI, `aws iam ...`. */
interface AwsCommand {
  readonly action: string;
  readonly options: readonly CommandOption[];
}

/** The commands, the account that they are for, and what to know before using them. */
interface AwsCommands {
  readonly account: Account;
  readonly commands: readonly AwsCommand[];
  readonly warning: string | undefined;
}

/**
 * Returns the commands that make the providers and the role in an account that has neither, in the order in which they
 * work. Throws as `buildForIdentities` does. They change nothing that is there: AWS refuses what exists already.
 */
export function listAwsCommands(request: TemplateRequest, account: Account): AwsCommands {
  const identities = request.connections.flatMap(one => one.identities);
  const { document, warning } = buildForIdentities(identities, {
    ...account,
    network: request.network && writeBounds(request.network),
  });
  const commands = [
    ...listProviderCommands(identities, request, account),
    createRole(request, document),
    ...request.role.policyArns.map(arn => attachPolicy(request.role.name, arn)),
  ];
  return { account, commands, warning };
}

function listProviderCommands(
  identities: readonly Identity[],
  { existingProviders, role }: TemplateRequest,
  account: Account,
): readonly AwsCommand[] {
  const missing = identities.filter(({ issuer }) => !existingProviders.includes(issuer.kind));
  const providers = new Map(missing.map(one => [one.issuerUrl, describeProvider(one, account)]));
  return [...providers.values()].map(({ issuerUrl, clientIds }) => ({
    action: 'create-open-id-connect-provider',
    options: [['--url', issuerUrl], ['--client-id-list', ...clientIds], writeTags(role.tags)],
  }));
}

function createRole({ role }: TemplateRequest, trustPolicy: unknown): AwsCommand {
  const path: readonly CommandOption[] = ['/', undefined].includes(role.path) ? [] : [['--path', role.path ?? '/']];
  const boundary: readonly CommandOption[] =
    role.boundaryArn === undefined ? [] : [['--permissions-boundary', role.boundaryArn]];
  return {
    action: 'create-role',
    options: [
      ['--role-name', role.name],
      ...path,
      ['--description', roleDescription],
      ['--max-session-duration', String(role.maxSessionSeconds ?? defaultSessionSeconds)],
      ...boundary,
      writeTags(role.tags),
      ['--assume-role-policy-document', { json: trustPolicy }],
    ],
  };
}

function attachPolicy(roleName: string, policyArn: string): AwsCommand {
  return {
    action: 'attach-role-policy',
    options: [
      ['--role-name', roleName],
      ['--policy-arn', policyArn],
    ],
  };
}

/** With the tag of what aws-wif made: setup and migration then know it for theirs. */
function writeTags(tags: Readonly<Record<string, string>>): CommandOption {
  const all = { ...tags, [ownTag.key]: ownTag.value };
  return ['--tags', { json: Object.entries(all).map(([Key, Value]) => ({ Key, Value })) }];
}

/** Writes a value as JSON in ASCII. */
type WriteJson = (value: unknown) => string;

/**
 * Returns commands for a POSIX shell. They run in a subshell, which ends with the first that fails, and only with
 * credentials of the account.
 */
export function renderForSh({ account: { accountId }, commands }: AwsCommands, writeJson: WriteJson): string {
  const write = (part: CommandPart): string => quoteSh(typeof part === 'string' ? part : flatten(writeJson(part.json)));
  return [
    '(',
    'set -eu',
    '# Keeps Git Bash from rewriting IAM paths as Windows paths.',
    'export MSYS_NO_PATHCONV=1',
    'account=$(aws sts get-caller-identity --query Account --output text)',
    `[ "$account" = ${quoteSh(accountId)} ] || { echo "These commands are for account ${accountId}, not $account." >&2; exit 1; }`,
    ...commands.map(command => formatCall(command, write, ' \\')),
    ')',
    '',
  ].join('\n');
}

/**
 * The same for PowerShell, Windows PowerShell included: that one drops the double quotes of arguments, so documents are
 * handed over in files.
 */
export function renderForPowerShell({ account: { accountId }, commands }: AwsCommands, writeJson: WriteJson): string {
  const documents: string[] = [];
  const write = (part: CommandPart): string => {
    if (typeof part === 'string') return quotePowerShell(part);
    documents.push(quotePowerShell(flatten(writeJson(part.json))));
    return `"file://$folder/${documents.length}.json"`;
  };
  const calls = commands.map(command => formatCall(command, write, ' `'));
  return [
    '& {',
    "$ErrorActionPreference = 'Stop'",
    '$account = aws sts get-caller-identity --query Account --output text',
    `if ($LASTEXITCODE -ne 0 -or $account -ne ${quotePowerShell(accountId)}) { throw "These commands are for account ${accountId}, not $account." }`,
    '$folder = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())',
    '$null = New-Item -ItemType Directory -Path $folder',
    'try {',
    ...documents.map(
      (text, place) => `Set-Content -LiteralPath "$folder/${place + 1}.json" -Encoding ascii -Value ${text}`,
    ),
    ...calls.flatMap((call, place) => [
      call,
      `if ($LASTEXITCODE -ne 0) { throw ${quotePowerShell(`aws iam ${commands[place]?.action ?? ''} failed`)} }`,
    ]),
    '} finally { Remove-Item -Recurse -LiteralPath $folder }',
    '}',
    '',
  ].join('\n');
}

/** Returns the words of each command, `aws` first: for programs, which need no quoting. */
export function listArguments({ commands }: AwsCommands, writeJson: WriteJson): readonly (readonly string[])[] {
  const write = (part: CommandPart): string => (typeof part === 'string' ? part : flatten(writeJson(part.json)));
  return commands.map(({ action, options }) => [
    'aws',
    'iam',
    action,
    ...options.flatMap(([name, ...values]) => [name, ...values.map(write)]),
  ]);
}

/** Returns a command, each option in a line of its own; `end` makes a shell read on. */
function formatCall({ action, options }: AwsCommand, write: (part: CommandPart) => string, end: string): string {
  const words = options.map(([name, ...values]) => [name, ...values.map(write)].join(' '));
  return [`aws iam ${action}`, ...words].join(`${end}\n  `);
}

/** JSON's line breaks stand between its parts only: inside a text they are escapes. */
function flatten(json: string): string {
  return json.replace(/\n */g, ' ');
}
