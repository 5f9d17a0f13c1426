import type { ErrorCode } from '../../errors.ts';
import { diagnose } from '../../diagnosis/diagnose.ts';
import { describeVerdict } from '../../diagnosis/known-trust.ts';
import { judgeClaims } from '../../trust/admission.ts';
import { evaluateTrust, type Decision, type Reason } from '../../trust/evaluate.ts';
import { describeWebIdentity } from '../../trust/web-identity.ts';
import type { Caller } from '../connections/callers.ts';
import { suggestOrigin, type KnownOrigin } from './network.ts';
import type { Trust } from './read-trust.ts';

/** Whether a caller is allowed, by what, and what to do. */
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

/** Returns whether a caller is allowed, by what, and what to do. */
export function judgeCaller(caller: Caller, trust: Trust, origin: KnownOrigin | undefined): Judgement {
  const { claims } = caller;
  const { policy, account, providers, roleArn } = trust;
  const network = origin?.network;
  const verdict = evaluateTrust(policy, describeWebIdentity({ claims, account, network }));
  const { decision, deniedBy } = judgeClaims(policy, claims, { ...trust, network });
  const code = deniedBy && refusals[deniedBy];
  const role = { ...account, arn: roleArn ?? 'that of the file' };
  const diagnosis = code && diagnose({ code, claims, role, trustPolicy: policy, providers, network });
  return {
    caller,
    decision,
    statement: verdict.statement && { index: verdict.statement.index, sid: verdict.statement.sid },
    code,
    conditions: verdict.reasons,
    reasons: diagnosis?.likely ?? describeVerdict(verdict),
    remedy: diagnosis?.fix ?? (decision === 'unknown' ? suggestOrigin(policy, origin) : []),
    statementToAdd: verdict.decision === 'denied' && !verdict.explicit ? diagnosis?.statement : undefined,
  };
}

/** What STS answers with. */
const refusals = {
  provider: 'StsProviderMissing',
  'client-ids': 'StsAudienceRefused',
  policy: 'StsAccessDenied',
} as const satisfies Readonly<Record<string, ErrorCode>>;
