import { startIam, type IamAccount } from '../fakes/iam.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import { startRestApi, type StoredConnection } from '../fakes/rest-api.ts';

/** A made-up company: its ids, and what its service connections say of themselves. */
export const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
export const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
export const projectId = '271ef6f7-5998-4b0f-86fb-4b54d9129990';
export const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
export const oldConnectionId = '64171687-7a59-4fce-b2c8-823278dcf176';
export const oldUrl = `vstoken.dev.azure.com/${organizationId}`;
export const entraUrl = `login.microsoftonline.com/${tenantId}/v2.0`;
export const oldSubject = 'sc://contoso/Payments/aws-old';
export const entraSubject = `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`;
export const oldAudience = 'api://AzureADTokenExchange';
export const entraAudiences = ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'];

/** Tokens that must never be printed. */
export const tokens = {
  full: 'canary-pat-that-may-read-everything-0123456789abcdef',
  nothing: 'canary-pat-that-may-read-nothing-0123456789abcdef',
  noProjects: 'canary-pat-without-projects-0123456789abcdef',
  entra: 'eyJjYW5hcnkiOiJlbnRyYSJ9.eyJjYW5hcnkiOiJlbnRyYSJ9.Y2FuYXJ5LWVudHJh',
  wrong: 'canary-pat-that-is-wrong-0123456789abcdef',
} as const;

export const offlineOld = [
  '--organization-id',
  organizationId,
  '--organization',
  'contoso',
  '--project',
  'Payments',
  '--connection',
  'aws-old',
];
export const offlineEntra = [
  '--organization-id',
  organizationId,
  '--tenant-id',
  tenantId,
  '--connection-id',
  connectionId,
];

function parameters(issuer: string, subject: string) {
  return {
    tenantid: tenantId,
    serviceprincipalid: '5c6f0f43-6c3b-4a53-b7f7-3d1a3f2a1b11',
    workloadIdentityFederationIssuer: issuer,
    workloadIdentityFederationSubject: subject,
  };
}

const old = parameters(`https://${oldUrl}`, oldSubject);

/** What someone may call a connection, and what a terminal or the agent would take for commands. */
export const hostileName = 'x##vso[task.setvariable variable=PATH]\u001b[31m\u202ey';

function connectionOf(name: string, id: string): StoredConnection {
  return { projectId, id, name, parameters: parameters(`https://${oldUrl}`, `sc://contoso/Payments/${name}`) };
}

/** An Azure DevOps connection: no subscription, and the Entra issuer alone. */
export const azureDevOpsConnection = {
  id: '00000000-0000-0000-0000-00000000000e',
  name: 'without-subscription',
  subject: entraSubject.replace(connectionId, '00000000-0000-0000-0000-00000000000e'),
} as const;

/** Stored in the AWS Toolkit's connection. */
export const toolkitKey = 'canary-toolkit-key-9f8e7d6c5b4a';

/** Starts the company's organization. */
export function startCompany(): Promise<RecordedServer> {
  const stored = { projectId, parameters: old };
  return startRestApi({
    organization: { name: 'contoso', id: organizationId.toUpperCase() },
    projects: [{ id: projectId, name: 'Payments' }],
    connections: [
      { ...stored, id: oldConnectionId, name: 'aws-old' },
      { ...stored, id: connectionId, name: 'aws', parameters: parameters(`https://${entraUrl}`, entraSubject) },
      { ...stored, id: '00000000-0000-0000-0000-000000000001', name: 'Twice' },
      { ...stored, id: '00000000-0000-0000-0000-000000000002', name: 'TWICE' },
      {
        ...stored,
        id: '00000000-0000-0000-0000-000000000003',
        name: 'secret',
        scheme: 'ServicePrincipal',
        parameters: {},
      },
      { ...stored, id: '00000000-0000-0000-0000-000000000004', name: 'renamed' },
      { ...stored, id: '00000000-0000-0000-0000-000000000005', name: 'bare', parameters: { tenantid: tenantId } },
      {
        ...stored,
        id: '00000000-0000-0000-0000-000000000006',
        name: 'a,b',
        isShared: true,
        parameters: parameters(`https://${oldUrl}`, 'sc://contoso/Payments/a,b'),
      },
      {
        ...stored,
        id: '00000000-0000-0000-0000-000000000007',
        name: 'china',
        environment: 'AzureChinaCloud',
        parameters: parameters(`https://${oldUrl}`, 'sc://contoso/Payments/china'),
      },
      {
        ...stored,
        id: '00000000-0000-0000-0000-000000000008',
        name: 'evil',
        parameters: parameters(`https://${oldUrl}`, 'sc://x/##vso[task.setvariable variable=PATH]/\u001b[31m\u202ey'),
      },
      {
        projectId,
        id: azureDevOpsConnection.id,
        name: azureDevOpsConnection.name,
        type: 'WorkloadIdentityUser',
        parameters: parameters(`https://${entraUrl}`, azureDevOpsConnection.subject),
      },
      {
        projectId,
        id: '00000000-0000-0000-0000-00000000000f',
        name: 'toolkit',
        type: 'AWS',
        scheme: 'UsernamePassword',
        parameters: { username: 'AKIAIOSFODNN7EXAMPLE', password: toolkitKey, useOIDC: 'true' },
      },
      { ...connectionOf('open', '00000000-0000-0000-0000-00000000000a'), openToAll: true },
      { ...connectionOf('unguarded', '00000000-0000-0000-0000-00000000000b'), checks: ['business-hours'] },
      { ...connectionOf('guarded', '00000000-0000-0000-0000-00000000000c'), checks: ['branch-control'] },
      { ...connectionOf('unseen', '00000000-0000-0000-0000-00000000000d'), openToAll: null, checks: null },
      {
        ...stored,
        id: '00000000-0000-0000-0000-000000000009',
        name: hostileName,
        isShared: true,
        environment: hostileName,
        parameters: { tenantid: tenantId },
      },
    ],
    tokens: {
      [tokens.full]: 'all',
      [tokens.entra]: 'all',
      [tokens.nothing]: 'nothing',
      [tokens.noProjects]: 'no-projects',
    },
  });
}

export const roleArn = 'arn:aws:iam::111111111111:role/teams/deploy';

export const canaryKeys = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'canary-secret-access-key-0123456789abcdef',
};

function allow(url: string, subject: unknown, audience: unknown): unknown {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${url}:sub`]: subject, [`${url}:aud`]: audience } },
  };
}

function openTo(url: string): unknown {
  const principal = { Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` };
  return { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRoleWithWebIdentity' };
}

export const policies = {
  old: { Version: '2012-10-17', Statement: [allow(oldUrl, oldSubject, oldAudience)] },
  entra: { Version: '2012-10-17', Statement: [allow(entraUrl, entraSubject, entraAudiences)] },
  other: { Version: '2012-10-17', Statement: [allow(entraUrl, entraSubject.replace(/.$/, 'b'), entraAudiences)] },
  audienceOnly: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${entraUrl}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${entraUrl}:aud`]: entraAudiences } },
      },
    ],
  },
  openOld: { Version: '2012-10-17', Statement: [openTo(oldUrl)] },
  openEntra: { Version: '2012-10-17', Statement: [openTo(entraUrl)] },
  unknown: {
    Version: '2012-10-17',
    Statement: [
      {
        ...(allow(entraUrl, entraSubject, entraAudiences) as object),
        Condition: {
          StringEquals: { [`${entraUrl}:sub`]: entraSubject, [`${entraUrl}:aud`]: entraAudiences },
          StringLike: { 'sts:RoleSessionName': 'deploy-*' },
        },
      },
    ],
  },
} as const;

/** Starts IAM with the company's account, and others whose keys lack something. */
export function startAccounts(): Promise<RecordedServer> {
  const account: IamAccount = {
    accessKeyId: canaryKeys.AWS_ACCESS_KEY_ID,
    accountId: '111111111111',
    roles: [
      { path: '/teams/', name: 'deploy', trustPolicy: policies.entra },
      { name: 'other', trustPolicy: policies.other },
      { name: 'old', trustPolicy: policies.old },
    ],
    providers: [{ url: entraUrl, clientIds: entraAudiences }],
  };
  return startIam([
    account,
    { ...account, accessKeyId: 'AKIANOROLES', denied: ['GetRole'] },
    { ...account, accessKeyId: 'AKIANOPROVIDERS', denied: ['ListOpenIDConnectProviders'] },
    { ...account, accessKeyId: 'AKIANOAUDIENCE', providers: [{ url: entraUrl, clientIds: [entraAudiences[1] ?? ''] }] },
    { ...account, accessKeyId: 'AKIAOTHER', accountId: '222222222222' },
  ]);
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const canarySignature = 'Y2FuYXJ5LXNpZ25hdHVyZS1vZi10aGUtdG9rZW4';

/** An ID token of the Entra connection, with changes to its claims. */
export function makeToken(change: Readonly<Record<string, unknown>> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `https://${entraUrl}`,
    sub: entraSubject,
    aud: entraAudiences[1],
    azp: entraAudiences[0],
    iat: now,
    exp: now + 3600,
    uti: 'canary-claim',
    ...change,
  };
  return `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}.${canarySignature}`;
}
