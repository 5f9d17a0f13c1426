import { listAudiences, type Identity } from '../../identity/audience.ts';
import { planChanges, type PlannedChange, type AccountState, type KnownRole } from '../../account/state.ts';
import { findExposed, type ExposedRole } from '../../account/exposure.ts';
import { addOwnTag, type IamChange } from '../../account/iam.ts';
import { formatProviderArn } from '../../trust/oidc-provider.ts';
import { defaultQuota } from '../../trust/policy-document.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { describeLeft, type LeftOut } from '../left-out.ts';
import type { TwinRules } from './judge-connections.ts';
import { planTwins, type RolePlan } from './plan-twins.ts';
import { readRoleTrust, type RoleTrust } from '../role-trust.ts';

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

export interface PlannedRole {
  readonly arn: string;
  readonly connections: readonly FleetConnection[];
  readonly characters: number | undefined;
}

/**
 * Returns how an account comes to trust the Entra issuer next to the old one: the provider first, so that
 * no statement waits, then a role at a time, those that need a raised quota last.
 */
export function planDualTrust(state: AccountState, fleet: Fleet, rules: TwinRules): MigrationPlan {
  const { plans, leftOut } = planRoles(state, fleet, rules);
  const changed = plans.filter(({ after }) => after !== undefined).sort(comparePlans);
  const wanted = plans.flatMap(one => one.wanted);
  const connections = [...new Set(changed.flatMap(({ added }) => added))];
  const providers = planProviders(wanted, state);
  return {
    changes: planChanges(state, [...providers, ...changed.flatMap(planPolicy)]),
    exposed: findExposed(providers, state.roles),
    roles: changed.map(({ roleArn, added, characters }) => ({ arn: roleArn, connections: added, characters })),
    leftOut,
    warnings: plans.flatMap(one => one.warnings),
    unconfirmed: connections.filter(({ confirmed }) => !confirmed),
  };
}

/** Returns a plan for each role, and what all of them leave out. */
export function planRoles(
  state: AccountState,
  fleet: Fleet,
  rules: TwinRules,
): { readonly plans: readonly RolePlan[]; readonly leftOut: readonly LeftOut[] } {
  const { readable, unreadable } = readAll(state.roles);
  const chosen = readable.filter(({ role }) => rules.roleNames?.includes(role.name) ?? true);
  const plans = chosen.map(trust => planTwins(trust, fleet, state, rules));
  return { plans, leftOut: [...unreadable, ...plans.flatMap(one => one.leftOut)] };
}

export interface ReadRoles {
  readonly readable: readonly RoleTrust[];
  readonly unreadable: readonly LeftOut[];
}

/** Returns the roles whose policies can be read, and the others as left out. */
export function readAll(roles: readonly KnownRole[]): ReadRoles {
  const read = roles.map(role => ({ role, trust: readRoleTrust(role) }));
  return {
    readable: read.flatMap(({ trust }) => trust ?? []),
    unreadable: read.flatMap(({ role, trust }) =>
      trust === undefined
        ? describeLeft(role.arn, undefined, {
            code: 'PolicyUnreadable',
            why: 'its trust policy cannot be read',
            connections: [],
          })
        : [],
    ),
  };
}

/** Returns the change of a role's policy; nothing if it stays. */
export function planPolicy({ roleName, after }: Pick<RolePlan, 'roleName' | 'after'>): readonly IamChange[] {
  return after === undefined ? [] : [{ kind: 'set-trust-policy', roleName, trustPolicy: after }];
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

function comparePlans(one: RolePlan, other: RolePlan): number {
  return Number((one.characters ?? 0) > defaultQuota) - Number((other.characters ?? 0) > defaultQuota);
}
