import type { PlannedChange, AccountState } from '../account/state.ts';
import { nameTarget } from '../account/iam.ts';
import { isSameDocument } from '../trust/policy-document.ts';
import type { OrganizationNames } from './fleet/connections.ts';
import { isRecord } from '../json.ts';

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
  if (!isRecord(value) || value['planVersion'] !== 1) return undefined;
  const { organization, rules, accounts } = value;
  const isNamed = isRecord(organization) && isText(organization['id']) && isText(organization['name']);
  if (!isNamed || !isRules(rules) || !Array.isArray(accounts) || !accounts.every(isAccount)) return undefined;
  return value as unknown as PlanFile;
}

function isRules(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { expand, includeConverted, roleNames, tenantId } = value;
  const isList = (one: unknown): boolean => Array.isArray(one) && one.every(isText);
  const isNamed = isList(includeConverted) && (roleNames === null || isList(roleNames));
  return typeof expand === 'boolean' && isNamed && (tenantId === null || isText(tenantId));
}

function isAccount(value: unknown): boolean {
  if (!isRecord(value) || !isText(value['accountId']) || !isText(value['partition'])) return false;
  const { changes } = value;
  return Array.isArray(changes) && changes.every(isChange);
}

function isChange(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { kind, target, before, after } = value;
  return isText(kind) && isText(target) && (before === null || isText(before)) && isText(after);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** What of a plan is carried out, which roles are put aside, and why the whole of it is refused. */
export interface BoundPlan {
  readonly changes: readonly PlannedChange[];
  /** By name, with the reason. */
  readonly aside: readonly Aside[];
  /** Where planning again gives something else for what is as it was. */
  readonly differences: readonly string[];
}

interface Aside {
  readonly target: string;
  readonly why: string;
}

/** Why a change is not carried out: its role is put aside, or the whole plan is refused. */
type Objection = Aside | { readonly difference: string };

/** Returns what of an account's plan is just what a file says, which was planned before. */
export function bindPlan(file: PlannedAccount, now: readonly PlannedChange[], state: AccountState): BoundPlan {
  const saved = new Map(file.changes.map(one => [nameChange(one), one]));
  const described = now.map(one => ({ one, is: describeChange(one) }));
  const names = new Set(described.map(({ is }) => nameChange(is)));
  const judged = described.map(({ one, is }) => ({ one, objection: judgePlanned(is, saved.get(nameChange(is))) }));
  const missing = [...saved].filter(([name]) => !names.has(name)).map(([, one]) => judgeMissing(one, state));
  const objections = [...judged.map(({ objection }) => objection), ...missing].flatMap(one => one ?? []);
  return {
    changes: judged.flatMap(({ one, objection }) => (objection === undefined ? one : [])),
    aside: objections.flatMap(one => ('why' in one ? one : [])),
    differences: objections.flatMap(one => ('difference' in one ? one.difference : [])),
  };
}

/** A provider may get several client IDs, each by a change of its own; all else is changed once. */
function nameChange({ kind, target, after }: FileChange): string {
  return kind === 'add-client-id' ? `${kind} ${target} ${after}` : `${kind} ${target}`;
}

function judgePlanned(now: FileChange, saved: FileChange | undefined): Objection | undefined {
  const { kind, target } = now;
  if (saved === undefined) {
    const why = 'is not in the plan';
    return kind === 'set-trust-policy' ? { target, why } : { difference: `${kind} of ${target} ${why}` };
  }
  if (!isSameBefore(saved, now)) return { target, why: 'was changed since the plan was created' };
  if (isSameDocument(saved.after, now.after)) return undefined;
  return { difference: `${kind} of ${target} is planned differently now` };
}

function isSameBefore({ before: one }: FileChange, { before: other }: FileChange): boolean {
  return one === null || other === null ? one === other : isSameDocument(one, other);
}

/** What is not planned any more was done, or what it is about has changed, or the plan is another one. */
function judgeMissing(
  { kind, target, before, after }: FileChange,
  { roles, providers }: AccountState,
): Objection | undefined {
  const difference = `${kind} of ${target} is no longer planned`;
  if (kind !== 'set-trust-policy') return providers.some(({ arn }) => arn === target) ? undefined : { difference };
  const live = roles.find(({ name }) => name === target)?.trustPolicy;
  if (live === undefined) return { target, why: 'is gone' };
  if (isSameDocument(live, after)) return undefined;
  if (before !== null && isSameDocument(live, before)) return { difference };
  return { target, why: 'was changed since the plan was created' };
}
