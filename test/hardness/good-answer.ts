import type { HopTerms } from '../../src/session/goal.ts';
import { isRoleArn, parseRoleArn } from '../../src/session/role-arn.ts';
import { sendResult } from '../fakes/sts-answers.ts';

/** Keys that no error may show. */
export const keys = {
  AccessKeyId: 'ASIACANARYCANARYCANA',
  SecretAccessKey: 'secret-canary-XnLp6BcKf0Zq4Vw9rTe2XnLp6B',
  SessionToken: 'session-canary-nLp6BcKf0Zq4Vw9rTe2XnLp6BcKf0Zq4',
} as const;

export const sessionName = 'infra-main-4711-1';
export const sessionArn = `arn:aws:sts::111111111111:assumed-role/deploy/${sessionName}`;

/** What a role is asked with that has no chain, no policy and no tags. */
export const hop: HopTerms = {
  role: readRole('arn:aws:iam::111111111111:role/deploy'),
  roleSessionName: sessionName,
  durationSeconds: 3600,
  policy: undefined,
  policyArns: [],
  externalId: undefined,
  tags: {},
  transitiveTagKeys: [],
};

/** Returns the body of a good answer of AssumeRoleWithWebIdentity. */
export function goodAnswer(): string {
  const Credentials = { ...keys, Expiration: '2030-01-01T00:00:00Z' };
  const AssumedRoleUser = { AssumedRoleId: 'AROAX:x', Arn: sessionArn };
  return String(sendResult('AssumeRoleWithWebIdentity', { Credentials, AssumedRoleUser }).body);
}

function readRole(text: string): HopTerms['role'] {
  const role = parseRoleArn(text);
  if (!isRoleArn(role)) throw new Error(`${text} is no role`);
  return role;
}
