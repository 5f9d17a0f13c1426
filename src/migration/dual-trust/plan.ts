import { listAudiences, type Identity } from '../../identity/audience.ts';
import type { ExposedRole } from '../../account/exposure.ts';
import type { IamChange, ListedRole, ProviderState } from '../../account/iam.ts';
import { ownTag } from '../../account/own-tag.ts';
import { findExposed } from '../../setup/plan.ts';
import type { SavedDocument } from '../../account/saved-documents.ts';
import { formatProviderArn, stripScheme } from '../../trust/oidc-provider.ts';
import { defaultQuota } from '../../trust/render.ts';
import type { Fleet, FleetConnection } from '../fleet/connections.ts';
import { describeLeft, type LeftOut } from '../left-out.ts';
import type { TwinRules } from './judge-connections.ts';
import { planTwins, type RolePlan } from './plan-twins.ts';
import { readRoleTrust, type AccountState, type RoleTrust } from '../role-trust.ts';

/** One change, with the document that it changes as it is and as it will be: what is compared, and saved, before it. */
export interface PlannedChange {
  readonly change: IamChange;
  readonly document: SavedDocument;
}

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
 * Returns how an account comes to trust the Entra issuer next to the old one: the provider first, so that no statement waits
 * for one, then a role at a time, those that need a raised quota last.
 */
export function planDualTrust(state: AccountState, fleet: Fleet, rules: TwinRules): MigrationPlan {
  const roles = readAll(state.roles);
  const chosen = roles.readable.filter(({ role }) => rules.roleNames?.includes(role.name) ?? true);
  const plans = chosen.map(trust => planTwins(trust, fleet, state, rules));
  const changed = plans.filter(({ after }) => after !== undefined).sort(comparePlans);
  const wanted = plans.flatMap(one => one.wanted);
  const connections = [...new Set(changed.flatMap(({ added }) => added))];
  const providers = planProviders(wanted, state);
  const exposed = findExposed(
    providers.map(({ change }) => change),
    state.roles,
  );
  return {
    changes: [...providers, ...changed.flatMap(planPolicy)],
    exposed,
    roles: changed.map(({ roleArn, added, characters }) => ({ arn: roleArn, connections: added, characters })),
    leftOut: [...roles.unreadable, ...plans.flatMap(one => one.leftOut)],
    warnings: plans.flatMap(one => one.warnings),
    unconfirmed: connections.filter(({ confirmed }) => !confirmed),
  };
}

export interface ReadRoles {
  readonly readable: readonly RoleTrust[];
  readonly unreadable: readonly LeftOut[];
}

/** Returns the roles whose policies can be read, and the others as left out. */
export function readAll(roles: readonly ListedRole[]): ReadRoles {
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

/** Returns the change of a role's policy; nothing where it stays. */
export function planPolicy({
  roleName,
  before,
  after,
}: Pick<RolePlan, 'roleName' | 'before' | 'after'>): readonly PlannedChange[] {
  if (after === undefined) return [];
  return [
    {
      change: { kind: 'set-trust-policy', roleName, trustPolicy: after },
      document: { kind: 'trust-policy', roleName, before, after },
    },
  ];
}

function planProviders(wanted: readonly Identity[], { account, providers }: AccountState): readonly PlannedChange[] {
  const issuers = [...new Set(wanted.map(({ issuerUrl }) => issuerUrl))].sort();
  return issuers.flatMap(issuerUrl => {
    const arn = formatProviderArn(issuerUrl, account);
    const found = providers.find(one => one.arn === arn);
    return found === undefined ? [planCreation(arn, issuerUrl)] : planClientIds(found);
  });
}

function planCreation(arn: string, issuerUrl: string): PlannedChange {
  const [clientIds, tags] = [listAudiences('entra'), { [ownTag.key]: ownTag.value }];
  const after: ProviderState = { arn, url: stripScheme(issuerUrl), clientIds, thumbprints: [], tags };
  return {
    change: { kind: 'create-provider', arn, issuerUrl, clientIds, tags },
    document: { kind: 'provider', arn, before: null, after },
  };
}

function planClientIds(provider: ProviderState): readonly PlannedChange[] {
  const changes: PlannedChange[] = [];
  let before = provider;
  for (const clientId of listAudiences('entra').filter(id => !provider.clientIds.includes(id))) {
    const after = { ...before, clientIds: [...before.clientIds, clientId] };
    changes.push({
      change: { kind: 'add-client-id', arn: provider.arn, clientId },
      document: { kind: 'provider', arn: provider.arn, before, after },
    });
    before = after;
  }
  return changes;
}

function comparePlans(one: RolePlan, other: RolePlan): number {
  return Number((one.characters ?? 0) > defaultQuota) - Number((other.characters ?? 0) > defaultQuota);
}
