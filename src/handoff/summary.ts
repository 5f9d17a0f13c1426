import type { Fault } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../identity/issuer.ts';
import { neutralise } from '../outside-text.ts';
import type { Session } from '../session/credentials.ts';
import { formatExpiration } from './variables.ts';

/** One line of the run summary: a session, where it is found, and its region. */
export interface SummaryRow {
  readonly profile: string | undefined;
  readonly session: Session;
  readonly region: string;
}

/**
 * Returns the run summary of a step that succeeded, as Markdown for the run's Extensions tab: roles, accounts, sessions
 * and how long they are valid, and the identity that AWS saw. It holds no secret; issuer and subject, which the agent
 * masks in logs, stand here whole.
 */
export function renderSummary(rows: readonly SummaryRow[], claims: Claims): string {
  return [
    '### AWS credentials for this job',
    '',
    '| Profile | Role | Account | Region | Session | Valid until (UTC) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(renderRow),
    '',
    `AWS knew the pipeline by an ID token of the ${quoteText(describeIssuer(parseIssuer(claims.iss)))}:`,
    '',
    `- issuer ${quoteText(claims.iss)}`,
    `- subject ${quoteText(claims.sub)}`,
    `- audience ${[...claims.aud, ...(claims.azp === undefined ? [] : [`azp ${claims.azp}`])].map(quoteText).join(', ')}`,
    '',
  ].join('\n');
}

/** Returns the run summary of a step that failed: each fault with what to do about it. */
export function renderFailure(faults: readonly Fault[]): string {
  return ['### AWSAssumeRoleWIF failed', '', ...faults.flatMap(renderFault)].join('\n');
}

/**
 * Returns outside text as a Markdown code span, in which nothing is markup: no HTML, no link, no table cell, and
 * backticks of its own do not end it.
 *
 * @see https://spec.commonmark.org/0.31.2/#code-spans
 */
export function quoteText(text: string): string {
  const line = neutralise(text).trim();
  if (line === '') return '` `';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Returns outside text as a code span in a table's cell. Tables are split at bars before code spans are seen. */
export function quoteCell(text: string): string {
  return quoteText(text).replaceAll('|', '\\|');
}

function renderRow({ profile, session, region }: SummaryRow): string {
  const { role, assumedRoleArn, credentials } = session;
  const sessionName = assumedRoleArn.slice(assumedRoleArn.lastIndexOf('/') + 1);
  const cells = [
    profile ?? '–',
    role.text,
    role.accountId,
    region,
    sessionName,
    formatExpiration(credentials.expiration),
  ];
  return `| ${cells.map(quoteCell).join(' | ')} |`;
}

function renderFault({ code, found, expected, remedy }: Fault): readonly string[] {
  return [
    `**${code}**`,
    '',
    `- Found: ${quoteText(found)}`,
    `- Expected: ${quoteText(expected)}`,
    `- What to do: ${quoteText(remedy)}`,
    '',
  ];
}
