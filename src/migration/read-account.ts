import type { ProviderReader, ProviderState, RoleReader } from '../account/iam.ts';
import type { Account } from '../trust/oidc-provider.ts';
import type { AccountState } from './role-trust.ts';

/** The actions that reading, writing, finishing and going back need of IAM and STS. */
export const neededActions = {
  read: ['sts:GetCallerIdentity', 'iam:ListRoles', 'iam:ListOpenIDConnectProviders', 'iam:GetOpenIDConnectProvider'],
  write: [
    'iam:GetRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:CreateOpenIDConnectProvider',
    'iam:TagOpenIDConnectProvider',
    'iam:AddClientIDToOpenIDConnectProvider',
  ],
  finish: ['iam:DeleteOpenIDConnectProvider (with --delete-provider)'],
  rollback: ['iam:RemoveClientIDFromOpenIDConnectProvider', 'iam:DeleteOpenIDConnectProvider'],
} as const;

/** Returns all roles and OIDC providers of an account. Rejects as the readers do: half an account is no ground to plan on. */
export async function readAccount(account: Account, iam: RoleReader & ProviderReader): Promise<AccountState> {
  const roles = await iam.listRoles();
  const providers: ProviderState[] = [];
  for (const arn of await iam.listProviderArns()) {
    const provider = await iam.readProvider(arn);
    if (provider !== undefined) providers.push(provider);
  }
  return { account, roles, providers };
}
