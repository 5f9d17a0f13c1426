import { listAudiences, type Identity } from '../../identity/audience.ts';
import { planChanges, type PlannedChange, type AccountState, type KnownRole } from '../../account/state.ts';
import { findExposed, type ExposedRole } from '../../account/exposure.ts';
import { addOwnTag, type IamChange } from '../../account/iam.ts';
import { formatProviderArn } from '../../trust/oidc-provider.ts';
import {
  defaultQuota,
  largestQuota,
  measureDocument,
  measurePolicy,
  warnOfQuota,
  listElements,
  replaceStatements,
  type JsonObject,
} from '../../trust/policy-document.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { describeLeft, type LeftOut, describeUnseen, type LeftOutCode, type Reason } from '../left-out.ts';
import {
  type TwinRules,
  describeTerms,
  judgeConnections,
  type Fate,
  type TwinCase,
  placeTwin,
  writeTwin,
} from './twins.ts';
import {
  readRoleTrust,
  type RoleCase,
  type RoleTrust,
  concerns,
  listNamedSubjects,
  describeRetiring,
} from '../role-trust.ts';
import { parseTrustPolicy, type Statement } from '../../trust/trust-policy.ts';
import { findOwners, findHarm } from '../safety.ts';

/** What a run is going to do in an account, and what it leaves. */
export interface MigrationPlan {
  readonly changes: readonly PlannedChange[];
  /** Roles whose trust policy changes, with the connections that it is about. */
  readonly roles: readonly PlannedRole[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly string[];
  /** Roles that the changes of providers would open to more than certain connections. */
  readonly exposed: readonly ExposedRole[];
  /** Connections in the plan whose tenant nobody has confirmed: nothing may be written. */
  readonly unconfirmed: readonly FleetConnection[];
}

interface PlannedRole {
  readonly arn: string;
  readonly connections: readonly FleetConnection[];
  /** Of its trust policy, without white space. */
  readonly characters: number;
}

/** What is planned for one role. */
export interface RolePlan {
  readonly role: KnownRole;
  /** The trust policy to write; undefined if nothing is to be changed. */
  readonly after: string | undefined;
  /** The connections that the change is about. */
  readonly connections: readonly FleetConnection[];
  readonly leftOut: readonly LeftOut[];
}

interface TwinPlan extends RolePlan {
  /** Entra identities that the trust policy allows or will allow, and that need the provider. */
  readonly wanted: readonly Identity[];
}

/**
 * Returns how an account comes to trust the Entra issuer next to the old one: the provider first, so that
 * no statement waits, then a role at a time, those that need a raised quota last.
 */
export function planDualTrust(state: AccountState, fleet: Fleet, rules: TwinRules): MigrationPlan {
  const { plans, leftOut } = planTwinsOfRoles(state, fleet, rules);
  const large = new Set(plans.filter(({ after }) => after !== undefined && measureDocument(after) > defaultQuota));
  const { policies, roles, warnings } = listChanged([...plans.filter(one => !large.has(one)), ...large]);
  const connections = [...new Set(roles.flatMap(one => one.connections))];
  const wanted = plans.flatMap(one => one.wanted);
  const providers = planProviders(wanted, state);
  return {
    changes: planChanges(state, [...providers, ...policies]),
    exposed: findExposed(providers, state.roles),
    roles,
    leftOut,
    warnings,
    unconfirmed: connections.filter(({ confirmed }) => !confirmed),
  };
}

/** Returns a plan for each role, and what all of them leave out. */
export function planTwinsOfRoles(state: AccountState, fleet: Fleet, rules: TwinRules): RolePlans<TwinPlan> {
  return planRoles(state.roles, rules.roleNames, trust => planTwins(trust, fleet, state, rules));
}

interface RolePlans<Plan extends RolePlan> {
  readonly plans: readonly Plan[];
  /** The roles whose policies cannot be read. */
  readonly unreadable: readonly LeftOut[];
  readonly leftOut: readonly LeftOut[];
}

/** Returns a plan for each role of those names, of all roles without names, and what is left out of all. */
export function planRoles<Plan extends RolePlan>(
  roles: readonly KnownRole[],
  roleNames: readonly string[] | undefined,
  plan: (trust: RoleTrust) => Plan,
): RolePlans<Plan> {
  const { readable, unreadable } = readTrusts(roles);
  const plans = readable.filter(({ role }) => roleNames?.includes(role.name) ?? true).map(plan);
  return { plans, unreadable, leftOut: [...unreadable, ...plans.flatMap(one => one.leftOut)] };
}

/** Returns the roles whose policies can be read, and the others as left out. */
export function readTrusts(roles: readonly KnownRole[]): {
  readonly readable: readonly RoleTrust[];
  readonly unreadable: readonly LeftOut[];
} {
  const why = { code: 'PolicyUnreadable', why: 'its trust policy cannot be read' } as const;
  return {
    readable: roles.flatMap(role => readRoleTrust(role) ?? []),
    unreadable: roles
      .filter(role => readRoleTrust(role) === undefined)
      .map(({ arn }) => describeLeft(arn, undefined, why)),
  };
}

/** Returns what plans change, with the connections that it is about, and what to know of the quotas. */
export function listChanged(
  plans: readonly RolePlan[],
): Pick<MigrationPlan, 'roles' | 'warnings'> & { readonly policies: readonly IamChange[] } {
  const changed = plans.flatMap(({ role, after, connections }) =>
    after === undefined ? [] : [{ role, after, connections, characters: measureDocument(after) }],
  );
  return {
    policies: changed.map(one => ({ kind: 'set-trust-policy', roleName: one.role.name, trustPolicy: one.after })),
    roles: changed.map(({ role, connections, characters }) => ({ arn: role.arn, connections, characters })),
    warnings: changed.flatMap(({ role, characters }) => warnOfQuota(role.arn, characters)),
  };
}

function planProviders(wanted: readonly Identity[], { account, providers }: AccountState): readonly IamChange[] {
  const issuers = [...new Set(wanted.map(({ issuerUrl }) => issuerUrl))].sort();
  return issuers.flatMap((issuerUrl): readonly IamChange[] => {
    const arn = formatProviderArn(issuerUrl, account);
    const clientIds = listAudiences('entra');
    const found = providers.find(one => one.arn === arn);
    if (found === undefined) return [{ kind: 'create-provider', arn, issuerUrl, clientIds, tags: addOwnTag({}) }];
    const missing = clientIds.filter(id => !found.clientIds.includes(id));
    return missing.map(clientId => ({ kind: 'add-client-id', arn, clientId }));
  });
}

/**
 * Returns a role's trust policy with a twin next to each statement for the Azure DevOps issuer: the same for the Entra
 * issuer, allowing only the Entra identities of the connections that the statement names and that were seen. What cannot be
 * written so that nobody else is allowed is listed and left as it is.
 */
function planTwins(trust: RoleTrust, fleet: Fleet, state: AccountState, rules: TwinRules): TwinPlan {
  const old = describeRetiring(fleet, state.account);
  const role = { trust, fleet, state, rules, old, raw: listElements(trust.policy) };
  const statements = trust.policy.statements.filter(one => one.effect === 'Allow' && concerns(one, old));
  const fates = statements.map(statement => ({ statement, fates: judgeConnections(role, statement) }));
  const leftOut = fates.flatMap(one => [
    ...listLeft(role, one.statement, one.fates),
    ...findUnseen(role, one.statement),
  ]);
  const twins = fates.flatMap(one => listTwins(role, one.statement, one.fates));
  const wanted = fates.flatMap(one =>
    one.fates.flatMap(({ kind, connection }) => (kind === 'done' || kind === 'twin' ? (connection.next ?? []) : [])),
  );
  return composePlan(role, twins, { leftOut, wanted });
}

interface Twin {
  readonly index: number;
  readonly statement: JsonObject;
  readonly entraUrl: string;
  readonly connections: readonly FleetConnection[];
}

/** Connections whose issuers differ, as they may where the tenant is not confirmed, get a twin each. */
function listTwins(role: TwinCase, { index }: Statement, fates: readonly Fate[]): readonly Twin[] {
  const connections = fates.flatMap(one => (one.kind === 'twin' ? one.connection : []));
  const issuers = [...new Set(connections.flatMap(({ next }) => next?.issuerUrl ?? []))];
  return issuers.flatMap(issuerUrl => {
    const group = connections.filter(({ next }) => next?.issuerUrl === issuerUrl);
    const nexts = group.flatMap(({ next }) => next ?? []);
    const [first] = nexts;
    if (first === undefined) return [];
    const terms = describeTerms(role, first);
    const subjects = [...new Set(nexts.map(({ subject }) => subject))];
    const statement = writeTwin(role.raw[index] ?? {}, subjects, terms);
    return [{ index, statement, entraUrl: terms.entraUrl, connections: group }];
  });
}

function composePlan(
  role: TwinCase,
  twins: readonly Twin[],
  { leftOut, wanted }: Pick<TwinPlan, 'leftOut' | 'wanted'>,
): TwinPlan {
  const { policy, role: known } = role.trust;
  const nothing = { role: known, after: undefined, connections: [], wanted, leftOut };
  if (twins.length === 0) return nothing;
  const connections = [...new Set(twins.flatMap(one => one.connections))];
  let groups: readonly (readonly JsonObject[])[] = role.raw.map(one => [one]);
  for (const { index, statement, entraUrl } of twins) groups = placeTwin(groups, index, statement, entraUrl);
  const after = replaceStatements(policy, (_, index) => groups[index] ?? []) ?? known.trustPolicy;
  const trouble = findTrouble(role, after, connections);
  if (trouble === undefined) return { ...nothing, after, connections };
  return {
    ...nothing,
    wanted: wanted.filter(identity => !connections.some(({ next }) => next === identity)),
    leftOut: [...leftOut, describeLeft(known.arn, undefined, { ...trouble, connections })],
  };
}

/** Returns why a trust policy is not to be written; `meant` are to be allowed by it on the Entra issuer. */
export function findTrouble(
  { trust, fleet, state }: RoleCase,
  after: string,
  meant: readonly FleetConnection[] = [],
): Reason | undefined {
  const changed = parseTrustPolicy(after);
  const characters = measurePolicy(changed.document);
  if (characters > largestQuota) return { code: 'PolicyTooLarge', why: `it would have ${characters} characters` };
  const harm = findHarm({ before: trust.policy, after: changed, fleet, account: state.account, meant });
  return harm.length === 0 ? undefined : { code: 'NotSafe', why: harm.join('; ') };
}

function listLeft({ trust }: TwinCase, statement: Statement, fates: readonly Fate[]): readonly LeftOut[] {
  const reasons = new Map<string, { code: LeftOutCode; why: string; connections: FleetConnection[] }>();
  for (const fate of fates) {
    if (fate.kind !== 'left') continue;
    const { code, why, connection } = fate;
    const reason = reasons.get(`${code} ${why}`) ?? { code, why, connections: [] };
    reason.connections.push(connection);
    reasons.set(`${code} ${why}`, reason);
  }
  return [...reasons.values()].map(reason => describeLeft(trust.role.arn, statement.index, reason));
}

/** Subjects of connections that do not exist, or not visible. */
function findUnseen({ trust, fleet, old }: TwinCase, statement: Statement): readonly LeftOut[] {
  return listNamedSubjects(statement, trust.policy.version, old.url)
    .filter(subject => findOwners(fleet, subject).length === 0)
    .map(subject => describeLeft(trust.role.arn, statement.index, describeUnseen(subject, fleet)));
}
