import { redirectTo, retryAfter } from '../fakes/faults.ts';
import { packedPolicyTooLarge, regionDisabled, stsErrors } from '../fakes/sts-errors.ts';
import { answerWith, type FailureRow, type Situation } from './failure-row.ts';
import { federation, names, type Scene } from './scene.ts';

const entraHost = federation.entra.issuer.replace('https://', '');

/** One request to each. */
const once = [1, 1] as const;
/** AWS is asked twice with the same token. */
const twice = [1, 2] as const;

/** How AWS STS refuses: one of each code, the rest is in test/session/sts-refusal.test.ts. */
export const refusedSessions: readonly FailureRow[] = [
  ['a trust policy for another subject', { arrange: distrust }, once, 'StsAccessDenied', names.roleArn, ':sub'],
  [
    'no identity provider',
    { arrange: removeProvider },
    once,
    'StsProviderMissing',
    names.accountId,
    'no trailing slash',
  ],
  ['another audience', { arrange: changeAudience }, once, 'StsAudienceRefused', '499b84ac-1321', 'Add the client ID'],
  says('a token that is no JWT to AWS', stsErrors.notAJwt, 'StsTokenInvalid', 'not a valid JWT', 'provider URL'),
  ['a token from the past', { issuer: 'azure-devops', bend: { ageSeconds: 900 } }, once, 'StsTokenExpired', 'expired'],
  ['a forged token', { bend: { signature: 'unknown-key' } }, twice, 'StsKeyUnavailable', 'verification key'],
  lasts('an unreachable issuer', stsErrors.idpCommunication, 'StsIdentityProviderUnreachable', 'status.dev.azure.com'),
  says('a claim refused', stsErrors.idpRejectedClaim, 'StsClaimRejected', 'authentication failed', 'still exist'),
  says('a malformed policy', stsErrors.malformedPolicy, 'StsPolicyMalformed', 'invalid Json', 'Correct sessionPolicy'),
  says('a packed policy', packedPolicyTooLarge(120), 'StsPolicyTooLarge', '120%', 'Shorten sessionPolicy'),
  says(
    'a region that is off',
    regionDisabled(names.accountId),
    'StsRegionDisabled',
    'not activated',
    'Enable the region',
  ),
  ['a duration over the role', over(7201), once, 'StsDurationRefused', '7201 s', 'Lower durationSeconds'],
  says('an unknown error', { status: 400, code: 'Odd', message: 'Why' }, 'StsRequestRejected', 'Odd (400): "Why"'),
  lasts('throttling', stsErrors.throttling, 'StsThrottled', 'Rate exceeded', 'raise maxAttempts'),
  lasts('an internal failure', stsErrors.internalFailure, 'StsUnavailable', 'InternalFailure', 'health.aws.amazon.com'),
  lasts('503 HTML', answerWith(503, '<html>busy</html>', 'text/html'), 'StsUnavailable', '503', 'another region'),
  says('429 that asks for an hour', retryAfter(429, 3600), 'StsThrottled', '429'),
];

/** What does not come from AWS STS, or speaks of another session than was asked for. */
export const wrongAnswers: readonly FailureRow[] = [
  says('HTML', answerWith(200, '<html>welcome</html>', 'text/html'), 'StsAnswerUnreadable', 'status 200', 'captive'),
  says('403 HTML', answerWith(403, '<html>blocked</html>', 'text/html'), 'StsAnswerUnreadable', 'status 403', 'proxy'),
  says('cut XML', { kind: 'truncate' }, 'StsAnswerUnreadable', 'AWS STS'),
  says('compressed XML', { kind: 'gzip' }, 'StsAnswerUnreadable', 'status 200'),
  says('a huge body', { kind: 'huge-body', megabytes: 3, contentType: 'text/xml' }, 'AnswerTooLarge', '1000000 bytes'),
  says('a redirect', redirectTo('https://evil.example/path'), 'RedirectRefused', 'to evil.example;', 'not followed'),
  ['an external entity', { arrange: nameEntity }, once, 'StsAnswerUnreadable', 'no answer of STS'],
  ...['SessionToken', 'AssumedRoleUser'].map(missing),
  replaced('a short secret', 'SecretAccessKey', 'x'),
  arn('another account', 'arn:aws:sts::222222222222:assumed-role/deploy/infra-main-4711-1'),
  arn('another session', 'arn:aws:sts::111111111111:assumed-role/deploy/somebody'),
];

function says(name: string, sts: NonNullable<Situation['sts']>, code: string, ...texts: string[]): FailureRow {
  return [name, { sts }, once, code, ...texts];
}

function lasts(name: string, sts: NonNullable<Situation['sts']>, code: string, ...texts: string[]): FailureRow {
  return [`${name}, until the attempts end`, { sts }, twice, code, '2 attempts', ...texts];
}

function missing(element: string): FailureRow {
  return [`no ${element}`, { answer: { kind: 'omit', element } }, once, 'StsAnswerUnreadable', 'Nothing was handed on'];
}

function replaced(name: string, element: string, text: string): FailureRow {
  return [name, { answer: { kind: 'replace', element, text } }, once, 'StsAnswerUnreadable', 'AWS STS'];
}

function arn(name: string, text: string): FailureRow {
  const situation: Situation = { answer: { kind: 'replace', element: 'Arn', text } };
  return [`the ARN of ${name}`, situation, once, 'StsIdentityMismatch', text, 'infra-main-4711-1', 'not from AWS STS'];
}

function over(seconds: number): Situation {
  return { inputs: { durationSeconds: String(seconds) } };
}

function distrust({ sts }: Scene): void {
  const Principal = { Federated: `arn:aws:iam::${names.accountId}:oidc-provider/${entraHost}` };
  const Condition = { StringEquals: { [`${entraHost}:sub`]: 'another' } };
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition };
  sts.setTrustPolicy(names.roleArn, { Version: '2012-10-17', Statement: [statement] });
}

function removeProvider({ sts }: Scene): void {
  sts.removeProvider(names.accountId, entraHost);
}

function changeAudience({ sts }: Scene): void {
  sts.addProvider(names.accountId, { url: entraHost, clientIds: ['api://AzureADTokenExchange'] });
}

function nameEntity({ sts, azureDevOps }: Scene): void {
  sts.tamperNext({ kind: 'external-entity', url: azureDevOps.oidcRequestUri() });
}
