import type { Command } from 'commander';
import { askOrganizationId, type OpenAzureDevOps } from './connections/ask-azure-devops.ts';
import { parseOrganizationUrl } from './connections/options.ts';
import { wrongUsage } from './terminal/failure.ts';
import type { CommandShell } from './shell.ts';
import type { Report } from './terminal/report.ts';

const resourceGroup = /^VisualStudioOnline-([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i;

/** Defines `organization-id`. */
export function addOrganizationId(command: Command, { openAzureDevOps, run }: CommandShell): void {
  command
    .description(
      "Prints an organization's GUID: looked up in Azure DevOps by its URL, or read offline from a resource group's name, " +
        'VisualStudioOnline-<32 hex digits>, which Azure creates when billing is set up for an organization.',
    )
    .argument('<url-or-name>', 'https://dev.azure.com/<organization>, or VisualStudioOnline-<32 hex digits>')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif organization-id https://dev.azure.com/contoso
  $ aws-wif organization-id VisualStudioOnline-0123456789ABCDEF0123456789ABCDEF

Looking up a URL needs a token in AZURE_DEVOPS_EXT_PAT.`,
    )
    .action((text: string) => run(() => findOrganizationId(text, openAzureDevOps)));
}

async function findOrganizationId(text: string, openAzureDevOps: OpenAzureDevOps): Promise<Report> {
  const offline = readResourceGroup(text);
  if (offline !== undefined) return reportId(offline, 'resource-group');
  if (!text.includes('://')) {
    throw wrongUsage(
      `"${text}" is neither a URL nor a resource group's name.`,
      'https://dev.azure.com/<organization>, or VisualStudioOnline- followed by 32 hex digits.',
    );
  }
  const organization = parseOrganizationUrl(text);
  return reportId(await askOrganizationId(organization, await openAzureDevOps(organization)), 'azure-devops');
}

/** Returns the id in a resource group's name, in any letter case. */
export function readResourceGroup(name: string): string | undefined {
  return resourceGroup.exec(name)?.slice(1).join('-').toLowerCase();
}

function reportId(organizationId: string, source: 'resource-group' | 'azure-devops'): Report {
  return { status: 'ok', exit: 0, json: { organizationId, source }, text: () => organizationId, warnings: [] };
}
