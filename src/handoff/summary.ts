import { describeEnd } from '../session/clock-skew.ts';
import type { Session } from '../session/credentials.ts';
import type { Claims } from '../identity/claims.ts';
import type { Retirement } from '../identity/retirement.ts';
import { renderIdentity, renderRetirement } from './identity-summary.ts';
import { quoteCell, quoteText } from './markdown.ts';

/** One line of a table of sessions: a session, if it is found, and its region. */
export interface SessionRow {
  readonly profile: string | undefined;
  readonly session: Session;
  readonly region: string;
  /** Whether later steps use its profile without naming one. */
  readonly isDefault: boolean;
}

const titles = ['Profile', 'Account', 'Role', 'Region', 'Valid until (UTC)'] as const;

/** Returns sessions as the lines of a table for the log, one for each, with the job's default profile marked. */
export function formatSessions(rows: readonly SessionRow[]): readonly string[] {
  const lines = [titles, ...rows.map(listCells)];
  const widths = titles.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)));
  return lines.map(cells =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function listCells({ profile, session, region, isDefault }: SessionRow): readonly string[] {
  const { accountId, path, name } = session.role;
  return [nameProfile(profile, isDefault), accountId, `${path}${name}`.slice(1), region, describeEnd(session)];
}

function nameProfile(profile: string | undefined, isDefault: boolean): string {
  if (profile === undefined) return '(no profile)';
  return isDefault ? `${profile} (default)` : profile;
}

/**
 * Returns the run summary of a step that succeeded, as Markdown for the run's Extensions tab: roles, accounts, sessions
 * and how long they are valid, and the identity that AWS saw. It holds no secret; issuer and subject, which the agent
 * masks in logs, stand here whole.
 */
export function renderSummary(rows: readonly SessionRow[], claims: Claims, retirement?: Retirement): string {
  return [
    '### AWS credentials for this job',
    '',
    '| Profile | Role | Account | Region | Session | Valid until (UTC) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(renderRow),
    '',
    ...rows.flatMap(renderDefault),
    ...renderIdentity(claims),
    ...renderRetirement(retirement),
  ].join('\n');
}

function renderRow({ profile, session, region }: SessionRow): string {
  const { role, assumedRoleArn } = session;
  const sessionName = assumedRoleArn.slice(assumedRoleArn.lastIndexOf('/') + 1);
  const cells = [profile ?? '–', role.text, role.accountId, region, sessionName, describeEnd(session)];
  return `| ${cells.map(quoteCell).join(' | ')} |`;
}

function renderDefault({ profile, isDefault }: SessionRow): readonly string[] {
  if (profile === undefined || !isDefault) return [];
  return [`${quoteText(profile)} is the default profile: later steps use it unless they select another one.`, ''];
}
