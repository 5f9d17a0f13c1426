import { warnOfQuota, listElements } from '../../trust/policy-document.ts';
import { planChanges, findMentions, mentions, type AccountState } from '../../account/state.ts';
import { isOwn, type IamChange, type ListedRole, type ProviderState } from '../../account/iam.ts';
import type { Fleet } from '../fleet/connections.ts';
import { describeLeft, type LeftOut } from '../left-out.ts';
import { planFinishOfRole, type FinishRules } from './plan-finish-role.ts';
import { planPolicy, readAll, type MigrationPlan } from '../dual-trust/plan.ts';
import { describeRetiring, type RoleTrust } from '../role-trust.ts';

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
  const { readable, unreadable } = readAll(state.roles);
  const chosen = readable.filter(({ role }) => terms.roleNames?.includes(role.name) ?? true);
  const plans = chosen.map(trust => planFinishOfRole(trust, fleet, state, terms));
  const changed = plans.filter(({ after }) => after !== undefined);
  const removal = terms.deleteProvider ? planRemoval(state, fleet, { plans: changed, unreadable }) : undefined;
  return {
    changes: planChanges(state, [...changed.flatMap(planPolicy), ...(removal?.changes ?? [])]),
    roles: changed.map(({ roleArn, removed, characters }) => ({ arn: roleArn, connections: removed, characters })),
    leftOut: [...unreadable, ...plans.flatMap(one => one.leftOut), ...(removal?.leftOut ?? [])],
    warnings: changed.flatMap(({ roleArn, characters = 0 }) => warnOfQuota(roleArn, characters)),
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
  {
    plans,
    unreadable,
  }: {
    readonly plans: readonly { readonly roleName: string; readonly after: string | undefined }[];
    readonly unreadable: readonly LeftOut[];
  },
): Removal {
  const { arn, url } = describeRetiring(fleet, account);
  const provider = providers.find(one => one.arn === arn);
  if (provider === undefined) return { changes: [], why: undefined, leftOut: [] };
  const afters = new Map(plans.map(({ roleName, after }) => [roleName, after]));
  const later = roles.map(role => ({ ...role, trustPolicy: afters.get(role.name) ?? role.trustPolicy }));
  const why = explainStay(provider, { url, roles: later, unreadable });
  if (why !== undefined) return { changes: [], why, leftOut: listDenies(url, readAll(later).readable) };
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
