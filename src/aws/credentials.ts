import { fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Partition } from '../trust/oidc-provider.ts';
import { regionOf } from './iam-region.ts';

/** Where an administrator's credentials come from; nothing of the task's or of the helper's. */
export interface CredentialSource {
  readonly partition: Partition;
  /** A profile of the shared files; the SDK's usual chain where there is none. */
  readonly profile?: string | undefined;
  /** A role to assume with these. */
  readonly assumeRoleArn?: string | undefined;
}

export type Credentials = ReturnType<typeof fromNodeProviderChain>;

/** Returns credentials that are asked for once, when they are first needed, and again before they expire. */
export function findCredentials({ partition, profile, assumeRoleArn }: CredentialSource): Credentials {
  const clientConfig = { region: regionOf[partition] };
  const own = profile === undefined ? fromNodeProviderChain({ clientConfig }) : fromIni({ profile, clientConfig });
  if (assumeRoleArn === undefined) return keep(own);
  const params = { RoleArn: assumeRoleArn, RoleSessionName: 'aws-wif' };
  return keep(fromTemporaryCredentials({ masterCredentials: own, params, clientConfig }));
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
