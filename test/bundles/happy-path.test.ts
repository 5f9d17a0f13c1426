import assert from 'node:assert/strict';
import type { HostType, JobOptions } from '../harness/types.ts';
import { keyNames, readCallerArn, runCaller } from './later-step.ts';
import { unpackTask } from './packed-task.ts';
import { names, openScene, type ConnectionType, type IssuerKind, type Scene } from './scene.ts';
import { secureServers } from './secure-servers.ts';
import { countRequests, listIssues, resetScene, runTask } from './task-run.ts';
import { finishCleanly } from './temp-files.ts';

const node24 = process.env['NODE24'];

/** Release 118 in its second attempt carries the build 4711 as an artifact. */
const sessionNames: Readonly<Record<HostType, string>> = {
  build: 'infra-main-4711-1',
  release: 'infra-main-118-2',
  deployment: 'infra-main-118-2',
};

function describeHost(scene: Scene, hostType: HostType): JobOptions {
  const oidcRequestUri = scene.azureDevOps.oidcRequestUri({ hub: hostType });
  const own = { hostType, oidcRequestUri };
  if (hostType === 'build') return own;
  const variables = { 'Build.BuildId': '4711', 'System.JobAttempt': '1', 'Release.AttemptNumber': '2' };
  return { ...own, variables };
}

function nameSession(role: string, session: string, partition = 'aws', account: string = names.accountId): string {
  return `arn:${partition}:sts::${account}:assumed-role/${role}/${session}`;
}

describe('bundles/happy-path', () => {
  let scene: Scene;
  let scenes: Readonly<Record<ConnectionType, Scene>>;

  before(async () => {
    unpackTask();
    scene = await openScene();
    scenes = { AzureRM: scene, WorkloadIdentityUser: await openScene({ type: 'WorkloadIdentityUser' }) };
  });

  beforeEach(() => {
    Object.values(scenes).forEach(resetScene);
  });

  after(() => Promise.all(Object.values(scenes).map(each => each.close())));

  /** In processes of their own, or evaluated in this one, which bundles/evaluated compares. */
  const rows: readonly (readonly [IssuerKind, HostType, ConnectionType, how: 'spawned' | 'evaluated'])[] = [
    ['azure-devops', 'build', 'AzureRM', 'evaluated'],
    ['azure-devops', 'release', 'AzureRM', 'spawned'],
    ['entra', 'build', 'AzureRM', 'spawned'],
    ['entra', 'deployment', 'AzureRM', 'evaluated'],
    ['entra', 'build', 'WorkloadIdentityUser', 'evaluated'],
    ['entra', 'release', 'WorkloadIdentityUser', 'evaluated'],
    ['entra', 'deployment', 'WorkloadIdentityUser', 'spawned'],
  ];
  for (const [issuer, hostType, type, how] of rows) {
    it(`${type} connection, ${issuer} issuer, ${hostType}`, async () => {
      const scene = scenes[type];
      const job = { ...describeHost(scene, hostType), isEvaluated: how === 'evaluated' };
      const run = await runTask(scene, { issuer, job });
      const arn = nameSession('deploy', sessionNames[hostType]);
      assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
      assert.deepEqual(countRequests(scene), [1, 1]);
      assert.deepEqual(scene.sts.violations, []);
      assert.deepEqual(run.step.stderrLines, []);
      const [warning = '', ...more] = listIssues(run.step, 'warning');
      assert.ok(warning.startsWith('stsEndpoint '), warning);
      const retired = more.map(text => text.includes('2027-07-01'));
      assert.deepEqual(retired, issuer === 'entra' ? [] : [true], more.join('\n'));
      for (const name of keyNames) {
        assert.equal(run.job.variable(`aws.${name}`), run.job.variable(name), name);
        assert.ok(run.job.isSecret(name) && run.job.isSecret(`aws.${name}`), name);
      }
      assert.equal(run.job.variable('aws.AWS_ASSUMED_ROLE_ARN'), arn);
      assert.equal(readCallerArn(await runCaller(scene, run.job)), arn);
      const finished = await finishCleanly(run.job);
      assert.equal(finished.result, 'Succeeded');
      assert.deepEqual(finished.leftInTempDirectory.filter(path => path.endsWith('.md')).length, 1);
    });
  }

  it('uses the handler that the agent chose', async function () {
    if (node24 === undefined) {
      console.log('*** SKIPPED: no Node 24 here; name its binary in the environment variable NODE24 ***');
      return this.skip();
    }
    for (const each of Object.values(scenes)) {
      const run = await runTask(each, { job: { node: 'no-such-node', node24 } });
      assert.equal(run.step.result, 'Succeeded');
    }
  });

  it('needs no variable System.AccessToken', async () => {
    const job = { ...describeHost(scene, 'release'), accessTokenVariable: 'none' } as const;
    const run = await runTask(scene, { job });
    assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
  });

  const roles = [
    ['arn:aws:iam::222222222222:role/team/infra/deploy', 'eu-central-1'],
    ['arn:aws-eusc:iam::555555555555:role/deploy', 'eusc-de-east-1'],
  ] as const;
  for (const [roleArn, region] of roles) {
    it(`assumes ${roleArn}`, async () => {
      scene.addRole(roleArn);
      const { job, step } = await runTask(scene, { inputs: { roleArn, region } });
      const [, partition = '', , , account = ''] = roleArn.split(':');
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const arn = nameSession('deploy', 'infra-main-4711-1', partition, account);
      assert.equal(readCallerArn(await runCaller(scene, job)), arn);
      assert.equal(job.variable('aws.AWS_ACCOUNT_ID'), account);
    });
  }

  const regionVariables = [[{ AWS_DEFAULT_REGION: 'eu-south-1' }, 'eu-south-1']] as const;
  for (const [variables, region] of regionVariables) {
    it(`takes the region from ${Object.keys(variables).join(', ')} where the input is empty`, async () => {
      const { job, step } = await runTask(scene, { inputs: { region: '' }, job: { variables } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_DEFAULT_REGION')], [region, region]);
    });
  }

  for (const which of [['azureDevOps', 'sts']] as const) {
    it(`talks https to ${which.join(' and ')} with certificates that the agent's machine trusts`, async () => {
      const { scene: options, trusting } = await secureServers(which);
      const secure = await openScene(options);
      const { step } = await runTask(secure, { job: { inheritedEnvironment: trusting } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.deepEqual(countRequests(secure), [1, 1]);
      await secure.close();
    });
  }

  it('runs again after a failure, as retryCountOnTaskFailure asks', async () => {
    scene.azureDevOps.failNext({ kind: 'answer', status: 403, body: '{}' });
    const { step } = await runTask(scene, { step: { retryCountOnTaskFailure: 1 } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), [2, 1]);
  });
});
