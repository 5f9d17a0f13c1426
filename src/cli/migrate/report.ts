import type { FinishPlanOfAccount } from '../../migration/finish/plan-finish.ts';
import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import { neutralise } from '../../outside-text.ts';
import { formatPlans } from '../accounts/difference.ts';
import { formatRun, listRole, listRun } from '../accounts/report.ts';
import type { AccountRun } from '../accounts/run.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import { formatLeftOut, listConnectionName, listLeftOut, nameAll } from './format.ts';
import type { MigrationInput } from './input.ts';

export interface WrittenReport {
  readonly input: MigrationInput;
  readonly plan: MigrationPlan | FinishPlanOfAccount;
  readonly run: AccountRun;
  /** Whether something is left that somebody has to decide. */
  readonly isBlocked: boolean;
  readonly warnings: readonly string[];
  /** What comes next; nothing where it was not done. */
  readonly next: readonly string[];
}

/** Returns what a run planned, did and left. */
export function reportWritten(report: WrittenReport): Report {
  const { input, plan, run, isBlocked, warnings, next } = report;
  const { organization, tenant, hidden } = input.read.fleet;
  const account = {
    ...listRun(run),
    roles: plan.roles.map(({ arn, connections, characters = null }) => ({
      role: listRole(arn),
      connections: connections.map(listConnectionName),
      characters,
    })),
    leftOut: listLeftOut(plan.leftOut),
    providerStays: 'providerStays' in plan ? (plan.providerStays ?? null) : null,
  };
  return {
    status: run.status,
    exit: run.exit === 0 && isBlocked ? 1 : run.exit,
    json: { organization: { ...organization, tenant }, hiddenConnections: hidden, accounts: [account], next },
    text: paint => formatWritten(report, paint),
    warnings: [...new Set(warnings.map(neutralise))],
    errors: run.problems,
  };
}

function formatWritten({ plan, run, next }: WrittenReport, paint: Paint): string {
  const stays = 'providerStays' in plan ? plan.providerStays : undefined;
  return [
    formatRun(run, paint),
    formatUnwritten(run, paint),
    plan.roles.map(({ arn, connections }) => `${neutralise(arn)}: ${nameAll(connections)}`).join('\n'),
    formatLeftOut(plan.leftOut, paint),
    stays === undefined ? '' : `The provider stays: ${neutralise(stays)}.`,
    formatNext(next),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Returns the changes that were not made, as a difference. */
export function formatUnwritten(run: AccountRun, paint: Paint): string {
  return run.status === 'planned' || run.status === 'refused' ? formatPlans([run], paint) : '';
}

/** Returns what comes next as text; nothing where nothing does. */
export function formatNext(next: readonly string[]): string {
  return next.length === 0 ? '' : ['Next:', ...next].join('\n');
}
