import { describeDifference, type DifferenceLine } from '../../account/difference.ts';
import { neutralise } from '../../outside-text.ts';
import { escapeJsonText } from '../terminal/json.ts';
import { choosePaint, type Paint } from '../terminal/paint.ts';
import type { AccountRun } from './run.ts';

type Shown = Pick<AccountRun, 'target' | 'changes' | 'policies'>;

/** A difference, and the accounts whose plan it is. */
export interface PlanGroup {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Returns the plans of accounts as differences; accounts whose plans differ only in their IDs share one. */
export function groupPlans(runs: readonly Shown[], paint: Paint = plain): readonly PlanGroup[] {
  const groups = new Map<string, string[]>();
  for (const { target, changes, policies } of runs.filter(run => run.changes.length > 0)) {
    const { accountId } = target.account;
    const lines = describeDifference(changes, policies).map(line => formatLine(line, paint));
    const text = lines.join('\n').replaceAll(accountId, '{account}');
    groups.set(text, [...(groups.get(text) ?? []), accountId]);
  }
  return [...groups].map(([text, ids]) => {
    const [only = '', ...others] = ids;
    const shown = others.length === 0 ? text.replaceAll('{account}', only) : text;
    const title = others.length === 0 ? `Account ${only}` : `${ids.length} accounts: ${ids.join(', ')}`;
    return { title, lines: shown.split('\n') };
  });
}

/** Returns the same as text. */
export function formatPlans(runs: readonly Shown[], paint: Paint): string {
  return groupPlans(runs, paint)
    .map(({ title, lines }) => [paint.bold(title), ...lines].join('\n'))
    .join('\n\n');
}

const plain = choosePaint({ isTerminal: false, env: {} });

function formatLine({ mark, depth, text }: DifferenceLine, paint: Paint): string {
  const shown = `${mark} ${'  '.repeat(depth)}${neutralise(escapeJsonText(text))}`;
  if (mark === '+') return paint.green(shown);
  if (mark === '-') return paint.red(shown);
  return mark === '~' ? paint.yellow(shown) : shown;
}
