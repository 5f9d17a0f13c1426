import { needsDecision } from '../../migration/left-out.ts';
import { neutralise } from '../../secret.ts';
import { formatPlans, formatRun, listRole, listRun, sumUp, type AccountRun } from '../accounts/run.ts';
import { chooseText, cutLines, joinParts, type Paint } from '../terminal/layout.ts';
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
import type { MigrateRun } from './input.ts';

export interface WrittenReport extends PlanFacts {
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
  const stays = runs.flatMap(({ plan }) => formatStays(readStays(plan))).join('\n');
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

function formatStays(stays: string | undefined): readonly string[] {
  return stays === undefined ? [] : [`The provider stays: ${neutralise(stays)}.`];
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
