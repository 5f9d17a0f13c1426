import type { Command } from 'commander';
import { refuseExposed } from '../../account/exposure.ts';
import { isGuid } from '../../identity/issuer.ts';
import { auditAccount, isFinding, type AuditRow } from '../../migration/audit.ts';
import type { TwinRules } from '../../migration/dual-trust/twins.ts';
import { planDualTrust, type MigrationPlan } from '../../migration/dual-trust/plan.ts';
import type { Fleet } from '../../migration/fleet/connections.ts';
import type { PlanFile, PlanRules } from '../../migration/plan-file.ts';
import { nameConnection } from '../../migration/role-trust.ts';
import { addWriteOptions, type WriteOptions } from '../accounts/options.ts';
import { roleByRole } from '../accounts/put-aside.ts';
import { failRun } from '../accounts/run.ts';
import { writeRuns } from '../accounts/write.ts';
import { collect } from '../connections/options.ts';
import { refuseTenant } from '../connections/identities.ts';
import { neededScopes } from '../connections/ask-azure-devops.ts';
import type { CommandShell } from '../shell.ts';
import { checkConsent } from '../terminal/questions.ts';
import { asFailure, CliFailure, holdResult, readAll, wrongUsage } from '../terminal/failure.ts';
import { readInputFile } from '../terminal/input-file.ts';
import type { Report } from '../terminal/report.ts';
import { nameAll } from './format.ts';
import {
  addFleetOptions,
  addRoleOption,
  neededActions,
  type MigrateOptions,
  readInput,
  readState,
  failAccount,
  planAccount,
  type AccountInput,
  type MigrationInput,
  type MigrateRun,
} from './input.ts';
import { conversion, listNextOfApply, nameCommand, quotePlain, warnOfFleet, reportWritten } from './report.ts';
import { addFormatOption, type PageFormat } from '../pages/format.ts';
import { bindRuns, parsePlanFile, readSha256, savePlan } from './plan-file.ts';
import type { Problem } from '../../problem.ts';

interface DualTrustOptions extends MigrateOptions, WriteOptions {
  readonly expand?: boolean;
  readonly includeConverted?: readonly string[];
  readonly acceptExposedRoles?: boolean;
  readonly savePlan?: string;
  readonly format?: PageFormat;
  readonly plan?: string;
  readonly sha256?: string;
}

/** Adds the options of planning dual trust. */
function addDualTrustOptions(command: Command): Command {
  return addRoleOption(addFleetOptions(command))
    .option('--expand', 'also expand statements that use patterns into the connections they match')
    .option(
      '--include-converted <id>',
      'also include this connection, although it already uses the Entra issuer',
      collect,
    )
    .option('--accept-exposed-roles', 'proceed even if roles trust the provider without a condition on :sub');
}

/** Defines `migrate plan`. */
export function addPlan(command: Command, shell: CommandShell): void {
  command.description(
    'Shows what apply would change: it adds the OIDC provider for the Entra issuer with its client IDs and, for each ' +
      'statement for the Azure DevOps issuer, a second statement for the Entra issuer. The second one allows only the ' +
      'Entra identities of the connections that the first one names. It changes nothing.',
  );
  addFormatOption(addDualTrustOptions(command))
    .optionsGroup('Plan:')
    .option('--save-plan <file>', 'save the plan to a file for migrate apply --plan, and print its SHA-256')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate plan --organization-url https://dev.azure.com/contoso --account 111111111111 \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded
  $ aws-wif migrate plan --organization-url https://dev.azure.com/contoso --account 111111111111 --role deploy --expand

AZURE_DEVOPS_EXT_PAT needs the scopes ${neededScopes}.
AWS credentials need ${neededActions.read.join(', ')}.
Exit code 1: a decision is left to you, or apply would refuse to run.`,
    )
    .action((options: DualTrustOptions) => shell.run(() => bringDualTrust({ ...options, dryRun: true }, shell)));
}

/** Defines `migrate apply`. */
export function addApply(command: Command, shell: CommandShell): void {
  command.description(
    'Applies the plan: the provider first, then one role at a time. Each role is read again just before it is changed, and ' +
      'saved to a file for rollback. It is idempotent; if a run was interrupted, run it again to continue.',
  );
  addWriteOptions(addDualTrustOptions(command))
    .option('--plan <file>', 'apply exactly the plan saved by migrate plan --save-plan')
    .option('--sha256 <hex>', 'refuse a plan file with another SHA-256')
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
Exit code 1: refused, stopped, or a decision is left to you. 3: incomplete; run it again to continue.`,
    )
    .action((options: DualTrustOptions) => shell.run(() => bringDualTrust(options, shell)));
}

async function bringDualTrust(options: DualTrustOptions, shell: CommandShell): Promise<Report> {
  const read = await readPlan(options).catch(asFailure);
  const file = read instanceof CliFailure ? undefined : read;
  const input = await readInput({ ...options, ...listGiven(file) }, shell, () => {
    readAll(
      () => {
        if (read instanceof CliFailure) throw read;
      },
      () => options.includeConverted?.map(requireId),
      checkConsent(options),
    );
  });
  const { fleet } = input.read;
  const { planned, saved } = planAll(input, options, file);
  const runs = await writeRuns(planned, {
    options,
    nowMs: shell.nowMs,
    rules: roleByRole,
    verify: run => readBack(run, fleet),
  });
  return reportWritten({
    input,
    runs,
    warnings: warnOfFleet(fleet),
    next: saved.length > 0 ? saved : listNext(runs, input),
    format: options.format,
    nowMs: shell.nowMs(),
  });
}

interface Planned {
  readonly planned: readonly MigrateRun[];
  /** What to say of the file that the plan was saved to. */
  readonly saved: readonly string[];
}

function planAll(input: MigrationInput, options: DualTrustOptions, file: PlanFile | undefined): Planned {
  const { given, roleNames } = input;
  const { fleet } = input.read;
  const { expand, includeConverted: ids = [] }: DualTrustOptions = given;
  const rules = { expand: expand === true, includeConverted: ids.map(requireId), roleNames };
  const own = input.accounts.map(account => planTrust(account, fleet, { rules, options }));
  const all = [...own, ...input.failed.map(failAccount)];
  const planned = file === undefined ? all : bindRuns(all, file, fleet);
  const saved = saveAsked(options, planned, input, {
    ...rules,
    roleNames: roleNames ?? null,
    tenantId: given.tenantId ?? null,
  });
  return { planned, saved };
}

/** The plan to carry out; undefined if none is named. What it was made with is in it, and is not given again. */
async function readPlan({ plan, sha256 }: DualTrustOptions): Promise<PlanFile | undefined> {
  if (plan === undefined && sha256 === undefined) return undefined;
  const file = plan === undefined ? Promise.resolve('') : readInputFile('--plan', plan);
  const [text, demanded] = readAll(await holdResult(file), () =>
    sha256 === undefined ? undefined : readSha256(sha256),
  );
  return plan === undefined ? undefined : parsePlanFile(text, plan, demanded);
}

function listGiven(file: PlanFile | undefined): Partial<DualTrustOptions> {
  if (file === undefined) return {};
  const { expand, includeConverted, roleNames, tenantId } = file.rules;
  return {
    expand,
    includeConverted,
    ...(roleNames === null ? {} : { role: roleNames }),
    ...(tenantId === null ? {} : { tenantId }),
  };
}

function saveAsked(
  { savePlan: path }: DualTrustOptions,
  runs: readonly MigrateRun[],
  input: MigrationInput,
  rules: PlanRules,
): readonly string[] {
  if (path === undefined) return [];
  const digest = savePlan(path, runs, input.read.fleet, rules);
  return [
    `The plan is saved in ${path}; its SHA-256 is ${digest}. To apply it: ${nameCommand('apply', input)} --plan ${quotePlain(path)} --sha256 ${digest}`,
  ];
}

function planTrust(
  account: AccountInput,
  fleet: Fleet,
  { rules, options }: { readonly rules: TwinRules; readonly options: DualTrustOptions },
): MigrateRun {
  const plan = planDualTrust(account.state, fleet, rules);
  const exposures = options.acceptExposedRoles === true ? [] : refuseExposed(plan.exposed);
  return planAccount(account, plan, [...refuseTenant(plan.unconfirmed.map(nameConnection)), ...exposures]);
}

/** All was done, and IAM may not show it everywhere yet. */
async function readBack(run: MigrateRun, fleet: Fleet): Promise<MigrateRun> {
  const { input, plan } = run;
  if (input === undefined) return run;
  try {
    const state = await readState(input);
    const unready = findUnready(plan, auditAccount(state, fleet).rows);
    const read = { ...run, input: { ...input, state } };
    return unready.length === 0 ? read : { ...read, exit: 1, problems: unready };
  } catch (thrown) {
    return { ...run, ...failRun(run, thrown) };
  }
}

/** What was not done has no next step but what its problems say. */
function listNext(runs: readonly MigrateRun[], input: MigrationInput): readonly string[] {
  if (runs.some(({ problems }) => problems.length > 0)) return [];
  if (runs.some(({ status }) => status === 'planned')) {
    return [`To apply it, with the other options given here: ${nameCommand('apply', input)}`];
  }
  const rows = runs.flatMap(run =>
    run.input === undefined ? [] : auditAccount(run.input.state, input.read.fleet).rows,
  );
  const ready = rows.filter(({ state }) => state === 'ready').map(({ connection }) => connection);
  return ready.length === 0 ? [] : listNextOfApply(input, [...new Set(ready)]);
}

function requireId(id: string): string {
  if (isGuid(id)) return id.toLowerCase();
  throw wrongUsage(`--include-converted is "${id}".`, "a service connection's ID, a GUID.");
}

/** Returns what, read back, is not ready although it was meant to be. */
function findUnready({ roles }: Pick<MigrationPlan, 'roles'>, rows: readonly AuditRow[]): readonly Problem[] {
  const meant = new Set(roles.flatMap(({ arn, connections }) => connections.map(({ id }) => `${arn} ${id}`)));
  const unready = rows.filter(row => isFinding(row) && meant.has(`${row.roleArn} ${row.connection.id}`));
  if (unready.length === 0) return [];
  return [
    {
      code: 'NotSettled',
      found: `After the change, ${unready.map(({ roleArn, connection }) => `${roleArn} does not allow ${nameAll([connection])} on the Entra issuer`).join('; ')}.`,
      expected: 'roles that allow both identities of each connection.',
      remedy: 'Wait a minute, then run aws-wif migrate verify. Do not convert any connection before it succeeds.',
    },
  ];
}
