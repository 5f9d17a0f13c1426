import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { guardRetired } from '../../trust/control-policies/subjects.ts';
import type { CommandShell } from '../shell.ts';
import type { Report } from '../terminal/report.ts';
import { addExemptionOptions, addOrganizationIds, readOrganizationIds, type ExemptionOptions } from './options.ts';
import { reportExemptible } from './report.ts';
import { addCheckedFileOption, addSourceOptions, checkedAccount, type SourceOptions } from './sources.ts';

interface RetiredOptions extends ExemptionOptions, SourceOptions {
  readonly organizationId?: readonly string[];
}

/** Defines `guardrail retired`. */
export function addRetired(command: Command, shell: CommandShell): void {
  command
    .description(
      `Prints a resource control policy that denies all tokens from your organization's Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}. Attach it once all connections are converted, and detach it if one was forgotten. No role is changed.`,
    )
    .optionsGroup('Organization:');
  addOrganizationIds(command);
  addExemptionOptions(addCheckedFileOption(addSourceOptions(command, checkedAccount)))
    .addHelpText('after', examples)
    .action((options: RetiredOptions) => shell.run(() => printRetired(options, shell)));
}

const examples = `
Examples:
  $ aws-wif guardrail retired --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --out retired.json
  $ aws-wif guardrail retired --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 \\
      --account 111111111111 --check
  $ aws organizations create-policy --type RESOURCE_CONTROL_POLICY --name wif-retired \\
      --description "Denies the retiring Azure DevOps issuer" --content file://retired.json
  $ aws organizations attach-policy --policy-id p-examplepolicyid --target-id ou-abcd-12345678
  $ aws organizations detach-policy --policy-id p-examplepolicyid --target-id ou-abcd-12345678

attach-policy turns it on, detach-policy turns it off.`;

function printRetired(options: RetiredOptions, shell: CommandShell): Promise<Report> {
  return reportExemptible(options, shell, {
    read: () => readOrganizationIds(options.organizationId),
    guard: guardRetired,
    notes: () => [notConverted],
  });
}

const notConverted =
  'Connections that are not yet converted are denied at once; aws-wif migrate audit lists them. Connections of Azure Government, of Azure operated by 21Vianet and of multitenant applications keep that issuer.';
