import type { ErrorCode } from '../errors.ts';
import { formatClaimTime } from '../identity/claims.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { describeVerdict } from '../diagnosis/known-trust.ts';
import { judgeClaims } from '../trust/admission.ts';
import { evaluateTrust, type Decision, type Reason } from '../trust/evaluate.ts';
import { findWeaknesses } from '../trust/findings.ts';
import type { Finding } from '../trust/findings/finding.ts';
import { describeWebIdentity } from '../trust/web-identity.ts';
import { formatJudgements } from './format-judgements.ts';
import type { Caller } from './read-callers.ts';
import type { Trust } from './read-trust.ts';
import type { Report } from './report.ts';

/** Whether a caller gets in, by what, and what to do. */
export interface Judgement {
  readonly caller: Caller;
  readonly decision: Decision;
  /** The statement that decides, or came closest. */
  readonly statement: { readonly index: number; readonly sid: string | undefined } | undefined;
  /** What AWS would say no with. */
  readonly code: ErrorCode | undefined;
  /** What the statement asks that decided. */
  readonly conditions: readonly Reason[];
  readonly reasons: readonly string[];
  readonly remedy: readonly string[];
  /** The one statement that would let the caller in, as JSON. */
  readonly statementToAdd: string | undefined;
}

/** Returns what decides about callers, and what is weak in the policy besides. */
export function judgeCallers(callers: readonly Caller[], trust: Trust, nowMs: number): Report {
  const judgements = callers.map(caller => judgeCaller(caller, trust));
  const [environment] = callers.flatMap(one => one.environment ?? []);
  const identities = callers.flatMap(({ identity }) => identity ?? []);
  const findings = findWeaknesses(trust.policy, { account: trust.account, identities, environment });
  return {
    exit: chooseExit(judgements, findings),
    json: {
      role: trust.roleArn ?? null,
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

function judgeCaller(caller: Caller, trust: Trust): Judgement {
  const { claims } = caller;
  const { policy, account, providers, roleArn } = trust;
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account }));
  const { decision, deniedBy } = judgeClaims(policy, claims, trust);
  const code = deniedBy && refusals[deniedBy];
  const role = { ...account, arn: roleArn ?? 'that of the file' };
  const diagnosis = code && diagnose({ code, claims, role, trustPolicy: policy, providers });
  return {
    caller,
    decision,
    statement: verdict.statement && { index: verdict.statement.index, sid: verdict.statement.sid },
    code,
    conditions: verdict.reasons,
    reasons: diagnosis?.likely ?? describeVerdict(verdict),
    remedy: diagnosis?.fix ?? [],
    statementToAdd: verdict.decision === 'denied' && !verdict.explicit ? diagnosis?.statement : undefined,
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

/** What STS answers with. */
const refusals = {
  provider: 'StsProviderMissing',
  'client-ids': 'StsAudienceRefused',
  policy: 'StsAccessDenied',
} as const satisfies Readonly<Record<string, ErrorCode>>;

function listJudgement(judgement: Judgement): Readonly<Record<string, unknown>> {
  const { caller, decision, statement, code, conditions, reasons, remedy, statementToAdd } = judgement;
  const { iss, sub, aud, azp, exp } = caller.claims;
  const times = caller.isToken ? { expires: formatClaimTime(exp) } : {};
  return {
    claims: { iss, sub, aud, azp: azp ?? null, ...times },
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
