import type { Command } from 'commander';
import { neededActions } from '../migration/read-account.ts';
import { readSaved } from '../migration/read-saved.ts';
import { isOfAccount, planRollback, type RollbackPlan } from '../migration/rollback.ts';
import { nameConnection } from '../migration/role-trust.ts';
import { neutralise } from '../outside-text.ts';
import type { SavedDocuments } from '../setup/saved-documents.ts';
import { openTerminal, requireConsent } from './confirm.ts';
import { CliFailure, formatProblem, wrongUsage, type Problem } from './failure.ts';
import { readInputFile } from './input-file.ts';
import { formatChanges, listChanges } from './migrate-format.ts';
import {
  addMigrateOptions,
  addWriteOptions,
  readOrganization,
  readTarget,
  type MigrateOptions,
  type WriteOptions,
} from './migrate-options.ts';
import { openTarget, readState, type OpenedAccount } from './migrate-scene.ts';
import { writeChanges, type Written } from './migrate-write.ts';
import type { CommandShell } from './program.ts';
import { readFleet } from './read-fleet.ts';
import type { Report } from './report.ts';

interface RollbackOptions extends MigrateOptions, WriteOptions {
  readonly acceptLostTrust?: boolean;
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
  addWriteOptions(addMigrateOptions(command))
    .option('--accept-lost-trust', 'also where roles stop trusting Entra subjects that may be in use')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate rollback ~/.aws-wif/saved/111111111111-2026-07-01T10-00-00-000Z-4f2a10.json --account 111111111111 \\
      --organization-url https://dev.azure.com/contoso --dry-run

Taking trust in Entra subjects away needs --organization-url, which shows that no connection is on the Entra issuer with
one of them, or --accept-lost-trust.
AWS credentials need ${[...neededActions.read, ...neededActions.write, ...neededActions.rollback].join(', ')}.
Exit code 1: refused, or a document is no longer what the run wrote; 3: not finished, run it again.`,
    )
    .action((file: string, options: RollbackOptions) => shell.run(() => rollBack(file, options, shell)));
}

async function rollBack(file: string, options: RollbackOptions, shell: CommandShell): Promise<Report> {
  requireConsent(options, openTerminal());
  const target = readTarget(options);
  const saved = readSaved(await readInputFile('the argument', file));
  if (saved === undefined) throw wrongUsage(`${file} is no file of saved documents.`, 'a file that aws-wif saved.');
  refuseOther(saved, target.account.accountId, target.account.partition);
  const opened = await openTarget(target);
  const plan = planRollback(saved, await readState(opened));
  const problems = await judgeLost(plan, options, shell);
  const writing = { opened, changes: plan.changes, exposed: [], options, nowMs: shell.nowMs };
  const written = await writeChanges(problems.length > 0 ? { ...writing, options: { dryRun: true } } : writing);
  const refused = problems.length > 0 && options.dryRun !== true;
  return reportRollback(opened, plan, refused ? { ...written, status: 'refused' } : written, problems);
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

/** Whoever is on the Entra issuer would be locked out, and cannot go back to the old one. */
async function judgeLost(
  { lostSubjects }: RollbackPlan,
  options: RollbackOptions,
  { openAzureDevOps }: CommandShell,
): Promise<readonly Problem[]> {
  if (lostSubjects.length === 0 || options.acceptLostTrust === true) return [];
  const expected = 'subjects of connections that are still on the Azure DevOps issuer.';
  const remedy = 'Give --organization-url, so that this can be seen, or --accept-lost-trust.';
  const count = `Roles would stop trusting ${lostSubjects.length} subjects of the Entra issuer`;
  if (options.organizationUrl === undefined) {
    return [{ code: 'TrustWouldBeLost', found: `${count}, which may be in use.`, expected, remedy }];
  }
  const { fleet } = await readFleet(readOrganization(options), options.tenantId, openAzureDevOps);
  const isSafe = (subject: string): boolean =>
    fleet.connections.some(({ status, next }) => status === 'retiring' && next?.subject === subject);
  const lost = lostSubjects.filter(subject => !isSafe(subject));
  if (lost.length === 0) return [];
  const names = lost.map(subject => {
    const owner = fleet.connections.find(({ next }) => next?.subject === subject);
    return owner === undefined
      ? `${subject} (no connection was seen that has it)`
      : `${nameConnection(owner)} (converted)`;
  });
  return [
    {
      code: 'TrustWouldBeLost',
      found: `${count}: ${names.join(', ')}.`,
      expected,
      remedy: 'Leave it as it is, or give --accept-lost-trust.',
    },
  ];
}

function reportRollback(
  opened: OpenedAccount,
  plan: RollbackPlan,
  written: Written,
  refusals: readonly Problem[],
): Report {
  const problems = [...refusals, ...written.problems];
  const clean = problems.length === 0 && plan.conflicts.length === 0;
  return {
    exit: written.exit !== 0 ? written.exit : clean ? 0 : 1,
    json: {
      ...opened.target.account,
      caller: opened.caller.arn,
      status: written.status,
      changes: listChanges(plan.changes),
      done: written.done.length,
      saved: written.saved ?? null,
      conflicts: plan.conflicts,
      lostSubjects: plan.lostSubjects,
      errors: problems,
    },
    text: paint =>
      [
        `${written.status}: ${written.done.length} of ${plan.changes.length} changes made`,
        written.status === 'done' ? '' : formatChanges(plan.changes, paint),
        plan.conflicts.map(text => paint.yellow(neutralise(text))).join('\n'),
        problems.map(one => formatProblem(one).split('\n').map(neutralise).join('\n')).join('\n'),
      ]
        .filter(Boolean)
        .join('\n\n'),
    warnings: [],
  };
}
