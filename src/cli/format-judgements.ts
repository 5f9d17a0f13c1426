import { formatClaimTime } from '../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../identity/issuer.ts';
import type { Finding, Severity } from '../trust/findings/finding.ts';
import { neutralise } from '../outside-text.ts';
import { escapeJson, escapeJsonText } from './json.ts';
import type { Judgement } from './judge-callers.ts';
import type { Paint } from './paint.ts';
import type { Trust } from './read-trust.ts';
import { formatRows, type Row } from './table.ts';

/** Returns judgements and findings as text. */
export function formatJudgements(
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

const decisions = { allowed: 'Let in', denied: 'Not let in', unknown: 'Only AWS can tell' } as const;

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
