import type { RollbackPlan } from '../../migration/rollback.ts';
import { neutralise } from '../../outside-text.ts';
import { formatChanges, listChanges } from './format.ts';
import type { OpenedAccount } from './input.ts';
import { formatProblems } from './problems.ts';
import type { Written } from './write.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';

/** Returns what a rollback planned, did and left. */
export function reportRollback(opened: OpenedAccount, plan: RollbackPlan, written: Written): Report {
  const { changes, conflicts } = plan;
  const isOver = written.status === 'done' || written.status === 'unchanged';
  const next = isOver ? [nextStep] : [];
  return {
    exit: written.exit === 0 && conflicts.length > 0 ? 1 : written.exit,
    json: {
      ...opened.target.account,
      caller: opened.caller.arn,
      status: written.status,
      changes: listChanges(changes),
      done: written.done.length,
      saved: written.saved ?? null,
      conflicts,
      next,
      errors: written.problems,
    },
    text: paint => formatRollback(plan, written, next, paint),
    warnings: [],
  };
}

const nextStep =
  'See how the roles and connections stand now: aws-wif migrate audit. Connections that were converted stay on the Entra issuer: Microsoft documents no way back.';

const titles: Readonly<Record<Written['status'], string>> = {
  unchanged: 'Nothing to put back',
  planned: 'What would be put back; nothing was changed',
  done: 'Put back',
  partial: 'Not finished: what was put back stays; what to do is said below',
  refused: 'Refused, nothing was changed',
};

function formatRollback(
  { changes, conflicts }: RollbackPlan,
  { status, done, saved, problems }: Written,
  next: readonly string[],
  paint: Paint,
): string {
  const colour = status === 'partial' || status === 'refused' ? paint.red : paint.green;
  const count = status === 'done' || status === 'partial' ? `${done.length} of ` : '';
  return [
    colour(`${titles[status]} (${count}${changes.length} changes)`),
    status === 'planned' || status === 'refused' ? formatChanges(changes, paint) : '',
    conflicts.length === 0
      ? ''
      : [paint.yellow('Left as it is:'), ...conflicts.map(text => `  ${neutralise(text)}`)].join('\n'),
    saved === undefined ? '' : `Before, for aws-wif migrate rollback: ${saved}`,
    formatProblems(problems),
    next.length === 0 ? '' : ['Next:', ...next].join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}
