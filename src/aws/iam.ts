import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { call } from './iam-error.ts';
import { regionOf } from './iam-region.ts';
import type { Partition } from '../trust/oidc-provider.ts';

export { IamError, type IamRefusal } from './iam-error.ts';

/** What is read from IAM; nothing is ever written here. */
export interface Iam {
  readonly readRole: (name: string) => Promise<Role>;
  readonly listProviderArns: () => Promise<readonly string[]>;
  readonly readProvider: (arn: string) => Promise<Provider>;
}

export interface Role {
  readonly arn: string;
  /** JSON. */
  readonly trustPolicy: string;
}

export interface Provider {
  readonly arn: string;
  readonly clientIds: readonly string[];
}

/** Returns IAM in a partition, with credentials from the SDK's usual chain. */
export function openIam(partition: Partition): Iam {
  const client = new IAMClient({ region: regionOf[partition], maxAttempts: 3 });
  return {
    readRole: name =>
      call('iam:GetRole', async () => {
        const { Role: role } = await client.send(new GetRoleCommand({ RoleName: name }));
        if (role?.Arn === undefined || role.AssumeRolePolicyDocument === undefined) throw new SyntaxError('no role');
        return { arn: role.Arn, trustPolicy: decodeURIComponent(role.AssumeRolePolicyDocument) };
      }),
    listProviderArns: () =>
      call('iam:ListOpenIDConnectProviders', async () => {
        const { OpenIDConnectProviderList: list = [] } = await client.send(new ListOpenIDConnectProvidersCommand({}));
        return list.flatMap(({ Arn: arn }) => arn ?? []);
      }),
    readProvider: arn =>
      call('iam:GetOpenIDConnectProvider', async () => {
        const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
        const { ClientIDList: clientIds = [] } = await client.send(command);
        return { arn, clientIds };
      }),
  };
}
