import type { JobOptions } from '../harness/types.ts';
import type { FailureRow } from './failure-row.ts';
import type { Scene } from './scene.ts';

const unknownConnection = '6f9619ff-8b86-d011-b42d-00c04fc964ff';

/** Nothing of these ever leaves the machine. */
const none = [0, 0] as const;

/** What a pipeline's author wrote wrongly: one of each kind, the rest is in test/tasks/inputs. */
export const wrongInputs: readonly FailureRow[] = [
  ['no role', { inputs: { roleArn: '' } }, none, 'InputInvalid', 'Input roleArn is empty', 'Set roleArn'],
  ['Gov region', { inputs: { region: 'us-gov-west-1' } }, none, 'InputInvalid', 'in partition aws-us-gov', 'of aws,'],
  ['policy no JSON', { inputs: { sessionPolicy: '{"a":' } }, none, 'InputInvalid', 'is not JSON', 'Correct the JSON'],
  prefix('SYSTEM_'),
  endpoint('http://localhost:4566'),
  ['allow-list miss', { inputs: { allowedAccountIds: '222222222222' } }, none, 'AccountNotAllowed', '222222222222'],
  ['several at once', { inputs: severalWrong() }, none, 'InputInvalid', 'roleArn', 'region', '"899"', 'maxAttempts is'],
  region('us-east-1@evil.example/'),
  regionVariable('eu-west-1#'),
];

/** Service connections that cannot be used, and jobs that cannot ask for a token. */
export const unusableJobs: readonly FailureRow[] = [
  connection(
    'unresolved variable',
    '$(connection)',
    'InputInvalid',
    'still holds $(connection)',
    'define connection in the pipeline',
  ),
  connection('not of the job', unknownConnection, 'ConnectionNotAvailable', unknownConnection, 'permit the pipeline'),
  scheme('ServicePrincipal'),
  ['Azure DevOps Server', without('System.OidcRequestUri'), none, 'AzureDevOpsServicesRequired', 'Azure DevOps Server'],
  ['no job token', { job: () => ({ accessToken: '' }) }, none, 'JobTokenMissing', 'SystemVssConnection', 'update the'],
  tokenUrl('another port of loopback', ({ sts }) => sts.url),
  tokenUrl('a host that begins well', () => 'https://dev.azure.com.evil.example'),
  tokenUrl('the name as a user', () => 'https://dev.azure.com@evil.example', 'user name'),
  ['loopback while the agent is on https', { job: onHttps }, none, 'TokenUrlRefused', 'was not sent there'],
];

function severalWrong(): Readonly<Record<string, string>> {
  return { roleArn: 'deploy', region: 'x', durationSeconds: '899', maxAttempts: '11', serviceConnection: 'y' };
}

function region(text: string): FailureRow {
  return [`region ${text}`, { inputs: { region: text } }, none, 'InputInvalid', `region is "${text}"`, 'eu-west-1'];
}

function regionVariable(text: string): FailureRow {
  const situation = { inputs: { region: '' }, variables: { AWS_REGION: text } };
  return [`variable AWS_REGION ${text}`, situation, none, 'InputInvalid', `Variable AWS_REGION is "${text}"`];
}

function prefix(variablePrefix: string): FailureRow {
  return [`prefix ${variablePrefix}`, { inputs: { variablePrefix } }, none, 'InputInvalid', 'such as NETWORK_'];
}

function endpoint(stsEndpoint: string, shown = stsEndpoint): FailureRow {
  return [`stsEndpoint ${stsEndpoint}`, { inputs: { stsEndpoint } }, none, 'InputInvalid', shown, 'literal loopback'];
}

function connection(name: string, serviceConnection: string, code: string, ...says: string[]): FailureRow {
  return [name, { inputs: { serviceConnection } }, none, code, ...says];
}

function scheme(text: string): FailureRow {
  return [
    `scheme ${text}`,
    { endpoint: { scheme: text } },
    none,
    'ConnectionSchemeUnsupported',
    `"${text}"`,
    'convert',
  ];
}

function without(name: string) {
  return { variables: { [name]: undefined } };
}

/** A variable of the job message can be replaced by a log line that some step echoes. */
function tokenUrl(name: string, origin: (scene: Scene) => string, ...says: string[]): FailureRow {
  const job = (scene: Scene) => {
    const { pathname } = new URL(scene.azureDevOps.oidcRequestUri());
    return { variables: { 'System.OidcRequestUri': `${origin(scene)}${pathname}` } };
  };
  return [`token URL: ${name}`, { job }, none, 'TokenUrlRefused', ...says, 'was not sent there', 'Look for a step'];
}

function onHttps(): JobOptions {
  return { serverUri: 'https://dev.azure.com/contoso/' };
}
