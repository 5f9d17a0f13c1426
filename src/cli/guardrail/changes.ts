import type { Command } from 'commander';
import { guardChanges } from '../../trust/control-policies/changes.ts';
import { collect } from '../connections/options.ts';
import type { CommandShell } from '../shell.ts';
import { readAll, refuseIf } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import { addAdministratorOption, readAdministrators, readExemptTag, readGuardedRoles } from './options.ts';
import { reportGuardrails } from './report.ts';
import { addSourceOptions, checkedAccount, holdTargets, readSources, type SourceOptions } from './sources.ts';

interface ChangesOptions extends SourceOptions {
  readonly adminRole?: readonly string[];
  readonly role?: readonly string[];
  readonly allRoles?: boolean;
  readonly exemptTag?: string;
}

/** Defines `guardrail changes`. */
export function addChanges(command: Command, shell: CommandShell): void {
  command
    .description(
      'Prints a service control policy: only the administrators that you name may change OIDC providers, trust policies and the exemption tag. It cannot deny a federated call, because that caller is not a principal of your organization.',
    )
    .optionsGroup('Changes:');
  addAdministratorOption(command)
    .option(
      '--role <arn>',
      'roles whose trust policy only the administrators may create or change, like arn:aws:iam::*:role/pipelines/*; repeatable',
      collect,
    )
    .option('--all-roles', 'guard all roles, service roles included: only the administrators may create one')
    .option('--exempt-tag <key=value>', 'tag that exempts a role from the other guardrails');
  addSourceOptions(command, checkedAccount)
    .addHelpText('after', examples)
    .action((options: ChangesOptions) => shell.run(() => printChanges(options, shell)));
}

const examples = `
Examples:
  $ aws-wif guardrail changes --admin-role 'arn:aws:iam::*:role/wif-admin' \\
      --role 'arn:aws:iam::*:role/pipelines/*' --out changes.json
  $ aws-wif guardrail changes --admin-role 'arn:aws:iam::*:role/wif-admin' --all-roles --exempt-tag wif-exempt=yes`;

async function printChanges(options: ChangesOptions, shell: CommandShell): Promise<Report> {
  const readTargets = await holdTargets(options, false);
  const [administrators, roles, exemption, targets] = readAll(
    () => readAdministrators(options.adminRole),
    () => readGuardedRoles(options),
    () => readExemptTag(options.exemptTag),
    readTargets,
    refuseIf(
      options.adminRole === undefined,
      '--admin-role is missing.',
      'at least one role that may make changes; without one nobody could.',
    ),
  );
  return reportGuardrails([guardChanges({ administrators, roles, exemption })], {
    notes: [],
    inventory: await readSources(targets, shell, { withTags: false, options }),
    options,
    administrators,
  });
}
