import { formatFault, type Fault } from '../errors.ts';
import { readDenial } from '../session/denial.ts';
import type { FailedRole, SharedCause } from './refused-call.ts';

/** What a log says of a step whose roles were not all obtained. */
export interface FailureLog {
  /** Error messages: a headline for several roles, then one of three lines for each cause. */
  readonly errors: readonly string[];
  /** What follows them. */
  readonly lines: readonly string[];
}

export interface LoggedFailure {
  readonly causes: readonly SharedCause[];
  /** How many roles the step asked for. */
  readonly asked: number;
}

/** More would hide the errors themselves; the run summary has them all. */
const maxCauses = 5;
const maxDetailed = 2;
const maxRoles = 10;

/** Returns the errors and lines of a failure, at most 15 for one role and 40 for any number of them. */
export function describeFailure({ causes, asked }: LoggedFailure, isSummaryShown: boolean): FailureLog {
  const shown = causes.slice(0, maxCauses);
  const more = causes.length - shown.length;
  return {
    errors: [
      ...writeHeadline({ causes, asked }),
      ...shown.map(cause => formatFault(nameProfile(nameCommand(cause), cause, asked))),
    ],
    lines: [
      ...shown.flatMap((cause, index) => describeCause(cause, asked, index)),
      ...(more > 0 ? [`… and ${more} more causes.`] : []),
      ...describeRest(shown, isSummaryShown),
    ],
  };
}

/** The command is at the end of its line, whole. */
function nameCommand({ fault, roles: [role], commands }: SharedCause): Fault {
  if (commands.length === 0) return fault;
  const command = commands.join('   or in PowerShell: ');
  const isOpen = fault.code === 'StsAccessDenied' && readDenial(role?.call?.said ?? '') === undefined;
  const lead = isOpen ? 'To find the cause' : `${fault.remedy} To check role, provider and trust policy`;
  return { ...fault, remedy: `${lead}, with AWS credentials that may read IAM, run: ${command}` };
}

/** One role of several goes by its profile in the run's list of errors, too. */
function nameProfile(fault: Fault, { roles }: SharedCause, asked: number): Fault {
  const [{ profile } = {}, ...others] = roles;
  if (asked < 2 || profile === undefined || others.length > 0) return fault;
  return { ...fault, found: `profile ${profile}: ${fault.found}` };
}

/** Returns what is said first where a step asked for several roles; nothing for one. */
export function writeHeadline({ causes, asked }: LoggedFailure): readonly string[] {
  if (asked < 2) return [];
  const failed = causes.reduce((sum, { roles }) => sum + roles.length, 0);
  const isRefusal = causes.every(({ roles }) => roles.every(({ call }) => call !== undefined));
  return [
    `${failed} of ${asked} roles ${failed === 1 ? 'was' : 'were'} ${isRefusal ? 'refused' : 'not obtained'}; no credentials were published.`,
  ];
}

function describeCause({ fault, roles, diagnosis }: SharedCause, asked: number, index: number): readonly string[] {
  const names = asked < 2 ? [] : [`  Roles: ${listRoles(roles)}`];
  if (diagnosis === undefined) return names.length === 0 ? [] : [fault.code, ...names];
  const { code, sent, likely, fix } = diagnosis;
  return [
    `Diagnosis of ${code}`,
    ...names,
    // It is the same token for all of them.
    ...(index === 0 ? [`  Sent: ${sent}`] : []),
    ...(index < maxDetailed
      ? [...listBelow('Possible causes', likely), ...(fix.length === 0 ? [] : [`  What to do: ${fix.join(' ')}`])]
      : []),
  ];
}

function listBelow(title: string, lines: readonly string[]): readonly string[] {
  const [first, ...others] = lines;
  if (first === undefined) return [];
  return others.length === 0 ? [`  ${title}: ${first}`] : [`  ${title}:`, ...lines.map(line => `    - ${line}`)];
}

/** As the input profiles has them. */
function listRoles(roles: readonly FailedRole[]): string {
  const more = roles.length - maxRoles;
  const names = roles.map(({ profile, arn }) => (profile === undefined ? arn : `${profile} = ${arn}`));
  return names.slice(0, maxRoles).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** One statement at most, never a whole policy: what a log offers is copied without much thought. */
function describeRest(causes: readonly SharedCause[], isSummaryShown: boolean): readonly string[] {
  const statements = causes.flatMap(({ diagnosis }) => diagnosis?.statement ?? []);
  if (isSummaryShown) {
    if (causes.every(({ diagnosis }) => diagnosis === undefined)) return [];
    const statement = statements.length === 0 ? '' : 'the statement to add, and ';
    return [
      `  The run summary (tab Extensions) has ${statement}the whole issuer and subject, which the agent masks here.`,
    ];
  }
  return statements
    .slice(0, 1)
    .map(statement => `  The statement to add to the trust policy: ${showUnmasked(statement)}`);
}

/**
 * Returns a statement in one line. The agent masks the connection's subject, which is no secret: JSON may write a slash in
 * it in another way, which means the same to IAM.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-7
 */
function showUnmasked(statement: string): string {
  const compact = JSON.stringify(JSON.parse(statement));
  return compact.replace(
    /(:sub":)("(?:[^"\\]|\\.)*")/,
    (_, key: string, subject: string) => `${key}${subject.replaceAll('/', '\\/')}`,
  );
}
