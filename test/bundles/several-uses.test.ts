import assert from 'node:assert/strict';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import type { Job } from '../harness/types.ts';
import { mapKeys, readCallerArn, runCaller } from './later-step.ts';
import { nameSession } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { listIssues, resetScene, runStep, runTask } from './task-run.ts';
import { checkCleared, listJobFiles, packFirst, readJobFile } from './temp-files.ts';

const second = 'arn:aws:iam::111111111111:role/second';
const network = 'arn:aws:iam::222222222222:role/network';

describe('bundles/several-uses', () => {
  let scene: Scene;

  before(async () => {
    packFirst();
    scene = await openScene();
    scene.addRole(second);
    scene.addRole(network);
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  /** Runs the task again, under a reference name of its own. */
  function use(job: Job, refName: string, inputs: Readonly<Record<string, string>>) {
    return runStep(scene, job, { inputs, step: { refName } });
  }

  it('names both roles where a profile is replaced, and nothing where it stands for the same one', async () => {
    const { job } = await runTask(scene);
    const same = await use(job, 'same', {});
    const other = await use(job, 'other', { roleArn: second });
    const replaced = (lines: readonly string[]) => lines.filter(line => line.includes('azure-pipelines used'));
    assert.deepEqual(replaced(same.log), []);
    const [line = '', ...more] = replaced(other.log);
    assert.ok(line.includes(names.roleArn) && line.includes(second), line);
    assert.deepEqual([more, listIssues(other, 'warning').length], [[], 1]);
  });

  it('moves keys, AWS.* variables, region and profile together', async () => {
    const { job } = await runTask(scene);
    await use(job, 'second', { roleArn: second, region: 'eu-north-1', profileName: 'second' });
    assert.equal(readCallerArn(await runCaller(scene, job)), nameSession(second));
    assert.equal(job.variable('AWS.AccessKeyID'), job.variable('AWS_ACCESS_KEY_ID'));
    assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_PROFILE')], ['eu-north-1', 'second']);
    const first = await runClient(javaScriptV3, scene, job, 'azure-pipelines');
    assert.equal(readAnswer(first, 'Arn'), nameSession(names.roleArn), first.log.join('\n'));
  });

  it('leaves the region of the default where a later use has profiles alone', async () => {
    const { job } = await runTask(scene);
    const later = await use(job, 'later', { roleArn: '', region: '', profiles: `network = ${network} us-east-1` });
    assert.equal(later.result, 'Succeeded', later.log.join('\n'));
    const defaults = ['AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION'].map(name => job.variable(name));
    assert.deepEqual(defaults, ['azure-pipelines', names.region, names.region]);
  });

  const prefixed = { roleArn: network, variablePrefix: 'NETWORK_' };

  it('leaves the default alone with a prefix, and adds a profile that later steps can name', async () => {
    const { job } = await runTask(scene);
    const keys = job.expand('$(AWS_ACCESS_KEY_ID) $(AWS.SessionToken)');
    await use(job, 'network', { ...prefixed, region: 'eu-north-1' });
    assert.equal(job.expand('$(AWS_ACCESS_KEY_ID) $(AWS.SessionToken)'), keys);
    assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_PROFILE')], [names.region, 'azure-pipelines']);
    assert.equal(readArn(await askAs(job, undefined)), nameSession(names.roleArn));
    assert.equal(readArn(await askAs(job, 'network')), nameSession(network));
    checkCleared(await job.finish());
  });

  it('makes a prefixed profile the default where there is none yet, until a use without a prefix', async () => {
    const { job } = await runTask(scene, { inputs: prefixed });
    assert.equal(job.variable('AWS_PROFILE'), 'network');
    assert.equal(job.variable('AWS_ACCESS_KEY_ID'), undefined);
    await use(job, 'other', { roleArn: second, variablePrefix: 'OTHER_' });
    assert.equal(job.variable('AWS_PROFILE'), 'network');
    await use(job, 'plain', {});
    assert.equal(job.variable('AWS_PROFILE'), 'azure-pipelines');
    assert.equal(readArn(await askAs(job, undefined)), nameSession(names.roleArn));
  });

  it('leaves the earlier profiles as they were where a later use is refused', async () => {
    const { job } = await runTask(scene);
    const before = [readJobFile(job, 'config'), readJobFile(job, 'credentials')];
    const refused = await use(job, 'refused', { roleArn: 'arn:aws:iam::111111111111:role/nobody' });
    assert.equal(refused.result, 'Failed');
    assert.deepEqual([readJobFile(job, 'config'), readJobFile(job, 'credentials')], before);
    assert.deepEqual(listJobFiles(job), ['config', 'credentials']);
    const command = { command: process.execPath, args: ['-p', 'process.env.AWS_PROFILE'], environment: mapKeys() };
    const later = await job.runScript({ ...command, condition: 'always' });
    assert.deepEqual(later.stdoutLines, ['azure-pipelines']);
  });

  function askAs(job: Job, profile: string | undefined) {
    return runClient(javaScriptV3, scene, job, profile);
  }
});

function readArn(step: Awaited<ReturnType<typeof runClient>>): string | undefined {
  return readAnswer(step, 'Arn');
}
