import type { StsOptions } from '../../../src/aws/sts.ts';
import type { Sts } from '../../../src/session/credentials.ts';

const load = () => import('../../../src/aws/sts.ts');

let isCalled = false;

/**
 * Loads the SDK ahead of the first call, and rehearses that call unless it has come by then. It never fails: the call
 * itself says what is wrong.
 */
export function readySts(): void {
  const rehearse = async (): Promise<void> => {
    const { rehearseSts } = await load();
    // An answer that has come meanwhile goes first: it is read between two turns.
    for (let turn = 0; turn < 2; turn += 1) await new Promise(resolve => setImmediate(resolve));
    if (!isCalled) await rehearseSts();
  };
  rehearse().catch(() => undefined);
}

/** Returns STS whose SDK is loaded by the first call; the build keeps it in a file of its own, shared by all entries. */
export function openLazySts(options: StsOptions): Sts {
  let opened: Promise<Sts> | undefined;
  const open = (): Promise<Sts> => {
    isCalled = true;
    return (opened ??= load().then(({ openSts }) => openSts(options)));
  };
  return {
    assumeRoleWithWebIdentity: async (hop, idToken) => (await open()).assumeRoleWithWebIdentity(hop, idToken),
    assumeRole: async (hop, credentials) => (await open()).assumeRole(hop, credentials),
  };
}
