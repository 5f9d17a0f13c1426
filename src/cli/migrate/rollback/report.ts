import { neutralise } from '../../../secret.ts';
import { formatRun, listRun, sumUp, type AccountRun } from '../../accounts/run.ts';
import { chooseText, cutLines, joinParts, type Paint } from '../../terminal/layout.ts';
import type { Report } from '../../terminal/report.ts';
import type { MigrateOptions } from '../input.ts';
import { formatNext, formatUnwritten } from '../report.ts';
import { chooseStatus, countRuns, formatRunCounts, formatWorst, maxRunLines, type RunCounts } from '../format.ts';

/** A rollback of an account, with the documents that stay as they are. */
export interface RollbackRun extends AccountRun {
  readonly conflicts: readonly string[];
}

/** Returns the run of an account with the documents that stay as they are, in the words of a rollback. */
export function addConflicts(run: AccountRun, conflicts: readonly string[]): RollbackRun {
  return { ...run, conflicts, titles };
}

const titles = { unchanged: 'nothing to restore', planned: 'would be restored, nothing was changed', done: 'restored' };

/** Returns what a rollback planned, did and left, in all its accounts. */
export function reportRollback(runs: readonly RollbackRun[], { all }: Pick<MigrateOptions, 'all'>): Report {
  const { status, exit } = sumUp(runs);
  const isOver = runs.every(run => run.status === 'done' || run.status === 'unchanged');
  const next = isOver ? [nextStep] : [];
  return {
    status: chooseStatus(runs, status),
    exit: exit === 0 && runs.some(({ conflicts }) => conflicts.length > 0) ? 1 : exit,
    json: {
      counts: countRestored(runs),
      accounts: runs.map(run => ({ ...listRun(run), conflicts: run.conflicts })),
      next,
    },
    text: paint => formatRollback(runs, { next, paint, all }),
    warnings: [],
    errors: runs.flatMap(({ problems }) => problems),
  };
}

const nextStep =
  'To see the current state, run aws-wif migrate audit with the same accounts. Converted connections stay on the Entra issuer; Microsoft documents no way back.';

function countRestored(runs: readonly RollbackRun[]): RunCounts {
  return countRuns(runs, ({ changes, conflicts }) => ({
    roles: changes.filter(({ document }) => document.kind === 'role').length,
    leftOut: conflicts.length,
  }));
}

interface Style {
  readonly next: readonly string[];
  readonly paint: Paint;
  readonly all: boolean | undefined;
}

function formatRollback(runs: readonly RollbackRun[], { next, paint, all }: Style): string {
  const counts = runs.length === 1 ? '' : formatRunCounts(countRestored(runs), paint);
  const left = runs.flatMap(({ target, conflicts }) =>
    conflicts.map(text => `  ${target.account.accountId}: ${neutralise(text)}`),
  );
  const nameLeft = (lines: readonly string[]): string =>
    lines.length === 0 ? '' : [paint.yellow('Left as it is:'), ...lines].join('\n');
  const whole = joinParts([
    counts,
    runs.map(run => formatRun(run, paint)).join('\n'),
    formatUnwritten(runs, paint),
    nameLeft(left),
    formatNext(next),
  ]);
  const brief = (): string =>
    joinParts([counts, formatWorst(runs, paint), nameLeft(cutLines(left, 5)), formatNext(next)]);
  return chooseText(whole, brief, all, maxRunLines);
}
