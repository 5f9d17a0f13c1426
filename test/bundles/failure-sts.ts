import { redirectTo } from '../fakes/faults.ts';
import { packedPolicyTooLarge, stsErrors } from '../fakes/sts-errors.ts';
import { answerWith, type FailureRow, type Situation } from './failure-row.ts';
import { federation, names, type Scene } from './scene.ts';

const entraHost = federation.entra.issuer.replace('https://', '');

/** One request to each. */
const once = [1, 1] as const;
/** AWS is asked twice with the same token. */
const twice = [1, 2] as const;

const otherArn = 'arn:aws:sts::222222222222:assumed-role/deploy/infra-main-4711-1';

/** How AWS STS refuses: one of each kind, the rest is in test/session/sts-refusal.test.ts. */
export const refusedSessions: readonly FailureRow[] = [
  ['a trust policy for another subject', { arrange: distrust }, once, 'StsAccessDenied', names.roleArn],
  ['no identity provider', { arrange: removeProvider }, once, 'StsProviderMissing', names.accountId],
  ['another audience', { arrange: changeAudience }, once, 'StsAudienceRefused', '499b84ac-1321'],
  ['a token from the past', { issuer: 'azure-devops', bend: { ageSeconds: 900 } }, once, 'StsTokenExpired'],
  ['a forged token', { bend: { signature: 'unknown-key' } }, twice, 'StsKeyUnavailable'],
  ['a packed policy', { sts: packedPolicyTooLarge(120) }, once, 'StsPolicyTooLarge', '120%'],
  ['a duration over the role', { inputs: { durationSeconds: '7201' } }, once, 'StsDurationRefused', '7201 s'],
  ['an unknown error', { sts: { status: 400, code: 'Odd', message: 'Why' } }, once, 'StsRequestRejected', 'Odd', 'Why'],
  ['throttling until the end', { sts: stsErrors.throttling }, twice, 'StsThrottled'],
];

/** What does not come from AWS STS, or speaks of another session than was asked for. */
export const wrongAnswers: readonly FailureRow[] = [
  ['HTML', { sts: answerWith(200, '<html>welcome</html>', 'text/html') }, once, 'StsAnswerUnreadable'],
  ['a huge body', { sts: { kind: 'huge-body', megabytes: 3, contentType: 'text/xml' } }, once, 'AnswerTooLarge'],
  ['a redirect', { sts: redirectTo('https://evil.example/path') }, once, 'RedirectRefused', 'evil.example'],
  ['no SessionToken', { answer: { kind: 'omit', element: 'SessionToken' } }, once, 'StsAnswerUnreadable'],
  ['a short secret', replace('SecretAccessKey', 'x'), once, 'StsAnswerUnreadable'],
  ['the ARN of another account', replace('Arn', otherArn), once, 'StsIdentityMismatch', otherArn, 'infra-main-4711-1'],
];

function replace(element: string, text: string): Situation {
  return { answer: { kind: 'replace', element, text } };
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
