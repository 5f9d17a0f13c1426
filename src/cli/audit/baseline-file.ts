import { findJsonFault, findDuplicateName } from '../../json.ts';
import { findingCodes } from '../../trust/findings/finding.ts';
import { wrongUsage, type CliFailure } from '../terminal/failure.ts';
import { asRecord } from '../trust-files/trust-source.ts';

/** A finding that somebody accepted: of a role, under a code, of a statement as it was. */
export interface Accepted {
  /** The role's ARN; its name where a file does not say the ARN. */
  readonly role: string;
  readonly code: string;
  /** SHA-256 of the statement and the policy's Deny statements. */
  readonly hash: string;
  readonly reason: string;
  /** When it was accepted: YYYY-MM-DD. */
  readonly date: string;
}

const members = ['role', 'code', 'hash', 'reason', 'date'] as const;

/**
 * Returns the accepted findings of a baseline file. Throws one failure with all that is wrong: another shape or version, a
 * name that appears twice, members that it does not know, codes that do not exist, no reason, a day that is none or is still
 * to come everywhere, an entry that appears twice.
 */
export function readBaseline(text: string, nowMs: number): readonly Accepted[] {
  const fault = findJsonFault(text, { quotes: false });
  if (fault !== undefined)
    throw refuse(`it is not JSON: line ${fault.line}, column ${fault.column} has ${fault.found}`);
  const value: unknown = JSON.parse(text);
  const mistakes = findShapeMistakes(value, text);
  const accepted = asRecord(value)?.['accepted'];
  if (mistakes.length > 0 || !Array.isArray(accepted)) throw refuse(mistakes.join('; '));
  const all = [
    ...accepted.flatMap((one, index) => findMistakes(one, nowMs).map(said => `entry ${index + 1} ${said}`)),
    ...findRepeated(accepted),
  ];
  if (all.length > 0)
    throw refuse(all.slice(0, 10).join('; ') + (all.length > 10 ? `; and ${all.length - 10} more` : ''));
  return accepted as readonly Accepted[];
}

function findShapeMistakes(value: unknown, text: string): readonly string[] {
  const record = asRecord(value);
  if (record === undefined) return ['it is not a JSON object'];
  const duplicate = findDuplicateName(text)?.path;
  const { baselineVersion: version, accepted, ...others } = record;
  return [
    ...(duplicate === undefined ? [] : [`the name at ${duplicate} appears a second time`]),
    ...(version === undefined ? ['baselineVersion is missing'] : []),
    ...(version === undefined || version === 1 ? [] : ['this version of aws-wif reads baselineVersion 1 only']),
    ...(Array.isArray(accepted) ? [] : ['accepted is not a list']),
    ...(Object.keys(others).length === 0 ? [] : ['it has members other than baselineVersion and accepted']),
  ];
}

/** Somewhere it is another day already: the first time zone is 14 hours ahead of UTC. */
const aheadMs = 14 * 3_600_000;

function findMistakes(value: unknown, nowMs: number): readonly string[] {
  const entry = asRecord(value);
  if (entry === undefined) return ['is not an object'];
  const text = (name: string) => (typeof entry[name] === 'string' ? entry[name].trim() : '');
  const date = text('date');
  const day = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
  const unknown = Object.keys(entry).some(name => !(members as readonly string[]).includes(name));
  return [
    ...(unknown ? ['has unknown members'] : []),
    ...(text('role') === '' ? ['names no role'] : []),
    ...((findingCodes as readonly string[]).includes(text('code')) ? [] : ['has an unknown code']),
    ...(/^[\da-f]{64}$/.test(text('hash')) ? [] : ['has an invalid hash']),
    ...(text('reason') === '' ? ['has no reason'] : []),
    ...(isDay && day <= nowMs + aheadMs ? [] : ['has an invalid date, or one in the future']),
  ];
}

function findRepeated(accepted: readonly unknown[]): readonly string[] {
  const seen = new Set<string>();
  return accepted.flatMap((one, index) => {
    const { role, code, hash } = asRecord(one) ?? {};
    const key = JSON.stringify([role, code, hash]);
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated ? [`entry ${index + 1} repeats an earlier entry`] : [];
  });
}

function refuse(why: string): CliFailure {
  return wrongUsage(
    `The file of --baseline cannot be used: ${why}.`,
    '{"baselineVersion": 1, "accepted": [...]}, each entry with role, code, hash (as --json shows them), reason and date (YYYY-MM-DD).',
    'Correct the file: nothing was accepted.',
  );
}
