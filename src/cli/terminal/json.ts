import { escapeUnit } from '../../outside-text.ts';

/**
 * Returns a value as JSON that is safe to print anywhere: all but ASCII is escaped, and nothing in it is a logging command
 * of Azure Pipelines, whose agent executes `##vso[` wherever it stands in a line.
 */
export function escapeJson(value: unknown): string {
  return escapeJsonText(JSON.stringify(value, null, 2));
}

/** The same for a text that is JSON already; what it means stays the same. */
export function escapeJsonText(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, escapeUnit).replace(/##(?=vso\[|\[)/gi, '\\u0023#');
}
