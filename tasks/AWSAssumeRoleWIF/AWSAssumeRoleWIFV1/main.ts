import { assumeRole } from '../../../src/assume-role.ts';
import { openSts } from '../../../src/aws/sts.ts';
import {
  openAgent,
  readInputs,
  readJobConnection,
  readServiceConnection,
  readVariable,
  type JobConnection,
  type StepAgent,
} from '../../../src/azure-devops/agent.ts';
import { openTokenEndpoint } from '../../../src/azure-devops/token-endpoint.ts';
import { asWifError, WifError } from '../../../src/errors.ts';
import { openHttp } from '../../../src/host/http.ts';
import { openRetry } from '../../../src/host/retry.ts';
import { watchStop, type Stop } from '../../../src/host/stop.ts';
import { checkTokenUrl } from '../../../src/identity/token-url.ts';
import { Secret } from '../../../src/secret.ts';
import { warnOfEndpoint } from './inputs/role.ts';
import { checkInputs, inputNames, type CheckedInputs, type JobFacts, type RawInputs } from './inputs.ts';

/** Most milliseconds for one request; a service that has not answered by then is asked again. */
const attemptMs = 15_000;

async function run(agent: StepAgent, job: JobConnection): Promise<void> {
  const raw = readInputs(inputNames);
  if (raw.maskAccountId.toLowerCase() === 'true') agent.protect(listAccountIds(raw));
  const inputs = checkInputs(raw, readJobFacts());
  noteEnvironment(agent, inputs);
  const stop = watchStop(inputs.timeoutSeconds);
  try {
    await assumeRole(buildRequest(inputs), buildPorts(inputs, agent, job, stop));
  } finally {
    stop.close();
  }
}

function readJobFacts(): JobFacts {
  return {
    findConnection: readServiceConnection,
    regionVariables: {
      AWS_REGION: readVariable('AWS_REGION'),
      AWS_DEFAULT_REGION: readVariable('AWS_DEFAULT_REGION'),
    },
    run: {
      definition: readVariable('Release.DefinitionName') ?? readVariable('Build.DefinitionName'),
      runId: readVariable('Release.ReleaseId') ?? readVariable('Build.BuildId'),
      attempt: readVariable('Release.AttemptNumber') ?? readVariable('System.JobAttempt'),
    },
  };
}

function buildRequest(inputs: CheckedInputs): Parameters<typeof assumeRole>[0] {
  return {
    identity: {
      connectionId: inputs.connection.id,
      organizationId: readVariable('System.CollectionId'),
      subject: inputs.connection.subject,
    },
    role: inputs.role,
    roleSessionName: inputs.roleSessionName,
    durationSeconds: inputs.durationSeconds,
    policy: inputs.sessionPolicies.policy,
    policyArns: inputs.sessionPolicies.policyArns,
    variables: {
      region: inputs.region,
      prefix: inputs.variablePrefix,
      setVariables: inputs.setVariables,
      outputCredentials: inputs.outputCredentials,
      hasReferenceName: readVariable('System.TaskInstanceName') !== undefined,
    },
  };
}

function buildPorts(
  inputs: CheckedInputs,
  agent: StepAgent,
  job: JobConnection,
  stop: Stop,
): Parameters<typeof assumeRole>[1] {
  const tokenUrl = checkTokenUrl(readVariable('System.OidcRequestUri'), job.url);
  const azureDevOps = openHttp({ service: 'Azure DevOps', signal: stop.signal, attemptMs });
  const aws = openHttp({ service: 'AWS STS', signal: stop.signal, attemptMs });
  return {
    idTokens: openTokenEndpoint(tokenUrl, requireToken(job), azureDevOps),
    sts: openSts({
      endpoint: inputs.stsEndpoint,
      region: inputs.region,
      accountId: inputs.role.accountId,
      http: aws,
    }),
    agent,
    retry: openRetry({ maxAttempts: inputs.maxAttempts, stop, tell: agent.tell }),
    now: () => performance.now(),
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

/** Notes what the environment would like to change, and an endpoint that is none of AWS' own. */
function noteEnvironment(agent: StepAgent, inputs: CheckedInputs): void {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS']) {
    if (process.env[name] !== undefined) {
      agent.tell(
        `${name} is set in the environment. This task ignores it; its input stsEndpoint names another endpoint.`,
      );
    }
  }
  const warning = warnOfEndpoint(inputs.stsEndpoint);
  if (warning !== undefined) agent.warn(warning);
}

function listAccountIds(raw: RawInputs): readonly Secret[] {
  const ids = [raw.roleArn, raw.allowedAccountIds].flatMap(text => text.match(/\b\d{12}\b/g) ?? []);
  return [...new Set(ids)].map(id => new Secret(id));
}

const job = readJobConnection();
const agent = openAgent(job.token === undefined ? [] : [job.token]);

run(agent, job)
  .then(agent.succeed, (thrown: unknown) => {
    agent.fail(asWifError(thrown));
  })
  .finally(() => {
    // A look-up or a connection that is still open must not hold the step; what was printed is written out first.
    process.stdout.write('', () => process.exit(0));
  });
