import type { Sighting } from '../fakes/witness.ts';

/** Whose credentials may be used by mistake, and the role that the stand-ins give to each. */
export const strangers = {
  instance: 'arn:aws:iam::222222222222:role/agent-instance',
  container: 'arn:aws:iam::222222222222:role/agent-container',
  keys: 'arn:aws:iam::333333333333:role/keys-of-the-step',
  agent: 'arn:aws:iam::444444444444:role/profile-of-the-agent',
} as const;

export type Stranger = keyof typeof strangers;

/**
 * How a cell ended: as the role; with a failing exit code and no identity; as somebody else; with exit code 0 and
 * nothing that AWS accepted; or not at all.
 */
export type Verdict = 'role' | 'fails' | Stranger | 'unknown key' | 'empty success' | 'hangs';

/** Judges a client by its exit code (undefined: it was killed) and by what the witness saw; any stranger decides. */
export function judge(roleArn: string, exitCode: number | undefined, sightings: readonly Sighting[]): Verdict {
  const signers = sightings.map(sighting => sighting.roleArn).filter(signer => signer !== 'nobody');
  const other = signers.find(signer => signer !== roleArn);
  if (other !== undefined) return nameStranger(other);
  if (exitCode === undefined) return 'hangs';
  if (exitCode !== 0) return 'fails';
  return sightings.some(({ accepted }) => accepted) ? 'role' : 'empty success';
}

function nameStranger(signer: string): Verdict {
  const found = Object.entries(strangers).find(([, roleArn]) => roleArn === signer);
  return found === undefined ? 'unknown key' : (found[0] as Stranger);
}
