import { WifError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { HopTerms } from './goal.ts';
import { measureLife, type Life, type Moment } from './life.ts';
import type { RoleArn } from './match-role-arn.ts';

/** The keys of a session. The three belong together: none is ever handed on without the others. */
export interface Keys {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
}

/** Short-lived AWS credentials. */
export interface Credentials extends Keys {
  /** By AWS's clock: for people. What this machine compares with its own clock is the session's life. */
  readonly expiration: Date;
}

/** An assumed role: credentials and who they are. */
export interface Session {
  readonly role: RoleArn;
  readonly assumedRoleArn: string;
  readonly credentials: Credentials;
  readonly life: Life;
  /** Milliseconds that the host's clock is ahead of AWS's, negative where it is behind; undefined without a Date. */
  readonly hostAheadMs: number | undefined;
}

/** What STS answered, before anything in it is believed. */
export interface StsAnswer {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly expiration: Date | undefined;
  readonly assumedRoleArn: string | undefined;
  /** The Date header of the answer; undefined if it has none that can be read. */
  readonly date?: Date | undefined;
}

/**
 * Returns the session in an answer of STS to a request that was sent after the moment `opened`. Throws
 * `StsAnswerUnreadable` where a part is missing or could not be handed on, or where the session is over by the answer's
 * own Date, and `StsIdentityMismatch` if it is not the role and session name that were asked for.
 */
export function judgeSession(answer: StsAnswer, hop: AskedHop, opened: Moment): Session {
  const { role, roleSessionName, durationSeconds } = hop;
  const credentials = readCredentials(answer);
  const expected = `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${roleSessionName}`;
  const { assumedRoleArn } = answer;
  if (assumedRoleArn === undefined) throw unreadable('AssumedRoleUser');
  if (assumedRoleArn !== expected) throw mismatch(assumedRoleArn, expected);
  const { date } = answer;
  const life = measureLife({ expiration: credentials.expiration, date, durationSeconds }, opened);
  if (life.lastsMs <= 0) throw ended(credentials.expiration, date);
  return { role, assumedRoleArn, credentials, life, hostAheadMs: date && opened.hostMs - date.getTime() };
}

/** What a session is judged by of what was asked for. */
type AskedHop = Pick<HopTerms, 'role' | 'roleSessionName' | 'durationSeconds'>;

/** Returns whatever an answer has instead of keys. */
export function listAnswerSecrets(answer: StsAnswer): readonly Secret[] {
  const keys = [answer.accessKeyId, answer.secretAccessKey, answer.sessionToken];
  return keys.filter(key => key !== undefined && key !== '').map(key => new Secret(key ?? ''));
}

function readCredentials(answer: StsAnswer): Credentials {
  const { expiration } = answer;
  if (expiration === undefined || Number.isNaN(expiration.getTime())) throw unreadable('Expiration');
  return {
    accessKeyId: readKey('AccessKeyId', answer.accessKeyId),
    secretAccessKey: readKey('SecretAccessKey', answer.secretAccessKey),
    sessionToken: readKey('SessionToken', answer.sessionToken),
    expiration,
  };
}

/**
 * Keys are printable ASCII without spaces; a line break would end the logging command that hides them. In a profile file a
 * value that begins with one of [ # ; would not be read as it is written.
 */
function readKey(name: string, value: string | undefined): Secret {
  if (value === undefined || !/^(?![[#;])[\x21-\x7e]{16,16384}$/.test(value)) throw unreadable(name);
  return new Secret(value);
}

function unreadable(name: string): WifError {
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `The response from AWS STS has no usable ${name}. No credentials were published.`,
    expected: 'a response with AccessKeyId, SecretAccessKey, SessionToken, Expiration and AssumedRoleUser.',
    remedy:
      'Run the job again; if the error persists, check where stsEndpoint points and whether a proxy changes responses.',
  });
}

function ended(expiration: Date, date: Date | undefined): WifError {
  const said = date === undefined ? '' : `, and the response's Date is ${date.toISOString()}`;
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `AWS STS answered with a session that has already expired: its Expiration is ${expiration.toISOString()}${said}. No credentials were published.`,
    expected: 'a session with the requested duration.',
    remedy:
      'Run the job again; if the error persists, check where stsEndpoint points and whether a proxy changes responses.',
  });
}

function mismatch(found: string, expected: string): WifError {
  return new WifError({
    code: 'StsIdentityMismatch',
    found: `AWS STS answered with credentials for ${found}. No credentials were published.`,
    expected: `${expected}.`,
    remedy: 'Check where stsEndpoint points: this response did not come from AWS STS, or it was changed on the way.',
  });
}

/** AWS STS at one endpoint. Throws a WifError on any refusal; one call is one request. */
export interface Sts {
  /** Not signed: the ID token is all that speaks for the caller. */
  assumeRoleWithWebIdentity(hop: HopTerms, idToken: Secret): Promise<StsAnswer>;
  /** Signed with the credentials of the hop before, and with no others. */
  assumeRole(hop: HopTerms, credentials: Credentials): Promise<StsAnswer>;
}
