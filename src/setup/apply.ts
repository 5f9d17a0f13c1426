import { isOfProvider, listDocuments } from './documents.ts';
import { expectAfter, isSameProvider, isSameRole } from './expect.ts';
import type { IamChange, IamWriter, ProviderReader, RoleReader } from '../account/iam.ts';
import { findExposed, type SetupPlan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { SavedDocument } from '../account/saved-documents.ts';
import type { Standing } from './standing.ts';

export interface ApplyPorts {
  readonly iam: RoleReader & ProviderReader & IamWriter;
  /** Keeps documents before they are changed; nothing is changed where it rejects. */
  readonly save: (documents: readonly SavedDocument[]) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted where the run is to end: the call that is under way is waited for, and no other made. */
  readonly stop: AbortSignal;
}

/** How far a run came: an account is never left without word of what was done there. */
export interface Applied {
  readonly done: readonly IamChange[];
  /** What was not done; the first of it may have been, where it failed. */
  readonly left: readonly IamChange[];
  readonly stopped: Refusal | undefined;
  /** Whether a change was sent to IAM; it may have gone through although it failed. */
  readonly begun: boolean;
  /** What was thrown at a change, by IAM or by `save`. */
  readonly failure: { readonly thrown: unknown } | undefined;
}

/**
 * Carries a plan out, change by change. Just before each the document that it is about is read again: where that is not
 * what the plan was made from and this run made of it, it stops. It never throws what a port throws, but returns it.
 */
export async function applySetup(plan: SetupPlan, standing: Standing, ports: ApplyPorts): Promise<Applied> {
  const done: IamChange[] = [];
  let begun = false;
  const end = (rest: Partial<Applied>): Applied => ({
    done,
    left: plan.changes.slice(done.length),
    stopped: undefined,
    begun,
    failure: undefined,
    ...rest,
  });
  let expected = standing;
  if (isInterrupted(ports)) return end({ stopped: interrupted });
  try {
    if (plan.changes.length > 0) await ports.save(listDocuments(plan.changes, standing));
    for (const change of plan.changes) {
      const stopped = await findStop({ change, expected, plan, patient: done.length > 0 }, ports);
      if (stopped !== undefined) return end({ stopped });
      begun = true;
      await ports.iam.apply(change);
      expected = expectAfter(expected, change);
      done.push(change);
    }
    return end({});
  } catch (thrown) {
    return end({ failure: { thrown } });
  }
}

interface Step {
  readonly change: IamChange;
  readonly expected: Standing;
  readonly plan: SetupPlan;
  /** Whether this run has written: IAM may need seconds until it shows that. */
  readonly patient: boolean;
}

async function findStop(step: Step, ports: ApplyPorts): Promise<Refusal | undefined> {
  const moved = isInterrupted(ports) ? undefined : await findMoved(step, ports);
  return isInterrupted(ports) ? interrupted : moved;
}

function isInterrupted({ stop }: ApplyPorts): boolean {
  return stop.aborted;
}

async function findMoved(step: Step, ports: ApplyPorts): Promise<Refusal | undefined> {
  const { change, patient } = step;
  const same = await settle(() => isUnmoved(step, ports), patient ? ports.pause : undefined);
  if (!same) return moved(isOfProvider(change) ? change.arn : nameRole(change));
  if (change.kind !== 'create-provider' && change.kind !== 'add-client-id') return undefined;
  const exposed = findExposed([change], await ports.iam.listRoles());
  const known = step.plan.exposed.map(({ roleArn }) => roleArn);
  const fresh = exposed.find(({ roleArn }) => !known.includes(roleArn));
  return fresh && moved(fresh.roleArn);
}

async function isUnmoved({ change, expected }: Step, { iam }: ApplyPorts): Promise<boolean> {
  if (!isOfProvider(change)) return isSameRole(await iam.readRole(nameRole(change)), expected.role);
  const standing = expected.providers.find(({ arn }) => arn === change.arn);
  return isSameProvider(await iam.readProvider(change.arn), standing);
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

function nameRole(change: IamChange): string {
  if (change.kind === 'create-role') return change.name;
  return 'roleName' in change ? change.roleName : '';
}

function moved(what: string): Refusal {
  return {
    code: 'ChangedMeanwhile',
    found: `${what} is no longer what the plan was made from: somebody changed it meanwhile.`,
    expected: 'just what was read for the plan; nothing of others is overwritten.',
    remedy: 'Run the command again and look at the new plan.',
  };
}

/** What a run says that was told to end before it was through. */
export const interrupted: Refusal = {
  code: 'Interrupted',
  found: 'The run was told to end (SIGINT or SIGTERM).',
  expected: 'to be left to finish.',
  remedy: 'Run the same command again: it goes on from what is there.',
};
