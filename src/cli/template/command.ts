import type { Command } from 'commander';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import type { CommandShell } from '../shell.ts';
import { escapeJson, type Report } from '../terminal/report.ts';
import { templateFiles, fillTemplate, readRequest, type Filled } from './values.ts';
import {
  addTemplateOptions,
  readCommandsRequest,
  readValuesRequest,
  type FileFormat,
  type Format,
  type TemplateOptions,
  type WantedTrust,
} from './options.ts';
import { listArguments, renderForPowerShell, renderForSh, listAwsCommands } from '../../setup/template/aws-commands.ts';
import type { Account } from '../../trust/oidc-provider.ts';

/** Defines `template`. */
export function addTemplate(command: Command, { openAzureDevOps, run }: CommandShell): void {
  command.description(
    'Prints code that creates the IAM OIDC providers and a role for service connections: a CloudFormation template, the same ' +
      'as a StackSet for the accounts of an organization, a Terraform module, or AWS CLI commands. If a ' +
      'connection is named, it also prints the matching values.',
  );
  addTemplateOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif template cloudformation --out wif-role.yaml
  $ aws-wif template cloudformation --part values --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws --out parameters.json
  $ aws cloudformation deploy --stack-name payments-role --template-file wif-role.yaml \\
      --parameter-overrides file://parameters.json --capabilities CAPABILITY_NAMED_IAM
  $ aws-wif template terraform --part values --role-name payments-deploy --issuer entra \\
      --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded \\
      --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a --out terraform.tfvars
  $ aws-wif template commands --account 111111111111 --shell pwsh --existing-provider azure-devops \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws

Nothing is sent to AWS, so existing roles that trust the issuers without a condition on the subject are not found; aws-wif setup checks for them. Looking up connections needs a token in AZURE_DEVOPS_EXT_PAT.`,
    )
    .action((format: Format, options: TemplateOptions) => run(() => makeTemplate(format, options, openAzureDevOps)));
}

async function makeTemplate(
  format: Format,
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Report> {
  if (format === 'commands') return makeCommands(readCommandsRequest(options), options, openAzureDevOps);
  const filled = await fillTemplate(format, readValuesRequest(format, options), options, openAzureDevOps);
  return reportFiles(format, options, filled);
}

function reportFiles(format: FileFormat, { part }: TemplateOptions, { values, warnings }: Filled): Report {
  const files = part === 'values' ? [] : templateFiles[format];
  const template = files.map(({ text }) => text).join('\n');
  const names = files.map(({ name }) => name).join(', ');
  return {
    status: 'ok',
    exit: 0,
    json: { format, files, values: values ?? null },
    text: () => {
      if (values === undefined) return withoutLastBreak(template);
      if (files.length === 0) return withoutLastBreak(values.text);
      return withoutLastBreak(`${title(names)}${template}\n${title(values.name)}${values.text}`);
    },
    warnings: values === undefined || files.length === 0 ? warnings : [...warnings, both],
  };
}

const both = 'The template and its values are both printed: --part template or --part values prints only one of them.';

function title(name: string): string {
  return `# ----- ${name}\n`;
}

/** A report's text gets one of its own. */
function withoutLastBreak(text: string): string {
  return text.replace(/\n$/, '');
}

/** Returns the commands of the AWS CLI that make the role in one account, for the shell that is asked for. */
async function makeCommands(
  { account, ...wanted }: WantedTrust & { readonly account: Account },
  options: TemplateOptions,
  openAzureDevOps: OpenAzureDevOps,
): Promise<Report> {
  const { request, warnings } = await readRequest(wanted, options, openAzureDevOps);
  const list = listAwsCommands(request, account);
  const { shell = 'sh' } = options;
  const script = shell === 'sh' ? renderForSh(list, escapeJson) : renderForPowerShell(list, escapeJson);
  return {
    status: 'ok',
    exit: 0,
    json: { format: 'commands', ...account, shell, script, commands: listArguments(list, escapeJson) },
    text: () => script.trimEnd(),
    warnings: [...warnings, ...(list.warning === undefined ? [] : [list.warning])],
  };
}
