import type { ErrorCode } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import { describeIssuer, parseIssuer } from '../identity/issuer.ts';
import { describeSubject, parseSubject } from '../identity/subject.ts';
import { neutralise } from '../outside-text.ts';
import { buildAdmission } from './statement-to-add.ts';
import { listCauses, type Causes } from './causes.ts';
import { judgeProviders, judgeTrust, type TrustJudgement } from './known-trust.ts';
import type { Diagnosis, RefusedCall } from './refused-call.ts';

/**
 * Returns what a refusal of AWS STS most likely comes of: what was sent, what decides, what to do. Undefined for failures
 * that are no refusal. Without the role's trust policy it names what AWS tells nobody apart; with it, what decides.
 *
 * The statement it offers is a suggestion: anyone who runs pipelines can provoke a refusal, so whoever owns the role has to
 * want the connection to get in.
 */
export function diagnose(call: RefusedCall, others: readonly string[] = []): Diagnosis | undefined {
  const causes = listCauses(call);
  if (causes === undefined) return undefined;
  const isTrust = causes.trust !== undefined;
  const judgement = isTrust ? judgeTrust(call) : undefined;
  const admission = isTrust && judgement?.isStatementMissing !== false ? buildAdmission(call) : undefined;
  return {
    code: call.code,
    sent: [...describeClaims(call.claims), ...describeRoles(call, others)].map(neutralise),
    likely: (isTrust ? listTrustCauses(call, causes, judgement) : causes.likely).map(neutralise),
    fix: [...causes.fix, ...(admission === undefined ? [] : describeAdmission(call, causes))].map(neutralise),
    ...admission,
  };
}

/** What is known decides; what can only be guessed stands where nothing is. */
function listTrustCauses(
  call: RefusedCall,
  { likely }: Causes,
  judgement: TrustJudgement | undefined,
): readonly string[] {
  const providers = judgeProviders(call);
  const isKnown = providers.length > 0 || (judgement !== undefined && call.code === 'StsAccessDenied');
  return [...(isKnown ? providers : likely), ...(judgement?.lines ?? [])];
}

/** The diagnoses of a step, and how many causes besides are left out. */
export interface Diagnoses {
  readonly shown: readonly Diagnosis[];
  readonly more: number;
}

/** More would hide the errors themselves. */
const mostDiagnoses = 5;

/** Returns one diagnosis for each cause: roles of an account that were refused in the same way share one. */
export function diagnoseEach(calls: readonly RefusedCall[]): Diagnoses {
  const groups = new Map<string, readonly RefusedCall[]>();
  for (const call of calls) {
    const key = JSON.stringify([call.code, call.role.partition, call.role.accountId, call.caller]);
    groups.set(key, [...(groups.get(key) ?? []), call]);
  }
  const all = [...groups.values()].flatMap(([first, ...rest]) => {
    const diagnosis = first === undefined ? undefined : diagnose(first, listOthers(first, rest));
    return diagnosis === undefined ? [] : [diagnosis];
  });
  return { shown: all.slice(0, mostDiagnoses), more: Math.max(0, all.length - mostDiagnoses) };
}

/** Returns the diagnosis of an ID token that Azure DevOps gave at first and did not renew. Undefined for other failures. */
export function diagnoseRenewal(code: ErrorCode, claims: Claims): Diagnosis | undefined {
  if (!/^(?:Token(?!NotForConnection)|Connection)/.test(code)) return undefined;
  return {
    code,
    sent: describeClaims(claims).map(neutralise),
    likely: [
      'Azure DevOps gave this ID token and refused the next one, which the step needs since the first one was running out.',
      "In the meantime the job's access token ran out, or the connection was disabled, deleted or taken from this pipeline.",
    ],
    fix: ['See that the service connection is there and permitted, then run the job again.'],
  };
}

function listOthers(first: RefusedCall, rest: readonly RefusedCall[]): readonly string[] {
  const arns = new Set(rest.map(({ role }) => role.arn));
  arns.delete(first.role.arn);
  return [...arns];
}

/** In parts: the agent masks whole issuers and subjects. */
function describeClaims({ iss, sub, aud, azp }: Claims): readonly string[] {
  return [
    `issuer: ${describeIssuer(parseIssuer(iss))}`,
    `subject: ${describeSubject(parseSubject(sub))}`,
    `audience: aud ${aud.join(', ')}${azp === undefined ? ', no azp' : `; azp ${azp}`}`,
  ];
}

const mostRoles = 10;

function describeRoles({ role, caller }: RefusedCall, others: readonly string[]): readonly string[] {
  const more = others.length - mostRoles;
  const listed = others.slice(0, mostRoles).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return [
    `role: ${role.arn}`,
    ...(others.length === 0 ? [] : [`refused in the same way: ${listed}`]),
    ...(caller === undefined ? [] : [`not with the ID token itself, but with the session of ${caller}`]),
  ];
}

function describeAdmission({ claims, role }: RefusedCall, { trust = '' }: Causes): readonly string[] {
  return [
    trust,
    `The statement lets in the service connection of ${describeSubject(parseSubject(claims.sub))}, from every pipeline that may use it.`,
    `Whoever answers for account ${role.accountId} has to approve it: anyone who runs pipelines can provoke this refusal, so it is no reason by itself.`,
  ];
}
