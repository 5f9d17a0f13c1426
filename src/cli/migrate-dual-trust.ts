import type { Command } from 'commander';
import { isGuid } from '../identity/guid.ts';
import { auditAccount, isFinding } from '../migration/audit.ts';
import { needsDecision } from '../migration/left-out.ts';
import { planDualTrust, type MigrationPlan } from '../migration/plan.ts';
import { neededActions } from '../migration/read-account.ts';
import { openTerminal, requireConsent } from './confirm.ts';
import { collect } from './connection-options.ts';
import { wrongUsage, type Problem } from './failure.ts';
import { warnOfFleet } from './migrate-audit.ts';
import { conversion, nameAll } from './migrate-format.ts';
import {
  addMigrateOptions,
  addRoleOption,
  addWriteOptions,
  type MigrateOptions,
  type WriteOptions,
} from './migrate-options.ts';
import { reportWritten } from './migrate-report.ts';
import { readScene, readState, type MigrateScene } from './migrate-scene.ts';
import { writeChanges } from './migrate-write.ts';
import type { CommandShell } from './program.ts';
import { neededScopes } from './read-fleet.ts';
import type { Report } from './report.ts';

export interface DualTrustOptions extends MigrateOptions, WriteOptions {
  readonly expand?: boolean;
  readonly includeConverted?: readonly string[];
  readonly acceptExposedRoles?: boolean;
}

/** Adds the options of planning dual trust. */
export function addDualTrustOptions(command: Command): Command {
  return addRoleOption(addMigrateOptions(command))
    .option('--expand', 'also for statements without literal subjects: name each connection seen that they match')
    .option('--include-converted <id>', 'also for this connection, which is on the Entra issuer already', collect)
    .option('--accept-exposed-roles', 'change the provider although roles name it without a condition on :sub');
}

/** Adds `migrate plan`. */
export function addPlan(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('plan')
    .summary('show how roles come to trust both issuers')
    .description(
      'Shows what apply would change: the OIDC provider of the Entra issuer with its client ids, and next to each statement ' +
        'for the Azure DevOps issuer one for the Entra issuer, which admits just the Entra identity of each connection that the ' +
        'old one names. It changes nothing.',
    );
  addDualTrustOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate plan --organization-url https://dev.azure.com/contoso --account 111111111111 \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded
  $ aws-wif migrate plan --organization-url https://dev.azure.com/contoso --account 111111111111 --role deploy --expand

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Exit code 1: something is left out that somebody has to decide, or apply would refuse.`,
    )
    .action((options: DualTrustOptions) => shell.run(() => bringDualTrust({ ...options, dryRun: true }, shell)));
}

/** Adds `migrate apply`. */
export function addApply(migrate: Command, shell: CommandShell): void {
  const command = migrate
    .command('apply')
    .summary('let roles trust both issuers')
    .description(
      'Carries the plan out: the provider first, then one role after another, each read again just before it is changed and ' +
        'saved to a file for rollback. A second run finds nothing to do; one that was cut short goes on from what is there.',
    );
  addWriteOptions(addDualTrustOptions(command))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate apply --organization-url https://dev.azure.com/contoso --account 111111111111 \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded
  $ aws-wif migrate apply --organization-url https://dev.azure.com/contoso --account 111111111111 --role deploy --yes --json

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${[...neededActions.read, ...neededActions.write].join(', ')}.
${conversion}
Exit code 1: refused, stopped, or something is left out that somebody has to decide; 3: not finished, run it again.`,
    )
    .action((options: DualTrustOptions) =>
      shell.run(async () => {
        requireConsent(options, openTerminal());
        return bringDualTrust(options, shell);
      }),
    );
}

async function bringDualTrust(options: DualTrustOptions, shell: CommandShell): Promise<Report> {
  const includeConverted = (options.includeConverted ?? []).map(requireId);
  const scene = await readScene(options, shell);
  const { fleet } = scene.read;
  const rules = { expand: options.expand === true, includeConverted, roleNames: scene.roleNames };
  const plan = planDualTrust(scene.state, fleet, rules);
  const refusals = [...refuseTenant(plan), ...refuseExposed(plan, options)];
  const writing = { opened: scene, changes: plan.changes, exposed: plan.exposed, options, nowMs: shell.nowMs };
  const written = await writeChanges(refusals.length > 0 ? { ...writing, options: { dryRun: true } } : writing);
  const unready = written.status === 'done' ? await findUnready(scene, plan) : [];
  return reportWritten({
    scene,
    plan,
    written: refusals.length > 0 && options.dryRun !== true ? { ...written, status: 'refused' } : written,
    problems: [...refusals, ...unready],
    isBlocked: plan.leftOut.some(needsDecision),
    warnings: [...warnOfFleet(fleet), ...plan.warnings],
    next: conversion,
  });
}

/** Read back: what was meant to be ready has to be. */
async function findUnready(scene: MigrateScene, plan: MigrationPlan): Promise<readonly Problem[]> {
  const meant = new Set(plan.roles.flatMap(({ arn, connections }) => connections.map(({ id }) => `${arn} ${id}`)));
  const { rows } = auditAccount(await readState(scene), scene.read.fleet);
  const unready = rows.filter(row => isFinding(row) && meant.has(`${row.roleArn} ${row.connection.id}`));
  if (unready.length === 0) return [];
  return [
    {
      code: 'NotSettled',
      found: `Read back, ${unready.map(({ roleArn, connection }) => `${roleArn} does not admit ${nameAll([connection])} on the Entra issuer`).join('; ')}.`,
      expected: 'both identities of each connection to be admitted.',
      remedy: 'Wait a minute, then run aws-wif migrate verify; convert nothing before that.',
    },
  ];
}

function refuseTenant({ unconfirmed }: MigrationPlan): readonly Problem[] {
  if (unconfirmed.length === 0) return [];
  return [
    {
      code: 'TenantUnconfirmed',
      found: `Nobody has confirmed the tenant that signs for ${nameAll(unconfirmed)}: it is taken from the connections themselves.`,
      expected: "the organization's tenant, or a connection of the organization that was converted already.",
      remedy: 'Compare it with Organization settings > Microsoft Entra, and give it as --tenant-id.',
    },
  ];
}

function refuseExposed({ exposed }: MigrationPlan, { acceptExposedRoles }: DualTrustOptions): readonly Problem[] {
  if (exposed.length === 0 || acceptExposedRoles === true) return [];
  return [
    {
      code: 'RolesExposed',
      found: `The change of the OIDC provider would open roles to more than certain connections: ${exposed.map(({ roleArn, why }) => `${roleArn} (${why})`).join('; ')}.`,
      expected: 'StringEquals on :sub in every Allow that names the provider.',
      remedy: 'Correct these roles first (aws-wif diagnose shows how), or give --accept-exposed-roles.',
    },
  ];
}

function requireId(id: string): string {
  if (isGuid(id)) return id.toLowerCase();
  throw wrongUsage(`--include-converted is "${id}".`, "a service connection's id, a GUID.");
}
