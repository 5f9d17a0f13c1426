import type { Command } from 'commander';
import { planFinish } from '../../migration/finish/plan-finish.ts';
import { addWriteOptions, type WriteOptions } from '../accounts/options.ts';
import { roleByRole } from '../accounts/put-aside.ts';
import { writeRuns } from '../accounts/write.ts';
import { neededScopes } from '../connections/ask-azure-devops.ts';
import type { CommandShell } from '../shell.ts';
import { checkConsent } from '../terminal/questions.ts';
import type { Report } from '../terminal/report.ts';
import {
  addFleetOptions,
  addRoleOption,
  neededActions,
  type MigrateOptions,
  readInput,
  failAccount,
  planAccount,
} from './input.ts';
import { nameCommand, warnOfFleet, warnOfHidden, reportWritten } from './report.ts';

interface FinishOptions extends MigrateOptions, WriteOptions {
  readonly expand?: boolean;
  readonly deleteProvider?: boolean;
  readonly acceptHiddenConnections?: boolean;
}

/** Defines `migrate finish`. */
export function addFinish(command: Command, shell: CommandShell): void {
  command.description(
    'Removes the old subject of each connection that now uses the Entra issuer and whose Entra identity the role allows, ' +
      'and statements that then have no subject. Everything else keeps its content and order. Subjects whose connection ' +
      'cannot be found are reported and kept.',
  );
  addWriteOptions(addRoleOption(addFleetOptions(command)))
    .option('--expand', 'replace patterns in statements by the connections seen that are still on the old issuer')
    .option(
      '--accept-hidden-connections',
      'with --expand: proceed even if Azure DevOps hides some connections from this token',
    )
    .option('--delete-provider', "delete the old issuer's OIDC provider if aws-wif created it and no role names it")
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111 --dry-run
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111 --delete-provider --yes

With --expand, a connection that this token cannot see and that the statement does not name loses access. A statement that matches no connection on the Entra issuer is kept.
AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${[...neededActions.read, 'iam:GetRole', 'iam:UpdateAssumeRolePolicy', ...neededActions.finish].join(', ')}.
Exit code 1: refused, stopped, or a decision is left to you. 3: incomplete; run it again to continue.`,
    )
    .action((options: FinishOptions) => shell.run(() => finish(options, shell)));
}

async function finish(options: FinishOptions, shell: CommandShell): Promise<Report> {
  const input = await readInput(options, shell, checkConsent(options));
  const { fleet } = input.read;
  const terms = {
    expand: options.expand === true,
    acceptHidden: options.acceptHiddenConnections === true,
    deleteProvider: options.deleteProvider === true,
    roleNames: input.roleNames,
  };
  const planned = input.accounts.map(account => planAccount(account, planFinish(account.state, fleet, terms)));
  const cautions = options.expand === true ? [`${warnOfHidden(fleet)} With --expand they lose access.`] : [];
  const runs = await writeRuns([...planned, ...input.failed.map(failAccount)], {
    options,
    nowMs: shell.nowMs,
    rules: roleByRole,
    cautions,
  });
  const isOver = runs.every(({ status }) => status === 'done' || status === 'unchanged');
  return reportWritten({
    input,
    runs,
    warnings: [...warnOfFleet(fleet), ...cautions],
    next: isOver ? [`To see what remains: ${nameCommand('audit', input)}`] : [],
  });
}
