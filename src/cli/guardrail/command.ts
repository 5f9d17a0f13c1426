import type { Command } from 'commander';
import type { CommandShell } from '../shell.ts';
import { addChanges } from './changes.ts';
import { addProviders } from './providers.ts';
import { addRetired } from './retired.ts';
import { addSubjects } from './subjects.ts';

/** Adds `guardrail` and its subcommands, one for each control policy: they differ in whom they reach. */
export function addGuardrail(program: Command, shell: CommandShell): void {
  const guardrail = program
    .command('guardrail')
    .summary('print control policies for a whole AWS organization')
    .description(
      'Prints control policies for AWS Organizations, which hold in all member accounts whatever the trust policies there say: who may get in by a token (resource control policies), and who may change that (a service control policy).',
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
  [addSubjects, addProviders, addRetired, addChanges].forEach(add => {
    add(guardrail, shell);
  });
}
