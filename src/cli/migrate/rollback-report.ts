import type { RollbackPlan } from '../../account/rollback.ts';
import { neutralise } from '../../outside-text.ts';
import { formatRun, listRun } from '../accounts/report.ts';
import type { AccountRun } from '../accounts/run.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Report } from '../terminal/report.ts';
import { joinParts } from './brief.ts';
import { formatNext, formatUnwritten } from './report.ts';

/** Returns what a rollback planned, did and left. */
export function reportRollback({ conflicts }: RollbackPlan, run: AccountRun): Report {
  const next = run.status === 'done' || run.status === 'unchanged' ? [nextStep] : [];
  return {
    status: run.status,
    exit: run.exit === 0 && conflicts.length > 0 ? 1 : run.exit,
    json: { accounts: [{ ...listRun(run), conflicts }], next },
    text: paint => formatRollback(run, conflicts, next, paint),
    warnings: [],
    errors: run.problems,
  };
}

const nextStep =
  'See how the roles and connections stand now: aws-wif migrate audit. Connections that were converted stay on the Entra issuer: Microsoft documents no way back.';

const titles = { unchanged: 'nothing to restore', planned: 'would be restored, nothing was changed', done: 'restored' };

function formatRollback(run: AccountRun, conflicts: readonly string[], next: readonly string[], paint: Paint): string {
  return joinParts([
    formatRun({ ...run, titles }, paint),
    formatUnwritten([run], paint),
    conflicts.length === 0
      ? ''
      : [paint.yellow('Left as it is:'), ...conflicts.map(text => `  ${neutralise(text)}`)].join('\n'),
    formatNext(next),
  ]);
}
