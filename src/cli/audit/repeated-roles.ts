import type { RoleTrust } from '../../trust/inventory/judge-roles.ts';
import { groupBy, nameCount } from '../terminal/layout.ts';
import { hashStatement } from './statement-hash.ts';

/** A role as a file has it, whomever it is for. */
export interface FileRole {
  /** Undefined if the file does not say it. */
  readonly arn: string | undefined;
  readonly file: string;
  readonly trust: RoleTrust;
}

/**
 * Returns what to know about roles that files have more than once, by their ARNs: each is listed and counted every time, and
 * where trust policies differ only one can be current.
 */
export function explainRepeated(roles: readonly FileRole[]): readonly string[] {
  const byArn = groupBy(
    roles.filter(({ arn }) => arn !== undefined),
    ({ arn = '' }) => arn,
  );
  const repeated = [...byArn].filter(([, some]) => some.length > 1);
  const different = repeated.filter(([, some]) => new Set(some.map(({ trust }) => identify(trust))).size > 1);
  return [
    ...describe(repeated, 'more than one entry in the files; each is listed and counted'),
    ...describe(different, 'different trust policies in the files; only one can be current'),
  ];
}

/** Roles that are unknown are all alike: nothing is known to be different. */
function identify(trust: RoleTrust): string {
  return trust.state === 'judged' ? hashStatement(trust.document, undefined) : 'unknown';
}

function describe(
  repeated: readonly (readonly [arn: string, roles: readonly FileRole[]])[],
  what: string,
): readonly string[] {
  if (repeated.length === 0) return [];
  const shown = repeated
    .slice(0, 3)
    .map(([arn, some]) => `${arn} (${[...new Set(some.map(({ file }) => file))].join(', ')})`);
  const rest = repeated.length > shown.length ? `, and ${repeated.length - shown.length} more` : '';
  const verb = repeated.length === 1 ? 'has' : 'have';
  return [`${nameCount(repeated.length, 'role')} ${verb} ${what}: ${shown.join(', ')}${rest}.`];
}
