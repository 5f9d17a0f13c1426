import type { Problem } from '../../problem.ts';
import { groupBy, nameCount } from '../terminal/layout.ts';
import type { Audited, AuditedFinding, AuditedRole } from './audited.ts';
import { listRoles } from './audited.ts';
import type { Accepted } from './baseline-file.ts';

/**
 * Returns what was found with the accepted findings marked. An entry that marks none is a problem, by name: the finding is gone,
 * or the statement changed since, so that somebody has to look again. Of roles and accounts that could not be read nothing is
 * said, and a warning counts the entries of accounts that are not part of the audit.
 */
export function applyBaseline(audited: Audited, baseline: readonly Accepted[]): Audited {
  if (baseline.length === 0) return audited;
  const entries = groupBy(baseline, ({ role }) => role);
  const used = new Set<Accepted>();
  const mark = (role: AuditedRole, finding: AuditedFinding): AuditedFinding => {
    const { code, hash } = finding;
    const found = entries.get(keyOf(role))?.find(one => one.code === code && one.hash === hash);
    if (found === undefined) return finding;
    used.add(found);
    return { ...finding, accepted: { reason: found.reason, date: found.date } };
  };
  const markAll = <Some extends { readonly roles: readonly AuditedRole[] }>(some: Some): Some => ({
    ...some,
    roles: some.roles.map(role => ({ ...role, findings: role.findings.map(one => mark(role, one)) })),
  });
  const marked = { ...audited, accounts: audited.accounts.map(markAll), files: audited.files.map(markAll) };
  return judgeUnused(
    marked,
    baseline.filter(one => !used.has(one)),
  );
}

/** How entries name a role. */
function keyOf({ role }: AuditedRole): string {
  return role.arn ?? role.name;
}

function judgeUnused(audited: Audited, unused: readonly Accepted[]): Audited {
  const roles = groupBy(listRoles(audited), keyOf);
  const judged = unused.filter(one => !isElsewhere(one, audited));
  const lapsed = judged.filter(one => !isUnread(one, audited, roles.get(one.role)));
  return {
    ...audited,
    outdated: lapsed.map(one => explainOutdated(one, roles.get(one.role))),
    warnings: [...audited.warnings, ...describeElsewhere(unused.length - judged.length)],
  };
}

/** Files do not say which accounts they are of: a role that is in none of them is gone. */
function isElsewhere({ role }: Accepted, { accounts }: Audited): boolean {
  const id = readAccountId(role);
  return id !== undefined && accounts.length > 0 && !accounts.some(({ account }) => account.accountId === id);
}

function readAccountId(role: string): string | undefined {
  return /^arn:[^:]*:iam::(\d{12}):/.exec(role)?.[1];
}

function describeElsewhere(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    `The baseline has ${nameCount(count, 'accepted finding')} in accounts that this audit does not read: whether they still apply is unknown.`,
  ];
}

/** An account that was not read says nothing about its roles, and a role that is unknown nothing about its findings. */
function isUnread({ role }: Accepted, audited: Audited, found: readonly AuditedRole[] = []): boolean {
  const isOfFailed =
    audited.files.some(({ errors }) => errors.length > 0) ||
    audited.accounts.some(({ errors, account }) => errors.length > 0 && readAccountId(role) === account.accountId);
  return isOfFailed || found.some(({ state }) => state === 'unknown');
}

function explainOutdated(entry: Accepted, found: readonly AuditedRole[] = []): Problem {
  const isSame = found.some(({ findings }) => findings.some(({ code }) => code === entry.code));
  const why = isSame
    ? 'the statement has changed since then, or a Deny in the policy'
    : found.length === 0
      ? 'the role was not found among those that can be assumed from outside AWS'
      : 'the role no longer has that finding';
  return {
    code: 'BaselineOutdated',
    found: `The baseline accepts ${entry.code} of ${entry.role} (${entry.date}: ${entry.reason}), but ${why}.`,
    expected: 'each entry matches a current finding of an unchanged statement.',
    remedy: 'Review the role; then remove the entry, or accept the new finding with its own hash, reason and date.',
  };
}
