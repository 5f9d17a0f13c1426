import { needsDecision } from '../../migration/left-out.ts';
import { neutralise } from '../../outside-text.ts';
import { formatPlans } from '../accounts/difference.ts';
import { countChanges, formatRun, isMade, listRole, listRun, sumUp } from '../accounts/report.ts';
import type { AccountRun } from '../accounts/run.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import { chooseText, countLeftOut, cutLines, joinParts } from './brief.ts';
import { nameCount } from './counts.ts';
import { formatLeftOut, listConnectionName, listLeftOut, nameAll } from './format.ts';
import type { MigrationInput } from './input.ts';
import type { MigrateRun } from './runs.ts';

export interface WrittenReport {
  readonly input: MigrationInput;
  readonly runs: readonly MigrateRun[];
  readonly warnings: readonly string[];
  /** What comes next; nothing where it was not done. */
  readonly next: readonly string[];
}

/** Returns what a run planned, did and left, in all its accounts. */
export function reportWritten(report: WrittenReport): Report {
  const { input, runs, warnings, next } = report;
  const { organization, tenant, hidden } = input.read.fleet;
  const { status, exit } = sumUp(runs);
  const own = runs.flatMap(({ plan }) => plan.warnings);
  return {
    status: chooseStatus(runs, status),
    exit: exit === 0 && runs.some(isBlocked) ? 1 : exit,
    json: {
      organization: { ...organization, tenant },
      hiddenConnections: hidden,
      counts: countRuns(runs),
      accounts: runs.map(listMigrated),
      next,
    },
    text: paint => formatWritten(report, paint),
    warnings: [...new Set([...warnings, ...own].map(neutralise))],
    errors: runs.flatMap(({ problems }) => problems),
  };
}

/** Where some accounts failed and others were changed, that is what the run comes to. */
function chooseStatus(runs: readonly MigrateRun[], worst: Report['status']): Report['status'] {
  const isMixed = runs.some(({ outcomes }) => outcomes.some(({ state }) => state === 'done'));
  return isMixed && (worst === 'failed' || worst === 'refused') ? 'partial' : worst;
}

/** Whether something is left that somebody has to decide. */
function isBlocked({ plan }: MigrateRun): boolean {
  return readStays(plan) !== undefined || plan.leftOut.some(needsDecision);
}

function readStays(plan: MigrateRun['plan']): string | undefined {
  return 'providerStays' in plan ? plan.providerStays : undefined;
}

interface RunCounts {
  readonly accounts: { readonly read: number; readonly failed: number };
  readonly roles: number;
  readonly changes: { readonly planned: number; readonly made: number; readonly putAside: number };
  readonly leftOut: number;
}

function countRuns(runs: readonly MigrateRun[]): RunCounts {
  const read = runs.filter(({ opened }) => opened !== undefined).length;
  const outcomes = runs.flatMap(run => run.outcomes);
  const sum = (count: (run: MigrateRun) => number): number => runs.reduce((total, run) => total + count(run), 0);
  return {
    accounts: { read, failed: runs.length - read },
    roles: sum(({ plan }) => plan.roles.length),
    changes: {
      planned: sum(({ changes }) => changes.length),
      made: outcomes.filter(isMade).length,
      putAside: outcomes.filter(({ state }) => state === 'put-aside' || state === 'stopped').length,
    },
    leftOut: sum(({ plan }) => plan.leftOut.filter(needsDecision).length),
  };
}

function listMigrated(run: MigrateRun): Readonly<Record<string, unknown>> {
  const { plan } = run;
  return {
    ...listRun(run),
    roles: plan.roles.map(({ arn, connections, characters = null }) => ({
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
  const stays = runs.flatMap(({ plan }) => formatStays(readStays(plan))).join('\n');
  const counts = formatRunCounts(countRuns(runs), paint);
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
      cutLines(
        [...runs].sort(compareRuns).flatMap(run => cutLines(formatRun(run, paint).split('\n'), 6)),
        12,
      ).join('\n'),
      cutLines(roles, 3).join('\n'),
      countLeftOut(leftOut, paint),
      stays,
      formatNext(next),
    ]);
  return chooseText(whole, brief, input.given.all, maxLines);
}

/** Changes are to be read before somebody agrees to them: a few of them are shown in full. */
const maxLines = 120;

/** Those that did not go well come first. */
function compareRuns(one: AccountRun, other: AccountRun): number {
  return other.exit - one.exit;
}

function formatStays(stays: string | undefined): readonly string[] {
  return stays === undefined ? [] : [`The provider stays: ${neutralise(stays)}.`];
}

function formatRunCounts({ accounts, roles, changes, leftOut }: RunCounts, paint: Paint): string {
  const failed = accounts.failed === 0 ? '' : `, ${nameCount(accounts.failed, 'account')} could not be read`;
  const aside = changes.putAside === 0 ? '' : `, ${changes.putAside} put aside`;
  return paint.bold(
    `${countChanges(changes.planned)} of ${nameCount(roles, 'role')} in ${nameCount(accounts.read, 'account')}: ${changes.made} made${aside}, ${nameCount(leftOut, 'thing')} left to decide${failed}`,
  );
}

/** Returns the changes that were not made, as differences. */
export function formatUnwritten(runs: readonly AccountRun[], paint: Paint): string {
  return formatPlans(
    runs.filter(({ status }) => status === 'planned' || status === 'refused'),
    paint,
  );
}

/** Returns what comes next as text; nothing where nothing does. */
export function formatNext(next: readonly string[]): string {
  return next.length === 0 ? '' : ['Next:', ...next].join('\n');
}
