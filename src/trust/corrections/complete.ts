import type { Caller } from '../callers.ts';
import { evaluateTrust, judgeAlone } from '../evaluate.ts';
import { parseTrustPolicy, type PolicyDocument, type TrustPolicy, type Statement } from '../trust-policy.ts';
import type { FindingCode } from '../findings/finding.ts';
import type { Proposal } from '../findings/proposal.ts';
import { describeBench, listElements, type Bench, type Completed } from './settle.ts';

/** More mistakes than that are in no statement that somebody meant. */
const maxSteps = 4;

/**
 * Returns a corrected policy in which the corrected statements allow somebody, as far as further corrections bring that about.
 * It does not look whether these are lawful together.
 */
export function completeCorrection(
  document: PolicyDocument,
  { policy, known, callers }: Bench,
  findAll: (bench: Bench) => readonly Proposal[],
): Completed {
  const covered: FindingCode[] = [];
  let isDeadAlone: boolean | undefined;
  let current = document;
  for (;;) {
    const after = parseTrustPolicy(current);
    const changed = listChanged(current, policy.document);
    const allows = after.statements.filter(({ index, effect }) => effect === 'Allow' && changed.includes(index));
    const isIn = (caller: Caller) => isAllowedBy(allows, after, caller);
    const isDead = allows.length > 0 && callers.length > 0 && !callers.some(({ caller }) => isIn(caller));
    isDeadAlone ??= isDead;
    const isDone = allows.length === 0 || isWhole(callers, isIn) || covered.length === maxSteps;
    const repair = isDone ? undefined : findAll(describeBench(after, known)).find(one => isRepair(one, changed));
    const [next] = repair?.candidates ?? [];
    if (repair === undefined || next === undefined) return { document: current, covered, isDead, isDeadAlone };
    covered.push(repair.code);
    current = next;
  }
}

/** The places of statements that the original policy does not have. */
function listChanged(document: PolicyDocument, original: PolicyDocument): readonly number[] {
  const old = listElements(original);
  return listElements(document).flatMap((one, index) => (old.includes(one) ? [] : [index]));
}

/** As far as is known, and whatever else the policy allows. */
function isAllowedBy(allows: readonly Statement[], policy: TrustPolicy, { request }: Caller): boolean {
  return (
    allows.some(one => judgeAlone(policy, one, request) !== false) &&
    evaluateTrust(policy, request).decision !== 'denied'
  );
}

/** Whether somebody is allowed, a service connection by all readings of its tokens; also if there is nobody to ask. */
function isWhole(callers: Bench['callers'], isIn: (caller: Caller) => boolean): boolean {
  const isSame = (one: Caller, other: Caller) => one.url === other.url && one.subject === other.subject;
  if (callers.length === 0) return true;
  return callers.some(({ caller }) => {
    const others = caller.connection === undefined ? [] : callers.filter(other => isSame(caller, other.caller));
    return isIn(caller) && others.every(other => isIn(other.caller));
  });
}

function isRepair({ severity, statement, candidates }: Proposal, changed: readonly number[]): boolean {
  const isOfChanged = statement !== undefined && changed.includes(statement.index);
  return severity === 'medium' && isOfChanged && candidates[0] !== undefined;
}
