import { isDeepStrictEqual } from 'node:util';
import { settle } from '../setup/apply.ts';
import type { ExposedRole } from '../account/exposure.ts';
import type { IamWriter, ProviderReader, ProviderState, RoleReader } from '../account/iam.ts';
import { findExposed } from '../setup/plan.ts';
import type { SavedDocument } from '../account/saved-documents.ts';
import type { PlannedChange } from './dual-trust/plan.ts';
import { findMentions } from './mentions.ts';
import { isSameDocument } from './policy-document.ts';

export interface CarryOutPorts {
  readonly iam: RoleReader & ProviderReader & IamWriter;
  /** Between looks at what this run has just changed: IAM may need seconds until it shows that. */
  readonly pause: (ms: number) => Promise<void>;
  readonly onDone?: (change: PlannedChange) => void;
  /** Whether IAM refused a trust policy for its size alone: the others are no worse for it. */
  readonly isOversize: (thrown: unknown) => boolean;
  /** Whether the run is to end: nothing more is begun then. */
  readonly stop?: AbortSignal;
}

/** How far a run came. Whatever was not reached is left for the next run, which plans anew. */
export interface CarriedOut {
  readonly done: readonly PlannedChange[];
  /** What was there already: somebody else, or an earlier run whose answer was lost, did it. */
  readonly skipped: readonly PlannedChange[];
  /** A document that is no longer what the plan was made for. */
  readonly stopped: { readonly at: PlannedChange; readonly why: string } | undefined;
  /** A call that did not end in an answer. */
  readonly failed: { readonly at: PlannedChange; readonly error: unknown } | undefined;
  /** The first change that was not begun, since the run was told to end. */
  readonly interrupted: PlannedChange | undefined;
  /** Trust policies that IAM refused for their size. */
  readonly oversize: readonly { readonly at: PlannedChange; readonly error: unknown }[];
}

type Readiness = { readonly kind: 'go' | 'skip' } | { readonly kind: 'stop'; readonly why: string };

/**
 * Carries changes out in their order, each after its document was read again; stops at the first that is no longer what
 * was planned on, and at the first call that fails, but for a trust policy that is too large for the account. Never throws for
 * any of them.
 */
export async function carryOut(
  changes: readonly PlannedChange[],
  exposed: readonly ExposedRole[],
  { iam, pause, onDone, isOversize, stop: told }: CarryOutPorts,
): Promise<CarriedOut> {
  const [done, skipped]: [PlannedChange[], PlannedChange[]] = [[], []];
  const oversize: { readonly at: PlannedChange; readonly error: unknown }[] = [];
  const end = { done, skipped, oversize, stopped: undefined, failed: undefined, interrupted: undefined };
  for (const at of changes) {
    try {
      const isTouched = done.some(({ document }) => keyOf(document) === keyOf(at.document));
      const readiness = await lookAgain(at, { iam, exposed, pause: isTouched ? pause : undefined });
      if (told?.aborted === true) return { ...end, interrupted: at };
      if (readiness.kind === 'stop') return { ...end, stopped: { at, why: readiness.why } };
      if (readiness.kind === 'go') await iam.apply(at.change);
      (readiness.kind === 'go' ? done : skipped).push(at);
      if (readiness.kind === 'go') onDone?.(at);
    } catch (error) {
      if (at.change.kind !== 'set-trust-policy' || !isOversize(error)) return { ...end, failed: { at, error } };
      oversize.push({ at, error });
    }
  }
  return end;
}

interface Look {
  readonly iam: CarryOutPorts['iam'];
  readonly exposed: readonly ExposedRole[];
  readonly pause: CarryOutPorts['pause'] | undefined;
}

async function lookAgain(at: PlannedChange, look: Look): Promise<Readiness> {
  const seen: Readiness[] = [];
  await settle(async () => {
    seen.unshift(await readAgain(at, look.iam));
    return seen[0]?.kind !== 'stop';
  }, look.pause);
  const [last = stop('it was not read')] = seen;
  return last.kind === 'go' ? checkRoles(at, look) : last;
}

async function readAgain({ document }: PlannedChange, iam: CarryOutPorts['iam']): Promise<Readiness> {
  if (document.kind === 'trust-policy') {
    const live = (await iam.readRole(document.roleName))?.trustPolicy;
    if (live === undefined) return stop(`the role ${document.roleName} is gone`);
    if (isSameDocument(live, document.after)) return { kind: 'skip' };
    const same = document.before !== null && isSameDocument(live, document.before);
    return same ? { kind: 'go' } : stop(`the trust policy of ${document.roleName} was changed by somebody else`);
  }
  const live = await iam.readProvider(document.arn);
  if (isSameProvider(live, document.after)) return { kind: 'skip' };
  return isSameProvider(live, document.before) ? { kind: 'go' } : stop(`${document.arn} was changed by somebody else`);
}

/** What a change of a provider means goes by the roles that name it. */
async function checkRoles({ change }: PlannedChange, { iam, exposed }: Look): Promise<Readiness> {
  if (change.kind === 'delete-provider') {
    const users = findMentions(change.arn.replace(/^.*?:oidc-provider\//, ''), await iam.listRoles());
    if (users.length > 0) return stop(`${change.arn} is named by ${users.join(', ')}`);
  }
  if (change.kind === 'create-provider' || change.kind === 'add-client-id') {
    const open = findExposed([change], await iam.listRoles());
    const fresh = open.find(({ roleArn }) => !exposed.some(one => one.roleArn === roleArn));
    if (fresh !== undefined) return stop(`${fresh.roleArn} is opened by it now (${fresh.why})`);
  }
  return { kind: 'go' };
}

function keyOf(document: SavedDocument): string {
  return document.kind === 'provider' ? document.arn : document.roleName;
}

/** Thumbprints do not count: IAM fills them in by itself. */
export function isSameProvider(
  one: ProviderState | null | undefined,
  other: ProviderState | null | undefined,
): boolean {
  if (!one || !other) return !one && !other;
  const same = isDeepStrictEqual([...one.clientIds].sort(), [...other.clientIds].sort());
  return same && isDeepStrictEqual({ ...one.tags }, { ...other.tags });
}

function stop(why: string): Readiness {
  return { kind: 'stop', why };
}
