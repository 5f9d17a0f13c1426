import assert from 'node:assert/strict';
import { keyNames, mapKeys, profileNames, readCallerArn, runCaller } from './later-step.ts';
import { unpackTask } from './packed-task.ts';
import { names, openScene, type Scene } from './scene.ts';
import { listJobFiles } from './temp-files.ts';
import { listAwsVariables, listIssues, listOwnWarnings, listPublished, resetScene, runTask } from './task-run.ts';

function nameSession(role: string): string {
  return `arn:aws:sts::${names.accountId}:assumed-role/${role}/infra-main-4711-1`;
}

describe('bundles/hand-on', () => {
  let scene: Scene;

  before(async () => {
    unpackTask();
    scene = await openScene();
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  it('sets every variable that the product promises, and no other', async () => {
    const { job, step } = await runTask(scene);
    const set = step.commands
      .filter(({ event }) => event === 'setvariable')
      .map(({ properties }) => [properties['variable'], properties['isoutput'], properties['issecret']].join(' '));
    assert.deepEqual(set.toSorted(), [
      'AWS.AccessKeyID false true',
      'AWS.SecretAccessKey false true',
      'AWS.SessionToken false true',
      'AWS_ACCESS_KEY_ID false true',
      'AWS_ACCESS_KEY_ID true true',
      'AWS_ACCOUNT_ID true false',
      'AWS_ASSUMED_ROLE_ARN true false',
      'AWS_CONFIG_FILE false false',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI false false',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI false false',
      'AWS_CREDENTIAL_EXPIRATION true false',
      'AWS_DEFAULT_REGION false false',
      'AWS_EC2_METADATA_DISABLED false false',
      'AWS_PROFILE false false',
      'AWS_REGION false false',
      'AWS_REGION true false',
      'AWS_SDK_LOAD_CONFIG false false',
      'AWS_SECRET_ACCESS_KEY false true',
      'AWS_SECRET_ACCESS_KEY true true',
      'AWS_SESSION_TOKEN false true',
      'AWS_SESSION_TOKEN true true',
      'AWS_SHARED_CREDENTIALS_FILE false false',
    ]);
    const [session] = scene.sts.sessions.slice(-1);
    assert.equal(job.variable('AWS.SecretAccessKey'), session?.secretAccessKey);
    const expiration = job.variable('aws.AWS_CREDENTIAL_EXPIRATION') ?? '';
    assert.match(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(Date.parse(expiration), new Date(session?.expiration ?? 0).getTime());
    assert.deepEqual([job.variable('aws.AWS_ACCOUNT_ID'), job.variable('AWS_REGION')], [names.accountId, names.region]);
  });

  for (const [inputs, warned] of [
    [{}, ['ToolkitRole']],
    [{ variablePrefix: 'NETWORK_' }, []],
    [{ setVariables: 'false' }, []],
  ] as const) {
    it(`warns of ${warned.length} roles that the Toolkit's tasks would assume with its keys, with ${JSON.stringify(inputs)}`, async () => {
      const variables = { 'AWS.AssumeRoleArn': 'arn:aws:iam::222222222222:role/of-the-toolkit' };
      const { step } = await runTask(scene, { inputs, job: { variables } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.deepEqual(
        listOwnWarnings(step).map(line => /\[(\w+)\]$/.exec(line)?.[1]),
        warned,
      );
      assert.ok(!step.log.join('\n').includes('222222222222'));
    });
  }

  it('sets plain variables and says that there is no output form in a step without a reference name', async () => {
    const { job, step } = await runTask(scene, { step: { refName: '' } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.ok(step.log.includes('This step has no reference name, so no output variables were set.'));
    assert.deepEqual(step.outputVariables, {});
    assert.equal(readCallerArn(await runCaller(scene, job)), nameSession('deploy'));
  });

  it('puts variablePrefix before every name', async () => {
    const { job, step } = await runTask(scene, { inputs: { variablePrefix: 'NETWORK_' } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(listAwsVariables(job), profileNames);
    assert.equal(job.variable('AWS_REGION'), undefined);
    assert.equal(job.variable('NETWORK_AWS_REGION'), names.region);
    assert.equal(job.variable('aws.NETWORK_AWS_ACCOUNT_ID'), names.accountId);
    const arn = nameSession('deploy');
    job.setVariable('AWS_REGION', names.region);
    assert.equal(readCallerArn(await runCaller(scene, job, 'NETWORK_')), arn);
    assert.equal(readCallerArn(await runCaller(scene, job, 'aws.NETWORK_')), arn);
  });

  const fewer = [
    [{ setVariables: 'false' }, { plain: false, output: false }],
    [{ outputCredentials: 'false' }, { plain: true, output: false }],
  ] as const;
  for (const [inputs, { plain, output }] of fewer) {
    it(`sets less with ${JSON.stringify(inputs)}`, async () => {
      const { job, step } = await runTask(scene, { inputs });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      for (const name of keyNames) {
        assert.equal(job.variable(name) !== undefined, plain, name);
        assert.equal(job.variable(`aws.${name}`) !== undefined, output, `aws.${name}`);
      }
      assert.equal(job.variable('aws.AWS_ACCOUNT_ID'), names.accountId);
    });
  }

  const odd = 'IQoJ%b3Jp;Z2lu]X2Vj%0A%AZP25$%3B##[section]';
  for (const element of ['SecretAccessKey', 'SessionToken']) {
    it(`hands on a ${element} with characters that logging commands escape`, async () => {
      scene.sts.tamperNext({ kind: 'replace', element, text: odd });
      const { job, step } = await runTask(scene);
      const name = element === 'SessionToken' ? 'AWS_SESSION_TOKEN' : 'AWS_SECRET_ACCESS_KEY';
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.deepEqual([job.variable(name), job.variable(`aws.${name}`)], [odd, odd]);
      const printed = await job.runScript({
        command: process.execPath,
        args: ['-p', `process.env.${name}`],
        environment: mapKeys(),
      });
      assert.deepEqual(printed.stdoutLines, [odd]);
      assert.ok(!printed.log.includes(odd));
    });
  }

  // The other elements are in test/session/credentials.test.ts.
  for (const element of ['SessionToken']) {
    it(`refuses a ${element} that holds a line break`, async () => {
      const text = 'AAAAAAAAAAAAAAAAAAAA&#13;&#10;##vso[task.setvariable variable=X]1';
      scene.sts.tamperNext({ kind: 'replace', element, text });
      const { job, step } = await runTask(scene);
      assert.equal(step.result, 'Failed');
      assert.match(listIssues(step, 'error').join('\n'), new RegExp(`StsAnswerUnreadable: .*${element}`));
      assert.deepEqual([listPublished(step), listAwsVariables(job), job.variable('X')], [[], [], undefined]);
      assert.deepEqual(listJobFiles(job), []);
    });
  }

  it('has secret key and session token masked in later steps, also within Base64', async () => {
    const { job } = await runTask(scene);
    const print = `for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      const value = process.env[name];
      for (const start of ['', 'u', 'u:']) console.log('<' + Buffer.from(start + value + '.').toString('base64') + '>');
      console.log('<' + value + '>', '<' + encodeURIComponent(value) + '>', JSON.stringify({ value }));
    }`;
    const printed = await job.runScript({ command: process.execPath, args: ['-e', print], environment: mapKeys() });
    const shown = printed.log.filter(line => line.startsWith('<'));
    assert.equal(shown.length, 8);
    for (const line of shown) {
      assert.ok(line.length < 60 && line.includes('***'), line);
    }
  });
});
