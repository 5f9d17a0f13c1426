import type { FinishPlanOfAccount } from '../migration/plan-finish.ts';
import type { MigrationPlan } from '../migration/plan.ts';
import { neutralise } from '../outside-text.ts';
import { formatProblem, type Problem } from './failure.ts';
import { formatChanges, formatLeftOut, listChanges, nameAll } from './migrate-format.ts';
import type { MigrateScene } from './migrate-scene.ts';
import type { Written } from './migrate-write.ts';
import type { Paint } from './paint.ts';
import type { Report } from './report.ts';

export interface WrittenReport {
  readonly scene: MigrateScene;
  readonly plan: MigrationPlan | FinishPlanOfAccount;
  readonly written: Written;
  /** Why nothing was written, or what is wrong with what was. */
  readonly problems: readonly Problem[];
  /** Whether something is left that somebody has to decide. */
  readonly isBlocked: boolean;
  readonly warnings: readonly string[];
  /** What comes next. */
  readonly next: string;
}

/** Returns what a run planned, did and left. */
export function reportWritten(report: WrittenReport): Report {
  const { scene, plan, written, isBlocked, warnings, next } = report;
  const problems = [...report.problems, ...written.problems];
  const { organization, tenant } = scene.read.fleet;
  return {
    exit: written.exit !== 0 ? written.exit : problems.length > 0 || isBlocked ? 1 : 0,
    json: {
      ...scene.state.account,
      caller: scene.caller.arn,
      organization: { ...organization, tenant },
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
  partial: 'Not finished: run the same command again, it goes on from what is there',
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
    problems.map(one => formatProblem(one).split('\n').map(neutralise).join('\n')).join('\n'),
    next,
  ]
    .filter(Boolean)
    .join('\n\n');
}
