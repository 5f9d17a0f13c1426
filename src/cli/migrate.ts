import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../identity/issuer.ts';
import { addAudit } from './migrate-audit.ts';
import { addApply, addPlan } from './migrate-dual-trust.ts';
import { addFinish } from './migrate-finish.ts';
import { conversion } from './migrate-next.ts';
import { addRollback } from './migrate-rollback.ts';
import { addVerify } from './migrate-verify.ts';
import type { CommandShell } from './program.ts';

/** Adds `migrate` and its subcommands. */
export function addMigrate(program: Command, shell: CommandShell): void {
  const migrate = program
    .command('migrate')
    .description(
      `Brings the roles of an account from the Azure DevOps issuer, which is retired on ${azureDevOpsIssuerRetires}, to the Entra issuer without an outage: audit, plan, apply, verify, then the conversion in Azure DevOps, then finish.`,
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
  [addAudit, addPlan, addApply, addVerify, addFinish, addRollback].forEach(add => {
    add(migrate, shell);
  });
}
