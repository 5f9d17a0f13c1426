import type { PlannedChange } from '../account/change.ts';
import { nameTarget } from '../account/iam.ts';
import type { AccountState } from '../account/state.ts';
import { isSameDocument } from '../trust/policy-document.ts';
import type { OrganizationNames } from './fleet/connections.ts';

/** What a plan was made with besides the organization and the accounts. */
export interface PlanRules {
  readonly expand: boolean;
  readonly includeConverted: readonly string[];
  readonly roleNames: readonly string[] | null;
  readonly tenantId: string | null;
}

/** A plan as a file keeps it: no credentials, no endpoints, no roles to assume. */
export interface PlanFile {
  readonly planVersion: 1;
  readonly organization: OrganizationNames;
  readonly rules: PlanRules;
  readonly accounts: readonly PlannedAccount[];
}

export interface PlannedAccount {
  readonly accountId: string;
  readonly partition: string;
  readonly changes: readonly FileChange[];
}

/** One change: what it is about, and what stands there before and after it as JSON text. */
export interface FileChange {
  readonly kind: string;
  /** The ARN of a provider, or the name of a role. */
  readonly target: string;
  readonly before: string | null;
  readonly after: string;
}

/** Returns a planned change as a file keeps it. */
export function describeChange({ change, document }: PlannedChange): FileChange {
  const target = nameTarget(change);
  if (change.kind === 'set-trust-policy' && document.kind === 'role') {
    return { kind: change.kind, target, before: document.before?.trustPolicy ?? null, after: change.trustPolicy };
  }
  return { kind: change.kind, target, before: null, after: JSON.stringify(change) };
}

/** Returns what a file says; undefined if the value is no plan of this version. */
export function readPlan(value: unknown): PlanFile | undefined {
  if (!isObject(value) || value['planVersion'] !== 1) return undefined;
  const { organization, rules, accounts } = value;
  const isNamed = isObject(organization) && isText(organization['id']) && isText(organization['name']);
  if (!isNamed || !isRules(rules) || !Array.isArray(accounts) || !accounts.every(isAccount)) return undefined;
  return value as unknown as PlanFile;
}

function isRules(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { expand, includeConverted, roleNames, tenantId } = value;
  const isList = (one: unknown): boolean => Array.isArray(one) && one.every(isText);
  const isNamed = isList(includeConverted) && (roleNames === null || isList(roleNames));
  return typeof expand === 'boolean' && isNamed && (tenantId === null || isText(tenantId));
}

function isAccount(value: unknown): boolean {
  if (!isObject(value) || !isText(value['accountId']) || !isText(value['partition'])) return false;
  const { changes } = value;
  return Array.isArray(changes) && changes.every(isChange);
}

function isChange(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, target, before, after } = value;
  return isText(kind) && isText(target) && (before === null || isText(before)) && isText(after);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What of a plan is carried out, which roles are put aside, and why the whole of it is refused. */
export interface BoundPlan {
  readonly changes: readonly PlannedChange[];
  /** By name, with the reason. */
  readonly aside: readonly { readonly target: string; readonly why: string }[];
  /** Where planning again gives something else for what is as it was. */
  readonly differences: readonly string[];
}

/** Returns what of an account's plan is just what a file says, which was planned before. */
export function bindPlan(file: PlannedAccount, now: readonly PlannedChange[], state: AccountState): BoundPlan {
  const wanted = new Map(file.changes.map(one => [nameChange(one), one]));
  const planned = new Map(now.map(one => [nameChange(describeChange(one)), one]));
  const bound = {
    changes: [] as PlannedChange[],
    aside: [] as BoundPlan['aside'][number][],
    differences: [] as string[],
  };
  for (const [key, one] of planned) {
    const target = nameTarget(one.change);
    const saved = wanted.get(key);
    if (saved === undefined) {
      if (one.change.kind === 'set-trust-policy') bound.aside.push({ target, why: 'is not in the plan' });
      else bound.differences.push(`${one.change.kind} of ${target} is not in the plan`);
    } else if (!isSameBefore(saved, describeChange(one))) {
      bound.aside.push({ target, why: 'was changed since the plan was made' });
    } else if (isSameDocument(saved.after, describeChange(one).after)) bound.changes.push(one);
    else bound.differences.push(`${one.change.kind} of ${target} is planned otherwise now`);
  }
  for (const [key, saved] of wanted) {
    if (!planned.has(key)) explainMissing(saved, state, bound);
  }
  return bound;
}

/** A provider may get several client IDs, each by a change of its own; all else is changed once. */
function nameChange({ kind, target, after }: FileChange): string {
  return kind === 'add-client-id' ? `${kind} ${target} ${after}` : `${kind} ${target}`;
}

function isSameBefore(one: FileChange, other: FileChange): boolean {
  return one.before === null || other.before === null
    ? one.before === other.before
    : isSameDocument(one.before, other.before);
}

/** What is not planned any more was done, or what it is about has changed, or the plan is another one. */
function explainMissing(
  { kind, target, before, after }: FileChange,
  { roles, providers }: AccountState,
  bound: { readonly aside: { target: string; why: string }[]; readonly differences: string[] },
): void {
  if (kind !== 'set-trust-policy') {
    if (!providers.some(({ arn }) => arn === target))
      bound.differences.push(`${kind} of ${target} is not planned any more`);
    return;
  }
  const live = roles.find(({ name }) => name === target)?.trustPolicy;
  if (live === undefined) bound.aside.push({ target, why: 'is gone' });
  else if (isSameDocument(live, after)) return;
  else if (before !== null && isSameDocument(live, before)) {
    bound.differences.push(`${kind} of ${target} is not planned any more`);
  } else bound.aside.push({ target, why: 'was changed since the plan was made' });
}
