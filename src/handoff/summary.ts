import type { Fault } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../identity/issuer.ts';
import { unconfirmedTenant, type Retirement } from '../identity/retirement.ts';
import { neutralise } from '../outside-text.ts';
import { describeEnd } from '../session/clock-skew.ts';
import type { Session } from '../session/credentials.ts';

/** One line of the run summary: a session, where it is found, and its region. */
export interface SummaryRow {
  readonly profile: string | undefined;
  readonly session: Session;
  readonly region: string;
}

/** Why a run was refused, as far as the summary shows it. Lines and JSON are text, not Markdown. */
export interface Explanation {
  readonly sent: readonly string[];
  readonly likely: readonly string[];
  readonly fix: readonly string[];
  /** JSON of one statement that would let the pipeline in, and of a whole policy with it. */
  readonly statement?: string | undefined;
  readonly policy?: string | undefined;
}

/** What is known of a step that failed once its ID token was read. */
export interface ExplainedFailure {
  readonly claims: Claims;
  readonly retirement: Retirement | undefined;
  readonly explanations: readonly Explanation[];
  /** How many causes are not shown. */
  readonly more: number;
}

/**
 * Returns the run summary of a step that succeeded, as Markdown for the run's Extensions tab: roles, accounts, sessions
 * and how long they are valid, and the identity that AWS saw. It holds no secret; issuer and subject, which the agent
 * masks in logs, stand here whole.
 */
export function renderSummary(rows: readonly SummaryRow[], claims: Claims, retirement?: Retirement): string {
  return [
    '### AWS credentials for this job',
    '',
    '| Profile | Role | Account | Region | Session | Valid until (UTC) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(renderRow),
    '',
    ...renderIdentity(claims),
    ...renderRetirement(retirement),
  ].join('\n');
}

/** Returns the run summary of a step that failed: each fault with what to do about it, then why, where that is known. */
export function renderFailure(faults: readonly Fault[], explained?: ExplainedFailure): string {
  return [
    '### AWSAssumeRoleWIF failed',
    '',
    ...faults.flatMap(renderFault),
    ...(explained === undefined ? [] : renderExplained(explained)),
  ].join('\n');
}

function renderExplained({ claims, retirement, explanations, more }: ExplainedFailure): readonly string[] {
  return [
    ...renderIdentity(claims),
    ...explanations.flatMap(renderExplanation),
    ...(more === 0 ? [] : [`… and ${more} more causes.`, '']),
    ...renderRetirement(retirement),
  ];
}

function renderIdentity({ iss, sub, aud, azp }: Claims): readonly string[] {
  return [
    `AWS knew the pipeline by an ID token of the ${quoteText(describeIssuer(parseIssuer(iss)))}:`,
    '',
    `- issuer ${quoteText(iss)}`,
    `- subject ${quoteText(sub)}`,
    `- audience ${[...aud, ...(azp === undefined ? [] : [`azp ${azp}`])].map(quoteText).join(', ')}`,
    '',
  ];
}

function renderExplanation({ sent, likely, fix, statement, policy }: Explanation): readonly string[] {
  return [
    '#### Diagnosis',
    '',
    ...renderList('Sent', sent),
    ...renderList('Most likely', likely),
    ...renderList('What to do', fix),
    ...renderJson('The one statement to add to the trust policy of the role:', statement),
    ...renderJson(
      'The whole trust policy, for a role that trusts nobody else; it takes the place of what is there:',
      policy,
    ),
  ];
}

function renderList(title: string, lines: readonly string[]): readonly string[] {
  return [`**${title}**`, '', ...lines.map(line => `- ${quoteProse(line)}`), ''];
}

function renderJson(title: string, json: string | undefined): readonly string[] {
  return json === undefined ? [] : [title, '', ...fenceJson(json), ''];
}

/** The fence is longer than any run of backticks inside, so nothing there ends it. */
function fenceJson(json: string): readonly string[] {
  const longest = Math.max(2, ...[...json.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}json`, json, fence];
}

function renderRetirement(retirement: Retirement | undefined): readonly string[] {
  if (retirement === undefined) return [];
  const { on, next, otherwise } = retirement;
  return [
    `**The Azure DevOps issuer is retired on ${on}**; multitenant applications are exempt. Before this service connection is converted, let the role trust its Entra identity, too${next === undefined ? ': the conversion shows it.' : ':'}`,
    '',
    ...(next === undefined
      ? []
      : [
          `- issuer ${quoteText(next.issuerUrl)}`,
          `- subject ${quoteText(next.subject)}`,
          `- audiences ${next.audiences.map(quoteText).join(', ')}`,
          '',
          ...renderOtherTenant(otherwise),
        ]),
  ];
}

function renderOtherTenant(otherwise: Retirement['otherwise']): readonly string[] {
  if (otherwise === undefined) return [];
  return [
    unconfirmedTenant,
    '',
    `- issuer then ${quoteText(otherwise.issuerUrl)}`,
    `- subject then ${quoteText(otherwise.subject)}`,
    `- printed by ${quoteText(otherwise.command)}`,
    '',
  ];
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

/** What begins markup anywhere in a line, or a block at its start, or a link where a renderer makes these of bare names. */
const markup = /[\\`*_{}[\]<>|~&^$!]|^[-+=]|^\d+(?=[.)])|\.(?=[\p{L}\p{N}])|\/(?=\/)/gu;

/**
 * Returns sentences that may hold outside text as Markdown that shows just these: what would be markup is escaped. What a
 * renderer could take for a link, a mention or a work item all the same is a code span.
 *
 * @see https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
export function quoteProse(text: string): string {
  const line = neutralise(text).trim();
  if (line === '' || /:\/\/|www\.|[@#]/i.test(line)) return quoteText(line);
  return line.replace(markup, mark => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** Returns outside text as a code span in a table's cell. Tables are split at bars before code spans are seen. */
export function quoteCell(text: string): string {
  return quoteText(text).replaceAll('|', '\\|');
}

function renderRow({ profile, session, region }: SummaryRow): string {
  const { role, assumedRoleArn } = session;
  const sessionName = assumedRoleArn.slice(assumedRoleArn.lastIndexOf('/') + 1);
  const cells = [profile ?? '–', role.text, role.accountId, region, sessionName, describeEnd(session)];
  return `| ${cells.map(quoteCell).join(' | ')} |`;
}

function renderFault({ code, found, expected, remedy }: Fault): readonly string[] {
  return [
    `**${code}**`,
    '',
    `- Found: ${quoteProse(found)}`,
    `- Expected: ${quoteProse(expected)}`,
    `- What to do: ${quoteProse(remedy)}`,
    '',
  ];
}
