// Shows the product at work: npm run demo
// Packs the extension, runs the packed task on a pretended agent against stand-ins on loopback, once for each token
// issuer, and lets a later step use the credentials. Prints what the pipeline's log would show.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unpackTask } from '../test/bundles/packed-task.ts';
import { names, openScene, type IssuerKind, type Scene } from '../test/bundles/scene.ts';
import type { Job, ScriptStepOptions, StepResult } from '../test/harness/types.ts';

const titles: Readonly<Record<IssuerKind, string>> = {
  'azure-devops': 'a service connection on the Azure DevOps issuer (it retires on 2027-07-01)',
  entra: 'a service connection on the Microsoft Entra issuer',
};

function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function showLog(title: string, step: StepResult): void {
  print(`  ---- step: ${title} (${step.result})`);
  for (const line of step.log) print(`  | ${line}`);
}

function hasAwsCli(): boolean {
  return spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A later step: the AWS CLI if there is one, in a home of its own, else a Node script. */
function planCaller(endpoint: string, home: string): ScriptStepOptions {
  const environment = { AWS_EC2_METADATA_DISABLED: 'true', HOME: home, USERPROFILE: home };
  if (hasAwsCli()) {
    return { command: 'aws', args: ['sts', 'get-caller-identity', '--endpoint-url', endpoint], environment };
  }
  const script = resolve(import.meta.dirname, '../test/bundles/get-caller-identity.mjs');
  return { command: process.execPath, args: [script, endpoint], environment };
}

/** A later step that prints what it should not: the agent shows asterisks. */
const careless: ScriptStepOptions = {
  command: process.execPath,
  args: ['-p', "'the secret key is ' + process.env.KEY"],
  environment: { KEY: '$(AWS_SECRET_ACCESS_KEY)' },
};

async function runIssuer(scene: Scene, issuer: IssuerKind, home: string): Promise<boolean> {
  print(`\n== ${titles[issuer]}`);
  const job = await scene.startJob();
  const before = countRequests(scene);
  const task = await job.runTask({ taskDirectory: unpackTask(), refName: 'aws', inputs: scene.inputs(issuer) });
  const requests = countRequests(scene) - before;
  showLog(`AWSAssumeRoleWIF@1, serviceConnection: ${names.connections[issuer].name}`, task);
  const plan = planCaller(scene.sts.url, home);
  const caller = await job.runScript(plan);
  showLog(`script: ${plan.command === 'aws' ? 'aws' : 'node'} sts get-caller-identity, without an env: block`, caller);
  const echo = await job.runScript(careless);
  showLog('script: a careless echo of the secret key', echo);
  explain(job, requests);
  const { leftInTempDirectory } = await job.finish();
  const worked = task.result === 'Succeeded' && caller.log.join('').includes(':assumed-role/deploy/');
  const masked = echo.log.includes('the secret key is ***');
  return worked && masked && requests === 2 && !leftInTempDirectory.some(path => path.endsWith('credentials'));
}

/** Requests of the task alone: the stand-in STS fetches keys from the other one on its own. */
function countRequests({ azureDevOps, sts }: Scene): number {
  return azureDevOps.tokenRequests().length + sts.calls.length;
}

function explain(job: Job, requests: number): void {
  print('  ---- what happened');
  print(`  ${requests} requests: one for the ID token at Azure DevOps, one to exchange it at AWS STS.`);
  print(`  Role session  ${job.variable('aws.AWS_ASSUMED_ROLE_ARN') ?? 'none'}`);
  print(`  Valid until   ${job.variable('aws.AWS_CREDENTIAL_EXPIRATION') ?? 'none'}`);
  print(`  Profile files ${job.variable('AWS_CONFIG_FILE') ?? 'none'} and credentials, gone with the job.`);
}

async function main(): Promise<void> {
  print('Packing the extension and starting stand-ins for Azure DevOps and AWS STS on loopback ...');
  unpackTask();
  const home = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-home-'));
  const scene = await openScene();
  try {
    const worked = [await runIssuer(scene, 'entra', home), await runIssuer(scene, 'azure-devops', home)];
    print(
      worked.every(Boolean) ? '\nBoth issuers gave credentials that work.' : '\nSomething did not work, see above.',
    );
    process.exitCode = worked.every(Boolean) ? 0 : 1;
  } finally {
    await scene.close();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
