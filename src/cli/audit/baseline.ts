import { createHash } from 'node:crypto';
import { findJsonFault } from '../../json-fault.ts';
import type { Problem } from '../../problem.ts';
import { findDuplicateName } from '../../trust/duplicate-name.ts';
import { findingCodes } from '../../trust/findings/finding.ts';
import type { PolicyDocument } from '../../trust/trust-policy.ts';
import { wrongUsage, type CliFailure } from '../terminal/failure.ts';
import { asRecord } from '../trust-files/trust-source.ts';
import type { Audited, AuditedFinding, AuditedRole } from './audited.ts';
import { listRoles } from './audited.ts';

/** A finding that somebody accepted: of a role, under a code, of a statement as it was. */
export interface Accepted {
  /** The role's ARN; its name where a file does not say the ARN. */
  readonly role: string;
  readonly code: string;
  /** SHA-256 of the statement. */
  readonly hash: string;
  readonly reason: string;
  /** When it was accepted: YYYY-MM-DD. */
  readonly date: string;
}

const members = ['role', 'code', 'hash', 'reason', 'date'] as const;

/**
 * Returns the accepted findings of a baseline file. Throws one failure with all that is wrong: another shape, members that it
 * does not know, codes that do not exist, no reason, a day that is none or is still to come, an entry that stands twice.
 */
export function readBaseline(text: string, nowMs: number): readonly Accepted[] {
  const fault = findJsonFault(text, { quotes: false });
  if (fault !== undefined)
    throw refuse(`it is not JSON: line ${fault.line}, column ${fault.column} has ${fault.found}`);
  const value = parse(text);
  const { baselineVersion, accepted, ...others } = asRecord(value) ?? {};
  if (baselineVersion !== 1 || !Array.isArray(accepted) || Object.keys(others).length > 0) {
    throw refuse('it is not a baseline of version 1');
  }
  const mistakes = accepted.flatMap((one, index) => findMistakes(one, nowMs).map(text => `entry ${index + 1} ${text}`));
  const keys = accepted.map(one =>
    JSON.stringify([asRecord(one)?.['role'], asRecord(one)?.['code'], asRecord(one)?.['hash']]),
  );
  const twice = keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [`entry ${index + 1} repeats an earlier entry`] : [],
  );
  const all = [...mistakes, ...twice];
  if (all.length > 0)
    throw refuse(all.slice(0, 10).join('; ') + (all.length > 10 ? `; and ${all.length - 10} more` : ''));
  return accepted as readonly Accepted[];
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (findDuplicateName(text, (path, name) => `${path}.${name}`) === undefined) return value;
  } catch {
    // Below.
  }
  return undefined;
}

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
    ...(isDay && day <= nowMs ? [] : ['has an invalid date, or one in the future']),
  ];
}

function refuse(why: string): CliFailure {
  return wrongUsage(
    `The file of --baseline cannot be used: ${why}.`,
    '{"baselineVersion": 1, "accepted": [...]}, each entry with role, code, hash (as --json shows them), reason and date (YYYY-MM-DD).',
    'Correct the file: nothing was accepted.',
  );
}

/** Returns the SHA-256 of one of a policy's statements, or of all of it; the order of members and white space do not count. */
export function hashStatement({ Statement: statements, ...rest }: PolicyDocument, index: number | undefined): string {
  const about = index === undefined ? { ...rest, Statement: statements } : [statements].flat()[index];
  return createHash('sha256')
    .update(JSON.stringify(sortMembers(about)), 'utf8')
    .digest('hex');
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  const record = asRecord(value);
  if (record === undefined) return value;
  const entries = Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortMembers(item)]));
}

/**
 * Returns what was found with the accepted findings marked. An entry that marks none is a problem, by name: the finding is gone,
 * or the statement changed since, so that somebody has to look again. Of roles that could not be read nothing is said.
 */
export function applyBaseline(audited: Audited, baseline: readonly Accepted[]): Audited {
  const used = new Set<Accepted>();
  const mark = (role: AuditedRole, finding: AuditedFinding): AuditedFinding => {
    const found = baseline.find(one => isOf(one, role) && one.code === finding.code && one.hash === finding.hash);
    if (found === undefined) return finding;
    used.add(found);
    return { ...finding, accepted: { reason: found.reason, date: found.date } };
  };
  const markAll = <Some extends { readonly roles: readonly AuditedRole[] }>(some: Some): Some => ({
    ...some,
    roles: some.roles.map(role => ({ ...role, findings: role.findings.map(one => mark(role, one)) })),
  });
  const marked = { ...audited, accounts: audited.accounts.map(markAll), files: audited.files.map(markAll) };
  const left = baseline.filter(one => !used.has(one) && !isUnread(one, audited));
  return { ...marked, outdated: left.map(one => explainOutdated(one, listRoles(audited))) };
}

function isOf({ role: name }: Accepted, { role }: AuditedRole): boolean {
  return role.arn === null ? role.name === name : role.arn === name;
}

/** An account that was not read says nothing about its roles, and a role that is unknown nothing about its findings. */
function isUnread(entry: Accepted, audited: Audited): boolean {
  const failed = [...audited.accounts, ...audited.files].filter(({ errors }) => errors.length > 0);
  const isOfFailed = failed.some(one => !('account' in one) || entry.role.includes(`::${one.account.accountId}:`));
  return isOfFailed || listRoles(audited).some(role => isOf(entry, role) && role.state === 'unknown');
}

function explainOutdated(entry: Accepted, roles: readonly AuditedRole[]): Problem {
  const role = roles.find(one => isOf(entry, one));
  const same = role?.findings.some(({ code }) => code === entry.code) === true;
  const why = same
    ? 'the statement has changed since then'
    : role === undefined
      ? 'the role was not found among those that can be assumed from outside AWS'
      : 'the role no longer has that finding';
  return {
    code: 'BaselineOutdated',
    found: `The baseline accepts ${entry.code} of ${entry.role} (${entry.date}: ${entry.reason}), but ${why}.`,
    expected: 'each entry matches a current finding of an unchanged statement.',
    remedy: 'Review the role; then remove the entry, or accept the new finding with its own hash, reason and date.',
  };
}
