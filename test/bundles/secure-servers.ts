import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type LeafRequest } from '../fakes/certificates.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { SceneOptions } from './scene.ts';

export interface SecureServers {
  readonly scene: SceneOptions;
  /** The environment of an agent whose machine trusts the authority behind the servers' certificates. */
  readonly trusting: Readonly<Record<string, string>>;
}

/** Returns what puts the named stand-ins on https, with certificates of an authority of their own. */
export async function secureServers(
  which: readonly ('azureDevOps' | 'sts')[],
  leaf: LeafRequest = { hosts: ['127.0.0.1'] },
): Promise<SecureServers> {
  const authority = await createAuthority();
  const tls = await authority.issue(leaf);
  const file = join(makeScratchFolder('authority'), 'authority.pem');
  writeFileSync(file, authority.pem);
  return {
    scene: { servers: Object.fromEntries(which.map(name => [name, { tls }])), authority: authority.pem },
    trusting: { ...agentEnvironment, NODE_EXTRA_CA_CERTS: file },
  };
}

/** What a plain agent's own environment holds, to which others can be added. */
export const agentEnvironment: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '' };
