import type { Account } from '../trust/oidc-provider.ts';
import type { ProviderReader, ProviderState, RoleReader } from './iam.ts';
import type { AccountState } from './state.ts';

/** Returns all roles and OIDC providers of an account. Rejects as the readers do: half an account is no ground to plan on. */
export async function readAccount(account: Account, iam: RoleReader & ProviderReader): Promise<AccountState> {
  const roles = await iam.listRoles();
  return { account, roles, providers: await readProviders(await iam.listProviderArns(), iam) };
}

/** Returns the providers of some ARNs, each once, in their order; one that does not exist is left out. */
export async function readProviders(
  arns: readonly string[],
  { readProvider }: Pick<ProviderReader, 'readProvider'>,
): Promise<readonly ProviderState[]> {
  const providers: ProviderState[] = [];
  for (const arn of new Set(arns)) {
    const provider = await readProvider(arn);
    if (provider !== undefined) providers.push(provider);
  }
  return providers;
}
