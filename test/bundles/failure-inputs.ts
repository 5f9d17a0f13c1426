import type { JobOptions } from '../harness/types.ts';
import { agentSecrets, type FailureRow, type Situation } from './failure-row.ts';
import { names, type Scene } from './scene.ts';

const { id } = names.connections.entra;
const unknownConnection = '6f9619ff-8b86-d011-b42d-00c04fc964ff';

/** Nothing of these ever leaves the machine. */
const none = [0, 0] as const;

/** What a pipeline's author wrote wrongly: one of each code, the rest is in test/tasks/inputs. */
export const wrongInputs: readonly FailureRow[] = [
  ['several at once', { inputs: severalWrong() }, none, 'InputInvalid', 'roleArn', 'region', '"899"', 'maxAttempts'],
  [
    'a variable',
    { inputs: { region: '' }, variables: { AWS_REGION: 'eu-west-1#' } },
    none,
    'InputInvalid',
    'AWS_REGION',
  ],
  ['allow-list miss', { inputs: { allowedAccountIds: '222222222222' } }, none, 'AccountNotAllowed', names.roleArn],
];

/** Service connections that cannot be used, and jobs that cannot ask for a token. */
export const unusableJobs: readonly FailureRow[] = [
  [
    'not of the job',
    { inputs: { serviceConnection: unknownConnection } },
    none,
    'ConnectionNotAvailable',
    unknownConnection,
  ],
  ['another scheme', { endpoint: { scheme: 'ServicePrincipal' } }, none, 'ConnectionSchemeUnsupported'],
  ['a connection in the other input', otherInput(), none, 'InputInvalid', 'azureDevOpsConnection', id],
  ["the AWS Toolkit's connection", toolkit(), none, 'ConnectionSchemeUnsupported', id, '2027-07-01', 'setup'],
  [
    "keys alone of the AWS Toolkit's connection",
    toolkit({ useOIDC: undefined }),
    none,
    'ConnectionSchemeUnsupported',
    id,
    'AWS access keys), so it has no ID token',
  ],
  ['Azure DevOps Server', { variables: { 'System.OidcRequestUri': undefined } }, none, 'AzureDevOpsServicesRequired'],
  ['a secret AWS_SDK_LOAD_CONFIG', { job: hideSwitch }, none, 'ProfileHidden', 'AWS_SDK_LOAD_CONFIG'],
  ['no job token', { job: () => ({ accessToken: '' }) }, none, 'JobTokenMissing'],
  ['a token URL on another port of loopback', { job: onOtherPort }, none, 'TokenUrlRefused'],
  ['loopback while the agent is on https', { job: onHttps }, none, 'TokenUrlRefused'],
];

/** Later steps would not get what this step sets. */
function hideSwitch(): JobOptions {
  return { secretVariables: { AWS_SDK_LOAD_CONFIG: 'load-both-files' } };
}

function otherInput(): Situation {
  return { inputs: { serviceConnection: '', azureDevOpsConnection: id }, endpoint: { type: 'WorkloadIdentityUser' } };
}

/** By a variable, whose connection nobody looks at before the job runs. */
function toolkit({ useOIDC }: { readonly useOIDC: string | undefined } = { useOIDC: 'true' }): Situation {
  const keys = { username: 'AKIAIOSFODNN7EXAMPLE', password: agentSecrets.connection };
  const parameters = { ...keys, ...(useOIDC === undefined ? {} : { useOIDC }) };
  const endpoint = { type: 'AWS', url: 'https://aws.amazon.com/', scheme: 'UsernamePassword', parameters, data: {} };
  return { variables: { mine: id }, inputs: { serviceConnection: '$(mine)' }, endpoint };
}

function severalWrong(): Readonly<Record<string, string>> {
  return { roleArn: 'deploy', region: 'x', durationSeconds: '899', maxAttempts: '11', serviceConnection: 'y' };
}

/** A variable of the job message can be replaced by a log line that some step echoes. */
function onOtherPort({ azureDevOps, sts }: Scene): JobOptions {
  const { pathname } = new URL(azureDevOps.oidcRequestUri());
  return { variables: { 'System.OidcRequestUri': `${sts.url}${pathname}` } };
}

function onHttps(): JobOptions {
  return { serverUri: 'https://dev.azure.com/contoso/' };
}
