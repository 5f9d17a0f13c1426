import {
  listElements,
  replaceStatements,
  listValues,
  putMembers,
  replaceLines,
  type JsonObject,
} from '../../trust/policy-document.ts';
import { planChanges, findMentions, mentions, type AccountState } from '../../account/state.ts';
import { isOwn, type IamChange, type ListedRole, type ProviderState } from '../../account/iam.ts';
import type { Fleet } from '../fleet/connections.ts';
import { describeLeft, type LeftOut, type Reason } from '../left-out.ts';
import {
  findTrouble,
  listChanged,
  planRoles,
  readTrusts,
  type MigrationPlan,
  type RolePlan,
} from '../dual-trust/plan.ts';
import {
  describeRetiring,
  type RoleTrust,
  concerns,
  findOddForm,
  isClosed,
  hasOnlyProvider,
  readLiteral,
  type RoleCase,
} from '../role-trust.ts';
import type { Statement } from '../../trust/trust-policy.ts';
import { listMatched } from '../safety.ts';
import { keep, explain, judgeSubjects, type Outcome, expandStatement, type ExpandRules } from './expand-statement.ts';
import { readClaim } from '../../trust/web-identity.ts';

/** What finishing does, and why the provider stays if it was to be deleted. */
export interface FinishPlanOfAccount extends Omit<MigrationPlan, 'unconfirmed' | 'exposed'> {
  readonly providerStays: string | undefined;
}

export interface FinishTerms extends FinishRules {
  readonly deleteProvider: boolean;
  /** Roles that are looked at; undefined for all. A provider is deleted only when all of them are. */
  readonly roleNames: readonly string[] | undefined;
}

/** Returns how an account stops trusting the Azure DevOps issuer, as far as what was seen in this run says that it may. */
export function planFinish(state: AccountState, fleet: Fleet, terms: FinishTerms): FinishPlanOfAccount {
  const { plans, unreadable, leftOut } = planRoles(state.roles, terms.roleNames, trust =>
    planFinishOfRole(trust, fleet, state, terms),
  );
  const { policies, ...changed } = listChanged(plans);
  const removal = terms.deleteProvider ? planRemoval(state, fleet, { plans, unreadable }) : undefined;
  return {
    ...changed,
    changes: planChanges(state, [...policies, ...(removal?.changes ?? [])]),
    leftOut: [...leftOut, ...(removal?.leftOut ?? [])],
    providerStays: removal?.why,
  };
}

interface Removal {
  readonly changes: readonly IamChange[];
  readonly why: string | undefined;
  readonly leftOut: readonly LeftOut[];
}

/** Only a provider of ours that no role mentions any more, when every role can be read. */
function planRemoval(
  { account, providers, roles }: AccountState,
  fleet: Fleet,
  { plans, unreadable }: { readonly plans: readonly RolePlan[]; readonly unreadable: readonly LeftOut[] },
): Removal {
  const { arn, url } = describeRetiring(fleet, account);
  const provider = providers.find(one => one.arn === arn);
  if (provider === undefined) return { changes: [], why: undefined, leftOut: [] };
  const afters = new Map(plans.map(({ role, after }) => [role.name, after]));
  const later = roles.map(role => ({ ...role, trustPolicy: afters.get(role.name) ?? role.trustPolicy }));
  const why = explainStay(provider, { url, roles: later, unreadable });
  if (why !== undefined) return { changes: [], why, leftOut: listDenies(url, readTrusts(later).readable) };
  return { changes: [{ kind: 'delete-provider', arn }], why: undefined, leftOut: [] };
}

/** What refuses somebody is never removed, but it names the provider. */
function listDenies(url: string, roles: readonly RoleTrust[]): readonly LeftOut[] {
  return roles.flatMap(({ role, policy }) => {
    const raw = listElements(policy);
    return policy.statements
      .filter(({ effect, index }) => effect === 'Deny' && mentions(raw[index], url))
      .map(({ index }) => describeLeft(role.arn, index, { code: 'DenyRemains', why: 'it names the provider' }));
  });
}

function explainStay(
  provider: ProviderState,
  {
    url,
    roles,
    unreadable,
  }: { readonly url: string; readonly roles: readonly ListedRole[]; readonly unreadable: readonly LeftOut[] },
): string | undefined {
  if (!isOwn(provider.tags)) return 'it is not tagged as created by aws-wif';
  if (unreadable.length > 0) {
    return `the trust policy of ${unreadable.map(({ roleArn }) => roleArn).join(', ')} cannot be read`;
  }
  const users = findMentions(url, roles);
  return users.length === 0 ? undefined : `it is named by ${users.join(', ')}`;
}

interface FinishRules extends ExpandRules {
  /** Also turns statements without literal subjects into ones that name what was seen. */
  readonly expand: boolean;
}

/**
 * Returns a role's trust policy without the old subjects of connections that were seen on the Entra issuer and that the role
 * allows there; a statement that is left without any goes as a whole. All else stays, deep-equal and in order.
 */
function planFinishOfRole(trust: RoleTrust, fleet: Fleet, state: AccountState, rules: FinishRules): RolePlan {
  const role = { trust, fleet, state, old: describeRetiring(fleet, state.account) };
  const raw = listElements(trust.policy);
  const outcomes = trust.policy.statements.map(statement => {
    const element = raw[statement.index] ?? {};
    if (statement.effect !== 'Allow' || !concerns(statement, role.old)) return keep(role, statement, element, []);
    return finishStatement(role, statement, element, rules);
  });
  const leftOut = outcomes.flatMap(one => one.leftOut);
  const connections = [...new Set(outcomes.flatMap(one => one.removed))];
  const nothing = { role: trust.role, after: undefined, connections: [], leftOut };
  if (connections.length === 0) return nothing;
  const after = replaceStatements(trust.policy, (_, index) => outcomes[index]?.statements ?? []);
  const trouble: Reason | undefined =
    after === undefined ? { code: 'LastStatement', why: 'no statement would be left' } : findTrouble(role, after);
  if (trouble === undefined) return { ...nothing, after, connections };
  return { ...nothing, leftOut: [...leftOut, describeLeft(trust.role.arn, undefined, { ...trouble, connections })] };
}

function finishStatement(role: RoleCase, statement: Statement, element: JsonObject, rules: FinishRules): Outcome {
  const { policy } = role.trust;
  const connections = listMatched(role, statement);
  const why = findOddForm(statement, policy);
  if (why !== undefined) return keep(role, statement, element, [{ code: 'ShapeUnsupported', why, connections }]);
  if (isClosed(statement, policy.version, role.old.url)) return removeSubjects(role, statement, element);
  if (rules.expand) return expandStatement(role, statement, element, { ...rules, matched: connections });
  const pattern = {
    code: 'SubjectPattern',
    why: 'it does not name the subjects that it allows',
    connections,
  } as const;
  return removeSubjects(role, statement, element, [pattern]);
}

/** Returns a statement without the subjects that may go, or none if nobody would be left in it. */
function removeSubjects(
  role: RoleCase,
  statement: Statement,
  element: JsonObject,
  reasons: readonly Reason[] = [],
): Outcome {
  const judged = judgeSubjects(role, statement);
  const all = [...judged.flatMap(({ trouble }) => trouble ?? []), ...reasons];
  const gone = judged.filter(({ trouble }) => trouble === undefined);
  if (gone.length === 0) return keep(role, statement, element, all);
  const removed = gone.flatMap(({ owner }) => owner ?? []);
  const leftOut = explain(role, statement, all);
  const rest = withoutSubjects(
    role,
    element,
    gone.map(({ subject }) => subject),
  );
  if (rest !== 'empty') return { statements: [rest], removed, leftOut };
  if (hasOnlyProvider(statement, role.old)) return { statements: [], removed, leftOut };
  const why = 'no subject of the old issuer would remain in it, but it has other principals';
  return keep(role, statement, element, [...all, { code: 'MixedPrincipals', why, connections: removed }]);
}

/** The lines on `:sub` without some subjects; `empty` where a line loses its last one, so that it allows nobody. */
function withoutSubjects(
  { trust: { policy }, old }: RoleCase,
  element: JsonObject,
  subjects: readonly string[],
): JsonObject | 'empty' {
  const empty: string[] = [];
  const Condition = replaceLines(element['Condition'], ({ operator, key, values }) => {
    if (readClaim({ key }, old.url) !== 'sub') return values;
    const line = { operator, key, values: [] };
    const isGone = (value: unknown): boolean =>
      subjects.includes(readLiteral(line, String(value), policy.version) ?? '');
    const kept = listValues(values).filter(value => !isGone(value));
    if (kept.length === 0) empty.push(key);
    return kept.length === listValues(values).length ? values : kept;
  });
  return empty.length > 0 ? 'empty' : putMembers(element, { Condition });
}
