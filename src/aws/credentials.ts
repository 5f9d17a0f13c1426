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
  /** A profile of the shared files; the SDK's usual chain if there is none. */
  readonly profile?: string | undefined;
  /** A role to assume with these. */
  readonly assumeRoleArn?: string | undefined;
  /** How requests reach AWS; directly if nothing is given. */
  readonly transport?: Transport | undefined;
  /** What `findOwnCredentials` returned for the same partition and profile: many accounts ask for it once. */
  readonly own?: Credentials | undefined;
}

/**
 * Milliseconds until an attempt is given up: without a connection, without an answer, and within an answer that stalls. By
 * default the SDK only warns of the second, and never gives up.
 */
export const limits = {
  connectionTimeout: 5000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
  socketTimeout: 30_000,
} as const;

export type Credentials = ReturnType<typeof fromNodeProviderChain>;

/**
 * Returns the credentials of a profile, or of the SDK's usual chain, that are asked for once, when they are first needed, and
 * again before they expire.
 *
 * The region is the parent's, so that a profile's own (of IAM Identity Center, or of a role) counts before it.
 */
export function findOwnCredentials({ partition, profile, transport = limits }: CredentialSource): Credentials {
  const region = regionOf[partition];
  const shared = { clientConfig: { requestHandler: transport }, parentClientConfig: { region } };
  return keep(profile === undefined ? fromNodeProviderChain(shared) : fromIni({ profile, ...shared }));
}

/**
 * Returns the same, or those of the role to assume with them. They reject with IamError: a role that may not be assumed is
 * the action sts:AssumeRole.
 */
export function findCredentials(source: CredentialSource): Credentials {
  const { partition, assumeRoleArn, transport = limits, own = findOwnCredentials(source) } = source;
  if (assumeRoleArn === undefined) return own;
  const params = { RoleArn: assumeRoleArn, RoleSessionName: 'aws-wif' };
  const clientConfig = { region: regionOf[partition], requestHandler: transport };
  const assumed = fromTemporaryCredentials({ masterCredentials: own, params, clientConfig });
  return keep(options => call('sts:AssumeRole', () => assumed(options)));
}

const minutesLeft = 5;

/** Several clients, and several accounts, would ask for themselves. What fails is asked for again. */
function keep(ask: Credentials): Credentials {
  let kept: ReturnType<Credentials> | undefined;
  return async options => {
    const seen = kept;
    const found = seen && (await seen.catch(() => undefined));
    const ends = found?.expiration?.getTime() ?? Infinity;
    if (found !== undefined && ends - Date.now() > minutesLeft * 60_000) return found;
    // Unless somebody else has asked again meanwhile.
    if (kept === seen || kept === undefined) kept = ask(options);
    return kept;
  };
}
