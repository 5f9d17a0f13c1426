import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { botocore } from '../clients/botocore.ts';
import type { Client } from '../clients/client.ts';
import { goV2 } from '../clients/go.ts';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, skipWithout } from '../clients/run-client.ts';
import { startInstanceMetadata } from '../fakes/host-roles.ts';
import type { RecordedServer } from '../fakes/recorded-server.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { nameSession } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { listIssues, resetScene, runStep, runTask } from './task-run.ts';
import { jobFolder, packFirst } from './temp-files.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';

const machineRole = 'arn:aws:iam::222222222222:role/machine';

/** What docs/variables.md tells to put before a command that is to act as the machine's role. */
const wayBack =
  'unset AWS_PROFILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI; export AWS_EC2_METADATA_DISABLED=false; exec "$@"';

describe('bundles/instance-role', () => {
  let scene: Scene;
  let metadata: RecordedServer;

  before(async () => {
    packFirst();
    scene = await openScene();
    scene.addRole(machineRole);
    metadata = await startInstanceMetadata(scene.sts.issueSession({ roleArn: machineRole }));
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(async () => {
    await metadata.close();
    await scene.close();
  });

  /** Runs a client where the metadata service answers, on its own or behind a line of shell. */
  function ask(job: Job, client: Client, shell = 'exec "$@"', own: Readonly<Record<string, string>> = {}) {
    const { command, args } = client.call(scene.sts.url);
    const environment = {
      HOME: makeScratchFolder('home'),
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      AWS_REGION: names.region,
      AWS_DEFAULT_REGION: names.region,
      ...own,
    };
    return job.runScript({
      command: 'sh',
      args: ['-c', shell, 'sh', command, ...args],
      environment,
      continueOnError: true,
    });
  }

  function checkRole(step: StepResult, role: string): void {
    assert.ok(readAnswer(step, 'Arn')?.includes(`:assumed-role/${role.split('/').at(-1) ?? ''}/`), step.log.join('\n'));
  }

  // The AWS CLI is botocore here.
  for (const client of [botocore, goV2, javaScriptV3]) {
    it(`is out of reach of the ${client.name} once the task has run, and within reach on purpose`, async function () {
      if (process.platform === 'win32') return this.skip();
      skipWithout(client, this);
      const { job } = await runTask(scene);
      // This also shows that the stand-in serves this client.
      checkRole(await ask(job, client, wayBack), machineRole);
      // An env: block does not get past the job's variables.
      const mapped = await ask(job, client, 'unset AWS_PROFILE; exec "$@"', { AWS_EC2_METADATA_DISABLED: 'false' });
      assert.equal(readAnswer(mapped, 'Arn'), undefined, mapped.log.join('\n'));
    });

    // The matrix of clients has the rest.
    if (client !== javaScriptV3) continue;
    it(`stays out of reach of the ${client.name} where container variables are emptied`, async function () {
      if (process.platform === 'win32') return this.skip();
      skipWithout(client, this);
      const agent = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.url}/role`,
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/role',
      };
      const { PATH = '' } = process.env;
      const variables = Object.fromEntries(Object.keys(agent).map(name => [name, '']));
      const { job, step } = await runTask(scene, { job: { inheritedEnvironment: { PATH, ...agent }, variables } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.equal(readAnswer(await ask(job, client), 'Arn'), nameSession(names.roleArn));
      rmSync(jobFolder(job), { recursive: true });
      const gone = await ask(job, client);
      assert.equal(readAnswer(gone, 'Arn'), undefined, gone.log.join('\n'));
    });
  }

  it('overwrites what the job says with a warning, and leaves what the machine says with one', async () => {
    const { PATH = '' } = process.env;
    const inheritedEnvironment = { PATH, AWS_SDK_LOAD_CONFIG: '0' };
    const { job, step } = await runTask(scene, {
      job: { inheritedEnvironment, variables: { AWS_EC2_METADATA_DISABLED: 'false' } },
    });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(
      listIssues(step, 'warning').map(line => line.split(' ')[0]),
      ['stsEndpoint', 'AWS_EC2_METADATA_DISABLED', 'AWS_SDK_LOAD_CONFIG'],
    );
    assert.equal(job.variable('AWS_EC2_METADATA_DISABLED'), 'true');
    assert.equal(job.variable('AWS_SDK_LOAD_CONFIG'), undefined);
  });

  it('is a log line where the machine, and not a variable of the job, says that it is known', async () => {
    const { PATH = '' } = process.env;
    const known = { AWS_WIF_KNOWN_WARNINGS: 'EndpointNotAws, InstanceRole' };
    for (const [job, expected] of [
      [{ inheritedEnvironment: { PATH, ...known } }, []],
      [{ variables: known }, ['EndpointNotAws', 'InstanceRole']],
    ] as const) {
      const variables = { ...('variables' in job ? job.variables : {}), AWS_EC2_METADATA_DISABLED: 'false' };
      const { step } = await runTask(scene, { job: { ...job, variables } });
      const codes = listIssues(step, 'warning').map(line => /\[(\w+)\]$/.exec(line)?.[1]);
      assert.deepEqual(codes, expected, step.log.join('\n'));
      assert.match(step.log.join('\n'), /\[InstanceRole\]/);
    }
  });

  it('is not spoken of without profile files', async () => {
    const inputs = { writeProfile: 'false' };
    const { job, step } = await runTask(scene, { inputs, job: { variables: { AWS_EC2_METADATA_DISABLED: 'false' } } });
    assert.doesNotMatch(listIssues(step, 'warning').join('\n'), /METADATA|LOAD_CONFIG/);
    assert.equal(job.variable('AWS_EC2_METADATA_DISABLED'), 'false');
    assert.equal(job.variable('AWS_SDK_LOAD_CONFIG'), undefined);
  });

  it('is not left open by a secret variable, which would stay secret', async () => {
    const { job } = await runTask(scene, { inputs: { writeProfile: 'false' } });
    await job.runScript({
      command: process.execPath,
      args: ['-e', "console.log('##vso[task.setvariable variable=AWS_EC2_METADATA_DISABLED;issecret=true]false')"],
    });
    const step = await runStep(scene, job, { step: { refName: 'again' } });
    assert.equal(step.result, 'Failed');
    assert.match(listIssues(step, 'error').join('\n'), /^ProfileHidden: .*AWS_EC2_METADATA_DISABLED/);
  });
});
