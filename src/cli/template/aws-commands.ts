import { listAwsCommands } from '../../setup/template/aws-commands.ts';
import { listArguments, renderForPowerShell, renderForSh } from '../../setup/template/render-commands.ts';
import type { Account } from '../../trust/oidc-provider.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { escapeJson } from '../terminal/json.ts';
import type { Report } from '../terminal/report.ts';
import type { TemplateOptions, WantedTrust } from './options.ts';
import { readRequest } from './values.ts';

/** Returns the commands of the AWS CLI that make the role in one account, for the shell that is asked for. */
export async function makeCommands(
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
