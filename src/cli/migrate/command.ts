import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';
import { conversion } from './next-steps.ts';

/** Defines `migrate`. */
export function addMigrate(command: Command): void {
  command
    .description(
      `Moves an account's roles from the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}, to the Entra issuer without an outage: audit, plan, apply, verify, then convert the connections in Azure DevOps, then finish.`,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate apply --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111

${conversion}`,
    );
}
