import assert from 'node:assert/strict';
import { join } from 'node:path';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import { names, openScene, type Scene } from './scene.ts';
import { listOwnWarnings, resetScene, runStep } from './task-run.ts';
import { packFirst } from './temp-files.ts';

describe('bundles/steered: variables that are there without harm', () => {
  let scene: Scene;
  const evil = makeScratchFolder('evil');

  before(async () => {
    packFirst();
    scene = await openScene();
  });

  after(() => scene.close());

  it('an authority, a skipped check or a client certificate of a variable is not believed, in a container neither', async () => {
    for (const container of [false, true]) {
      resetScene(scene);
      const job = await scene.startJob({ container });
      job.setVariable('AGENT_CAINFO', join(evil, 'ca.pem'));
      job.setVariable('Agent SkipCertValidation', 'True');
      job.setVariable('Agent.ClientCert', join(evil, 'c.pem'));
      const step = await runStep(scene, job);
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      for (const name of ['Agent.CAInfo', 'Agent.SkipCertValidation', 'Agent.ClientCert']) {
        const said = step.log.filter(line => line.includes(`${name} `) && line.includes('is ignored'));
        assert.equal(said.length, 1, step.log.join('\n'));
        assert.equal(said[0]?.startsWith('##[warning]'), !container);
      }
    }
  });

  it('a second use works beside a variable group with AWS.Region, and says what stands beside it', async () => {
    resetScene(scene);
    const job = await scene.startJob({ variables: { 'AWS.Region': 'eu-central-1' } });
    for (const refName of ['one', 'two']) {
      const step = await runStep(scene, job, { step: { refName } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const said = step.log.filter(line => line.startsWith('AWS_REGION: this job also has a variable "AWS.Region"'));
      assert.deepEqual([said.length, listOwnWarnings(step)], [1, []]);
      assert.equal(job.variable('AWS_REGION'), names.region);
    }
  });
});
