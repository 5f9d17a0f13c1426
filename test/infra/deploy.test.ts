import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listStackParameters } from '../../src/setup/template/values.ts';
import { deriveIdentities } from '../../src/trust/build.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { connectionId, organizationId, tenantId } from './company.ts';
import { cloudFormation } from './read-template.ts';

const facts = { organizationId, tenantId, connectionId, organization: 'contoso', project: 'Payments' };
const identities = deriveIdentities({ connections: [{ ...facts, connection: 'a=b, c' }], issuers: 'both' });
const role = {
  name: 'deploy',
  path: '/teams/',
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111111111111:policy/x'],
  maxSessionSeconds: 7200,
  boundaryArn: undefined,
  tags: {},
};

/** Answers as CloudFormation does to somebody who has no such stack, and may not create one; keeps what was asked. */
async function startCloudFormation() {
  const calls: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const call = new URLSearchParams(body);
      calls.push(call);
      const message = call.get('Action') === 'DescribeStacks' ? 'Stack with id deploy does not exist' : 'enough';
      response.writeHead(400, { 'content-type': 'text/xml' });
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { calls, url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise(resolve => {
    execFile(file, args, { env }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

describe('parameters.json', () => {
  it('is what aws cloudformation deploy reads, to the letter', async function () {
    if (spawnSync('aws', ['--version'], { stdio: 'ignore' }).status !== 0) {
      console.log('*** SKIPPED: aws is not on PATH, so no AWS CLI read the parameters');
      this.skip();
    }
    const folder = mkdtempSync(join(makeScratchFolder('deploy'), 'run-'));
    const file = join(folder, 'parameters.json');
    const parameters = listStackParameters({ role, connections: [{ label: 'a', identities }], existingProviders: [] });
    writeFileSync(file, JSON.stringify(parameters));
    const service = await startCloudFormation();
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'none', AWS_DEFAULT_REGION: 'eu-west-1' };
    const said = await run(
      'aws',
      [
        ...['cloudformation', 'deploy', '--endpoint-url', service.url, '--stack-name', 'deploy'],
        ...['--template-file', join(cloudFormation, 'wif-role.yaml'), '--capabilities', 'CAPABILITY_NAMED_IAM'],
        ...['--parameter-overrides', `file://${file}`],
      ],
      { PATH: process.env['PATH'], HOME: folder, ...keys },
    );
    service.close();
    const created = service.calls.find(call => call.get('Action') === 'CreateChangeSet');
    assert.ok(created !== undefined, said);
    const read = [...created]
      .filter(([name]) => /^Parameters\.member\.\d+\.ParameterKey$/.test(name))
      .map(([name, key]) => `${key}=${created.get(name.replace(/Key$/, 'Value')) ?? ''}`);
    assert.deepEqual(read.sort(), [...parameters].sort());
  });
});
