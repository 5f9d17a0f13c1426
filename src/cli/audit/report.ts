import { neutralise } from '../../secret.ts';
import type { Severity } from '../../trust/findings/finding.ts';
import { listCaller } from '../accounts/run.ts';
import { describeIssuerUrl } from '../connections/identities.ts';
import { renderPage } from '../pages/format.ts';
import { formatProblems } from '../terminal/failure.ts';
import { nameCount, chooseText, cutLines, joinParts, markSummary, type Paint } from '../terminal/layout.ts';
import { makeLate, type Report } from '../terminal/report.ts';
import {
  listErrors,
  listOpen,
  listRoles,
  severities,
  type Audited,
  type AuditedAccount,
  type AuditedCaller,
  type AuditedFile,
  type AuditedRole,
} from './audited.ts';
import { countAudit, sortRoles, type Counts } from './counts.ts';
import { describePage } from './page.ts';
import { renderSarif, warnOfSize } from './sarif.ts';
import { describeCaller, describeReach, nameRole } from './words.ts';

export type AuditFormat = 'text' | 'markdown' | 'html' | 'sarif';
export type FailOn = Severity | 'none';

export interface AuditReport {
  readonly audited: Audited;
  readonly failOn: FailOn;
  readonly format: AuditFormat;
  readonly all: boolean | undefined;
  readonly nowMs: number;
}

const caution = 'It is a map of your weakest roles: restrict who can read it.';

/** Returns what an audit found: for programs, and in the format that was asked for. */
export function reportAudit(given: AuditReport): Report {
  const { audited, failOn, format } = given;
  const { accounts, files, outdated } = audited;
  const counts = countAudit(audited);
  const errors = listErrors(audited);
  const isUnknown = errors.length > 0 || counts.roles.unknown > 0;
  const isFailed = failsOn(counts, failOn);
  return {
    status: errors.length > 0 ? 'partial' : 'ok',
    exit: isUnknown ? 3 : isFailed || outdated.length > 0 ? 1 : 0,
    json: {
      counts,
      failOn,
      accounts: accounts.map(one => makeLate(() => listAccount(one))),
      files: files.map(one => makeLate(() => listFile(one))),
    },
    text: paint => render(given, counts, paint),
    errors: [...errors, ...outdated],
    warnings: [...audited.warnings, ...(format === 'sarif' ? warnOfSize(audited) : [])],
    caution: isFailed ? `${caution} ${nameFindings(counts, failOn)}` : caution,
  };
}

/** In a pipeline the report itself is in a file: the log says why the step failed. */
function nameFindings({ findings }: Counts, failOn: FailOn): string {
  const found = severities.filter(one => findings[one] > 0).map(one => `${findings[one]} ${one}`);
  return `Findings: ${found.join(', ')} (--fail-on ${failOn}).`;
}

function listAccount(one: AuditedAccount): Readonly<Record<string, unknown>> {
  const { account, caller, errors, providers, seen, roles } = one;
  return {
    ...account,
    caller: caller === null ? null : listCaller(caller),
    status: errors.length > 0 ? 'failed' : 'ok',
    errors,
    providers,
    seen,
    roles: roles.map(listRole),
  };
}

function listFile(one: AuditedFile): Readonly<Record<string, unknown>> {
  return { ...one, status: one.errors.length > 0 ? 'failed' : 'ok', roles: one.roles.map(listRole) };
}

function failsOn({ findings }: Counts, failOn: FailOn): boolean {
  if (failOn === 'none') return false;
  return severities.slice(0, severities.indexOf(failOn) + 1).some(severity => findings[severity] > 0);
}

function listRole({ callers, ...role }: AuditedRole): Readonly<Record<string, unknown>> {
  return { ...role, callers: callers.map(listCallerOf) };
}

function listCallerOf(caller: AuditedCaller): Readonly<Record<string, unknown>> {
  const { kind, issuer, subject = null, ignoresCase, decision, limits, audiences = null, connection } = caller;
  const url = kind === 'saml' || issuer === '*' || !issuer.includes('.') ? issuer : `https://${issuer}`;
  const text = describeCaller(caller);
  return { kind, issuer: describeIssuerUrl(url), subject, ignoresCase, decision, limits, audiences, connection, text };
}

function render(given: AuditReport, counts: Counts, paint: Paint): string {
  const { audited, format, all, nowMs } = given;
  if (format === 'sarif') return renderSarif(audited);
  if (format !== 'text') return renderPage(describePage(audited, counts, nowMs), format);
  const roles = sortRoles(listRoles(audited));
  const problems = [...listErrors(audited), ...audited.outdated].map(one => paint.red(formatProblems([one])));
  const lead = formatCounts(counts, paint);
  const brief = (): string =>
    joinParts([
      lead,
      cutLines(
        problems.flatMap(one => one.split('\n')),
        6,
      ).join('\n'),
      summariseRoles(roles, paint),
    ]);
  // So many roles never fit on a screen: their lines are not made in vain.
  if (all !== true && roles.length > maxRolesOnScreen) return markSummary(brief());
  return chooseText(joinParts([lead, problems.join('\n'), ...roles.map(role => formatRole(role, paint))]), brief, all);
}

/** Each role has a line for its name, and one for a caller at the least. */
const maxRolesOnScreen = 20;

/** Returns counts in a few lines. */
function formatCounts(counts: Counts, paint: Paint): string {
  const { accounts, files, roles, findings, outdated } = counts;
  const bad = findings.critical + findings.high > 0 ? paint.red : roles.unknown > 0 ? paint.yellow : paint.green;
  const read = [
    ...(accounts.read + accounts.failed > 0 ? [nameCount(accounts.read, 'account')] : []),
    ...(files.read + files.failed > 0 ? [nameCount(files.read, 'file')] : []),
  ].join(' and ');
  const failed = accounts.failed + files.failed;
  return [
    bad(
      `Findings: ${findings.critical} critical, ${findings.high} high, ${findings.medium} medium, ${findings.low} low, in ${nameCount(roles.weak, 'role')}; ${findings.accepted} accepted`,
    ),
    `Roles that trust identities outside AWS: ${roles.federated} of ${roles.seen} in ${read}${roles.administrators > 0 ? `, including ${nameCount(roles.administrators, 'administrator')}` : ''}`,
    ...(roles.unknown > 0
      ? [paint.yellow(`${nameCount(roles.unknown, 'role')} unknown: the trust could not be evaluated`)]
      : []),
    ...(failed > 0 ? [paint.red(`Could not be read, and unknown: ${failed} of the accounts and files`)] : []),
    ...(outdated > 0 ? [paint.red(`${nameCount(outdated, 'accepted finding')} in the baseline lapsed`)] : []),
  ].join('\n');
}

/** Returns a role with who gets in, how far it reaches and what is weak, each in a line. */
function formatRole(role: AuditedRole, paint: Paint): string {
  const { state, why, callers, findings } = role;
  const reach = describeReach(role);
  return [
    paint.bold(neutralise(nameRole(role))),
    ...(state === 'unknown' ? [paint.yellow(`  unknown: ${neutralise(why ?? '')}`)] : []),
    ...(state === 'judged' && callers.length === 0 ? ['  nobody outside AWS can assume it'] : []),
    ...callers.map(one => `  allows ${neutralise(describeCaller(one))}`),
    ...(reach === undefined ? [] : [`  reach: ${neutralise(reach)}`]),
    ...findings.flatMap(finding => formatFinding(finding, paint)),
  ].join('\n');
}

function formatFinding(finding: AuditedRole['findings'][number], paint: Paint): readonly string[] {
  const { severity, code, statement, line, means, remedy, accepted } = finding;
  const where = `${statement === null ? '' : `, statement ${statement.index + 1}`}${line === null ? '' : `, line ${line}`}`;
  if (accepted !== null) return [`  accepted ${code}${where}: ${neutralise(`${accepted.date} ${accepted.reason}`)}`];
  const colour = severity === 'low' ? paint.bold : severity === 'medium' ? paint.yellow : paint.red;
  return [colour(`  ${severity} ${code}${where}`), `    ${neutralise(means)}`, `    What to do: ${neutralise(remedy)}`];
}

/** Returns the findings by their codes, the worst first, and the roles of which nobody can tell. */
function summariseRoles(roles: readonly AuditedRole[], paint: Paint): string {
  const open = roles.flatMap(role => listOpen(role).map(finding => ({ role, finding })));
  const codes = severities.flatMap(severity => [
    ...new Set(
      open.filter(({ finding }) => finding.severity === severity).map(({ finding }) => `${severity} ${finding.code}`),
    ),
  ]);
  const lines = codes.map(name => {
    const of = open.filter(({ finding }) => `${finding.severity} ${finding.code}` === name);
    const names = [...new Set(of.map(({ role }) => nameRole(role)))];
    return `  ${paint.yellow(name)}: ${nameCount(names.length, 'role')}, ${neutralise(names.slice(0, 2).join(', '))}${names.length > 2 ? ' ...' : ''}`;
  });
  const unknown = roles.filter(({ state }) => state === 'unknown');
  const doubts = unknown.map(role => `  ${neutralise(`${nameRole(role)}: ${role.why ?? ''}`)}`);
  return joinParts([
    lines.length === 0 ? '' : [paint.bold('Findings'), ...cutLines(lines, 14)].join('\n'),
    doubts.length === 0 ? '' : [paint.bold('Unknown'), ...cutLines(doubts, 4)].join('\n'),
  ]);
}
