import { randomBytes } from 'node:crypto';
import { readServiceConnection, type JobConnection, type StepAgent } from '../../../src/azure-devops/agent.ts';
import { listNames, type JobEnvironment } from '../../../src/azure-devops/job-environment.ts';
import { WifError } from '../../../src/errors.ts';
import { isOwnSwitch } from '../../../src/handoff/client-switches.ts';
import { checkTokenUrl } from '../../../src/identity/token-url.ts';
import type { Secret } from '../../../src/secret.ts';
import type { Ahead } from './ahead.ts';
import type { JobFacts } from './inputs.ts';
import type { AgentNetwork } from './network.ts';
import type { StepFacts } from './request.ts';
import type { JudgedRun } from './run-names.ts';

/** The job around a step, who hears what the step says, and what began before the step. */
export interface Surroundings {
  readonly environment: JobEnvironment;
  readonly agent: StepAgent;
  readonly ahead: Ahead;
}

/** What a step talks to Azure DevOps with, and the id of this use of the task. */
export interface Step extends Surroundings {
  readonly use: string;
  readonly tokenUrl: URL;
  readonly jobToken: Secret;
  readonly network: AgentNetwork;
}

/** Returns the step's own facts; throws if this is no job that can get an ID token. */
export function readStep(surroundings: Surroundings, job: JobConnection): Step {
  const { environment, agent, ahead } = surroundings;
  return {
    ...surroundings,
    use: randomBytes(8).toString('hex'),
    tokenUrl: checkTokenUrl(environment.find('System.OidcRequestUri')?.value, job.url),
    jobToken: requireToken(job),
    network: ahead.readNetwork(agent),
  };
}

/** Returns what the inputs are checked against. */
export function readJobFacts(environment: JobEnvironment, { run, conflict }: JudgedRun): JobFacts {
  return {
    findConnection: id => readServiceConnection(environment, id),
    regionVariables: {
      AWS_REGION: environment.find('AWS_REGION')?.value,
      AWS_DEFAULT_REGION: environment.find('AWS_DEFAULT_REGION')?.value,
    },
    run,
    conflicts: { run: conflict, region: findRegionConflict(environment) },
    environment: environment.names.filter(name => !isOwnSwitch(name, environment.values[name])),
  };
}

/** The first region variable that is set decides the endpoint, unless two variables of the job became it. */
function findRegionConflict({ find }: JobEnvironment): string | undefined {
  const [one, other] = [find('AWS_REGION'), find('AWS_DEFAULT_REGION')];
  const [first, second] = one === undefined ? [other, undefined] : [one, other];
  if (first === undefined || first.names.length < 2) return undefined;
  if (second?.value === first.value && second.names.length < 2) return undefined;
  return `Input region is empty, and the job's region is ambiguous: the variables ${listNames(first.names)} become the same environment variable.`;
}

/** Returns what the request is built of, besides the inputs. */
export function readStepFacts(environment: JobEnvironment): StepFacts {
  return {
    organizationId: environment.find('System.CollectionId')?.value,
    hasReferenceName: environment.find('System.TaskInstanceName') !== undefined,
    environment: environment.values,
    isJobVariable: name => environment.claimants(name).open.length > 0,
  };
}

function requireToken(job: JobConnection): Secret {
  if (job.token !== undefined) return job.token;
  throw new WifError({
    code: 'JobTokenMissing',
    found: 'The agent gave this step no access token (endpoint SystemVssConnection).',
    expected: "a running job's access token, which every agent gives to every task.",
    remedy: 'Run the task in a job on an agent, not on a server job; update the agent if it is older than 3.232.1.',
  });
}
