import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

import { findLeaks } from './canaries.ts';
import { inJob, removeThrowaways, writeTask } from './throwaway-task.ts';

const awkward = 'a%;]b\r\nc%0A%AZP25d';
const id = '6c2f3ae2-1111-4222-8333-444455556666';
const inputs = [
  { name: 'serviceConnection', type: 'connectedService:AzureRM' },
  { name: 'region', type: 'string', defaultValue: 'eu-west-1' },
];

const main = `
  import * as tl from 'azure-pipelines-task-lib/task';
  const connection = tl.getInputRequired('serviceConnection');
  const { scheme, parameters } = tl.getEndpointAuthorization(connection, false);
  tl.setSecret('top]secret;100%');
  console.log('secret top]secret;100% and', tl.getInput('region'), scheme, parameters.tenantid);
  console.log(tl.getEndpointUrl('SYSTEMVSSCONNECTION', false), tl.getEndpointDataParameter(connection, 'environment', false));
  console.log(tl.getVariable('System.HostType'), tl.getVariable('my.secret') === 'from-the-server');
  tl.setVariable('Awkward', ${JSON.stringify(awkward)});
  tl.setVariable('Key', 'k%;]ey', true);
  tl.setVariable('Key', 'k%;]ey', true, true);
  tl.setTaskVariable('Files', '/tmp/a;b]', true);
  tl.setResult(tl.TaskResult.SucceededWithIssues, 'mostly');
  console.log(Object.keys(process.env).filter(name => /^(INPUT|SECRET|ENDPOINT_AUTH)_/.test(name)).length);`;

const postJob = `
  import * as tl from 'azure-pipelines-task-lib/task';
  console.log(tl.getTaskVariable('Files') === '/tmp/a;b]', tl.getVariable('Awkward') === ${JSON.stringify(awkward)});
  console.log(tl.getVariable('Key') === 'k%;]ey', tl.getVariable('aws.Key') === 'k%;]ey');`;

async function bundleTask(): Promise<string> {
  const folder = writeTask({ main: '', postJob: '', json: { inputs } });
  for (const [name, contents] of Object.entries({ main, post: postJob })) {
    const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' as const };
    const options = { bundle: true, platform: 'node', format: 'cjs', write: false, logLevel: 'error' } as const;
    const { outputFiles } = await build({ ...options, stdin });
    writeFileSync(join(folder, `${name}.js`), outputFiles[0]?.text ?? '');
  }
  return folder;
}

describe('harness: a task that uses the task library', () => {
  after(removeThrowaways);

  it('reads inputs, endpoints and secrets, and hands on what it sets', async () => {
    const endpoint = {
      id,
      url: 'https://management.azure.com/',
      scheme: 'WorkloadIdentityFederation',
      parameters: { tenantid: 'the-tenant', serviceprincipalid: 'the-app' },
      data: { environment: 'AzureCloud' },
    };
    const options = { endpoints: [endpoint], secretVariables: { 'my.secret': 'from-the-server' } };
    await inJob({ ...options, collectionUri: 'http://127.0.0.1:9/org/' }, async job => {
      const step = await job.runTask({
        taskDirectory: await bundleTask(),
        refName: 'aws',
        inputs: { serviceConnection: id },
      });
      assert.equal(step.result, 'SucceededWithIssues', step.log.join('\n'));
      const printed = step.rawLines.filter(line => !line.startsWith('##vso'));
      assert.deepEqual(printed, [
        'secret top]secret;100% and eu-west-1 WorkloadIdentityFederation the-tenant',
        'http://127.0.0.1:9/org/ AzureCloud',
        'build true',
        '0',
      ]);
      assert.ok(step.log.includes('secret *** and eu-west-1 WorkloadIdentityFederation the-tenant'));
      assert.deepEqual(
        [job.variable('Awkward'), job.variable('Key'), job.variable('aws.Key')],
        [awkward, 'k%;]ey', 'k%;]ey'],
      );
      assert.deepEqual([job.isSecret('Awkward'), job.isSecret('Key'), job.isSecret('aws.Key')], [false, true, true]);
      assert.deepEqual(findLeaks(step.rawLines, ['k%;]ey']), []);
      assert.deepEqual(
        findLeaks(step.rawLines, ['top]secret;100%']).map(({ form }) => form),
        ['plain'],
      );
      const { postJobSteps } = await job.finish();
      const said = postJobSteps[0]?.rawLines.filter(line => !line.startsWith('##vso'));
      assert.deepEqual(said, ['true true', 'true true']);
    });
  });
});
