import type { ErrorCode, Fault } from '../errors.ts';
import type { Claims } from '../identity/claims.ts';
import { neutralise, escapeUnit } from '../secret.ts';
import { readIdentity } from '../identity/audience.ts';
import { buildForIdentities } from '../trust/build.ts';
import { isReachable } from '../trust/network/reachable.ts';
import { findSharedLines } from '../trust/network/bounds.ts';
import { listCauses, type Causes } from './causes.ts';
import { judgeProviders, judgeTrust, type TrustJudgement } from './known-trust.ts';
import { listDiagnoseCommands, type Hides } from './diagnose-command.ts';
import type { Diagnosis, FailedRole, RefusedCall, SharedCause } from './refused-call.ts';

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

/**
 * Returns what would allow the connection, one statement, and a policy of nothing else, both as JSON; bound to the network
 * that the policy's other statements are bound to. Undefined where the token is not a service connection's, or where the other
 * statements are bound to different networks, or to one that no request comes from.
 */
function buildAdmission({
  claims,
  role,
  trustPolicy,
}: RefusedCall): Pick<Diagnosis, 'statement' | 'policy'> | undefined {
  const identity = readIdentity(claims);
  const network = trustPolicy === undefined ? [] : findSharedLines(trustPolicy);
  if (identity === undefined || network === undefined || !isReachable(network)) return undefined;
  try {
    const { document } = buildForIdentities([identity], { ...role, network });
    const [statement] = [document.Statement].flat();
    return { statement: formatJson(statement), policy: formatJson(document) };
  } catch {
    // A subject of another form, or one that no policy has room for: it is shown among what was sent.
    return undefined;
  }
}

/** Returns whether a policy's other statements are bound to networks that no request comes from. */
function isBoundToNothing({ trustPolicy }: RefusedCall): boolean {
  return trustPolicy !== undefined && !isReachable(findSharedLines(trustPolicy) ?? []);
}

/** Characters that a log, Markdown or HTML may give a meaning to are written as JSON's escapes, which mean the same. */
function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[#`<>&\u007f-\uffff]/g, escapeUnit);
}

/**
 * Returns roles grouped by what happened to them, the largest group first: the same code, and the same words except for
 * ARNs, account ids and the number of attempts. Each has the fault in words for all of its roles.
 */
function groupFailures(failed: readonly FailedRole[]) {
  const groups = new Map<string, [FailedRole, ...FailedRole[]]>();
  for (const role of failed) {
    const key = JSON.stringify([role.call?.caller !== undefined, generalise(role.fault)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [role]);
    else group.push(role);
  }
  return [...groups.values()]
    .map(roles => ({ fault: wordForAll(roles), roles }))
    .sort((one, other) => other.roles.length - one.roles.length);
}

function generalise({ code, found, expected, remedy }: Fault): readonly string[] {
  return [code, found, expected, remedy].map(text =>
    text
      .replace(/arn:[\w-]+:iam::[^\s"]+/g, 'arn')
      .replace(/\b\d{12}\b/g, 'account')
      .replace(/ \(\d+ attempts\)$/, ''),
  );
}

function wordForAll(roles: readonly [FailedRole, ...FailedRole[]]): Fault {
  const [{ fault, arn }, ...others] = roles;
  if (others.length === 0) return fault;
  const count = `${roles.length} roles`;
  const found = fault.found.includes(arn) ? fault.found.replace(arn, count) : `${count}: ${fault.found}`;
  if (new Set(roles.map(({ accountId }) => accountId)).size === 1) return { ...fault, found };
  const [expected = '', remedy = ''] = [fault.expected, fault.remedy].map(text =>
    text.replaceAll(arn, 'its ARN').replace(/\baccount \d{12}\b/g, 'its account'),
  );
  return { code: fault.code, found, expected, remedy };
}
