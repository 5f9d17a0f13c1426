import { redirectTo, signInPage } from '../fakes/faults.ts';
import { encodeGuid } from '../fakes/token-claims.ts';
import { answerWith, type FailureRow, type Situation } from './failure-row.ts';
import { names, type Scene } from './scene.ts';

const { entra } = names.connections;
const type = 'WorkloadIdentityUser';
const other = '6f9619ff-8b86-d011-b42d-00c04fc964ff';

/** One request to Azure DevOps, none to AWS. */
const once = [1, 0] as const;

/** How Azure DevOps refuses to give a token: one of each code, the rest is in test/identity/id-token.test.ts. */
export const refusedTokens: readonly FailureRow[] = [
  ['401', { arrange: rejectJobToken }, once, 'TokenRequestUnauthorized', 'TF400813'],
  [
    '403',
    { azureDevOps: answerWith(403, { message: 'Not permitted.' }) },
    once,
    'TokenRequestForbidden',
    'Not permitted',
  ],
  ['404, not shared', change({ projectId: other }), once, 'ConnectionNotFound', entra.id],
  ['400, disabled', change({ disabled: true }), once, 'TokenRequestRejected'],
  ['400, not referenced', change({ notReferenced: true }), once, 'ConnectionNotReferenced', 'Deploy.Job.__default'],
  [
    'a redirect',
    { azureDevOps: redirectTo('https://login.example/a?token=1') },
    once,
    'RedirectRefused',
    'login.example',
  ],
  ['203 HTML', { azureDevOps: signInPage() }, once, 'TokenSignInPage'],
  ['cut JSON', { azureDevOps: { kind: 'truncate' } }, once, 'TokenAnswerUnreadable'],
  ['{}', { azureDevOps: answerWith(200, {}) }, once, 'TokenMissing'],
  ['a huge body', { azureDevOps: { kind: 'huge-body', megabytes: 3 } }, once, 'AnswerTooLarge'],
  ['500 until the end', { azureDevOps: answerWith(500, {}) }, [2, 0], 'TokenServiceUnavailable'],
];

/** Tokens that are none, or are another identity's: AWS never sees them. More in test/identity. */
export const wrongTokens: readonly FailureRow[] = [
  ['no JWT', { bend: { verbatim: { oidcToken: 'not-a-jwt' } } }, once, 'TokenMalformed'],
  ['another connection', { bend: { claims: { sub: ofOther() } } }, once, 'TokenNotForConnection', other, entra.id],
  ['another issuer for an Azure DevOps connection', { type, issuer: 'azure-devops' }, once, 'TokenNotForConnection'],
  ['another form for an Azure DevOps connection', otherForm(), once, 'TokenNotForConnection', '/ eid2 /', '/ eid1 /'],
];

function otherForm(): Situation {
  return { type, bend: { claims: { sub: `/eid2/c/pub/t/x/sc/${entra.id}` } } };
}

function ofOther(): string {
  const application = '499b84ac-1321-427f-aa17-267ca6975798';
  return `/eid1/c/pub/t/${encodeGuid(names.tenantId)}/a/${encodeGuid(application)}/sc/${names.organization.id}/${other}`;
}

function rejectJobToken({ azureDevOps }: Scene): void {
  azureDevOps.jobTokens.clear();
}

function change(connection: Parameters<Scene['azureDevOps']['changeConnection']>[1]): Situation {
  return {
    arrange: ({ azureDevOps }) => {
      azureDevOps.changeConnection(entra.id, connection);
    },
  };
}
