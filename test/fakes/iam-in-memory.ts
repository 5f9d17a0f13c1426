import type { IamAccess } from '../../src/aws/account.ts';
import { IamError } from '../../src/aws/iam-error.ts';
import type { IamChange } from '../../src/account/iam.ts';
import { IamRefusal } from './iam-answers.ts';
import { checkTrustPolicy } from './iam-policy.ts';
import {
  formatProviderArn,
  formatRoleArn,
  keepProvider,
  type IamState,
  type KeptProvider,
  type KeptRole,
} from './iam-state.ts';

/** Is asked before and after each call; what it throws is what the caller gets, the call done or not. */
export interface Gate {
  readonly before: (action: string) => Promise<void>;
  readonly after: (action: string) => void;
}

/**
 * Returns the IAM of an account without a server in between, for tests of very many calls: as the server's, but with no
 * pages, faults or permissions. It does what migrations ask for, and throws for anything else.
 */
export function openInMemory(state: IamState, { before, after }: Gate): IamAccess {
  const call = async <T>(action: string, work: () => T): Promise<T> => {
    await before(action);
    const result = refuse(action, work);
    after(action);
    return result;
  };
  const { accountId } = state;
  return {
    readCaller: () => Promise.resolve({ accountId, partition: 'aws', arn: `arn:aws:iam::${accountId}:user/admin` }),
    listRoles: () => call('iam:ListRoles', () => state.roles.map(role => describeRole(state, role))),
    readRole: name =>
      call('iam:GetRole', () => {
        const role = state.roles.find(one => one.name === name);
        return role === undefined ? undefined : describeRole(state, role);
      }),
    listPolicies: () => Promise.resolve({ attachedArns: [], inlineNames: [] }),
    listRoleDetails: () => Promise.reject(new Error('no migration asks for the details of roles')),
    readPolicy: () => Promise.resolve('attachable'),
    listProviderArns: () =>
      call('iam:ListOpenIDConnectProviders', () => state.providers.map(one => formatProviderArn(state, one))),
    readProvider: arn =>
      call('iam:GetOpenIDConnectProvider', () => {
        const provider = findProvider(state, arn);
        return provider === undefined ? undefined : { arn, ...structuredClone(provider) };
      }),
    apply: change =>
      call(change.kind, () => {
        apply(state, change);
      }),
  };
}

function refuse<T>(action: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof IamRefusal)) throw thrown;
    throw new IamError(thrown.code === 'AccessDenied' ? 'forbidden' : 'rejected', action, thrown.message);
  }
}

function describeRole(state: IamState, role: KeptRole) {
  return { ...structuredClone(role), arn: formatRoleArn(state, role) };
}

function findProvider(state: IamState, arn: string): KeptProvider | undefined {
  return state.providers.find(one => formatProviderArn(state, one) === arn);
}

function requireProvider(state: IamState, arn: string): KeptProvider {
  const provider = findProvider(state, arn);
  if (provider !== undefined) return provider;
  throw new IamRefusal(404, 'NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
}

function apply(state: IamState, change: IamChange): void {
  switch (change.kind) {
    case 'create-provider': {
      const { arn, issuerUrl, clientIds, tags } = change;
      if (findProvider(state, arn) !== undefined) throw new IamRefusal(409, 'EntityAlreadyExists', arn);
      state.providers.push(keepProvider({ url: issuerUrl.slice('https://'.length), clientIds, tags }));
      return;
    }
    case 'add-client-id':
      requireProvider(state, change.arn).clientIds.push(change.clientId);
      return;
    case 'remove-client-id': {
      const provider = requireProvider(state, change.arn);
      provider.clientIds = provider.clientIds.filter(id => id !== change.clientId);
      return;
    }
    case 'delete-provider': {
      const provider = requireProvider(state, change.arn);
      state.providers = state.providers.filter(one => one !== provider);
      return;
    }
    case 'set-trust-policy':
      setTrustPolicy(state, change);
      return;
    case 'tag-provider':
    case 'set-thumbprints':
    case 'create-role':
    case 'set-session-length':
    case 'set-boundary':
    case 'attach-policy':
    case 'tag-role':
      throw new Error(`no migration makes a change like ${change.kind}`);
  }
}

function setTrustPolicy(
  { roles, refusals, trustPolicyLength }: IamState,
  { roleName, trustPolicy }: Extract<IamChange, { readonly kind: 'set-trust-policy' }>,
): void {
  const role = roles.find(({ name }) => name === roleName);
  if (role === undefined) throw new IamRefusal(404, 'NoSuchEntity', roleName);
  const [code, message = ''] = refusals[roleName] ?? [];
  if (code !== undefined) throw new IamRefusal(code === 'AccessDenied' ? 403 : 400, code, message);
  checkTrustPolicy(trustPolicy, trustPolicyLength);
  role.trustPolicy = trustPolicy;
}
