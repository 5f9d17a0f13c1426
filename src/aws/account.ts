import { IAMClient } from '@aws-sdk/client-iam';
import type { Caller, IamReader, IamWriter } from '../account/iam.ts';
import { readCaller } from './caller.ts';
import {
  findCredentials,
  findOwnCredentials,
  limits,
  regionOf,
  type Credentials,
  type CredentialSource,
} from './credentials.ts';
import { createReader, type Transport } from './iam-reader.ts';
import { createWriter } from './iam-writer.ts';
import { listRoleDetails, type RoleDetails } from './role-details.ts';

/** An account's IAM as its administrators use it. Every method rejects with IamError. */
export interface IamAccess extends IamReader, IamWriter {
  readonly readCaller: () => Promise<Caller>;
  readonly listRoleDetails: () => Promise<readonly RoleDetails[]>;
}

/** Returns the IAM of whatever account credentials are of; `readCaller` says which one it is. */
export function openAccount(source: CredentialSource): IamAccess {
  const credentials = findCredentials(source);
  const { partition, transport: requestHandler = limits } = source;
  const region = regionOf[partition];
  // Nothing is added to how a client works once it is made: what a kind of call goes through is put together once.
  const client = new IAMClient({ region, credentials, maxAttempts: 3, requestHandler, cacheMiddleware: true });
  return {
    ...createReader(client),
    ...createWriter(client),
    readCaller: () => readCaller(partition, credentials, requestHandler),
    listRoleDetails: () => listRoleDetails(client),
  };
}

/**
 * Returns what opens many accounts by the same connections. The credentials of a profile are asked for once for all of them:
 * a program or a browser may be behind them.
 */
export function shareAccounts(transport: Transport): (source: CredentialSource) => IamAccess {
  const known = new Map<string, Credentials>();
  return source => {
    const { partition, profile } = source;
    const name = JSON.stringify([partition, profile]);
    const own = known.get(name) ?? findOwnCredentials({ partition, profile, transport });
    known.set(name, own);
    return openAccount({ ...source, transport, own });
  };
}
