import type { Command } from 'commander';
import { isOfAccount, planRollback } from '../../account/rollback.ts';
import type { SavedDocuments } from '../../account/saved-documents.ts';
import { announceTarget } from '../accounts/open.ts';
import { addWriteOptions, type WriteOptions } from '../accounts/options.ts';
import { roleByRole } from '../accounts/put-aside.ts';
import { planRun } from '../accounts/run.ts';
import { writeRuns } from '../accounts/write.ts';
import { readSavedFile } from '../accounts/saved-documents.ts';
import { readFleet } from '../connections/read-fleet.ts';
import type { CommandShell } from '../shell.ts';
import { openTerminal, requireConsent } from '../terminal/confirm.ts';
import { CliFailure, readAll } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import { readState } from './input.ts';
import { addMigrateOptions, neededActions, readOrganization, readTarget, type MigrateOptions } from './options.ts';
import { refuseRollback } from './rollback-refusals.ts';
import { reportRollback } from './rollback-report.ts';

interface RollbackOptions extends MigrateOptions, WriteOptions {
  readonly acceptLostTrust?: boolean;
  readonly acceptMoreTrust?: boolean;
}

/** Adds `migrate rollback`. */
export function addRollback(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('rollback')
    .summary('put back what a run changed')
    .description(
      'Puts back the documents that a run saved to a file, the last change first, each only where the live one is still what ' +
        'the run wrote. It does not convert connections back: Microsoft documents no way to.',
    )
    .argument('<file>', 'file that the run saved');
  addMigrateOptions(command, {
    organization: 'URL of the Azure DevOps organization: shows that no connection needs what is removed',
    account: 'AWS account of the file (required)',
  });
  addWriteOptions(command)
    .option('--accept-lost-trust', 'proceed even if identities that have access today would lose it')
    .option('--accept-more-trust', 'proceed even if this would grant more access than today')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate rollback ~/.aws-wif/saved/111111111111-2026-07-01T10-00-00-000Z-4f2a10.json --account 111111111111 \\
      --organization-url https://dev.azure.com/contoso --dry-run

Taking trust in Entra subjects away needs --organization-url, which shows that no connection is on the Entra issuer with
one of them, or --accept-lost-trust. To go back behind finish needs --accept-more-trust: read what it shows, since a file
that somebody changed could allow anybody. The file has to be yours, no link, and of mode 0600.
AWS credentials need ${[...neededActions.read, ...neededActions.write, ...neededActions.rollback].join(', ')}.
Exit code 1: refused, or a document is no longer what the run wrote; 3: not finished, run it again.`,
    )
    .action((file: string, options: RollbackOptions) => shell.run(() => rollBack(file, options, shell)));
}

async function rollBack(file: string, options: RollbackOptions, shell: CommandShell): Promise<Report> {
  const [target, organization, saved] = readAll(
    () => readTarget(options),
    () => (options.organizationUrl === undefined ? undefined : readOrganization(options)),
    () => readSavedFile(file),
    () => {
      requireConsent(options, openTerminal());
    },
  );
  refuseOther(saved, target.account.accountId, target.account.partition);
  const opened = await announceTarget(target, shell.openAccount);
  const state = await readState(opened);
  const plan = planRollback(saved, state);
  const isAsked = organization !== undefined && plan.changes.length > 0;
  const read = isAsked ? await readFleet(organization, options.tenantId, shell.openAzureDevOps) : undefined;
  const refusals = refuseRollback(plan, state, read?.fleet, options);
  const planned = planRun(opened, { changes: plan.changes, refusals });
  const [run = planned] = await writeRuns([planned], { options, nowMs: shell.nowMs, rules: roleByRole });
  return reportRollback(plan, run);
}

function refuseOther(saved: SavedDocuments, accountId: string, partition: string): void {
  if (saved.account === accountId && saved.partition === partition && isOfAccount(saved)) return;
  throw new CliFailure(1, [
    {
      code: 'AccountDiffers',
      found: `The file is of account ${saved.account} in partition ${saved.partition}, or names other accounts.`,
      expected: `account ${accountId} in partition ${partition}, as --account says.`,
      remedy: 'Give the account of the file; nothing was changed.',
    },
  ]);
}
