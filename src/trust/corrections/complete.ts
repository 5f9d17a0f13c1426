import { judgeStatement } from '../admission.ts';
import type { Caller } from '../callers.ts';
import { evaluateTrust } from '../evaluate.ts';
import { parseTrustPolicy, type PolicyDocument, type TrustPolicy } from '../trust-policy.ts';
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
    const asked = askChanged(after, changed, callers);
    const isDead = asked.length > 0 && asked.every(({ isIn }) => !isIn);
    isDeadAlone ??= isDead;
    const isDone = asked.length === 0 || isWhole(asked) || covered.length === maxSteps;
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

interface Asked {
  readonly caller: Caller;
  /** Whether the changed statements allow it, as far as is known. */
  readonly isIn: boolean;
}

/** Nobody if no Allow was changed. */
function askChanged(policy: TrustPolicy, changed: readonly number[], callers: Bench['callers']): readonly Asked[] {
  const allows = policy.statements.filter(({ index, effect }) => effect === 'Allow' && changed.includes(index));
  if (allows.length === 0) return [];
  return callers.map(({ caller }) => ({
    caller,
    isIn:
      allows.some(one => judgeStatement(policy, one, caller.request) !== false) &&
      evaluateTrust(policy, caller.request).decision !== 'denied',
  }));
}

/** Whether somebody is allowed; a service connection by all readings of its tokens. */
function isWhole(asked: readonly Asked[]): boolean {
  const isSame = (one: Caller, other: Caller) => one.url === other.url && one.subject === other.subject;
  return asked.some(({ caller, isIn }) => {
    const others = caller.connection === undefined ? [] : asked.filter(other => isSame(caller, other.caller));
    return isIn && others.every(other => other.isIn);
  });
}

function isRepair({ severity, statement, candidates }: Proposal, changed: readonly number[]): boolean {
  const isOfChanged = statement !== undefined && changed.includes(statement.index);
  return severity === 'medium' && isOfChanged && candidates[0] !== undefined;
}
