import { neutralise } from '../../outside-text.ts';
import { describeDifference, type DifferenceLine } from '../../setup/difference.ts';
import { escapeJsonText } from '../terminal/json.ts';
import type { Paint } from '../terminal/paint.ts';
import type { AccountRun } from './account.ts';

/** Returns the plans of accounts as differences; accounts whose plans differ in nothing but their ids share one. */
export function formatPlans(runs: readonly AccountRun[], paint: Paint): string {
  const groups = new Map<string, AccountRun[]>();
  for (const run of runs.filter(({ planned }) => (planned?.plan.changes.length ?? 0) > 0)) {
    const text = formatPlan(run, paint).replaceAll(run.request.account.accountId, '{account}');
    groups.set(text, [...(groups.get(text) ?? []), run]);
  }
  return [...groups]
    .map(([text, members]) => {
      const ids = members.map(({ request: { account } }) => account.accountId);
      const [only = '', ...others] = ids;
      const shown = others.length === 0 ? text.replaceAll('{account}', only) : text;
      const title = others.length === 0 ? `Account ${only}` : `${ids.length} accounts: ${ids.join(', ')}`;
      return `${paint.bold(title)}\n${shown}`;
    })
    .join('\n\n');
}

function formatPlan({ planned }: AccountRun, paint: Paint): string {
  if (planned === undefined) return '';
  return describeDifference(planned.plan, planned.standing)
    .map(line => formatLine(line, paint))
    .join('\n');
}

function formatLine({ mark, depth, text }: DifferenceLine, paint: Paint): string {
  const shown = `${mark} ${'  '.repeat(depth)}${neutralise(escapeJsonText(text))}`;
  if (mark === '+') return paint.green(shown);
  if (mark === '-') return paint.red(shown);
  return mark === '~' ? paint.yellow(shown) : shown;
}
