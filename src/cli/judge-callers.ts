import type { ErrorCode } from '../errors.ts';
import { diagnose } from '../setup/diagnose.ts';
import { evaluateTrust, type Reason, type Verdict } from '../trust/evaluate.ts';
import { findWeaknesses } from '../trust/findings.ts';
import type { Finding } from '../trust/findings/finding.ts';
import { acceptsAudience, stripScheme } from '../trust/oidc-provider.ts';
import { describeWebIdentity } from '../trust/web-identity.ts';
import { formatJudgements } from './format-judgements.ts';
import type { Caller } from './read-callers.ts';
import type { Trust } from './read-trust.ts';
import type { Report } from './report.ts';

/** Whether a caller gets in, by what, and what to do. */
export interface Judgement {
  readonly caller: Caller;
  readonly decision: Verdict['decision'];
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
  const judgements = callers.map(caller => judgeCaller(caller, trust, nowMs));
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
    warnings: [...new Set([...callers.flatMap(({ warnings }) => warnings), ...trust.warnings])],
  };
}

/** What is `low` could be narrower or clearer, a dual trust's subject of names for one: it is said, and no failure. */
function chooseExit(judgements: readonly Judgement[], findings: readonly Finding[]): Report['exit'] {
  const isWeak = findings.some(({ severity }) => severity !== 'low');
  if (isWeak || judgements.some(({ decision }) => decision === 'denied')) return 1;
  return judgements.some(({ decision }) => decision === 'cannot-know') ? 3 : 0;
}

/** In the order in which AWS looks: the token's time, the provider, its client ids, then the trust policy. */
function judgeCaller(caller: Caller, trust: Trust, nowMs: number): Judgement {
  const { claims } = caller;
  const { policy, account, providers, roleArn } = trust;
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account }));
  const code = findRefusal(caller, trust, nowMs) ?? (verdict.decision === 'denied' ? 'StsAccessDenied' : undefined);
  const role = { ...account, arn: roleArn ?? 'that of the file' };
  const diagnosis = code && diagnose({ code, claims, role, trustPolicy: policy, providers });
  return {
    caller,
    decision: code === undefined ? verdict.decision : 'denied',
    statement: verdict.statement && { index: verdict.statement.index, sid: verdict.statement.sid },
    code,
    conditions: verdict.reasons,
    reasons: diagnosis?.likely ?? describeVerdict(verdict),
    remedy: diagnosis?.fix ?? [],
    statementToAdd: verdict.decision === 'denied' && !verdict.explicit ? diagnosis?.statement : undefined,
  };
}

/** What the diagnosis of a refusal does not say: why there is none. */
function describeVerdict({ decision, statement, reasons }: Verdict): readonly string[] {
  const name = `Statement ${(statement?.index ?? 0) + 1}${statement?.sid === undefined ? '' : ` (${statement.sid})`}`;
  if (decision === 'allowed') return [`${name} lets it in: its principal, its action and each of its conditions hold.`];
  return [
    `Only AWS can tell whether ${name.toLowerCase()} applies.`,
    ...reasons.map(reason =>
      reason.part === 'condition'
        ? `${reason.operator} on ${reason.key}: ${reason.doubt ?? 'not decided'}.`
        : `The ${reason.part} ${reason.actual} is not known.`,
    ),
  ];
}

/** AWS takes a token until five minutes after its end. */
const leewaySeconds = 300;

function findRefusal({ claims, isToken }: Caller, { providers }: Trust, nowMs: number): ErrorCode | undefined {
  if (isToken && claims.exp + leewaySeconds < nowMs / 1000) return 'StsTokenExpired';
  if (providers === undefined) return undefined;
  const provider = providers.find(({ url }) => url === stripScheme(claims.iss));
  if (provider === undefined) return 'StsProviderMissing';
  return acceptsAudience(provider.clientIds, claims) ? undefined : 'StsAudienceRefused';
}

function listJudgement(judgement: Judgement): Readonly<Record<string, unknown>> {
  const { caller, decision, statement, code, conditions, reasons, remedy, statementToAdd } = judgement;
  const { iss, sub, aud, azp, exp } = caller.claims;
  const times = caller.isToken ? { expires: formatTime(exp) } : {};
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

/** Returns a time of a token as RFC 3339; a number that is no such time as it stands. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
