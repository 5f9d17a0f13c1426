/** Names that `task.setvariable` may not overwrite. Agent: Constants.cs, Variables.ReadOnlyVariables. */
export const readOnlyVariables: ReadonlySet<string> = new Set(
  [
    ...names(
      'agent',
      `acceptteeeula builddirectory cloudid containerid containermapping containernetwork diagnostic gituseschannel
       homedirectory id isselfhosted jobname jobstatus machinename name os osarchitecture osversion
       usebasicauthforproxy proxybypasslist proxypassword proxyurl proxyusername readOnlyVariables
       retainDefaultEncoding RootDirectory runMode ServerOMDirectory services cainfo clientcert clientcertarchive
       clientcertkey clientcertpassword skipcertvalidation TempDirectory ToolsDirectory version workfolder
       WorkingDirectory clean.buildDirectory source.git.lfs source.git.shallowFetchDepth source.skip releaseDirectory`,
    ),
    ...names(
      'build',
      `artifactstagingdirectory binariesdirectory clean definitionname gated.runci gated.shelvesetname buildNumber
       repository.clean repository.git.submodulecheckout repository.id repository.localpath repository.name
       repository.provider repository.tfvc.workspace repository.uri sourcebranch sourcetfvcshelveset sourceversion
       sourceversionauthor sourceVersionMessage sourcesdirectory stagingdirectory syncSources useserverworkspaces`,
    ),
    ...names(
      'release',
      `attemptNumber disableRobocopy definitionId definitionName releaseDescription artifact.download.buffersize
       environmentName environmentUri releaseId releaseName artifact.download.parallellimit requestedForId releaseUri
       releaseWebUrl requestedFor robocopyMT skipartifactsDownload`,
    ),
    ...names(
      'system',
      `accessToken artifactsdirectory collectionid culture debug defaultworkingdirectory definitionid definitionName
       enableAccessToken hosttype isazurevm isdockercontainer jobAttempt jobDisplayName jobId jobName phaseAttempt
       phaseDisplayName phaseName planId prefergitfrompath pullrequest.targetbranch selfmanagegitcreds servertype
       sourceVersionMessage stageAttempt stageDisplayName stageName TeamFoundationServerUri teamproject teamProjectId
       workfolder`,
    ),
    ...names('task', 'displayname skipTranslatorForCheckout publishTelemetry'),
    ...['FIX_POSSIBLE_GIT_OUT_OF_MEMORY_PROBLEM', 'USE_GIT_LONG_PATHS', 'USE_GIT_SINGLE_THREAD'],
    ...['common.testresultsdirectory', 'pipeline.repository.name', 'pipeline.workspace'],
  ].map(name => name.toLowerCase()),
);

function names(prefix: string, list: string): readonly string[] {
  return list.split(/\s+/).map(name => `${prefix}.${name}`);
}

/** Message variables that people outside can write; the agent accepts the sting out. Agent: Variables.cs. */
const writtenByOthers: ReadonlySet<string> = new Set([
  'build.sourceversionmessage',
  'build.definitionname',
  'build.sourceversionauthor',
  'system.sourceversionmessage',
  'system.definitionname',
  'system.jobdisplayname',
  'system.phasedisplayname',
  'system.stagedisplayname',
  'release.definitionname',
  'release.environmentname',
  'agent.machinename',
  'agent.name',
]);

/** The value with `##vso` made harmless, where the agent does that at the start of a job; others pass unchanged. */
export function deactivateCommands(name: string, value: string): string {
  return writtenByOthers.has(name.toLowerCase()) ? value.replace(/##vso/gi, '**vso') : value;
}
