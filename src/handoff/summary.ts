import type { Claims } from '../identity/claims.ts';
import type { Retirement } from '../identity/retirement.ts';
import { describeEnd } from '../session/clock-skew.ts';
import { renderIdentity, renderRetirement } from './identity-summary.ts';
import { quoteCell, quoteText } from './markdown.ts';
import type { SessionRow } from './session-table.ts';

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
