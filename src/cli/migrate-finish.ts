import type { Command } from 'commander';
import { needsDecision } from '../migration/left-out.ts';
import { planFinish } from '../migration/plan-finish.ts';
import { neededActions } from '../migration/read-account.ts';
import { openTerminal, requireConsent } from './confirm.ts';
import { warnOfFleet } from './migrate-audit.ts';
import {
  addMigrateOptions,
  addRoleOption,
  addWriteOptions,
  type MigrateOptions,
  type WriteOptions,
} from './migrate-options.ts';
import { reportWritten } from './migrate-report.ts';
import { readScene } from './migrate-scene.ts';
import { writeChanges } from './migrate-write.ts';
import type { CommandShell } from './program.ts';
import { neededScopes } from './read-fleet.ts';
import type { Report } from './report.ts';

interface FinishOptions extends MigrateOptions, WriteOptions {
  readonly expand?: boolean;
  readonly deleteProvider?: boolean;
}

/** Adds `migrate finish`. */
export function addFinish(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('finish')
    .summary('remove the trust in the old issuer')
    .description(
      'Removes the old subjects of connections that are seen on the Entra issuer in this run and that the role admits there, ' +
        'and statements that are left without any. All else is kept as it is and in its order. Subjects whose connection ' +
        'cannot be seen are reported and stay.',
    );
  addWriteOptions(addRoleOption(addMigrateOptions(command)))
    .option(
      '--expand',
      'let statements without literal subjects name the connections seen that are still on the old issuer',
    )
    .option('--delete-provider', 'delete the OIDC provider of the old issuer, if aws-wif made it and no role names it')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111 --dry-run
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111 --delete-provider --yes

With --expand a connection that this token may not see loses its trust.
AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${[...neededActions.read, 'iam:GetRole', 'iam:UpdateAssumeRolePolicy', ...neededActions.finish].join(', ')}.
Exit code 1: refused, stopped, or something is left that somebody has to decide; 3: not finished, run it again.`,
    )
    .action((options: FinishOptions) => shell.run(() => finish(options, shell)));
}

async function finish(options: FinishOptions, shell: CommandShell): Promise<Report> {
  requireConsent(options, openTerminal());
  const scene = await readScene(options, shell);
  const { fleet } = scene.read;
  const plan = planFinish(scene.state, fleet, {
    expand: options.expand === true,
    deleteProvider: options.deleteProvider === true,
    roleNames: scene.roleNames,
  });
  const written = await writeChanges({
    opened: scene,
    changes: plan.changes,
    exposed: [],
    options,
    nowMs: shell.nowMs,
  });
  return reportWritten({
    scene,
    plan,
    written,
    problems: [],
    isBlocked: plan.providerStays !== undefined || plan.leftOut.some(needsDecision),
    warnings: [...warnOfFleet(fleet), ...plan.warnings],
    next: 'Run aws-wif migrate audit to see what is left.',
  });
}
