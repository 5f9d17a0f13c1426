import { IAMClient } from '@aws-sdk/client-iam';
import type { Partition } from '../trust/oidc-provider.ts';
import { listProviderArns, readProvider, readRole } from './iam-reader.ts';
import { regionOf } from './iam-region.ts';

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
    readRole: name => readRole(client, name),
    listProviderArns: () => listProviderArns(client),
    readProvider: async arn => {
      const { clientIds } = await readProvider(client, arn);
      return { arn, clientIds };
    },
  };
}
