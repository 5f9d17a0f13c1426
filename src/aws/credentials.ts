import { fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Partition } from '../trust/oidc-provider.ts';
import { call } from './iam-error.ts';
import type { Transport } from './iam-reader.ts';

/** Where IAM's one control plane of a partition signs; its STS is asked there, too. */
export const regionOf: Readonly<Record<Partition, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** Where an administrator's credentials come from; nothing of the task's or of the helper's. */
export interface CredentialSource {
  readonly partition: Partition;
  /** A profile of the shared files; the SDK's usual chain where there is none. */
  readonly profile?: string | undefined;
  /** A role to assume with these. */
  readonly assumeRoleArn?: string | undefined;
  /** How requests reach AWS; directly where nothing is given. */
  readonly transport?: Transport | undefined;
}

/** Milliseconds until an attempt is given up. */
export const limits = { connectionTimeout: 5000, requestTimeout: 30_000 } as const;

export type Credentials = ReturnType<typeof fromNodeProviderChain>;

/**
 * Returns credentials that are asked for once, when they are first needed, and again before they expire. They reject with
 * IamError: a role that may not be assumed is the action sts:AssumeRole.
 *
 * The region is the parent's, so that a profile's own (of IAM Identity Center, or of a role) counts before it.
 */
export function findCredentials({
  partition,
  profile,
  assumeRoleArn,
  transport = limits,
}: CredentialSource): Credentials {
  const region = regionOf[partition];
  const shared = { clientConfig: { requestHandler: transport }, parentClientConfig: { region } };
  const own = profile === undefined ? fromNodeProviderChain(shared) : fromIni({ profile, ...shared });
  if (assumeRoleArn === undefined) return keep(own);
  const params = { RoleArn: assumeRoleArn, RoleSessionName: 'aws-wif' };
  const clientConfig = { region, requestHandler: transport };
  const assumed = fromTemporaryCredentials({ masterCredentials: own, params, clientConfig });
  return keep(options => call('sts:AssumeRole', () => assumed(options)));
}

const minutesLeft = 5;

/** IAM and STS have a client each, and each would ask for itself. What fails is asked for again. */
function keep(ask: Credentials): Credentials {
  let kept: ReturnType<Credentials> | undefined;
  return async options => {
    const found = await kept?.catch(() => undefined);
    const ends = found?.expiration?.getTime() ?? Infinity;
    if (found !== undefined && ends - Date.now() > minutesLeft * 60_000) return found;
    kept = ask(options);
    return kept;
  };
}
