import type { StsOptions } from '../../../src/aws/sts.ts';
import type { Sts } from '../../../src/session/sts.ts';

const load = () => import('../../../src/aws/sts.ts');

/** Loads the SDK ahead of the first call. It never fails: the call itself says what is wrong. */
export function loadSts(): void {
  load().catch(() => undefined);
}

/** Returns STS whose SDK is loaded by the first call; the build keeps it in a file of its own, shared by all entries. */
export function openLazySts(options: StsOptions): Sts {
  let opened: Promise<Sts> | undefined;
  const open = (): Promise<Sts> => (opened ??= load().then(({ openSts }) => openSts(options)));
  return {
    assumeRoleWithWebIdentity: async (hop, idToken) => (await open()).assumeRoleWithWebIdentity(hop, idToken),
    assumeRole: async (hop, credentials) => (await open()).assumeRole(hop, credentials),
  };
}
