import { WifError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { RoleArn } from './role-arn.ts';

/** Short-lived AWS credentials. The three belong together: none is ever handed on without the others. */
export interface Credentials {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  readonly expiration: Date;
}

/** An assumed role: credentials and who they are. */
export interface Session {
  readonly role: RoleArn;
  readonly assumedRoleArn: string;
  readonly credentials: Credentials;
}

/** What STS answered, before anything in it is believed. */
export interface StsAnswer {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly expiration: Date | undefined;
  readonly assumedRoleArn: string | undefined;
}

/**
 * Returns the session in an answer of STS. Throws `StsAnswerUnreadable` where a part is missing or could not be handed
 * on, and `StsIdentityMismatch` where it is not the role and session name that were asked for.
 */
export function judgeSession(answer: StsAnswer, role: RoleArn, sessionName: string): Session {
  const credentials = readCredentials(answer);
  const expected = `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`;
  const { assumedRoleArn } = answer;
  if (assumedRoleArn === undefined) throw unreadable('AssumedRoleUser');
  if (assumedRoleArn !== expected) throw mismatch(assumedRoleArn, expected);
  return { role, assumedRoleArn, credentials };
}

/** Returns whatever an answer has in the place of keys. */
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

/** Keys are printable ASCII without spaces; a line break would end the logging command that hides them. */
function readKey(name: string, value: string | undefined): Secret {
  if (value === undefined || !/^[\x21-\x7e]{16,}$/.test(value)) throw unreadable(name);
  return new Secret(value);
}

function unreadable(name: string): WifError {
  return new WifError({
    code: 'StsAnswerUnreadable',
    found: `AWS STS answered without a usable ${name}. Nothing was handed on.`,
    expected: 'an answer with AccessKeyId, SecretAccessKey, SessionToken, Expiration and AssumedRoleUser.',
    remedy: 'Run the job again; if it stays, check what stsEndpoint points at and whether a proxy changes answers.',
  });
}

function mismatch(found: string, expected: string): WifError {
  return new WifError({
    code: 'StsIdentityMismatch',
    found: `AWS STS answered with credentials of ${found}. Nothing was handed on.`,
    expected: `${expected}.`,
    remedy: 'Check what stsEndpoint points at: this answer is not from AWS STS, or it was changed on the way.',
  });
}
