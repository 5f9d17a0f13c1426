import { listAwsCommands } from '../../setup/template/aws-commands.ts';
import { listArguments, renderForPowerShell, renderForSh } from '../../setup/template/render-commands.ts';
import { readAccounts } from '../accounts/options.ts';
import type { OpenAzureDevOps } from '../connections/ask-azure-devops.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { escapeJson } from '../terminal/json.ts';
import type { Report } from '../terminal/report.ts';
import type { TemplateOptions } from './options.ts';
import { readRequest } from './values.ts';

/** Returns the commands of the AWS CLI that make the role in one account, for the shell that is asked for. */
export async function makeCommands(options: TemplateOptions, openAzureDevOps: OpenAzureDevOps): Promise<Report> {
  const [account, ...others] = readAccounts(options);
  if (account === undefined || others.length > 0) {
    throw wrongUsage(
      `${account === undefined ? 'No' : 'More than one'} --account is given.`,
      'one: the trust policy names its OIDC providers. Run the command again for each other account.',
    );
  }
  const { request, warnings } = await readRequest(options, openAzureDevOps);
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
