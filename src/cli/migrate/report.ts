import type { FinishPlanOfAccount } from '../../migration/finish/plan-finish.ts';
import type { MigrationPlan } from '../../migration/dual-trust/plan.ts';
import { neutralise } from '../../outside-text.ts';
import type { Problem } from '../terminal/failure.ts';
import { formatChanges, formatLeftOut, listChanges, nameAll } from './format.ts';
import type { MigrationInput } from './input.ts';
import { formatProblems } from './problems.ts';
import type { Written } from './write.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';

export interface WrittenReport {
  readonly input: MigrationInput;
  readonly plan: MigrationPlan | FinishPlanOfAccount;
  readonly written: Written;
  /** What is wrong with what was written. */
  readonly problems?: readonly Problem[];
  /** Whether something is left that somebody has to decide. */
  readonly isBlocked: boolean;
  readonly warnings: readonly string[];
  /** What comes next; nothing where it was not done. */
  readonly next: readonly string[];
}

/** Returns what a run planned, did and left. */
export function reportWritten(report: WrittenReport): Report {
  const { input, plan, written, isBlocked, warnings, next } = report;
  const problems = [...written.problems, ...(report.problems ?? [])];
  const { organization, tenant, hidden } = input.read.fleet;
  return {
    exit: written.exit !== 0 ? written.exit : problems.length > 0 || isBlocked ? 1 : 0,
    json: {
      ...input.state.account,
      caller: input.caller.arn,
      organization: { ...organization, tenant },
      hiddenConnections: hidden,
      status: written.status,
      changes: listChanges(plan.changes),
      done: written.done.length,
      saved: written.saved ?? null,
      roles: plan.roles.map(({ arn, connections, characters }) => ({
        role: arn,
        connections: connections.map(({ id, project, name }) => ({ id, project, connection: name })),
        characters: characters ?? null,
      })),
      exposedRoles: 'exposed' in plan ? plan.exposed : [],
      leftOut: plan.leftOut,
      providerStays: 'providerStays' in plan ? (plan.providerStays ?? null) : null,
      next,
      errors: problems,
    },
    text: paint => formatWritten(report, problems, paint),
    warnings: [...new Set(warnings.map(neutralise))],
  };
}

const titles: Readonly<Record<Written['status'], string>> = {
  unchanged: 'Nothing to change',
  planned: 'Planned, nothing was changed',
  done: 'Done',
  partial: 'Not finished: what was done stays; what to do is said below',
  refused: 'Refused, nothing was changed',
};

function formatWritten({ plan, written, next }: WrittenReport, problems: readonly Problem[], paint: Paint): string {
  const { status, saved, done } = written;
  const colour = status === 'partial' || status === 'refused' ? paint.red : paint.green;
  const stays = 'providerStays' in plan ? plan.providerStays : undefined;
  return [
    colour(
      `${titles[status]} (${status === 'done' || status === 'partial' ? `${done.length} of ` : ''}${plan.changes.length} changes)`,
    ),
    status === 'planned' || status === 'refused' ? formatChanges(plan.changes, paint) : '',
    plan.roles.map(({ arn, connections }) => `${neutralise(arn)}: ${nameAll(connections)}`).join('\n'),
    formatLeftOut(plan.leftOut, paint),
    stays === undefined ? '' : `The provider stays: ${neutralise(stays)}.`,
    saved === undefined ? '' : `Before, for aws-wif migrate rollback: ${saved}`,
    formatProblems(problems),
    next.length === 0 ? '' : ['Next:', ...next].join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}
