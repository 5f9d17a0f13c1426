import { describeDifference, type DifferenceLine } from '../../account/difference.ts';
import { neutralise } from '../../outside-text.ts';
import { escapeJsonText } from '../terminal/json.ts';
import type { Paint } from '../terminal/paint.ts';
import type { AccountRun } from './run.ts';

type Shown = Pick<AccountRun, 'target' | 'changes' | 'policies'>;

/** Returns the plans of accounts as differences; accounts whose plans differ in nothing but their ids share one. */
export function formatPlans(runs: readonly Shown[], paint: Paint): string {
  const groups = new Map<string, string[]>();
  for (const run of runs.filter(({ changes }) => changes.length > 0)) {
    const { accountId } = run.target.account;
    const text = formatPlan(run, paint).replaceAll(accountId, '{account}');
    groups.set(text, [...(groups.get(text) ?? []), accountId]);
  }
  return [...groups]
    .map(([text, ids]) => {
      const [only = '', ...others] = ids;
      const shown = others.length === 0 ? text.replaceAll('{account}', only) : text;
      const title = others.length === 0 ? `Account ${only}` : `${ids.length} accounts: ${ids.join(', ')}`;
      return `${paint.bold(title)}\n${shown}`;
    })
    .join('\n\n');
}

function formatPlan({ changes, policies }: Shown, paint: Paint): string {
  return describeDifference(changes, policies)
    .map(line => formatLine(line, paint))
    .join('\n');
}

function formatLine({ mark, depth, text }: DifferenceLine, paint: Paint): string {
  const shown = `${mark} ${'  '.repeat(depth)}${neutralise(escapeJsonText(text))}`;
  if (mark === '+') return paint.green(shown);
  if (mark === '-') return paint.red(shown);
  return mark === '~' ? paint.yellow(shown) : shown;
}
