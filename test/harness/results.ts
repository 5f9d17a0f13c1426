import type { TaskResult } from './types.ts';

const order: readonly TaskResult[] = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled', 'Skipped', 'Abandoned'];

/**
 * The worse of two results, except that Canceled, Skipped and Abandoned stay once set.
 * Agent: Microsoft.VisualStudio.Services.Agent/Util/TaskResultUtil.cs.
 */
export function mergeResults(current: TaskResult | undefined, coming: TaskResult): TaskResult {
  if (current === undefined) return coming;
  if (order.indexOf(current) > order.indexOf('Failed')) return current;
  return order.indexOf(coming) >= order.indexOf(current) ? coming : current;
}

/** Reads `result=` as `Enum.TryParse` does: exact case, or the number; `Cancelled` is not among the names. */
export function parseResult(text: string): TaskResult | undefined {
  const trimmed = text.trim();
  return order.find((name, index) => name === trimmed || String(index) === trimmed);
}
