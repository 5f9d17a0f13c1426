import { IAMClient } from '@aws-sdk/client-iam';
import type { Caller, IamWriter } from '../account/iam.ts';
import { readCaller } from './caller.ts';
import { findCredentials, type CredentialSource } from './credentials.ts';
import { createReader, type IamReader } from './iam-reader.ts';
import { regionOf } from './iam-region.ts';
import { createWriter } from './iam-writer.ts';

/** An account's IAM as its administrators use it. Every method rejects with IamError. */
export interface IamAccess extends IamReader, IamWriter {
  readonly readCaller: () => Promise<Caller>;
}

/** Returns the IAM of whatever account credentials are of; `readCaller` says which one it is. */
export function openAccount(source: CredentialSource): IamAccess {
  const credentials = findCredentials(source);
  const requestHandler = { connectionTimeout: 5000, requestTimeout: 30_000 };
  const client = new IAMClient({ region: regionOf[source.partition], credentials, maxAttempts: 3, requestHandler });
  return {
    ...createReader(client),
    ...createWriter(client),
    readCaller: () => readCaller(source.partition, credentials),
  };
}
