import type { AzureDevOps, AzureDevOpsOptions } from './azure-devops.ts';
import { startAzureDevOps } from './azure-devops.ts';
import { createClock } from './clock.ts';
import type { MovableClock } from './clock.ts';
import type { Sts, StsOptions } from './sts.ts';
import { startSts } from './sts.ts';
import type { PolicyDocument, Statement } from './trust-policy.ts';

/** The ids of a made-up company: one organization and project, a connection per issuer, a hub role and a spoke role. */
const projectId = '271ef6f7-5998-4b0f-86fb-4b54d9129990';
const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
const entraConnectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';

export const contoso = {
  organization: { name: 'contoso', id: organizationId },
  project: { name: 'Payments', id: projectId },
  tenantId,
  jobToken: 'job-token-of-this-run',
  /** On the retiring issuer. */
  oldConnection: {
    id: '64171687-7a59-4fce-b2c8-823278dcf176',
    name: 'aws-old',
    projectId,
    issuer: 'azure-devops',
    tenantId,
    clientId: '9246576b-c9b6-441d-a0ca-796721fd971e',
    subject: 'sc://contoso/Payments/aws-old',
    audience: 'api://AzureADTokenExchange',
    providerUrl: `vstoken.dev.azure.com/${organizationId}`,
  },
  entraConnection: {
    id: entraConnectionId,
    name: 'aws',
    projectId,
    issuer: 'entra',
    tenantId,
    clientId: '5c6f0f43-6c3b-4a53-b7f7-3d1a3f2a1b11',
    subject: `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${entraConnectionId}`,
    audience: 'fb60f99c-7a34-4190-8149-302f77469936',
    /** The token's azp, which STS takes for its audience. */
    authorizedParty: '499b84ac-1321-427f-aa17-267ca6975798',
    providerUrl: `login.microsoftonline.com/${tenantId}/v2.0`,
  },
  /** Trusts both connections; at most 7200 seconds. */
  deployRoleArn: 'arn:aws:iam::111111111111:role/teams/infra/deploy',
  /** In another account; trusts the deploy role. */
  spokeRoleArn: 'arn:aws:iam::222222222222:role/spoke',
} as const;

export interface Contoso {
  readonly clock: MovableClock;
  readonly azureDevOps: AzureDevOps;
  readonly sts: Sts;
  close(): Promise<void>;
}

export interface ContosoOptions {
  readonly clock?: MovableClock;
  readonly azureDevOps?: Partial<AzureDevOpsOptions>;
  readonly sts?: Partial<StsOptions>;
}

/** Starts both stand-ins on one clock, set up so that either connection may assume the deploy role and that the spoke. */
export async function startContoso(options: ContosoOptions = {}): Promise<Contoso> {
  const clock = options.clock ?? createClock();
  const azureDevOps = await startAzureDevOps({
    organization: contoso.organization,
    tenantId,
    projects: [contoso.project],
    serviceConnections: [contoso.oldConnection, contoso.entraConnection],
    jobTokens: [contoso.jobToken],
    clock: clock.now,
    ...options.azureDevOps,
  });
  const sts = await startContosoSts(azureDevOps, { clock: clock.now, ...options.sts });
  const close = async () => {
    await Promise.all([azureDevOps.close(), sts.close()]);
  };
  return { clock, azureDevOps, sts, close };
}

/** Contoso's accounts in an STS of its own, for a second region or other rules. */
export function startContosoSts(azureDevOps: AzureDevOps, options: Partial<StsOptions> = {}): Promise<Sts> {
  const { oldConnection, entraConnection, deployRoleArn, spokeRoleArn } = contoso;
  const oidcProviders = [
    { url: oldConnection.providerUrl, clientIds: [oldConnection.audience] },
    { url: entraConnection.providerUrl, clientIds: [entraConnection.authorizedParty] },
  ];
  const deploy = { arn: deployRoleArn, trustPolicy: trustConnections(), maxSessionDurationSeconds: 7200 };
  const spoke = { arn: spokeRoleArn, trustPolicy: trustDeployRole(), maxSessionDurationSeconds: 43_200 };
  return startSts({
    accounts: [
      { id: '111111111111', oidcProviders, roles: [deploy] },
      { id: '222222222222', roles: [spoke] },
      {
        id: '333333333333',
        oidcProviders: [{ url: oldConnection.providerUrl, clientIds: [] }],
        disabledRegions: ['ap-east-1'],
      },
    ],
    discovery: azureDevOps.discovery,
    ...options,
  });
}

/** The deploy role's trust policy: both connections, by exact subject and audience. */
export function trustConnections(): PolicyDocument {
  const { oldConnection, entraConnection } = contoso;
  const statements = [
    trustConnection(oldConnection.providerUrl, oldConnection.subject, oldConnection.audience),
    trustConnection(entraConnection.providerUrl, entraConnection.subject, entraConnection.authorizedParty),
  ];
  return { Version: '2012-10-17', Statement: statements };
}

/** The spoke role's trust policy, with changes to its only statement. */
export function trustDeployRole(change: Partial<Statement> = {}): PolicyDocument {
  const statement = { Effect: 'Allow', Principal: { AWS: contoso.deployRoleArn }, Action: 'sts:AssumeRole' };
  return { Version: '2012-10-17', Statement: { ...statement, ...change } };
}

function trustConnection(url: string, subject: string, audience: string): Statement {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${url}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${url}:sub`]: subject, [`${url}:aud`]: audience } },
  };
}
