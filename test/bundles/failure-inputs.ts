import type { JobOptions } from '../harness/types.ts';
import type { FailureRow } from './failure-row.ts';
import { names, type Scene } from './scene.ts';

const { entra, 'azure-devops': old } = names.connections;
const unknownConnection = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
const longPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'x'.repeat(2048) }] });
const policies = Array.from({ length: 11 }, (_, index) => `arn:aws:iam::aws:policy/P${index}`).join('\n');

/** Nothing of these ever leaves the machine. */
const none = [0, 0] as const;

/** What a pipeline's author wrote wrongly. */
export const wrongInputs: readonly FailureRow[] = [
  ['no role', { inputs: { roleArn: '' } }, none, 'InputInvalid', 'Input roleArn is empty', 'Set roleArn'],
  ['no ARN', { inputs: { roleArn: 'deploy' } }, none, 'InputInvalid', '"deploy"', 'role/<path/><name>', 'IAM console'],
  role('arn:aws:sts::111111111111:assumed-role/deploy/x', 'the ARN of a session'),
  role('arn:aws:iam::111111111111:user/deploy', 'user/deploy'),
  role('arn:aws:iam::11111111111:role/deploy', '<12-digit account id>'),
  role('arn:aws:iam::111111111111:role/', 'role/'),
  role('arn:aws-iso:iam::111111111111:role/deploy', 'partition "aws-iso"', 'aws-eusc'),
  ['no region', { inputs: { region: '' } }, none, 'InputInvalid', 'AWS_DEFAULT_REGION', 'Set region in the step'],
  ['China role', { inputs: { roleArn: inPartition('aws-cn') } }, none, 'InputInvalid', 'aws-cn', 'Choose a region of'],
  ['Gov region', { inputs: { region: 'us-gov-west-1' } }, none, 'InputInvalid', 'in partition aws-us-gov', 'of aws,'],
  ['session name', { inputs: { roleSessionName: 'a b' } }, none, 'InputInvalid', '"a b"', '2 to 64', 'Shorten it'],
  ['short session name', { inputs: { roleSessionName: 'a' } }, none, 'InputInvalid', '2 to 64'],
  ['duration 899', { inputs: { durationSeconds: '899' } }, none, 'InputInvalid', '"899"', 'from 900 to 43200'],
  ['duration 43201', { inputs: { durationSeconds: '43201' } }, none, 'InputInvalid', 'from 900 to 43200'],
  ['duration 1h', { inputs: { durationSeconds: '1h' } }, none, 'InputInvalid', '"1h"', 'a whole number'],
  ['maxAttempts 0', { inputs: { maxAttempts: '0' } }, none, 'InputInvalid', 'maxAttempts is "0"', 'from 1 to 10'],
  ['maxAttempts 1e1', { inputs: { maxAttempts: '1e1' } }, none, 'InputInvalid', '"1e1"', 'from 1 to 10'],
  ['timeout 4', { inputs: { timeoutSeconds: '4' } }, none, 'InputInvalid', 'timeoutSeconds is "4"', 'from 5 to 600'],
  ['setVariables yes', { inputs: { setVariables: 'yes' } }, none, 'InputInvalid', '"yes"', 'true or false'],
  ['outputCredentials 1', { inputs: { outputCredentials: '1' } }, none, 'InputInvalid', '"1"', 'true or false'],
  ['policy no JSON', { inputs: { sessionPolicy: '{"a":' } }, none, 'InputInvalid', 'is not JSON', 'Correct the JSON'],
  ['policy too long', { inputs: { sessionPolicy: longPolicy } }, none, 'InputInvalid', 'at most 2048', 'Shorten'],
  ['policy ARN', { inputs: { sessionPolicyArns: 'ReadOnly' } }, none, 'InputInvalid', '"ReadOnly"', 'one per line'],
  ['policy ARNs', { inputs: { sessionPolicyArns: policies } }, none, 'InputInvalid', 'holds 11 ARNs', 'at most 10'],
  prefix('network_'),
  prefix('NETWORK'),
  prefix('AWS_'),
  prefix('SYSTEM_'),
  prefix('INPUT_'),
  endpoint('http://sts.eu-west-1.amazonaws.com'),
  endpoint('http://localhost:4566'),
  endpoint('https://user:pw@sts.eu-west-1.amazonaws.com', 'https://sts.eu-west-1.amazonaws.com'),
  endpoint('https://sts.eu-west-1.amazonaws.com/?x=1', 'https://sts.eu-west-1.amazonaws.com'),
  endpoint('https://sts.eu-west-1.amazonaws.com/#x', 'https://sts.eu-west-1.amazonaws.com'),
  ['allow-list miss', { inputs: { allowedAccountIds: '222222222222' } }, none, 'AccountNotAllowed', '222222222222'],
  ['allow-list text', { inputs: { allowedAccountIds: 'all' } }, none, 'InputInvalid', '"all"', '12 digits'],
  ['allow-list comma', { inputs: { allowedAccountIds: ',' } }, none, 'InputInvalid', '","', '12 digits'],
  ['several at once', { inputs: severalWrong() }, none, 'InputInvalid', 'roleArn', 'region', '"899"', 'maxAttempts is'],
  ...hostileRegions().map(region),
  ...hostileRegions().map(regionVariable),
];

/** Service connections that cannot be used, and jobs that cannot ask for a token. */
export const unusableJobs: readonly FailureRow[] = [
  connection('no connection', '', 'InputInvalid', 'Input serviceConnection is empty', 'Set serviceConnection'),
  connection(
    'unresolved variable',
    '$(connection)',
    'InputInvalid',
    'still holds $(connection)',
    'define connection in the pipeline',
  ),
  connection('a name', 'aws-deploy', 'ConnectionNotAvailable', '"aws-deploy"', 'permit the pipeline'),
  connection('not of the job', unknownConnection, 'ConnectionNotAvailable', unknownConnection, 'permit the pipeline'),
  connection('two connections', `${entra.id},${old.id}`, 'ConnectionNotAvailable', 'one service connection'),
  scheme('ServicePrincipal'),
  scheme('ManagedServiceIdentity'),
  scheme('None'),
  ['Azure DevOps Server', without('System.OidcRequestUri'), none, 'AzureDevOpsServicesRequired', 'Azure DevOps Server'],
  ['no job token', { job: () => ({ accessToken: '' }) }, none, 'JobTokenMissing', 'SystemVssConnection', 'update the'],
  tokenUrl('another port of loopback', ({ sts }) => sts.url),
  tokenUrl('a strange host', () => 'https://evil.example'),
  tokenUrl('a host that begins well', () => 'https://dev.azure.com.evil.example'),
  tokenUrl('a host that ends well', () => 'https://evildev.azure.com'),
  tokenUrl('http', () => 'http://dev.azure.com'),
  tokenUrl('loopback by name', ({ azureDevOps }) => azureDevOps.server.url.replace('127.0.0.1', 'localhost')),
  tokenUrl('a user name', ({ azureDevOps }) => azureDevOps.server.url.replace('//', '//a:b@'), 'user name'),
  tokenUrl('the name as a user', () => 'https://dev.azure.com@evil.example', 'user name'),
  tokenUrl('no URL', () => 'dev.azure.com', 'not a URL'),
  ['loopback while the agent is on https', { job: onHttps }, none, 'TokenUrlRefused', 'was not sent there'],
];

function inPartition(partition: string): string {
  return names.roleArn.replace('arn:aws:', `arn:${partition}:`);
}

function severalWrong(): Readonly<Record<string, string>> {
  return { roleArn: 'deploy', region: 'x', durationSeconds: '899', maxAttempts: '11', serviceConnection: 'y' };
}

function hostileRegions(): readonly string[] {
  const around = [
    'eu-west-1#',
    'eu-west-1?a=b',
    'eu-west-1/',
    'eu-west-1.evil.example',
    '../eu-west-1',
    'eu-west-1:80',
  ];
  return ['us-east-1@evil.example/', ...around, 'EU-WEST-1', 'eu-west-1%23', 'us-iso-east-1', 'global'];
}

function role(roleArn: string, ...says: string[]): FailureRow {
  return [`role ${roleArn}`, { inputs: { roleArn } }, none, 'InputInvalid', ...says, 'Copy the ARN'];
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
