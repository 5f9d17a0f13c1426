import { nameStatement } from '../../trust/trust-policy.ts';
import { isDeepStrictEqual } from 'node:util';
import { formatClaimTime } from '../../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../../identity/issuer.ts';
import type { Finding, Severity } from '../../trust/findings/finding.ts';
import { neutralise } from '../../secret.ts';
import type { KnownControlPolicy } from '../../trust/control-policies/read-control-policy.ts';
import { escapeJson, escapeJsonText, type Report } from '../terminal/report.ts';
import { describeAccess, listNamedCallers, type Access } from './access.ts';
import { judgeCaller, type Judgement, type KnownOrigin } from './judge.ts';
import { listRole } from '../accounts/run.ts';
import type { Caller } from '../connections/callers.ts';
import { describeIssuerUrl } from '../connections/identities.ts';
import { findWeaknesses } from '../../trust/findings.ts';
import { stripScheme } from '../../trust/oidc-provider.ts';
import { admitsNobody } from '../../trust/inventory/entrants.ts';
import { formatRows, type Paint, type Row } from '../terminal/layout.ts';
import type { Trust } from './read-trust.ts';

/** What is asked: who, of which roles; without callers it is who may assume them. */
export interface Question {
  readonly callers: readonly Caller[] | undefined;
  readonly trusts: readonly Trust[];
  /** Roles of the file that could not be judged, each in a sentence. */
  readonly skipped: readonly string[];
  readonly controlPolicies: readonly KnownControlPolicy[];
  readonly durationSeconds: number | undefined;
  /** Where the agent's requests come from; undefined if that is not known. */
  readonly origin?: KnownOrigin | undefined;
}

interface JudgedTrust {
  readonly trust: Trust;
  readonly judgements: readonly Judgement[];
  readonly findings: readonly Finding[];
  readonly access: readonly Access[];
  /** Whether the role allows a session as long as asked for, in a sentence; undefined if it does or is not known. */
  readonly tooLong: string | undefined;
}

/** Returns what decides about callers, or who may assume the roles, and what is weak in their policies besides. */
export function reportTrusts(question: Question, nowMs: number): Report {
  const judged = question.trusts.map(trust => judgeTrust(trust, question));
  const [first] = judged;
  const isList = judged.length > 1;
  const callers = question.callers ?? [];
  const name = ({ trust }: JudgedTrust) => (isList ? { role: nameTrust(trust) } : {});
  return {
    status: 'ok',
    exit: chooseExit(judged, question),
    json: {
      role: isList || first?.trust.roleArn === undefined ? null : listRole(first.trust.roleArn),
      accountId: first?.trust.account.accountId ?? null,
      partition: first?.trust.account.partition ?? null,
      results: judged.flatMap(one => one.judgements.map(judgement => ({ ...listJudgement(judgement), ...name(one) }))),
      findings: judged.flatMap(one => one.findings.map(finding => ({ ...listFinding(finding), ...name(one) }))),
      access: judged.flatMap(one => one.access.map(access => ({ ...access, ...name(one) }))),
    },
    text: paint => judged.map(one => formatTrust(one, question, paint)).join('\n\n'),
    warnings: [
      ...new Set([
        ...callers.flatMap(one => [...one.warnings, ...judgeTimes(one, nowMs)]),
        ...judged.flatMap(({ trust, tooLong }) => [...trust.warnings, ...(tooLong === undefined ? [] : [tooLong])]),
        ...(isList || question.callers === undefined ? [] : warnOfIssuers(judged.flatMap(one => one.judgements))),
        ...question.controlPolicies.filter(({ type }) => type === 'SERVICE_CONTROL_POLICY').map(noEffect),
        ...question.skipped,
      ]),
    ],
  };
}

function noEffect({ name }: KnownControlPolicy): string {
  return `${name} is a service control policy: it cannot deny a federated call, because the caller is not a principal of the organization.`;
}

function judgeTrust(trust: Trust, { callers, controlPolicies, durationSeconds, origin }: Question): JudgedTrust {
  const [environment] = callers?.flatMap(one => one.environment ?? []) ?? [];
  // What the policy itself names is not known to exist.
  const identities = callers?.flatMap(({ identity }) => identity ?? []) ?? [];
  const findings = findWeaknesses(trust.policy, { account: trust.account, identities, environment });
  const named = () => listNamedCallers(trust.policy, trust.account).filter(one => !isNobody(one, findings));
  return {
    trust,
    judgements: (callers ?? named()).map(caller => judgeCaller(caller, trust, { controlPolicies, origin })),
    findings,
    access: describeAccess(trust.policy, trust.account),
    tooLong: judgeDuration(trust, durationSeconds),
  };
}

/** Whether a finding says that no token has the subject. */
function isNobody({ claims: { iss, sub } }: Caller, findings: readonly Finding[]): boolean {
  const url = stripScheme(iss);
  return findings.some(({ claim }) => claim?.allows === 'nobody' && claim.issuer === url && claim.subject === sub);
}

function judgeDuration({ maxSessionSeconds }: Trust, asked: number | undefined): string | undefined {
  if (asked === undefined || maxSessionSeconds === undefined || asked <= maxSessionSeconds) return undefined;
  return `The role allows sessions of at most ${maxSessionSeconds} s (MaxSessionDuration), but ${asked} s are requested: AWS denies that (StsDurationRefused). Lower durationSeconds, or raise the role's maximum.`;
}

function nameTrust({ roleArn, name, where, account }: Trust): string {
  return roleArn ?? name ?? where ?? account.accountId;
}

/**
 * AWS accepts a token until five minutes after its end. One in a file is mostly older than that, since tokens of the
 * Azure DevOps issuer live for five minutes: what it may not be said of any more is worth a line, not the answer.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
 */
const leewaySeconds = 300;

function judgeTimes({ claims: { iat, exp }, isToken }: Caller, nowMs: number): readonly string[] {
  const now = nowMs / 1000;
  const judged = 'It is evaluated as if it were valid.';
  if (isToken && exp + leewaySeconds < now) {
    return [`The token expired at ${formatClaimTime(exp)}: AWS no longer accepts it. ${judged}`];
  }
  if (isToken && iat > now) {
    return [`The token is not valid until ${formatClaimTime(iat)}: AWS will not accept it before then. ${judged}`];
  }
  return [];
}

/** A reader asks for every field: what a finding does not have is null. */
function listFinding(finding: Finding): Readonly<Record<string, unknown>> {
  const { statement = null, claim = null, correction = null, corrected = null } = finding;
  return { ...finding, statement, claim, correction, corrected };
}

function listJudgement(judgement: Judgement): Readonly<Record<string, unknown>> {
  const { caller, decision, statement, code, controlPolicy, conditions, reasons, remedy, statementToAdd } = judgement;
  const { iss, sub, aud, azp = null, exp } = caller.claims;
  const expires = caller.isToken ? formatClaimTime(exp) : null;
  return {
    issuer: describeIssuerUrl(iss),
    subject: sub,
    claims: { iss, sub, aud, azp, expires },
    verified: false,
    decision,
    statement: statement ?? null,
    refusal: code ?? null,
    controlPolicy: controlPolicy ?? null,
    conditions,
    reasons,
    remedy,
    statementToAdd: statementToAdd === undefined ? null : (JSON.parse(statementToAdd) as unknown),
  };
}

/** Of a connection that was not looked up it is not known which issuer it is on. */
function warnOfIssuers(judgements: readonly Judgement[]): readonly string[] {
  const isSplit = new Set(judgements.map(({ decision }) => decision === 'denied')).size > 1;
  if (!isSplit || judgements.some(({ caller }) => caller.isToken)) return [];
  return [
    "One issuer is allowed and another is denied. Choose the connection's current issuer: --issuer entra or --issuer azure-devops.",
  ];
}

/**
 * A finding that is `low` could be narrower or clearer, a dual trust's subject of names for example: it is said, and no
 * failure. Of the roles of a file most are for others than the caller: one that allows it is enough.
 */
function chooseExit(judged: readonly JudgedTrust[], { callers, skipped }: Question): Report['exit'] {
  if (judged.some(one => one.tooLong !== undefined || one.findings.some(({ severity }) => severity !== 'low')))
    return 1;
  const decisions = callers === undefined ? [] : judged.map(one => one.judgements.map(({ decision }) => decision));
  const isDenied = decisions.length > 0 && decisions.every(some => some.includes('denied'));
  if (isDenied) return 1;
  return skipped.length > 0 || decisions.flat().includes('unknown') ? 3 : 0;
}

function formatTrust({ trust, judgements, findings, access }: JudgedTrust, question: Question, paint: Paint): string {
  const { origin } = question;
  const { roleArn, account, name, where } = trust;
  const row: Row =
    roleArn === undefined ? (name === undefined ? ['account', account.accountId] : ['role', name]) : ['role', roleArn];
  const place: readonly Row[] = question.trusts.length > 1 && where !== undefined ? [row, ['in file', where]] : [row];
  return [
    ...(question.callers === undefined
      ? [formatAccess(access, place, paint), ...closeAccess(trust, judgements, paint)]
      : []),
    ...judgements.map(one =>
      formatJudgement(one, origin === undefined ? place : [...place, ['network', origin.text]], paint),
    ),
    ...(findings.length === 0
      ? []
      : [paint.bold(`${findings.length} finding${findings.length === 1 ? '' : 's'} in the trust policy:`)]),
    ...findings.map(one => formatFinding(one, findings, paint)),
  ].join('\n\n');
}

function formatAccess(access: readonly Access[], place: readonly Row[], paint: Paint): string {
  const lines = access.flatMap(({ statement, effect, principals, actions, conditions }) => [
    `  - ${nameStatement(statement)} ${effect === 'Allow' ? 'allows' : 'denies'} ${actions.join(', ')} to ${principals.join(', ')}`,
    ...conditions.map(one => `      if ${one}`),
  ]);
  return `${formatRows(place, paint)}\n\n${paint.bold('Who may assume the role')}\n${lines.map(neutraliseLine).join('\n')}`;
}

/** Nobody asked about the subjects that the policy names: whether a token has them is not known. */
function closeAccess(
  { policy, account, providers }: Trust,
  judgements: readonly Judgement[],
  paint: Paint,
): readonly string[] {
  const subjects = new Set(judgements.map(({ caller }) => caller.claims.sub)).size;
  return [
    ...(admitsNobody(policy, { account, providers })
      ? ['Nobody can assume the role: no token matches these statements.']
      : []),
    ...(subjects === 0
      ? []
      : [paint.bold(`If a token has ${subjects === 1 ? 'this subject' : 'one of these subjects'}:`)]),
  ];
}

function neutraliseLine(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${neutralise(line.trimStart())}`;
}

const decisions = { allowed: 'Allowed', denied: 'Denied', unknown: 'Unknown: only AWS can decide' } as const;

function formatJudgement(judgement: Judgement, place: readonly Row[], paint: Paint): string {
  const { caller, decision, reasons, remedy, statementToAdd } = judgement;
  const { iss, sub, aud, azp, exp } = caller.claims;
  const colour = { allowed: paint.green, denied: paint.red, unknown: paint.yellow }[decision];
  const rows: readonly Row[] = [
    ...place,
    ['issuer', `${iss} (${describeIssuer(parseIssuer(iss))})`],
    ['subject', sub],
    ['audience', `aud ${aud.join(', ')}${azp === undefined ? '' : `; azp ${azp}`}`],
    ...(caller.isToken ? ([['expires', formatClaimTime(exp)]] satisfies Row[]) : []),
  ];
  return [
    `${colour(decisions[decision])}\n${formatRows(rows, paint)}`,
    ...listLines('Why', reasons, paint),
    ...listLines('What to do', remedy, paint),
    ...(statementToAdd === undefined ? [] : [`${paint.bold('Statement')}\n${escapeJsonText(statementToAdd)}`]),
  ].join('\n\n');
}

function listLines(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [`${paint.bold(title)}\n${lines.map(line => `  - ${neutralise(line)}`).join('\n')}`];
}

function formatFinding(finding: Finding, all: readonly Finding[], paint: Paint): string {
  const { severity, code, statement, means, remedy } = finding;
  const where = statement === undefined ? '' : `, statement ${statement.index + 1}`;
  const colours: Readonly<Record<Severity, (text: string) => string>> = {
    critical: paint.red,
    high: paint.red,
    medium: paint.yellow,
    low: paint.bold,
  };
  return [
    colours[severity](`${severity} ${code}${where}`),
    `  ${neutralise(means)}`,
    `  What to do: ${neutralise(remedy)}`,
    ...formatCorrection(finding, all),
  ].join('\n');
}

/** Only what replaces the statements that the finding is about, each correction once; nothing if they are only removed. */
function formatCorrection(finding: Finding, all: readonly Finding[]): readonly string[] {
  const { correction } = finding;
  const after = correction?.after ?? [];
  if (after.length === 0) return [];
  const first = all.find(one => isDeepStrictEqual(one.correction?.after, after));
  if (first !== undefined && first !== finding) return [`  Corrected: as for ${first.code} above.`];
  return [
    after.length === 1
      ? `  ${correction?.before.length === 0 ? 'Statement to add' : 'Corrected'}:`
      : `  Corrected, ${after.length} statements instead of ${correction?.before.length ?? 0}:`,
    ...escapeJson(after.length === 1 ? after[0] : after)
      .split('\n')
      .map(line => `    ${line}`),
  ];
}
