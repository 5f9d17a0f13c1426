import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../problem.ts';
import { type PlannedChange, findMentions, isSameProvider, isSameRole } from './state.ts';
import { findExposed, type ExposedRole } from './exposure.ts';
import { nameTarget, type IamWriter, type ProviderReader, type ProviderState, type RoleReader } from './iam.ts';

export interface CarryOutPorts {
  readonly iam: Pick<RoleReader & ProviderReader, 'readRole' | 'readProvider' | 'listRoles'> & IamWriter;
  /** Between looks at what this run has just changed: IAM may need seconds until it shows that. */
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted where the run is to end: the call that is under way is waited for, and no other made. */
  readonly stop: AbortSignal;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** What a run goes by besides. */
export interface CarryOutRules {
  /** The roles that are known to be opened by the changes. */
  readonly exposed?: readonly ExposedRole[];
  /** Whether IAM refuses a change for good, so that it is put aside and the others are no worse for it. */
  readonly putsAside?: (thrown: unknown, planned: PlannedChange) => boolean;
  /** Whether the changes have nothing to do with each other: one that cannot be made keeps no other from being made. */
  readonly independent?: boolean;
  /** Whether no other change waits for one: where its document was changed by somebody else, the others are made. */
  readonly standsAlone?: (planned: PlannedChange) => boolean;
  /** Whether what was thrown may pass, so that the change is tried again after a pause. */
  readonly mayPass?: (thrown: unknown) => boolean;
}

/**
 * What became of a change. `done`: by this run. `present`: it was there already; somebody else, or an earlier run whose
 * answer was lost, did it. `stopped`: its document is no longer what the plan was made from. `put-aside`: IAM refuses it for
 * good. `failed`: the call did not end in an answer, and may have gone through. `interrupted`: the run was told to end before
 * it. `not-begun`: what follows on one that ended the run.
 */
export type Outcome = { readonly planned: PlannedChange } & (
  | { readonly state: 'done' | 'present' | 'interrupted' | 'not-begun' }
  | { readonly state: 'stopped'; readonly why: string }
  | { readonly state: 'put-aside' | 'failed'; readonly thrown: unknown; readonly begun: boolean }
);

/**
 * Carries changes out in their order, each after its document was read again, and returns what became of each, in the same
 * order. It ends at the first that is no longer what was planned on, and at the first call that fails; what was not reached
 * is left for the next run, which plans again. Never throws for any of them.
 */
export async function carryOut(
  changes: readonly PlannedChange[],
  ports: CarryOutPorts,
  rules: CarryOutRules = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const touched = new Set<string>();
  let hasEnded = false;
  for (const planned of changes) {
    const outcome: Outcome = hasEnded
      ? { planned, state: 'not-begun' }
      : await carryOutPatiently(planned, { ...ports, ...rules, isTouched: touched.has(nameTarget(planned.change)) });
    hasEnded ||= outcome.state === 'interrupted' || (rules.independent !== true && endsRun(outcome, rules));
    if (outcome.state === 'done') touched.add(nameTarget(planned.change));
    outcomes.push(outcome);
    ports.onOutcome?.(outcome);
  }
  return outcomes;
}

interface Step extends CarryOutPorts, CarryOutRules {
  /** Whether this run has written the same document: IAM may need seconds until it shows that. */
  readonly isTouched: boolean;
}

function endsRun({ planned, state }: Outcome, { standsAlone }: CarryOutRules): boolean {
  return state === 'failed' || (state === 'stopped' && standsAlone?.(planned) !== true);
}

/** Milliseconds before a change is tried again that failed for a reason that may pass. */
const retries = [500, 2000];

async function carryOutPatiently(planned: PlannedChange, step: Step): Promise<Outcome> {
  let outcome = await carryOutOne(planned, step);
  for (const ms of retries) {
    if (outcome.state !== 'failed' || step.stop.aborted || step.mayPass?.(outcome.thrown) !== true) break;
    await step.pause(ms);
    const { begun } = outcome;
    const again = await carryOutOne(planned, step);
    outcome = begun && again.state === 'present' ? { planned, state: 'done' } : again;
  }
  return outcome;
}

async function carryOutOne(planned: PlannedChange, step: Step): Promise<Outcome> {
  let begun = false;
  try {
    const readiness = step.stop.aborted ? 'go' : await lookAgain(planned, step);
    if (step.stop.aborted) return { planned, state: 'interrupted' };
    if (readiness === 'present') return { planned, state: 'present' };
    if (readiness !== 'go') return { planned, state: 'stopped', why: readiness.why };
    begun = true;
    await step.iam.apply(planned.change);
    return { planned, state: 'done' };
  } catch (thrown) {
    if (begun && (await isMade(planned, step))) return { planned, state: 'done' };
    const isAside = step.putsAside?.(thrown, planned) === true;
    return { planned, state: isAside ? 'put-aside' : 'failed', thrown, begun };
  }
}

/** The answer of a call may be lost, and the call that the SDK makes in its place be refused for what the first has made. */
async function isMade(planned: PlannedChange, step: Step): Promise<boolean> {
  if (step.stop.aborted || isDeepStrictEqual(planned.document.before, planned.document.after)) return false;
  try {
    return (await readAgain(planned, step)) === 'present';
  } catch {
    return false;
  }
}

type Readiness = 'go' | 'present' | { readonly why: string };

async function lookAgain(planned: PlannedChange, step: Step): Promise<Readiness> {
  const seen: Readiness[] = [];
  await settle(
    async () => {
      seen.unshift(await readAgain(planned, step));
      return typeof seen[0] === 'string';
    },
    step.isTouched ? step.pause : undefined,
  );
  const [last = { why: 'it was not read' }] = seen;
  return last === 'go' ? checkRoles(planned, step) : last;
}

/** What is not changed as a document, such as a policy that is attached, is the same before and after. */
async function readAgain({ change, document }: PlannedChange, { iam }: Step): Promise<Readiness> {
  if (document.kind === 'role') {
    const live = await iam.readRole(document.name);
    if (isSameRole(live, document.before)) return 'go';
    if (isSameRole(live, document.after)) return 'present';
    return { why: `the role ${document.name} ${live === undefined ? 'is gone' : 'was changed by somebody else'}` };
  }
  const live = await iam.readProvider(document.arn);
  const counts = change.kind === 'set-thumbprints';
  const isSame = (one: ProviderState | undefined): boolean =>
    isSameProvider(live, one) && (!counts || live?.thumbprints.join() === one?.thumbprints.join());
  if (isSame(document.before)) return 'go';
  if (isSame(document.after)) return 'present';
  return { why: `${document.arn} ${live === undefined ? 'is gone' : 'was changed by somebody else'}` };
}

/** What a change of a provider means goes by the roles that name it. */
async function checkRoles({ change }: PlannedChange, { iam, exposed = [] }: Step): Promise<Readiness> {
  if (change.kind === 'delete-provider') {
    const users = findMentions(change.arn.replace(/^.*?:oidc-provider\//, ''), await iam.listRoles());
    if (users.length > 0) return { why: `${change.arn} is named by ${users.join(', ')}` };
  }
  if (change.kind === 'create-provider' || change.kind === 'add-client-id') {
    const open = findExposed([change], await iam.listRoles());
    const fresh = open.find(({ roleArn }) => !exposed.some(one => one.roleArn === roleArn));
    if (fresh !== undefined) return { why: `it would now open ${fresh.roleArn} to others (${fresh.why})` };
  }
  return 'go';
}

const pauses = [500, 1000, 2000, 4000, 8000];

/**
 * Asks again, waiting longer each time, until the answer is yes or its patience ends; without a way to wait only once.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export async function settle(
  ask: () => Promise<boolean>,
  pause: ((ms: number) => Promise<void>) | undefined,
): Promise<boolean> {
  for (const ms of pause === undefined ? [] : pauses) {
    if (await ask()) return true;
    await pause?.(ms);
  }
  return ask();
}

/** Returns why a run did not go on at a change; undefined if nothing kept it, and where a call failed. */
export function explainOutcome(outcome: Outcome): Problem | undefined {
  if (outcome.state === 'stopped') {
    return {
      code: 'ChangedMeanwhile',
      found: `Stopped before ${outcome.planned.change.kind}: ${outcome.why}.`,
      expected: 'the account as the plan found it; changes made by others are never overwritten.',
      remedy: 'Run the command again and review the new plan.',
    };
  }
  if (outcome.state !== 'interrupted') return undefined;
  return {
    code: 'Interrupted',
    found: `The run was interrupted (SIGINT or SIGTERM) before ${outcome.planned.change.kind} of ${nameTarget(outcome.planned.change)}.`,
    expected: 'the command to run to completion.',
    remedy: 'Run the same command again; it continues where it stopped.',
  };
}
