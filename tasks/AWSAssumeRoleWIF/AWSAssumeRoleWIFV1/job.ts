import { randomBytes } from 'node:crypto';
import {
  readServiceConnection,
  readVariable,
  type JobConnection,
  type StepAgent,
} from '../../../src/azure-devops/agent.ts';
import { pipelineVariables } from '../../../src/azure-devops/agent-environment.ts';
import { WifError } from '../../../src/errors.ts';
import { checkTokenUrl } from '../../../src/identity/token-url.ts';
import type { Secret } from '../../../src/secret.ts';
import type { RunNames } from '../../../src/session/session-name.ts';
import type { JobFacts } from './inputs.ts';
import { readNetwork, type AgentNetwork } from './network.ts';
import type { StepFacts } from './request.ts';

/** What a step talks to Azure DevOps with, and the id of this use of the task. */
export interface Step {
  readonly use: string;
  readonly tokenUrl: URL;
  readonly jobToken: Secret;
  readonly network: AgentNetwork;
}

/** Returns the step's own facts; throws where this is no job that can get an ID token. */
export function readStep(agent: StepAgent, job: JobConnection): Step {
  return {
    use: randomBytes(8).toString('hex'),
    tokenUrl: checkTokenUrl(readVariable('System.OidcRequestUri'), job.url),
    jobToken: requireToken(job),
    network: readNetwork(agent),
  };
}

/** Returns what the inputs are checked against. */
export function readJobFacts(): JobFacts {
  return {
    findConnection: readServiceConnection,
    regionVariables: {
      AWS_REGION: readVariable('AWS_REGION'),
      AWS_DEFAULT_REGION: readVariable('AWS_DEFAULT_REGION'),
    },
    run: readRun(),
    environment: Object.entries(process.env).flatMap(([name, value]) => (value === '' ? [] : [name])),
  };
}

/** In a build anybody may set a variable Release.ReleaseId, and the other way round: the host type decides. */
function readRun(): RunNames {
  const isBuild = readVariable('System.HostType')?.toLowerCase() === 'build';
  if (isBuild) {
    return {
      definition: readVariable('Build.DefinitionName'),
      runId: readVariable('Build.BuildId'),
      attempt: readVariable('System.JobAttempt'),
    };
  }
  return {
    definition: readVariable('Release.DefinitionName'),
    runId: readVariable('Release.ReleaseId'),
    attempt: readVariable('Release.AttemptNumber'),
  };
}

/** Returns what the request is built of, besides the inputs. */
export function readStepFacts(): StepFacts {
  return {
    organizationId: readVariable('System.CollectionId'),
    hasReferenceName: readVariable('System.TaskInstanceName') !== undefined,
    environment: process.env,
    jobVariables: pipelineVariables,
  };
}

function requireToken(job: JobConnection): Secret {
  if (job.token !== undefined) return job.token;
  throw new WifError({
    code: 'JobTokenMissing',
    found: 'The agent gave this step no access token (endpoint SystemVssConnection).',
    expected: 'the access token of a running job, which every agent hands to every task.',
    remedy: 'Run the task in a job on an agent, not on a server job; update the agent if it is older than 3.232.1.',
  });
}
