import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { parseRoleArn } from './iam-accounts.ts';

export interface SessionRequest {
  readonly roleArn: string;
  /** `session` by default. */
  readonly sessionName?: string;
  /** 3600 by default. */
  readonly durationSeconds?: number;
  readonly tags?: ReadonlyMap<string, string>;
  readonly transitiveTagKeys?: readonly string[];
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[];
}

/** May be given to an AWS SDK as credentials. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** In whole seconds. */
  readonly expiration: Date;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly assumedRoleArn: string;
  readonly assumedRoleId: string;
  readonly accountId: string;
  readonly durationSeconds: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

export interface SessionStore {
  readonly all: readonly Session[];
  readonly find: (accessKeyId: string) => Session | undefined;
  readonly issue: (request: SessionRequest) => Session;
  readonly expire: (accessKeyId: string) => void;
  readonly setLife: (seconds: number | undefined) => void;
}

export function createSessionStore(clock: Clock): SessionStore {
  const sessions = new Map<string, Session>();
  let fixedLife: number | undefined;
  return {
    get all() {
      return [...sessions.values()];
    },
    find: accessKeyId => sessions.get(accessKeyId),
    issue: request => {
      const session = makeSession(request, clock(), fixedLife ?? request.durationSeconds ?? 3600);
      sessions.set(session.accessKeyId, session);
      return session;
    },
    expire: accessKeyId => {
      const session = sessions.get(accessKeyId);
      if (!session) throw new Error(`the stand-in issued no session ${accessKeyId}`);
      sessions.set(accessKeyId, { ...session, expiration: new Date(clock() - 1000) });
    },
    setLife: seconds => {
      fixedLife = seconds;
    },
  };
}

function makeSession(request: SessionRequest, now: number, durationSeconds: number): Session {
  const { roleArn, sessionName = 'session' } = request;
  const role = parseRoleArn(roleArn);
  if (!role) throw new Error(`${roleArn} is no role's ARN`);
  return {
    accessKeyId: `ASIA${pickLetters(16, randomBytes(16))}`,
    secretAccessKey: makeSecret(),
    // Begins as the tokens of STS do; the rest is noise of a usual length.
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(720).toString('base64')}`,
    expiration: new Date((Math.floor(now / 1000) + durationSeconds) * 1000),
    roleArn,
    sessionName,
    // The role's path is not part of it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
    assumedRoleArn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    assumedRoleId: `${nameRoleId(roleArn)}:${sessionName}`,
    accountId: role.accountId,
    durationSeconds,
    tags: request.tags ?? new Map(),
    transitiveTagKeys: request.transitiveTagKeys ?? [],
    policy: request.policy,
    policyArns: request.policyArns ?? [],
  };
}

/** Forty characters that hold both of those which need quoting somewhere, now and then at the beginning. */
function makeSecret(): string {
  const secret = randomBytes(30).toString('base64');
  const first = Math.random() < 0.2 ? '/' : secret.charAt(0);
  return `${first}${secret.slice(1, 12)}+${secret.slice(13, 27)}/${secret.slice(28)}`;
}

/** The same for the same role, as for a real one. */
function nameRoleId(roleArn: string): string {
  return `AROA${pickLetters(17, createHash('sha256').update(roleArn).digest())}`;
}

function pickLetters(count: number, bytes: Uint8Array): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(bytes.subarray(0, count), byte => letters.charAt(byte % 32)).join('');
}
