import { countChanges, formatRun, isMade } from '../accounts/report.ts';
import type { AccountRun } from '../accounts/run.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Status } from '../terminal/report.ts';
import { cutLines } from './brief.ts';
import { nameCount } from './counts.ts';

/** What the runs of several accounts come to. */
export interface RunCounts {
  readonly accounts: { readonly read: number; readonly failed: number };
  readonly roles: number;
  readonly changes: { readonly planned: number; readonly made: number; readonly putAside: number };
  readonly leftOut: number;
}

/** Returns what runs come to; `countOwn` says what the command's own plan of a run has. */
export function countRuns<Run extends AccountRun>(
  runs: readonly Run[],
  countOwn: (run: Run) => Pick<RunCounts, 'roles' | 'leftOut'>,
): RunCounts {
  const read = runs.filter(({ opened }) => opened !== undefined).length;
  const outcomes = runs.flatMap(run => run.outcomes);
  const sum = (count: (run: Run) => number): number => runs.reduce((total, run) => total + count(run), 0);
  return {
    accounts: { read, failed: runs.length - read },
    roles: sum(run => countOwn(run).roles),
    changes: {
      planned: sum(({ changes }) => changes.length),
      made: outcomes.filter(isMade).length,
      putAside: outcomes.filter(({ state }) => state === 'put-aside' || state === 'stopped').length,
    },
    leftOut: sum(run => countOwn(run).leftOut),
  };
}

/** Returns counts in a line. */
export function formatRunCounts({ accounts, roles, changes, leftOut }: RunCounts, paint: Paint): string {
  const failed = accounts.failed === 0 ? '' : `, ${nameCount(accounts.failed, 'account')} could not be read`;
  const aside = changes.putAside === 0 ? '' : `, ${changes.putAside} skipped`;
  return paint.bold(
    `${countChanges(changes.planned)} of ${nameCount(roles, 'role')} in ${nameCount(accounts.read, 'account')}: ${changes.made} applied${aside}, ${nameCount(leftOut, 'decision')} left to you${failed}`,
  );
}

/** Returns how all ended. Where some accounts failed and others were changed, the whole is partial. */
export function chooseStatus(runs: readonly AccountRun[], worst: Status): Status {
  const isMixed = runs.some(({ outcomes }) => outcomes.some(({ state }) => state === 'done'));
  return isMixed && (worst === 'failed' || worst === 'refused') ? 'partial' : worst;
}

/** Changes are to be read before somebody agrees to them: a few of them are shown in full. */
export const maxRunLines = 120;

/** Returns the first lines of runs, those that did not go well before the others. */
export function formatWorst(runs: readonly AccountRun[], paint: Paint): string {
  const worst = [...runs].sort((one, other) => other.exit - one.exit);
  return cutLines(
    worst.flatMap(run => cutLines(formatRun(run, paint).split('\n'), 6)),
    12,
  ).join('\n');
}
