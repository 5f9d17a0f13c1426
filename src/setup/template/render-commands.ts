import type { AwsCommand, AwsCommands, CommandPart } from './aws-commands.ts';
import { quotePowerShell, quoteSh } from './quote.ts';

/** Writes a value as JSON in ASCII. */
export type WriteJson = (value: unknown) => string;

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
    ...commands.map(({ action, options }) =>
      [`aws iam ${action}`, ...options.map(([name, ...values]) => [name, ...values.map(write)].join(' '))].join(
        ' \\\n  ',
      ),
    ),
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
  const calls = commands.map(command => formatCall(command, write));
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

function formatCall({ action, options }: AwsCommand, write: (part: CommandPart) => string): string {
  return [`aws iam ${action}`, ...options.map(([name, ...values]) => [name, ...values.map(write)].join(' '))].join(
    ' `\n  ',
  );
}

/** JSON's line breaks stand between its parts only: inside a text they are escapes. */
function flatten(json: string): string {
  return json.replace(/\n */g, ' ');
}
