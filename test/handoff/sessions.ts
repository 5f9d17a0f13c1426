import { Secret } from '../../src/secret.ts';
import type { Session } from '../../src/session/credentials.ts';
import type { Goal } from '../../src/session/goal.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';

/** A role of the given account. */
export function roleIn(accountId: string, name: string): RoleArn {
  return { text: `arn:aws:iam::${accountId}:role/${name}`, partition: 'aws', accountId, path: '/', name };
}

/** A goal that ends at the last of the given roles. */
export function goalOf(
  profile: string | undefined,
  [first, ...rest]: readonly [RoleArn, ...RoleArn[]],
  region = 'eu-west-1',
): Goal {
  return { profile, hops: [first, ...rest], region, endpoint: new URL(`https://sts.${region}.amazonaws.com`) };
}

/** A session whose keys name the role they are of. */
export function sessionOf(role: RoleArn, sessionName = 'infra-main-4711-1'): Session {
  return {
    role,
    assumedRoleArn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    credentials: {
      accessKeyId: new Secret(`ASIA-CANARY-${role.name}`),
      secretAccessKey: new Secret(`canary/secret+of=${role.name}`),
      sessionToken: new Secret(`canary-token-of-${role.name}==`),
      expiration: new Date('2026-10-01T13:00:00Z'),
    },
    life: {
      opened: { hostMs: Date.parse('2026-10-01T12:00:00Z'), sinceBootMs: 1000 },
      lastsMs: 3_600_000,
    },
    hostAheadMs: 0,
  };
}
