import type { Command } from 'commander';

/** Defines `guardrail`, which has a subcommand for each control policy: they differ in whom they reach. */
export function addGuardrail(command: Command): void {
  command
    .description(
      'Prints control policies for AWS Organizations. They apply in all member accounts, whatever the trust policies there say: resource control policies limit who may assume roles with a token, a service control policy limits who may change that.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif guardrail subjects --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded
  $ aws-wif guardrail retired --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6
  $ aws-wif guardrail changes --admin-role 'arn:aws:iam::*:role/wif-admin' --role 'arn:aws:iam::*:role/pipelines/*'`,
    );
}
