import { sendPage } from '../fakes/azure-devops-answers.ts';
import { redirectTo, retryAfter, signInPage } from '../fakes/faults.ts';
import { answerWith, type FailureRow, type Situation } from './failure-row.ts';
import { encodeGuid } from '../fakes/token-claims.ts';
import { names, type Scene } from './scene.ts';

const { entra } = names.connections;
const other = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
const failed = { message: 'An unexpected error.' };

/** One request to Azure DevOps, none to AWS. */
const once = [1, 0] as const;

/** How Azure DevOps refuses to give a token: one of each code and way, the rest is in test/identity/id-token.test.ts. */
export const refusedTokens: readonly FailureRow[] = [
  ['401', { arrange: rejectJobToken }, once, 'TokenRequestUnauthorized', 'TF400813', 'Run the job again'],
  says('403', answerWith(403, { message: 'Not permitted.' }), 'TokenRequestForbidden', 'Not permitted.', 'permit this'),
  says('403 page', forbiddenPage(), 'TokenRequestForbidden', 'TF401444: Please sign in + accept.', 'permit this'),
  says('403 of a proxy', html(403), 'TokenRequestForbidden', 'with an HTML page', 'look for a proxy or firewall'),
  ['404, not shared', { arrange: moveConnection }, once, 'ConnectionNotFound', entra.id, 'is shared with this project'],
  ['400, disabled', { arrange: disable }, once, 'TokenRequestRejected', 'is disabled', 'Follow what Azure DevOps says'],
  ['400, not referenced', { arrange: unreference }, once, 'ConnectionNotReferenced', 'Deploy.Job.__default', 'stage'],
  says('302 to a sign-in page', redirectTo('https://login.example/a?token=1'), 'RedirectRefused', 'to login.example;'),
  says('203 HTML', signInPage(), 'TokenSignInPage', '203', 'Azure DevOps Services | Sign In', 'access token lives'),
  says('cut JSON', { kind: 'truncate' }, 'TokenAnswerUnreadable', 'not with JSON', 'proxy'),
  says('compressed JSON', { kind: 'gzip' }, 'TokenAnswerUnreadable', 'not with JSON'),
  says('{}', answerWith(200, {}), 'TokenMissing', 'without an ID token', 'is not disabled'),
  says('a huge body', { kind: 'huge-body', megabytes: 3 }, 'AnswerTooLarge', 'more than 1000000 bytes', 'captive'),
  ['500 until the end', unwell(500), [2, 0], 'TokenServiceUnavailable', 'An unexpected', '2 attempts', 'status.dev'],
  ['429 that asks for an hour', { azureDevOps: retryAfter(429, 3600) }, once, 'TokenServiceUnavailable', '429'],
  ['503 and one attempt', { ...unwell(503), inputs: { maxAttempts: '1' } }, once, 'TokenServiceUnavailable', '503'],
];

/** Tokens that are none, or are another identity's: AWS never sees them. More in test/identity. */
export const wrongTokens: readonly FailureRow[] = [
  ['no JWT', bent('not-a-jwt'), once, 'TokenMalformed', 'cannot be read', 'a proxy may be changing'],
  ['no aud', { bend: { claims: { aud: null } } }, once, 'TokenMalformed', 'no `aud` claim'],
  subject('a pipeline', 'p://contoso/Platform/infra-main', 'a pipeline, not a service connection'),
  subject('another connection', entraSubject(names.organization.id, other), `connection ${other}, not ${entra.id}`),
  subject('another organization', entraSubject(other, entra.id), `organization ${other}, not ${names.organization.id}`),
];

function says(name: string, azureDevOps: NonNullable<Situation['azureDevOps']>, code: string, ...texts: string[]) {
  return [name, { azureDevOps }, once, code, ...texts] as const;
}

function subject(name: string, sub: string, ...texts: string[]): FailureRow {
  return [
    `subject: ${name}`,
    { bend: { claims: { sub } } },
    once,
    'TokenNotForConnection',
    ...texts,
    'Run the job again',
  ];
}

function entraSubject(organization: string, connection: string, application = '499b84ac-1321-427f-aa17-267ca6975798') {
  return `/eid1/c/pub/t/${encodeGuid(names.tenantId)}/a/${encodeGuid(application)}/sc/${organization}/${connection}`;
}

function forbiddenPage() {
  return { kind: 'answer', ...sendPage(403, 'Access Denied', 'TF401444: Please sign in + accept.') } as const;
}

function unwell(status: number): Situation {
  return { azureDevOps: answerWith(status, failed) };
}

function html(status: number) {
  return answerWith(
    status,
    '<html><head><title>Blocked</title></head><body>Service unavailable</body></html>',
    'text/html',
  );
}

function bent(oidcToken: string): Situation {
  return { bend: { verbatim: { oidcToken } } };
}

function rejectJobToken({ azureDevOps }: Scene): void {
  azureDevOps.jobTokens.clear();
}

function moveConnection({ azureDevOps }: Scene): void {
  azureDevOps.changeConnection(entra.id, { projectId: other });
}

function disable({ azureDevOps }: Scene): void {
  azureDevOps.changeConnection(entra.id, { disabled: true });
}

function unreference({ azureDevOps }: Scene): void {
  azureDevOps.changeConnection(entra.id, { notReferenced: true });
}
