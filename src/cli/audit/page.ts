import type { Severity } from '../../trust/findings/finding.ts';
import type { Count, Page, Tone } from '../pages/page.ts';
import { findWorst, listErrors, listOpen, listRoles, type Audited, type AuditedRole } from './audited.ts';
import { sortRoles, type Counts } from './counts.ts';
import { describeCaller, describeReach, nameRole } from './words.ts';

const tones: Readonly<Record<Severity, Tone>> = { critical: 'bad', high: 'bad', medium: 'warn', low: 'plain' };

/** Returns an audit as a page for people who were not there. */
export function describePage(audited: Audited, counts: Counts, nowMs: number): Page {
  const all = sortRoles(listRoles(audited));
  const errors = listErrors(audited);
  return {
    title: 'Who can assume which AWS role from outside AWS',
    blocks: [
      { kind: 'paragraph', text: describeScope(audited, nowMs) },
      { kind: 'counts', counts: listCounts(counts, errors.length) },
      ...errors.map(one => ({ kind: 'note', tone: 'bad', text: `Unknown: ${one.found} ${one.remedy}` }) as const),
      ...audited.outdated.map(one => ({ kind: 'note', tone: 'bad', text: `${one.found} ${one.remedy}` }) as const),
      ...audited.warnings.map(text => ({ kind: 'note', tone: 'warn', text }) as const),
      { kind: 'heading', text: 'Roles, weakest first' },
      {
        kind: 'table',
        columns: ['Role', 'Who can assume it', 'Weaknesses', 'Reach'],
        rows: all.map(role => ({
          tone: findTone(role),
          cells: [nameRole(role), listCallers(role), listWeak(role), describeReach(role) ?? 'unknown'],
        })),
      },
      { kind: 'heading', text: 'What to do' },
      { kind: 'table', columns: ['Finding', 'What it means', 'What to do', 'Role'], rows: listRemedies(all) },
      {
        kind: 'paragraph',
        text: "Who can assume a role follows from its trust policy and the account's OIDC providers. The organization's control policies, permissions boundaries and the contents of a role's policies are not read; reach shows the names of those policies.",
      },
    ],
  };
}

function listCounts({ roles, findings }: Counts, unread: number): readonly Count[] {
  const unknown = roles.unknown + unread;
  return [
    { count: findings.critical, label: 'critical findings', tone: findings.critical > 0 ? 'bad' : 'good' },
    { count: findings.high, label: 'high findings', tone: findings.high > 0 ? 'bad' : 'good' },
    { count: findings.medium, label: 'medium findings', tone: findings.medium > 0 ? 'warn' : 'good' },
    { count: findings.low, label: 'low findings' },
    { count: findings.accepted, label: 'accepted findings' },
    { count: roles.federated, label: `of ${roles.seen} roles trust identities outside AWS` },
    {
      count: roles.administrators,
      label: 'of these roles are administrators',
      tone: roles.administrators > 0 ? 'warn' : 'plain',
    },
    {
      count: unknown,
      label: 'roles, accounts and files unknown',
      tone: unknown > 0 ? 'bad' : 'good',
    },
  ];
}

function describeScope({ accounts, files }: Audited, nowMs: number): string {
  const names = [
    ...accounts.map(
      ({ account, caller }) => `account ${account.accountId}${caller === null ? ' (could not be read)' : ''}`,
    ),
    ...files.map(({ file }) => `file ${file}`),
  ];
  const shown = names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  return `Read by aws-wif audit on ${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' at ')} UTC: ${shown}.`;
}

function findTone(role: AuditedRole): Tone {
  const worst = findWorst(role);
  if (role.state === 'unknown') return 'bad';
  return worst === undefined ? 'good' : tones[worst];
}

function listCallers({ state, why, callers }: AuditedRole): readonly string[] {
  if (state === 'unknown') return [`unknown: ${why ?? ''}`];
  return callers.length === 0 ? ['nobody'] : callers.map(describeCaller);
}

function listWeak({ findings }: AuditedRole): readonly string[] {
  if (findings.length === 0) return ['nothing found'];
  return findings.map(({ severity, code, line, accepted }) => {
    const where = line === null ? '' : `, line ${line}`;
    return accepted === null
      ? `${severity}: ${code}${where}`
      : `accepted: ${code} (${accepted.date}: ${accepted.reason})`;
  });
}

/** A row for each thing to do; what is the same for several roles stands once. */
function listRemedies(
  roles: readonly AuditedRole[],
): readonly { readonly tone: Tone; readonly cells: readonly (string | readonly string[])[] }[] {
  const groups = new Map<string, { readonly finding: AuditedRole['findings'][number]; readonly names: string[] }>();
  for (const role of roles) {
    for (const finding of listOpen(role)) {
      const key = JSON.stringify([finding.code, finding.means, finding.remedy]);
      const group = groups.get(key) ?? { finding, names: [] };
      group.names.push(nameRole(role));
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ finding: { code, severity, means, remedy }, names }) => ({
    tone: tones[severity],
    cells: [[code, severity], means, remedy, names],
  }));
}
