import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackTask } from '../bundles/packed-task.ts';
import { names, openScene, type Scene } from '../bundles/scene.ts';
import type { Job } from '../harness/types.ts';
import { startStateBucket, type StateBucket } from './s3-state.ts';

const hasTerraform = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;
const network = 'arn:aws:iam::111111111111:role/network';

/** Terraform itself, its S3 backend above all, reads the profiles; the AWS provider does so by the same library. */
function describeState(bucket: StateBucket, profile: string | undefined): string {
  return `
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "${profile ?? 'default'}.tfstate"
    region                      = "eu-west-1"
    ${profile === undefined ? '' : `profile = "${profile}"`}
    endpoints                   = { s3 = "${bucket.url}" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}
resource "terraform_data" "one" { input = "applied" }
output "one" { value = terraform_data.one.output }
`;
}

const steps = [
  { profile: undefined, role: names.roleArn, refresh: 'false' },
  { profile: 'network', role: network, refresh: 'false' },
  { profile: undefined, role: names.roleArn, refresh: 'true' },
  { profile: 'network', role: network, refresh: 'true' },
];

describe('examples/terraform', function () {
  before(function () {
    if (hasTerraform) return;
    console.log('*** SKIPPED: terraform is not on PATH, so its S3 backend is not tried with the profiles');
    this.skip();
  });

  for (const { profile, role, refresh } of steps) {
    const name = `${profile ?? 'the default profile'}, refreshCredentials: ${refresh}`;
    it(`keeps its state in S3 with ${name}, without an env: block`, async () => {
      const scene = await openScene();
      const bucket = await startStateBucket();
      try {
        const job = await startStep(scene, refresh);
        await runTerraform(job, describeState(bucket, profile));
        await job.finish();
        const callers = bucket.callers.map(
          id => scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === id)?.roleArn,
        );
        assert.deepEqual([...new Set(callers)], [role]);
        assert.deepEqual(bucket.objects, [`/state/${profile ?? 'default'}.tfstate`]);
      } finally {
        await bucket.close();
        await scene.close();
      }
    });
  }

  it('fails with a profile that the job does not have, and asks with no other identity', async () => {
    const scene = await openScene();
    const bucket = await startStateBucket();
    try {
      const job = await startStep(scene, 'false');
      await assert.rejects(runTerraform(job, describeState(bucket, 'elsewhere')), /elsewhere/);
      await job.finish();
      assert.deepEqual(bucket.callers, []);
    } finally {
      await bucket.close();
      await scene.close();
    }
  });
});

async function startStep(scene: Scene, refreshCredentials: string): Promise<Job> {
  scene.addRole(network);
  const job = await scene.startJob();
  const inputs = scene.inputs('entra', { profiles: `network = ${network}`, refreshCredentials });
  const step = await job.runTask({ taskDirectory: unpackTask(), refName: 'aws', inputs });
  assert.equal(step.result, 'Succeeded', step.log.join('\n'));
  return job;
}

async function runTerraform(job: Job, configuration: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'));
  writeFileSync(join(folder, 'main.tf'), configuration);
  // What keeps Terraform off the network, and the machine's own configuration off Terraform.
  const environment = {
    CHECKPOINT_DISABLE: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
    TF_IN_AUTOMATION: '1',
  };
  try {
    for (const args of [
      ['init', '-input=false', '-no-color'],
      ['apply', '-auto-approve', '-input=false', '-no-color'],
    ]) {
      const step = await job.runScript({ command: 'terraform', args, workingDirectory: folder, environment });
      if (step.result !== 'Succeeded') throw new Error(step.log.join('\n'));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
