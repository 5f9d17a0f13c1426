import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Caller } from '../account/iam.ts';
import type { Partition } from '../trust/oidc-provider.ts';
import { regionOf, type Credentials } from './credentials.ts';
import type { Transport } from './iam-reader.ts';
import { call } from './iam-error.ts';

/** Returns who the credentials are, as STS of a partition says. Throws IamError. */
export async function readCaller(
  partition: Partition,
  credentials: Credentials,
  requestHandler: Transport,
): Promise<Caller> {
  const client = new STSClient({ region: regionOf[partition], credentials, maxAttempts: 3, requestHandler });
  return call('sts:GetCallerIdentity', async () => {
    const { Account: accountId, Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    const found = /^arn:([^:]+):/.exec(arn ?? '')?.[1];
    if (accountId === undefined || arn === undefined || found === undefined) throw new SyntaxError('no caller');
    return { accountId, partition: found, arn };
  });
}
