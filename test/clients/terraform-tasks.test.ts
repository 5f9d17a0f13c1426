import assert from 'node:assert/strict';
import { unpackTask } from '../bundles/packed-task.ts';
import { names, openScene, type Scene } from '../bundles/scene.ts';
import { runTask } from '../bundles/task-run.ts';
import { startWitness, type Witness } from '../fakes/witness.ts';
import type { Job } from '../harness/types.ts';
import { awsCli } from './aws-cli.ts';
import { bareStep, skipWithout } from './run-client.ts';
import { terraformBackend } from './terraform.ts';

/** A stored key of a connection of type AWS; it belongs to nobody here. */
const stored = { AWS_ACCESS_KEY_ID: 'AKIASTOREDKEY0000001', AWS_SECRET_ACCESS_KEY: 'stored-secret-0123456789' };

/**
 * What other tasks put around `terraform init`, in the environment and on the command line.
 *
 * @see https://github.com/microsoft/azure-pipelines-terraform/blob/main/Tasks/TerraformTask/TerraformTaskV5/src/aws-terraform-command-handler.ts
 * @see https://github.com/jason-johnson/azure-pipelines-tasks-terraform/blob/main/tasks/terraform-cli/src/providers/aws.ts
 */
const tasks = [
  {
    task: 'a script; TerraformCLI@1, selfConfigured, no providerServiceAws',
    environment: {},
    options: '',
    actsAs: names.roleArn,
  },
  { task: 'TerraformCLI@1, providerServiceAws', environment: stored, options: '', actsAs: 'unknown' },
  {
    task: 'TerraformTask@5, provider aws: plan, apply and others',
    environment: stored,
    options: '',
    actsAs: 'unknown',
  },
  {
    task: 'TerraformTask@5, provider aws: init; TerraformCLI@1, backendType aws',
    environment: {},
    options: `-backend-config=access_key=${stored.AWS_ACCESS_KEY_ID} -backend-config=secret_key=${stored.AWS_SECRET_ACCESS_KEY}`,
    actsAs: 'unknown',
  },
] as const;

describe("clients/terraform-tasks: whom Terraform acts as behind other tasks' environments", function () {
  this.timeout(300_000);
  let scene: Scene;
  let job: Job;
  let witness: Witness;

  before(async () => {
    unpackTask();
    scene = await openScene();
    ({ job } = await runTask(scene));
  });

  beforeEach(async () => {
    witness = await startWitness(id => scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === id));
  });

  afterEach(() => witness.close());

  after(async () => {
    await job.finish();
    await scene.close();
  });

  for (const { task, environment, options, actsAs } of tasks) {
    it(`${task}: ${actsAs === 'unknown' ? 'the stored key, not the role' : 'the role'}`, async function () {
      skipWithout(terraformBackend, this);
      const { command, args } = terraformBackend.call(witness.url);
      const [flag = '', line = ''] = args;
      const all = { ...bareStep(), ...environment };
      await job.runScript({ command, args: [flag, `${line} ${options}`], environment: all, continueOnError: true });
      assert.deepEqual([...new Set(witness.sightings.map(({ roleArn }) => roleArn))], [actsAs]);
    });
  }

  it('aws eks get-token, as the Kubernetes and Helm providers call it: the role', async function () {
    skipWithout(awsCli, this);
    const args = ['eks', 'get-token', '--cluster-name', 'main', '--region', names.region];
    const step = await job.runScript({ command: 'aws', args, environment: bareStep() });
    const token = /"token": "k8s-aws-v1\.([\w-]+)"/.exec(step.rawLines.join('\n'))?.[1] ?? '';
    const url = new URL(Buffer.from(token, 'base64url').toString());
    const credential = url.searchParams.get('X-Amz-Credential') ?? '';
    assert.equal(credential.split('/')[0], scene.sts.sessions.at(-1)?.accessKeyId, step.log.join('\n'));
  });
});
