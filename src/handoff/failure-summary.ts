import { findHelp, type Fault } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import type { Retirement } from '../identity/retirement.ts';
import { cutText } from '../secret.ts';
import { renderIdentity, renderRetirement } from './identity-summary.ts';
import { fence, quoteProse, quoteText } from './markdown.ts';

/** A role as lists show it. */
export interface NamedRole {
  readonly arn: string;
  readonly accountId: string;
}

/** Why roles were not obtained, as far as the summary shows it. Lines, commands and JSON are text, not Markdown. */
export interface ExplainedCause {
  readonly fault: Fault;
  readonly roles: readonly NamedRole[];
  readonly commands: readonly string[];
  readonly diagnosis: Explanation | undefined;
}

export interface Explanation {
  readonly likely: readonly string[];
  readonly fix: readonly string[];
  /** JSON of one statement that would allow the connection, and of a whole policy with it. */
  readonly statement?: string | undefined;
  readonly policy?: string | undefined;
}

/** What is known of a step that failed once its ID token was read. */
export interface ExplainedFailure {
  readonly claims: Claims;
  readonly retirement: Retirement | undefined;
  /** How many roles of how many were refused; nothing for a single role. */
  readonly headline: readonly string[];
  readonly causes: readonly ExplainedCause[];
}

/** Returns the run summary of a step that failed: each fault with what to do about it. */
export function renderFailure(faults: readonly Fault[]): string {
  return [title, '', ...faults.flatMap(renderFault)].join('\n');
}

const title = '### AWSAssumeRoleWIF failed';

/** More statements than these would be most of the summary; all roles are named all the same. */
const maxExplained = 5;
const maxBriefCharacters = 100;

/**
 * Returns the run summary of a step whose roles were refused: for each cause what AWS said, the command that finds
 * out more and the statement to add, then folded what else may be behind it; the identity once. It names every role, and
 * stays under 30 kB for 200 of them.
 */
export function renderExplained({ headline, claims, retirement, causes }: ExplainedFailure): string {
  const isList = headline.length > 0;
  return [
    title,
    '',
    ...headline.flatMap(line => [`**${quoteProse(line)}**`, '']),
    ...causes.flatMap((cause, index) => renderCause(cause, { isList, isBrief: index >= maxExplained })),
    ...renderIdentity(claims),
    ...renderRetirement(retirement),
  ].join('\n');
}

/** One command for all shells, or a second one for PowerShell. */
const commandLeads = ['For more details, with AWS credentials that may read IAM:', 'In PowerShell:'];

interface Position {
  readonly isList: boolean;
  readonly isBrief: boolean;
}

function renderCause({ fault, roles, commands, diagnosis }: ExplainedCause, { isList, isBrief }: Position) {
  const list = isList ? renderRoles(roles) : [];
  if (isBrief) return [`**${fault.code}**: ${quoteProse(cutText(fault.found, maxBriefCharacters))}`, '', ...list];
  if (diagnosis === undefined) return [...renderFault(fault), ...list];
  const { likely, fix, statement, policy } = diagnosis;
  return [
    ...renderFault(fault),
    ...commands.flatMap((command, index) => renderBlock(commandLeads[index] ?? '', 'sh', command)),
    ...renderBlock("The statement to add to the role's trust policy:", 'json', statement),
    ...renderLines(fix),
    ...list,
    ...fold('Possible causes', renderLines(likely)),
    ...fold(
      'The whole trust policy, for a role that trusts nobody else; it replaces the current one',
      policy === undefined ? [] : [...fence('json', policy), ''],
    ),
  ];
}

function renderFault({ code, found, expected, remedy }: Fault): readonly string[] {
  const help = findHelp(code);
  return [
    `**${code}**`,
    '',
    `- Found: ${quoteProse(found)}`,
    `- Expected: ${quoteProse(expected)}`,
    `- What to do: ${quoteProse(remedy)}`,
    ...(help === undefined ? [] : [`- Read: <${help}>`]),
    '',
  ];
}

function renderBlock(lead: string, language: 'json' | 'sh', text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : [lead, '', ...fence(language, text), ''];
}

function renderLines(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines.map(line => `- ${quoteProse(line)}`), ''];
}

/** The empty line behind the tag is what makes its content Markdown. */
function fold(lead: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`<details><summary>${lead}</summary>`, '', ...lines, '</details>', ''];
}

const maxOpenRoles = 10;

/** Long paths of many roles are left out, so that the summary keeps its size; account and name are not. */
const maxNameCharacters = 12_000;

/** Returns every role, account by account. */
function renderRoles(roles: readonly NamedRole[]): readonly string[] {
  const short = (arn: string): string => arn.replace(/^.*?:role\//, '');
  const isLong = roles.reduce((sum, { arn }) => sum + short(arn).length, 0) > maxNameCharacters;
  const accounts = new Map<string, string[]>();
  for (const { arn, accountId } of roles) {
    const name = quoteText(isLong ? short(arn).replace(/^.*\//, '') : short(arn));
    const names = accounts.get(accountId);
    if (names === undefined) accounts.set(accountId, [name]);
    else names.push(name);
  }
  const lines = [...accounts].map(([account, names]) => `- account ${quoteText(account)}: ${names.join(', ')}`);
  const lead = roles.length === 1 ? 'Role' : `${roles.length} roles`;
  return roles.length > maxOpenRoles ? fold(lead, [...lines, '']) : [`${lead}:`, '', ...lines, ''];
}
