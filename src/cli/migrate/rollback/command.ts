import type { Command } from 'commander';
import { planRollback, type RollbackPlan } from '../../../account/saved-documents.ts';
import { addWriteOptions, readAccountsFile, readManyTargets, type WriteOptions } from '../../accounts/options.ts';
import { roleByRole } from '../../accounts/put-aside.ts';
import { planRun } from '../../accounts/run.ts';
import { readSavedFiles, matchFiles } from './match-files.ts';
import { writeRuns } from '../../accounts/write.ts';
import { readFleet } from '../../connections/ask-azure-devops.ts';
import type { CommandShell } from '../../shell.ts';
import { checkConsent } from '../../terminal/questions.ts';
import { holdResult, readAll } from '../../terminal/failure.ts';
import type { Report } from '../../terminal/report.ts';
import {
  addFleetOptions,
  neededActions,
  readOrganization,
  readAccounts,
  failAccount,
  type MigrateOptions,
} from '../input.ts';
import { addConflicts, reportRollback, type RollbackRun } from './report.ts';
import type { Fleet } from '../../../migration/fleet/connections.ts';
import { listGrowth } from '../../../account/exposure.ts';
import { listLostTrust, type LostTrust } from '../../../migration/lost-trust.ts';
import type { AccountState } from '../../../account/state.ts';
import { nameConnection } from '../../../migration/role-trust.ts';
import { neutralise } from '../../../secret.ts';
import type { Problem } from '../../../problem.ts';

interface RollbackOptions extends MigrateOptions, WriteOptions {
  readonly acceptLostTrust?: boolean;
  readonly acceptMoreTrust?: boolean;
}

/** Defines `migrate rollback`. */
export function addRollback(command: Command, shell: CommandShell): void {
  command
    .description(
      'Restores the documents that a run saved to a file, the last change first. A document is restored only if nobody ' +
        'changed it after the run. It does not convert connections back: Microsoft documents no way to do that.',
    )
    .argument('<file...>', 'file that the run saved; for several accounts, one file each');
  addFleetOptions(command, 'URL of the Azure DevOps organization, to check that no connection needs the removed trust');
  addWriteOptions(command)
    .option('--accept-lost-trust', 'proceed even if identities that have access today would lose it')
    .option('--accept-more-trust', 'proceed even if this would grant more access than today')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate rollback ~/.aws-wif/saved/111111111111-2026-07-01T10-00-00-000Z-4f2a10.json --account 111111111111 \\
      --organization-url https://dev.azure.com/contoso --dry-run
  $ aws-wif migrate rollback ~/.aws-wif/saved/*-2026-07-01T10-*.json --accounts-file accounts.txt \\
      --organization-url https://dev.azure.com/contoso

A run saves one file per account. Undo several runs one at a time, the last one first. Removing trust in Entra subjects needs --organization-url, to check that no connection on the Entra issuer uses them, or --accept-lost-trust. Undoing finish needs --accept-more-trust: read what it shows, because a file that somebody changed could allow anybody. The file must belong to you, must not be a link, and must have mode 0600.
AWS credentials need ${[...neededActions.read, ...neededActions.write, ...neededActions.rollback].join(', ')}.
Exit code 1: refused, or a document was changed after the run. 3: incomplete; run it again to continue.`,
    )
    .action((files: readonly string[], options: RollbackOptions) => shell.run(() => rollBack(files, options, shell)));
}

async function rollBack(files: readonly string[], options: RollbackOptions, shell: CommandShell): Promise<Report> {
  const readText = await holdResult(readAccountsFile(options));
  const [targets, organization, saved] = readAll(
    () => readManyTargets(options, readText),
    () => (options.organizationUrl === undefined ? undefined : readOrganization(options)),
    () => readSavedFiles(files),
    checkConsent(options),
  );
  const matched = matchFiles(saved, targets, options);
  const { accounts, failed } = await readAccounts([...matched.keys()], shell.openAccount);
  const plans = accounts.flatMap(account => {
    const file = matched.get(account.target);
    return file === undefined ? [] : { account, plan: planRollback(file, account.state) };
  });
  const isAsked = organization !== undefined && plans.some(({ plan }) => plan.changes.length > 0);
  const read = isAsked ? await readFleet(organization, options.tenantId, shell.openAzureDevOps) : undefined;
  const planned = plans.map(({ account, plan: { changes, conflicts, later } }): RollbackRun => {
    const refusals = refuseRollback({ changes, later }, account.state, read?.fleet, options);
    return addConflicts(planRun(account, { changes, refusals }), conflicts);
  });
  const unread = failed.map(one => addConflicts(failAccount(one), []));
  const runs = await writeRuns([...planned, ...unread], { options, nowMs: shell.nowMs, rules: roleByRole });
  return reportRollback(runs, options);
}

/** What the user accepts of a rollback. */
interface Accepted {
  readonly acceptLostTrust?: boolean;
  readonly acceptMoreTrust?: boolean;
}

/** Returns why documents are not put back: who would lose access by it, and who would gain it. */
function refuseRollback(
  { changes, later }: Pick<RollbackPlan, 'changes' | 'later'>,
  state: AccountState,
  fleet: Fleet | undefined,
  { acceptLostTrust, acceptMoreTrust }: Accepted,
): readonly Problem[] {
  const lost = acceptLostTrust === true ? [] : listLostTrust(state, later, fleet);
  const growth = acceptMoreTrust === true ? [] : listGrowth(changes);
  return [
    ...(lost.length === 0 ? [] : [describeLost(lost, fleet)]),
    ...(growth.length === 0 ? [] : [describeGrowth(growth)]),
  ];
}

/** Whoever is on the Entra issuer would be locked out, and cannot go back to the old one. */
function describeLost(lost: readonly LostTrust[], fleet: Fleet | undefined): Problem {
  const names = lost.map(({ roleArn, identity, connection }) => {
    const whose = connection === undefined ? 'no connection with this subject was found' : nameConnection(connection);
    return `${roleArn}: ${identity.subject} (${fleet === undefined ? 'it may be in use' : whose})`;
  });
  return {
    code: 'TrustWouldBeLost',
    found: neutralise(`Some identities would lose access they have, or may have, today: ${names.join('; ')}.`),
    expected: 'a rollback that denies no connection on the Entra issuer.',
    remedy:
      fleet === undefined
        ? 'Give --organization-url, so that this can be checked, or --accept-lost-trust.'
        : 'Do not roll back, or give --accept-lost-trust.',
  };
}

function describeGrowth(growth: readonly string[]): Problem {
  return {
    code: 'TrustWouldGrow',
    found: neutralise(`This would grant access that does not exist today: ${growth.join('; ')}.`),
    expected: 'documents that allow no more than the current ones, such as those that apply replaced.',
    remedy: 'Read these documents. If they are the earlier ones and you want them back, give --accept-more-trust.',
  };
}
