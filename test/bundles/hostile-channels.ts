import { answerWith } from './failure-row.ts';
import { describeEndpoint, type Scene } from './scene.ts';
import type { TaskSetup } from './task-run.ts';

/** Arranges for the text to come in, and returns what the step is to be like for that. */
export type Channel = (text: string, scene: Scene) => TaskSetup;

/** Where text from outside comes in. Some of it makes the run fail, some of it does not. */
export const channels: Readonly<Record<string, Channel>> = {
  'the message of AWS': (message, { sts }) => {
    sts.failNext({ status: 400, code: 'ValidationError', message });
    return {};
  },
  'the error code of AWS': (code, { sts }) => {
    sts.failNext({ status: 400, code, message: 'no' });
    return {};
  },
  'the ARN that AWS answers with': (text, { sts }) => {
    sts.tamperNext({ kind: 'replace', element: 'Arn', text: escapeXml(text) });
    return {};
  },
  'the message of Azure DevOps': (message, { azureDevOps }) => {
    azureDevOps.failNext(answerWith(400, { message }));
    return {};
  },
  'the value of Azure DevOps': (value, { azureDevOps }) => {
    azureDevOps.failNext(answerWith(200, { count: value.length, value }));
    return {};
  },
  'a message that is tried again': (message, { azureDevOps }) => {
    azureDevOps.failNext(answerWith(503, { message }));
    return {};
  },
  'the claim iss': (iss, { azureDevOps }) => bend(azureDevOps, { iss }),
  'the claim sub': (sub, { azureDevOps }) => bend(azureDevOps, { sub }),
  'the claim aud': (aud, { azureDevOps }) => bend(azureDevOps, { aud, azp: null }),
  'the organization of a subject': (text, { azureDevOps }) => bend(azureDevOps, { sub: `sc://${text}/Platform/x` }),
  'the connection of a subject': (text, { azureDevOps }) => bend(azureDevOps, { sub: `sc://contoso/Platform/${text}` }),
  "the subject in the connection's settings": text => {
    const endpoint = describeEndpoint('azure-devops');
    const parameters = { ...endpoint.parameters, workloadIdentityFederationSubject: `sc://contoso/${text}/x` };
    return { issuer: 'azure-devops', job: { endpoints: [{ ...endpoint, parameters }] } };
  },
  "the connection's scheme": text => ({ job: { endpoints: [{ ...describeEndpoint('entra'), scheme: text }] } }),
  'the location of a redirect': (text, { sts }) => {
    const location = `https://evil.example/${text.replace(/[^\x20-\x7e]/g, '')}`;
    sts.failNext({ kind: 'answer', status: 302, headers: { location } });
    return {};
  },
  'every input': text => {
    const inputs = ['roleArn', 'region', 'roleSessionName', 'stsEndpoint', 'serviceConnection', 'sessionPolicyArns'];
    const more = ['variablePrefix', 'allowedAccountIds'];
    return { inputs: Object.fromEntries([...inputs, ...more].map(name => [name, text])) };
  },
  'the variable AWS_REGION': text => ({ inputs: { region: '' }, job: { variables: { AWS_REGION: text } } }),
  'the names of pipeline and branch, and AWS_ENDPOINT_URL': text => ({
    job: {
      definitionName: text,
      variables: { 'Build.SourceBranchName': text, BRANCH: text, AWS_ENDPOINT_URL: text, 'Build.BuildId': '4711' },
    },
  }),
  'the run id and the attempt': text => ({ job: { variables: { 'Build.BuildId': text, 'System.JobAttempt': text } } }),
  'System.OidcRequestUri': text => ({ job: { oidcRequestUri: `https://evil.example/${text}` } }),
};

function bend(azureDevOps: Scene['azureDevOps'], claims: Readonly<Record<string, unknown>>): TaskSetup {
  azureDevOps.bendNext({ claims }, 9);
  return {};
}

/** Characters that XML 1.0 has no way to write are left out. */
function escapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex
  const possible = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
  return Array.from(possible, character => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`).join('');
}
