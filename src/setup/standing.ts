import type { IamReader, ListedRole, PolicyState, ProviderState, RolePolicies, RoleState } from '../account/iam.ts';
import { readProviders } from '../account/read-account.ts';
import type { AccountState } from '../account/state.ts';
import { describeProvider } from '../trust/oidc-provider.ts';
import { listNewPolicies } from './plan-policies.ts';
import { planProviders } from './plan-providers.ts';
import type { SetupRequest } from './request.ts';

/** What an account has of what a setup is about. */
export interface Standing {
  /** Those that the identities need and that are there. */
  readonly providers: readonly ProviderState[];
  readonly role: RoleState | undefined;
  readonly policies: RolePolicies;
  /** What the role is to have and has not yet, by ARN. */
  readonly newPolicies: ReadonlyMap<string, PolicyState>;
  /** All roles of the account; read only where a provider is to be changed. */
  readonly roles: readonly ListedRole[];
}

/** Returns what an account has of what a setup is about. Rejects as the readers do. */
export async function readStanding(request: SetupRequest, iam: IamReader): Promise<Standing> {
  const arns = request.identities.map(identity => describeProvider(identity, request.account).arn);
  const providers = await readProviders(arns, iam);
  const role = await iam.readRole(request.role.name);
  const policies =
    role === undefined ? { attachedArns: [], inlineNames: [] } : await iam.listPolicies(request.role.name);
  const roles = planProviders(request, providers).changes.length === 0 ? [] : await iam.listRoles();
  const newPolicies = new Map<string, PolicyState>();
  for (const arn of listNewPolicies(request, { role, policies })) newPolicies.set(arn, await iam.readPolicy(arn));
  return { providers, role, policies, newPolicies, roles };
}

/** Returns the same as a state that changes are planned on: the one role, as it is known on its own. */
export function toState({ account }: Pick<SetupRequest, 'account'>, { providers, role }: Standing): AccountState {
  return { account, providers, roles: role === undefined ? [] : [role] };
}
