import { startAzureDevOps, type AzureDevOps } from '../fakes/azure-devops.ts';
import type { Clock } from '../fakes/clock.ts';
import type { ServerOptions } from '../fakes/recorded-server.ts';
import { startSts, type Sts } from '../fakes/sts.ts';
import { startJob } from '../harness/job.ts';
import type { Endpoint, Job, JobOptions } from '../harness/types.ts';

/** The names of the scene: one organization with a connection on each issuer, one AWS account with a role for both. */
export const names = {
  organization: { name: 'contoso', id: '0ca3ddd9-f0b0-4635-a98c-5866526961b6' },
  project: { name: 'Platform', id: '5f0f1a3c-8f0e-4a53-9df4-6a5f7d2f5b11' },
  tenantId: 'ff882432-09b0-437b-bd22-ca13c0037ded',
  clientId: '9d5a3a2e-1c43-4b5e-8e39-0c7b1f7a6a55',
  accountId: '111111111111',
  roleArn: 'arn:aws:iam::111111111111:role/deploy',
  region: 'eu-west-1',
  jobToken: 'job-token-a8Kf0Zq4Vw9rTe2XnLp6Bc',
  connections: {
    'azure-devops': { id: '0f3a5c1e-7b1d-4c69-a4f5-2f6f1f6f9b01', name: 'aws-deploy-old' },
    entra: { id: '64171687-7a59-4fce-b2c8-823278dcf176', name: 'aws-deploy' },
  },
} as const;

export type IssuerKind = keyof typeof names.connections;

/** What a connection's page shows as issuer and subject, written out by hand. */
export const federation: Readonly<Record<IssuerKind, { readonly issuer: string; readonly subject: string }>> = {
  'azure-devops': {
    issuer: 'https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-5866526961b6',
    subject: 'sc://contoso/Platform/aws-deploy-old',
  },
  entra: {
    issuer: 'https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0',
    subject:
      '/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/64171687-7a59-4fce-b2c8-823278dcf176',
  },
};

const audiences: Readonly<Record<IssuerKind, readonly string[]>> = {
  'azure-devops': ['api://AzureADTokenExchange'],
  entra: ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'],
};

/** The types of service connection that the task takes. */
export type ConnectionType = 'AzureRM' | 'WorkloadIdentityUser';

export interface SceneOptions {
  /** The type of the scene's connections; an Azure DevOps connection (WorkloadIdentityUser) is on the Entra issuer. */
  readonly type?: ConnectionType;
  readonly servers?: {
    readonly azureDevOps?: Omit<ServerOptions, 'clock'>;
    readonly sts?: Omit<ServerOptions, 'clock'>;
  };
  /** PEM of the authority behind Azure DevOps' certificate, where it is on https, for the stand-in STS. */
  readonly authority?: string | undefined;
  /** The true time, which both services go by, whatever clock the task sees. */
  readonly clock?: Clock;
}

/** Stand-ins for Azure DevOps and AWS STS that trust each other as a set-up customer's do. */
export interface Scene {
  readonly azureDevOps: AzureDevOps;
  readonly sts: Sts;
  /** Starts a job of the organization on a pretended agent. */
  readonly startJob: (options?: JobOptions) => Promise<Job>;
  /** Adds a role that admits both connections, with providers for both issuers in its account. */
  readonly addRole: (arn: string) => void;
  /** Returns a step's inputs; the step names the connection of the given issuer. */
  readonly inputs: (issuer: IssuerKind, changes?: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Stops the stand-ins and clears away jobs that were not finished, without their post-job parts. */
  readonly close: () => Promise<void>;
}

/** Starts both stand-ins. The role admits both connections, each by subject and audience. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const azureDevOps = await startAzureDevOps({
    organization: names.organization,
    tenantId: names.tenantId,
    projects: [names.project],
    serviceConnections: kinds.map(describeConnection),
    jobTokens: [names.jobToken],
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    server: options.servers?.azureDevOps ?? {},
  });
  const sts = await startSts({
    accounts: [describeAccount()],
    discovery: azureDevOps.discovery,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.authority === undefined ? {} : { discoveryAuthority: options.authority }),
    server: options.servers?.sts ?? {},
  });
  const jobs: Job[] = [];
  return {
    azureDevOps,
    sts,
    startJob: async jobOptions => {
      const job = await startJob({ isEvaluated: true, ...describeJob(azureDevOps, options.type), ...jobOptions });
      jobs.push(job);
      return job;
    },
    addRole: arn => {
      const account = arn.split(':')[4] ?? '';
      for (const provider of describeProviders()) sts.addProvider(account, provider);
      sts.addRole({ arn, trustPolicy: describePolicy(arn) });
    },
    inputs: (issuer, changes = {}) => ({
      ...nameConnection(names.connections[issuer].id, options.type),
      roleArn: names.roleArn,
      region: names.region,
      stsEndpoint: sts.url,
      ...changes,
    }),
    close: async () => {
      for (const job of jobs) job.discard();
      await Promise.all([azureDevOps.close(), sts.close()]);
    },
  };
}

function nameConnection(id: string, type: ConnectionType = 'AzureRM'): Readonly<Record<string, string>> {
  return type === 'AzureRM' ? { serviceConnection: id } : { connectionType: 'azureDevOps', azureDevOpsConnection: id };
}

const kinds: readonly IssuerKind[] = ['azure-devops', 'entra'];

function describeConnection(issuer: IssuerKind) {
  const { tenantId, clientId, project } = names;
  return { ...names.connections[issuer], projectId: project.id, issuer, tenantId, clientId };
}

function describeAccount() {
  const { accountId: id, roleArn: arn } = names;
  const role = { arn, trustPolicy: describePolicy(arn), maxSessionDurationSeconds: 7200 };
  return { id, oidcProviders: describeProviders(), roles: [role] };
}

function describeProviders() {
  return kinds.map(issuer => ({ url: hostAndPath(issuer), clientIds: audiences[issuer] }));
}

function describePolicy(roleArn: string) {
  return { Version: '2012-10-17', Statement: kinds.map(issuer => describeTrust(issuer, roleArn)) };
}

function describeTrust(issuer: IssuerKind, roleArn: string) {
  const provider = hostAndPath(issuer);
  const account = roleArn.slice(0, roleArn.indexOf(':role/'));
  return {
    Effect: 'Allow',
    Principal: { Federated: `${account}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${provider}:sub`]: federation[issuer].subject, [`${provider}:aud`]: audiences[issuer] },
    },
  };
}

function hostAndPath(issuer: IssuerKind): string {
  return federation[issuer].issuer.replace('https://', '');
}

function describeJob(azureDevOps: AzureDevOps, type: ConnectionType = 'AzureRM'): JobOptions {
  return {
    accessToken: names.jobToken,
    collectionUri: azureDevOps.url,
    serverUri: azureDevOps.url,
    oidcRequestUri: azureDevOps.oidcRequestUri(),
    organizationId: names.organization.id,
    projectId: names.project.id,
    projectName: names.project.name,
    definitionName: 'infra-main',
    variables: { 'Build.BuildId': '4711', 'System.JobAttempt': '1' },
    endpoints: kinds.map(issuer => describeEndpoint(issuer, type)),
  };
}

/** A connection as the server writes it into the job message. */
export function describeEndpoint(issuer: IssuerKind, type: ConnectionType = 'AzureRM'): Endpoint {
  const { issuer: url, subject } = federation[issuer];
  const azure = { environment: 'AzureCloud', scopeLevel: 'Subscription', creationMode: 'Manual' };
  return {
    ...names.connections[issuer],
    type,
    url: type === 'AzureRM' ? 'https://management.azure.com/' : 'https://dev.azure.com/contoso/',
    scheme: 'WorkloadIdentityFederation',
    parameters: {
      serviceprincipalid: names.clientId,
      tenantid: names.tenantId,
      workloadIdentityFederationIssuer: url,
      workloadIdentityFederationSubject: subject,
    },
    data: type === 'AzureRM' ? azure : {},
  };
}
