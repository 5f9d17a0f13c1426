import { needsDecision } from '../../migration/left-out.ts';
import { neutralise } from '../../secret.ts';
import { formatPlans, formatRun, listRole, listRun, sumUp, type AccountRun } from '../accounts/run.ts';
import { chooseText, cutLines, joinParts, nameCount, type Paint } from '../terminal/layout.ts';
import type { Report } from '../terminal/report.ts';
import { renderPage, type PageFormat } from '../pages/format.ts';
import {
  chooseStatus,
  countRuns,
  formatRunCounts,
  formatWorst,
  maxRunLines,
  countLeftOut,
  formatLeftOut,
  listConnectionName,
  listLeftOut,
  nameAll,
  type RunCounts,
} from './format.ts';
import { writePlanPage, type PlanFacts } from './pages.ts';
import type { MigrateRun, MigrationInput } from './input.ts';
import type { FleetConnection, Fleet } from '../../migration/fleet/connections.ts';
import type { Histories } from '../connections/ask-azure-devops.ts';
import type { Command } from 'commander';
import { azureDevOpsIssuerRetires } from '../../identity/issuer.ts';

interface WrittenReport extends PlanFacts {
  /** In what it is written; text if nothing is said. */
  readonly format?: PageFormat | undefined;
  readonly nowMs?: number;
}

/** Returns what a run planned, did and left, in all its accounts. */
export function reportWritten(report: WrittenReport): Report {
  const { input, runs, warnings, next, format = 'text', nowMs = 0 } = report;
  const { organization, tenant, hidden } = input.read.fleet;
  const { status, exit } = sumUp(runs);
  const own = runs.flatMap(({ plan }) => plan.warnings);
  return {
    status: chooseStatus(runs, status),
    exit: exit === 0 && runs.some(isBlocked) ? 1 : exit,
    json: {
      organization: { ...organization, tenant },
      hiddenConnections: hidden,
      counts: countMigrated(runs),
      accounts: runs.map(listMigrated),
      next,
    },
    text: paint =>
      format === 'text'
        ? formatWritten(report, paint)
        : renderPage(writePlanPage(report, countMigrated(runs), nowMs), format),
    warnings: [...new Set([...warnings, ...own].map(neutralise))],
    errors: runs.flatMap(({ problems }) => problems),
  };
}

/** Whether something is left that somebody has to decide. */
function isBlocked({ plan }: MigrateRun): boolean {
  return readStays(plan) !== undefined || plan.leftOut.some(needsDecision);
}

function readStays(plan: MigrateRun['plan']): string | undefined {
  return 'providerStays' in plan ? plan.providerStays : undefined;
}

/** What the runs of a migration come to. */
function countMigrated(runs: readonly MigrateRun[]): RunCounts {
  return countRuns(runs, ({ plan }) => ({
    roles: plan.roles.length,
    leftOut: plan.leftOut.filter(needsDecision).length,
  }));
}

function listMigrated(run: MigrateRun): Readonly<Record<string, unknown>> {
  const { plan } = run;
  return {
    ...listRun(run),
    roles: plan.roles.map(({ arn, connections, characters }) => ({
      role: listRole(arn),
      connections: connections.map(listConnectionName),
      characters,
    })),
    leftOut: listLeftOut(plan.leftOut),
    providerStays: readStays(plan) ?? null,
  };
}

function formatWritten({ input, runs, next }: WrittenReport, paint: Paint): string {
  const leftOut = runs.flatMap(({ plan }) => plan.leftOut);
  const roles = runs.flatMap(({ plan }) =>
    plan.roles.map(({ arn, connections }) => `${neutralise(arn)}: ${nameAll(connections)}`),
  );
  const stays = runs
    .flatMap(({ plan }) => readStays(plan) ?? [])
    .map(one => `The provider stays: ${neutralise(one)}.`)
    .join('\n');
  const counts = formatRunCounts(countMigrated(runs), paint);
  const accounts = runs.map(run => formatRun(run, paint));
  const unwritten = formatUnwritten(runs, paint);
  const whole = joinParts([
    counts,
    accounts.join('\n'),
    unwritten,
    roles.join('\n'),
    formatLeftOut(leftOut, paint),
    stays,
    formatNext(next),
  ]);
  const brief = (): string =>
    joinParts([
      counts,
      formatWorst(runs, paint),
      cutLines(roles, 3).join('\n'),
      countLeftOut(leftOut, paint),
      stays,
      formatNext(next),
    ]);
  return chooseText(whole, brief, input.given.all, maxRunLines);
}

/** Returns the changes that were not made, as differences. */
export function formatUnwritten(runs: readonly AccountRun[], paint: Paint): string {
  return formatPlans(
    runs.filter(({ status }) => status === 'planned' || status === 'refused'),
    paint,
  );
}

/** Returns what comes next as text; nothing if nothing does. */
export function formatNext(next: readonly string[]): string {
  return next.length === 0 ? '' : ['Next:', ...next].join('\n');
}

/**
 * Where a connection is converted: by hand, since no command of Azure DevOps for it is confirmed.
 *
 * @see https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections
 */
export const conversion =
  'Convert each connection yourself in Azure DevOps: Project settings > Service connections > the connection > Update, and ' +
  'Update again to confirm. Microsoft documents no way back, and editing an old connection may convert it, so make the ' +
  'roles trust both issuers first.';

/** The page of a project on which its connections are converted. */
export interface Portal {
  readonly project: string;
  readonly url: string;
}

/** Returns the pages on which connections that are still on the old issuer are converted. */
export function listPortals(
  { organization }: Pick<MigrationInput, 'organization'>,
  connections: readonly FleetConnection[],
): readonly Portal[] {
  const retiring = connections.filter(({ status }) => status === 'retiring');
  return [...new Set(retiring.map(({ project }) => project))].map(project => {
    // Half a surrogate pair is no character, and makes the encoding fail.
    const name = encodeURIComponent(project.replace(/\p{Surrogate}/gu, '\ufffd'));
    return { project, url: new URL(`${name}/_settings/adminservices`, organization.url).href };
  });
}

/** Returns where connections are converted, with the pages of their projects. */
export function formatConversion(portals: readonly Portal[], max = Infinity): string {
  return [
    conversion,
    ...cutLines(
      portals.map(({ project, url }) => neutralise(`  ${project}: "${url}"`)),
      max,
    ),
  ].join('\n');
}

/** So many accounts are written out in a command. */
const maxAccounts = 5;

/** Names accounts as they were named. */
function nameAccounts({ accounts, failed, given }: MigrationInput): string {
  const { accountsFile, assumeRole, profile = [] } = given;
  const targets = [...accounts, ...failed].map(({ target }) => target);
  const [first] = targets;
  const elsewhere =
    first === undefined || first.account.partition === 'aws' ? '' : ` --partition ${first.account.partition}`;
  if (accountsFile !== undefined) return ` --accounts-file ${quotePlain(accountsFile)}${elsewhere}`;
  const ids = targets.map(({ account }) => ` --account ${account.accountId}`);
  const shown = ids.length > maxAccounts ? ' --account ... (those given here)' : ids.join('');
  const role = assumeRole === undefined ? '' : ` --assume-role ${quotePlain(assumeRole)}`;
  const profiles = targets.length > maxAccounts ? '' : profile.map(one => ` --profile ${quotePlain(one)}`).join('');
  return `${shown}${elsewhere}${role}${profiles}`;
}

/** Returns a text that shells read as it is, or words in its place. */
export function quotePlain(text: string): string {
  return /^[\w./:@{}=+-]+$/.test(text) ? text : '... (as given here)';
}

/** Returns a command of the migration for the same organization and accounts. */
export function nameCommand(subcommand: string, input: MigrationInput): string {
  const { organization, given } = input;
  const { url, name } = organization;
  // The host of an own domain is in lower case, the organization's name is not.
  const address = url.hostname.endsWith('.visualstudio.com')
    ? `https://${name}.visualstudio.com`
    : url.href.replace(/\/$/, '');
  const tenant = given.tenantId === undefined ? '' : ` --tenant-id ${given.tenantId}`;
  return `aws-wif migrate ${subcommand} --organization-url ${address}${nameAccounts(input)}${tenant}`;
}

/** Returns what comes after roles trust both issuers. */
export function listNextOfApply(input: MigrationInput, ready: readonly FleetConnection[]): readonly string[] {
  return [
    `To check that both issuers are allowed: ${nameCommand('verify', input)}`,
    formatConversion(listPortals(input, ready)),
    `Then, to remove the old issuer: ${nameCommand('finish', input)}`,
  ];
}

/** Returns what to know about what was seen of an organization, and what was not. */
export function warnOfFleet(fleet: Fleet, histories?: Histories): readonly string[] {
  const { connections } = fleet;
  const warnings = [warnOfHidden(fleet), ...warnOfSpelling(fleet), ...warnOfTenant(fleet)];
  if (connections.some(({ status }) => status === 'retiring')) {
    warnings.push(
      'Connections of multitenant applications keep the Azure DevOps issuer, but Azure DevOps does not show which these are. They are counted here as connections to convert.',
    );
  }
  const unread = connections.filter(({ id }) => histories?.has(id) === true && histories.get(id) === undefined);
  if (unread.length > 0)
    warnings.push(`The usage history of ${nameCount(unread.length, 'connection')} could not be read.`);
  return warnings.map(neutralise);
}

/** Returns that there may be connections that were not seen, with the number of those that are known of. */
export function warnOfHidden({ hidden }: Fleet): string {
  const missing = 'Connections that this token cannot see are missing here';
  if (hidden === 0) return `${missing}: Azure DevOps silently hides them, and even whole projects.`;
  return `${missing}: Azure DevOps reports ${hidden} that it does not show, and there may be others. Give the token's owner the Reader role on them.`;
}

function warnOfSpelling({ organization, spelling }: Fleet): readonly string[] {
  if (spelling === undefined) return [];
  return [
    `Subjects spell the organization ${spelling}, but --organization-url has ${organization.name}. Write it as ${spelling}, because AWS compares letter case.`,
  ];
}

function warnOfTenant({ tenant }: Fleet): readonly string[] {
  switch (tenant.kind) {
    case 'confirmed':
      return [];
    case 'unconfirmed':
      return [
        "The organization's tenant is unconfirmed, because no connection is converted yet: the Entra identities shown use each connection's own tenant. Nothing is written without --tenant-id.",
      ];
    case 'conflict':
      return [`The organization's tenant is ambiguous: ${tenant.ids.join(' or ')}. Check --tenant-id.`];
  }
}

/** Defines `migrate`. */
export function addMigrate(command: Command): void {
  command
    .description(
      `Moves an account's roles from the Azure DevOps issuer, which retires on ${azureDevOpsIssuerRetires}, to the Entra issuer without an outage: audit, plan, apply, verify, then convert the connections in Azure DevOps, then finish.`,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif migrate audit --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate apply --organization-url https://dev.azure.com/contoso --account 111111111111
  $ aws-wif migrate finish --organization-url https://dev.azure.com/contoso --account 111111111111

${conversion}`,
    );
}
