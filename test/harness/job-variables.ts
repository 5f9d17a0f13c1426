import { hostname, type } from 'node:os';
import { join } from 'node:path';

import type { AgentCertificates, AgentProxy, AgentSettings, HostType, JobOptions } from './types.ts';
import type { WorkFolders } from './work-folders.ts';

export type Entry = readonly [name: string, value: string];

/** The options that name the job to the server, with their defaults filled in. */
export interface JobIdentity {
  readonly hostType: HostType;
  readonly accessToken: string;
  readonly collectionUri: string;
  readonly serverUri: string;
  readonly oidcRequestUri: string;
  readonly organizationId: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly planId: string;
  readonly jobId: string;
  readonly definitionId: string;
  readonly definitionName: string;
  /** The build's or the release's. */
  readonly runId: string;
}

export function fillIdentity(options: JobOptions): JobIdentity {
  const hostType = options.hostType ?? 'build';
  const isBuild = hostType === 'build';
  const collectionUri = withSlash(options.collectionUri ?? 'https://dev.azure.com/contoso/');
  const releaseUri = collectionUri.replace('//dev.azure.com/', '//vsrm.dev.azure.com/');
  const serverUri = withSlash(options.serverUri ?? (isBuild ? collectionUri : releaseUri));
  const projectId = options.projectId ?? '6302cb6f-c9d9-44c2-ae60-84eff8845059';
  const planId = options.planId ?? '7a0b8c5e-1f5d-4f0a-9a55-3f0f4b6f0d11';
  const jobId = options.jobId ?? '12f1170f-54f2-53f3-20dd-22fc7dff55f9';
  const ids = `plans/${planId}/jobs/${jobId}`;
  const tokenUri = `${collectionUri}${projectId}/_apis/distributedtask/hubs/${hostType}/${ids}/oidctoken`;
  return {
    hostType,
    accessToken: options.accessToken ?? 'job-access-token-of-the-harness',
    collectionUri,
    serverUri,
    oidcRequestUri: options.oidcRequestUri ?? tokenUri,
    organizationId: options.organizationId ?? '297a3210-e711-4ddf-857a-1df14915bb29',
    projectId,
    projectName: options.projectName ?? 'Fabrikam',
    planId,
    jobId,
    definitionId: options.definitionId ?? '2',
    definitionName: options.definitionName ?? 'infra-main',
    runId: options.variables?.[isBuild ? 'Build.BuildId' : 'Release.ReleaseId'] ?? (isBuild ? '4711' : '118'),
  };
}

function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}

/**
 * What the server puts into the job message, all read-only. A real one: agent, src/Test/L1/Worker/L1TestBase.cs.
 * Releases: https://learn.microsoft.com/azure/devops/pipelines/release/variables.
 */
export function messageVariables(job: JobIdentity): readonly Entry[] {
  return [...commonVariables(job), ...(job.hostType === 'build' ? buildVariables(job) : releaseVariables(job))];
}

function commonVariables(job: JobIdentity): readonly Entry[] {
  return [
    ['system', job.hostType === 'build' ? 'build' : 'release'],
    ['system.hosttype', job.hostType],
    ['system.servertype', 'Hosted'],
    ['system.culture', 'en-US'],
    ['system.collectionId', job.organizationId],
    ['system.collectionUri', job.collectionUri],
    ['system.teamFoundationCollectionUri', job.collectionUri],
    ['system.taskDefinitionsUri', job.collectionUri],
    ['system.teamProject', job.projectName],
    ['system.teamProjectId', job.projectId],
    ['system.definitionId', job.definitionId],
    ['system.definitionName', job.definitionName],
    ['system.planId', job.planId],
    ['system.timelineId', job.planId],
    ['system.jobId', job.jobId],
    ['system.oidcRequestUri', job.oidcRequestUri],
    ...['stage', 'phase', 'job'].flatMap(scope => [
      [`system.${scope}Name`, '__default'] as const,
      [`system.${scope}DisplayName`, 'Job'] as const,
      [`system.${scope}Attempt`, '1'] as const,
    ]),
  ];
}

function buildVariables(job: JobIdentity): readonly Entry[] {
  return [
    ['agent.readOnlyVariables', 'true'],
    ['build.definitionName', job.definitionName],
    ['build.buildId', job.runId],
    ['build.buildNumber', '20260801.1'],
    ['build.buildUri', `vstfs:///Build/Build/${job.runId}`],
    ['build.reason', 'IndividualCI'],
    ['build.requestedFor', 'Ada Lovelace'],
    ['build.sourceBranch', 'refs/heads/main'],
    ['build.sourceBranchName', 'main'],
    ['build.sourceVersion', 'cf64a69d29ae2e01a655956f67ee0332ffb730a3'],
    ['build.sourceVersionMessage', 'Update main.tf'],
    ['build.repository.name', job.projectName],
    ['system.pullRequest.isFork', 'False'],
  ];
}

function releaseVariables(job: JobIdentity): readonly Entry[] {
  return [
    ['release.definitionId', job.definitionId],
    ['release.definitionName', job.definitionName],
    ['release.releaseId', job.runId],
    ['release.releaseName', 'Release-118'],
    ['release.releaseUri', `vstfs:///ReleaseManagement/Release/${job.runId}`],
    ['release.releaseWebUrl', `${job.collectionUri}${job.projectId}/_release?releaseId=118&_a=release-summary`],
    ['release.environmentId', '276'],
    ['release.environmentName', 'Production'],
    ['release.environmentUri', 'vstfs:///ReleaseManagement/Environment/276'],
    ['release.attemptNumber', '1'],
    ['release.deploymentId', '91'],
    ['release.requestedFor', 'Ada Lovelace'],
    ['release.requestedForId', '8546ffd5-88f3-69c1-ad8f-30c41e8ce5ad'],
  ];
}

export interface AgentEntry {
  readonly name: string;
  readonly value: string;
  readonly secret?: boolean;
}

/** What the agent itself sets. Agent: ExecutionContext.cs (proxy, certificates), JobRunner.cs, JobExtension.cs. */
export function agentVariables(
  job: JobIdentity,
  agent: AgentSettings,
  folders: WorkFolders,
  lookupId: string,
): readonly AgentEntry[] {
  const entries: readonly Entry[] = [
    ['agent.id', '1'],
    ['agent.homedirectory', folders.root],
    ['agent.jobname', 'Job'],
    ['agent.cloudid', ''],
    ['agent.isselfhosted', agent.microsoftHosted === true ? '0' : '1'],
    ['agent.machinename', hostname()],
    ['agent.name', agent.name ?? 'Harness Agent'],
    ['agent.os', type()],
    ['agent.osarchitecture', process.arch.toUpperCase()],
    ['agent.RootDirectory', folders.work],
    ['agent.workfolder', folders.work],
    ['system.workfolder', folders.work],
    ['agent.ToolsDirectory', folders.tools],
    ['GIT_TERMINAL_PROMPT', '0'],
    ['agent.TempDirectory', folders.temp],
    ['agent.version', agent.version ?? '4.265.1'],
    ...folderVariables(job.hostType, folders),
    ['VSTS_PROCESS_LOOKUP_ID', lookupId],
    ['system.TeamFoundationServerUri', job.serverUri],
  ];
  return [
    ...proxyVariables(agent.proxy),
    ...certificateVariables(agent.certificates),
    ...entries.map(([name, value]) => ({ name, value })),
  ];
}

function proxyVariables(proxy: AgentProxy | undefined): readonly AgentEntry[] {
  if (proxy === undefined) return [];
  const { url, username = '', password = '', bypassList = [] } = proxy;
  return [
    { name: 'agent.proxyurl', value: url },
    ...(username === '' ? [] : [{ name: 'agent.proxyusername', value: username }]),
    ...(password === '' ? [] : [{ name: 'agent.proxypassword', value: password, secret: true }]),
    ...(bypassList.length === 0 ? [] : [{ name: 'agent.proxybypasslist', value: JSON.stringify(bypassList) }]),
    { name: 'agent.usebasicauthforproxy', value: 'False' },
  ];
}

function certificateVariables(certificates: AgentCertificates | undefined): readonly AgentEntry[] {
  const { skipValidation = false, caFile = '', client } = certificates ?? {};
  const server = [
    ...(skipValidation ? [{ name: 'agent.skipcertvalidation', value: 'True' }] : []),
    ...(caFile === '' ? [] : [{ name: 'agent.cainfo', value: caFile }]),
  ];
  if (client === undefined) return server;
  const { password = '' } = client;
  return [
    ...server,
    { name: 'agent.clientcert', value: client.certificate },
    { name: 'agent.clientcertkey', value: client.key },
    { name: 'agent.clientcertarchive', value: client.archive },
    ...(password === '' ? [] : [{ name: 'agent.clientcertpassword', value: password, secret: true }]),
  ];
}

/** Agent: Build/BuildJobExtension.cs and Release/ReleaseJobExtension.cs, SetLocalVariables. */
function folderVariables(hostType: HostType, { job, sources, artifacts }: WorkFolders): readonly Entry[] {
  if (hostType !== 'build')
    return [
      ['agent.releaseDirectory', artifacts],
      ['system.artifactsDirectory', artifacts],
      ['system.defaultworkingdirectory', artifacts],
    ];
  return [
    ['agent.builddirectory', job],
    ['system.artifactsdirectory', artifacts],
    ['system.defaultworkingdirectory', sources],
    ['common.testresultsdirectory', join(job, 'TestResults')],
    ['build.binariesdirectory', join(job, 'b')],
    ['build.sourcesdirectory', sources],
    ['build.stagingdirectory', artifacts],
    ['build.artifactstagingdirectory', artifacts],
    ['build.repository.localpath', sources],
    ['pipeline.workspace', job],
  ];
}
