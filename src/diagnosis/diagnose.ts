import type { ErrorCode } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import { neutralise } from '../outside-text.ts';
import { buildAdmission, isBoundToNothing } from './statement-to-add.ts';
import { listCauses, type Causes } from './causes.ts';
import { judgeProviders, judgeTrust, type TrustJudgement } from './known-trust.ts';
import { listDiagnoseCommands, type Hides } from './diagnose-command.ts';
import type { Diagnosis, FailedRole, RefusedCall, SharedCause } from './refused-call.ts';
import { groupFailures } from './share-causes.ts';

export { describeFailure, writeHeadline } from './log-lines.ts';

/**
 * Returns what a refusal of AWS STS most likely comes of: what was sent, what decides, what to do. Undefined for failures
 * that are not a refusal. Without the role's trust policy it names what AWS tells nobody apart; with it, what decides.
 *
 * The statement it offers is a suggestion: anyone who runs pipelines can provoke a refusal, so whoever owns the role has to
 * want the connection to be allowed.
 */
export function diagnose(call: RefusedCall): Diagnosis | undefined {
  const causes = listCauses(call);
  if (causes === undefined) return undefined;
  const isTrust = causes.trust !== undefined;
  const judgement = isTrust ? judgeTrust(call) : undefined;
  const isMissing = isTrust && judgement?.isStatementMissing !== false;
  const admission = isMissing ? buildAdmission(call) : undefined;
  const network = isMissing && isBoundToNothing(call) ? [correctNetwork] : [];
  return {
    code: call.code,
    sent: neutralise(describeSent(call)),
    likely: (isTrust ? listTrustCauses(call, causes, judgement) : causes.likely).map(neutralise),
    fix: [...causes.fix, ...network, ...(admission === undefined ? [] : describeAdmission(causes))].map(neutralise),
    ...admission,
  };
}

const correctNetwork =
  "No request can meet the network conditions of the policy's other statements. Correct them before you add a statement for this connection.";

/** What is known decides; what can only be guessed stands if nothing is. */
function listTrustCauses(
  call: RefusedCall,
  { likely }: Causes,
  judgement: TrustJudgement | undefined,
): readonly string[] {
  const providers = judgeProviders(call);
  const isKnown = providers.length > 0 || (judgement !== undefined && call.code === 'StsAccessDenied');
  return [...(isKnown ? providers : likely), ...(judgement?.lines ?? [])];
}

/**
 * Returns what happened to the roles of a step that were not obtained: each cause once with its roles, the one of most roles
 * first. A cause that STS refused has its diagnosis and the command that finds out more.
 *
 * @param hides whether the log would hide a part of a text: such a text is no command to paste
 */
export function diagnoseEach(failed: readonly FailedRole[], hides?: Hides): readonly SharedCause[] {
  return groupFailures(failed).map(({ fault, roles }) => {
    const [{ call }] = roles;
    const diagnosis = call === undefined ? undefined : diagnose(call);
    if (call === undefined || diagnosis === undefined) return { fault, roles, diagnosis: undefined, commands: [] };
    return { fault, roles, diagnosis, commands: listDiagnoseCommands(call, hides) };
  });
}

/** Returns the diagnosis of an ID token that Azure DevOps gave at first and did not renew. Undefined for other failures. */
export function diagnoseRenewal(code: ErrorCode, claims: Claims): Diagnosis | undefined {
  if (!/^(?:Token(?!NotForConnection)|Connection)/.test(code)) return undefined;
  return {
    code,
    sent: neutralise(describeAudience(claims)),
    likely: [
      'Azure DevOps issued this ID token but refused the next one, which the step needed because the first was about to expire.',
      "In the meantime, the job's access token expired, the connection was disabled or deleted, or this pipeline lost access to it.",
    ],
    fix: ['Check that the service connection exists and that this pipeline may use it, then run the job again.'],
  };
}

/** Issuer and subject are in the log already: in the line about the ID token, in their parts. */
function describeAudience({ aud, azp }: Claims): string {
  return `the ID token, with aud ${aud.join(', ')}${azp === undefined ? ' and no azp' : ` and azp ${azp}`}`;
}

/** A chained role never sees the ID token. */
function describeSent({ claims, caller }: RefusedCall): string {
  return caller === undefined
    ? describeAudience(claims)
    : `not the ID token itself, but a request with the session of ${caller}`;
}

function describeAdmission({ trust = '' }: Causes): readonly string[] {
  return [
    trust,
    "Ask the owner of the role's account before adding it: it allows every pipeline that may use this service connection. Anyone who can run a pipeline can trigger this error, so the error alone does not justify the change.",
  ];
}
