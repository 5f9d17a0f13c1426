import { formatClaimTime } from '../../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../../identity/issuer.ts';
import type { Finding, Severity } from '../../trust/findings/finding.ts';
import { neutralise } from '../../outside-text.ts';
import { escapeJson, escapeJsonText } from '../terminal/json.ts';
import { judgeCaller, type Judgement } from './judge.ts';
import { listRole } from '../accounts/report.ts';
import type { Caller } from '../connections/callers.ts';
import { describeIssuerUrl } from '../connections/identity-json.ts';
import { findWeaknesses } from '../../trust/findings.ts';
import type { Report } from '../terminal/report.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Trust } from './read-trust.ts';
import { formatRows, type Row } from '../terminal/table.ts';

/** Returns what decides about callers, and what is weak in the policy besides. */
export function judgeCallers(callers: readonly Caller[], trust: Trust, nowMs: number): Report {
  const judgements = callers.map(caller => judgeCaller(caller, trust));
  const [environment] = callers.flatMap(one => one.environment ?? []);
  const identities = callers.flatMap(({ identity }) => identity ?? []);
  const findings = findWeaknesses(trust.policy, { account: trust.account, identities, environment });
  return {
    status: 'ok',
    exit: chooseExit(judgements, findings),
    json: {
      role: trust.roleArn === undefined ? null : listRole(trust.roleArn),
      ...trust.account,
      results: judgements.map(listJudgement),
      findings,
    },
    text: paint => formatJudgements(judgements, findings, trust, paint),
    warnings: [
      ...new Set([
        ...callers.flatMap(one => [...one.warnings, ...judgeTimes(one, nowMs)]),
        ...trust.warnings,
        ...warnOfIssuers(judgements),
      ]),
    ],
  };
}

/**
 * AWS takes a token until five minutes after its end. One in a file is mostly older than that, since tokens of the Azure
 * DevOps issuer live for five minutes: what it may not be said of any more is worth a line, not the answer.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
 */
const leewaySeconds = 300;

function judgeTimes({ claims: { iat, exp }, isToken }: Caller, nowMs: number): readonly string[] {
  const now = nowMs / 1000;
  const judged = 'Who is let in is judged as if it were valid.';
  if (isToken && exp + leewaySeconds < now) {
    return [`The token ended at ${formatClaimTime(exp)}: AWS takes it no more. ${judged}`];
  }
  if (isToken && iat > now) {
    return [
      `The token begins at ${formatClaimTime(iat)}, which is yet to come: AWS does not take it before. ${judged}`,
    ];
  }
  return [];
}

function listJudgement(judgement: Judgement): Readonly<Record<string, unknown>> {
  const { caller, decision, statement, code, conditions, reasons, remedy, statementToAdd } = judgement;
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
    'One issuer is let in and another is not. Name the one that the connection is on: --issuer entra or --issuer azure-devops.',
  ];
}

/** What is `low` could be narrower or clearer, a dual trust's subject of names for one: it is said, and no failure. */
function chooseExit(judgements: readonly Judgement[], findings: readonly Finding[]): Report['exit'] {
  const isWeak = findings.some(({ severity }) => severity !== 'low');
  if (isWeak || judgements.some(({ decision }) => decision === 'denied')) return 1;
  return judgements.some(({ decision }) => decision === 'unknown') ? 3 : 0;
}

/** Returns whether a caller gets in, by what, and what to do. */
export /** Returns judgements and findings as text. */
function formatJudgements(
  judgements: readonly Judgement[],
  findings: readonly Finding[],
  { roleArn, account }: Trust,
  paint: Paint,
): string {
  const place: Row = roleArn === undefined ? ['account', account.accountId] : ['role', roleArn];
  return [
    ...judgements.map(one => formatJudgement(one, place, paint)),
    ...(findings.length === 0 ? [] : [paint.bold(`${findings.length} found in the trust policy:`)]),
    ...findings.map(one => formatFinding(one, paint)),
  ].join('\n\n');
}

const decisions = { allowed: 'Allowed', denied: 'Denied', unknown: 'Unknown: only AWS can tell' } as const;

function formatJudgement(judgement: Judgement, place: Row, paint: Paint): string {
  const { caller, decision, reasons, remedy, statementToAdd } = judgement;
  const { iss, sub, aud, azp, exp } = caller.claims;
  const colour = { allowed: paint.green, denied: paint.red, unknown: paint.yellow }[decision];
  const rows: readonly Row[] = [
    place,
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

function formatFinding(finding: Finding, paint: Paint): string {
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
    ...formatCorrection(finding),
  ].join('\n');
}

/** Of the corrected policy just the statement that the finding is about. */
function formatCorrection({ corrected, statement }: Finding): readonly string[] {
  if (corrected === undefined) return [];
  const part = statement === undefined ? corrected : ([corrected.Statement].flat()[statement.index] ?? corrected);
  return [
    '  Corrected:',
    ...escapeJson(part)
      .split('\n')
      .map(line => `    ${line}`),
  ];
}
