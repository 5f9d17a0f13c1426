import { describeEnd } from '../session/clock-skew.ts';
import type { Session } from '../session/credentials.ts';

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
