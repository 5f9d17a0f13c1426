import { names } from '../../test/bundles/scene.ts';
import type { Ran } from '../measure.ts';
import type { Seen, StandIns } from '../stand-ins.ts';

/** What every contender has to do: one token, one session, and its access key among what the program hands on. */
export interface Expected {
  readonly requests: readonly string[];
  /** TLS handshakes; undefined if a contender may make as many as it likes. */
  readonly handshakes?: number;
}

export const oneExchange: Expected = { requests: ['AssumeRoleWithWebIdentity'], handshakes: 2 };

/** Returns what is wrong with an exchange, undefined if nothing is. */
export function findExchangeFault(handedOn: string, ran: Ran, seen: Seen, expected: Expected): string | undefined {
  const [accessKeyId = 'none', ...others] = seen.accessKeyIds;
  if (ran.exitCode !== 0) return `ended with exit code ${ran.exitCode ?? 'none'}`;
  if (seen.tokenRequests !== 1) return `asked for ${seen.tokenRequests} tokens`;
  if (seen.stsRequests.join() !== expected.requests.join()) return `asked AWS STS for ${seen.stsRequests.join()}`;
  if (others.length > 0 || !handedOn.includes(accessKeyId)) return `did not hand on ${accessKeyId}`;
  if (expected.handshakes === undefined || seen.handshakes === expected.handshakes) return undefined;
  return `made ${seen.handshakes} TLS handshakes`;
}

/** The environment of a shell's or a plain script's exchange. */
export function describeExchange({ tokenUrl, stsUrl }: StandIns): Readonly<Record<string, string>> {
  return {
    TOKEN_URL: `${tokenUrl}?api-version=7.1&serviceConnectionId=${names.connections.entra.id}`,
    JOB_TOKEN: names.jobToken,
    STS_URL: stsUrl,
    ROLE_ARN: names.roleArn,
    REGION: names.region,
  };
}
