import type { JobEnvironment } from './job-environment.ts';

/**
 * Returns whether the agent says that it is a Microsoft-hosted one: 0, where all others say 1. A variable of the job that
 * becomes the same environment variable says nothing.
 *
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/JobRunner.cs
 */
export function isMicrosoftHosted({ find }: Pick<JobEnvironment, 'find'>): boolean {
  const { value, names = [] } = find('Agent.IsSelfHosted') ?? {};
  return value === '0' && names.length === 1 && names[0]?.toLowerCase() === 'agent.isselfhosted';
}
