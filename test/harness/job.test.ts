import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { inJob, printing, removeThrowaways, writeTask } from './throwaway-task.ts';

const postJob = `const { VSTS_TASKVARIABLE_ID: id, INPUT_NAME: name, AGENT_JOBSTATUS: status } = process.env;
  console.log([name, id, status].join(' '));`;
const inputs = [{ name: 'name', type: 'string', defaultValue: 'nobody' }];
const main = `console.log('##vso[task.settaskvariable variable=Id;issecret=true]id-of-' + process.env.INPUT_NAME);`;

describe('harness: jobs', () => {
  after(removeThrowaways);

  it("runs post-job parts last first, each with its own step's task variables", async () => {
    await inJob({}, async job => {
      const taskDirectory = writeTask({ main, postJob, json: { inputs } });
      await job.runTask({ taskDirectory, inputs: { name: 'a' } });
      await job.runTask({ taskDirectory, inputs: { name: 'b' } });
      const { postJobSteps, result } = await job.finish();
      assert.deepEqual(
        postJobSteps.map(({ rawLines, stage }) => [stage, ...rawLines]),
        [
          ['PostJob', 'b id-of-b Succeeded'],
          ['PostJob', 'a id-of-a Succeeded'],
        ],
      );
      assert.ok(postJobSteps[0]?.log.includes('b *** Succeeded'));
      assert.equal(result, 'Succeeded');
    });
  });

  it('runs them after a failure, after a cancel, and where the main part never ran', async () => {
    await inJob({}, async job => {
      const failing = writeTask({ main: 'process.exit(1)', postJob, json: { inputs } });
      const fine = writeTask({ main, postJob, json: { inputs } });
      const slow = writeTask({ main: 'setInterval(() => {}, 1000)', postJob, json: { inputs } });
      const never = await job.runTask({ taskDirectory: fine, condition: 'never', inputs: { name: 'never' } });
      await job.runTask({ taskDirectory: failing, inputs: { name: 'failing' } });
      const skipped = await job.runTask({ taskDirectory: fine, inputs: { name: 'skipped' } });
      const canceled = await job.runTask({ taskDirectory: slow, condition: 'failed', cancelAfterMs: 200 });
      assert.deepEqual([never.result, skipped.result, canceled.result], ['Skipped', 'Skipped', 'Canceled']);
      const { postJobSteps, result } = await job.finish();
      assert.deepEqual(
        postJobSteps.map(({ rawLines }) => rawLines[0]),
        ['nobody  Canceled', 'skipped  Canceled', 'failing  Canceled', 'never  Canceled'],
      );
      assert.equal(result, 'Canceled');
    });
  });

  it('fails with a post-job part that fails', async () => {
    await inJob({}, async job => {
      await job.runTask({ taskDirectory: writeTask({ main: '', postJob: 'process.exit(1)' }) });
      assert.equal((await job.finish()).result, 'Failed');
    });
  });

  it('expands the inputs of post-job parts anew', async () => {
    await inJob({ variables: { who: 'before' } }, async job => {
      const changing = printing('##vso[task.setvariable variable=who]after');
      await job.runTask({
        taskDirectory: writeTask({ main: changing, postJob, json: { inputs } }),
        inputs: { name: '$(who)' },
      });
      assert.equal((await job.finish()).postJobSteps[0]?.rawLines[0], 'after  Succeeded');
    });
  });

  it('ends with empty hands: says what lay in the temporary folder, then takes all folders away', async () => {
    await inJob({ workFolderName: 'my work' }, async job => {
      const writing = `require('node:fs').mkdirSync(process.env.AGENT_TEMPDIRECTORY + '/a/b', { recursive: true });`;
      await job.runTask({ taskDirectory: writeTask({ main: writing }) });
      assert.match(job.workFolder, /my work$/);
      assert.deepEqual((await job.finish()).leftInTempDirectory, ['a', 'a/b']);
      assert.equal(existsSync(job.workFolder), false);
      await assert.rejects(job.finish(), /This job has finished/);
    });
  });

  it('refuses a task that needs a newer agent', async () => {
    await inJob({ agent: { version: '3.232.0' } }, async job => {
      const taskDirectory = writeTask({ main: '', json: { minimumAgentVersion: '3.232.1' } });
      await assert.rejects(job.runTask({ taskDirectory }), /Agent\.Version -gtVersion 3\.232\.1/);
    });
  });

  it('takes the target of the newest section, on Node 20 unless told', async () => {
    const json = { execution: { Node20_1: { target: 'old.js' }, Node24: { target: 'main.js' } } };
    await inJob({}, async job => {
      const step = await job.runTask({
        taskDirectory: writeTask({ main: 'console.log(process.execPath.split(/[\\\\/]/).slice(-4, -1).join())', json }),
      });
      assert.deepEqual(step.rawLines, ['externals,node20_1,bin']);
    });
    await inJob({ node24: '/no/such/node24' }, async job => {
      const step = await job.runTask({ taskDirectory: writeTask({ main: '', json }) });
      assert.match(step.issues[0]?.message ?? '', /no\/such\/node24/);
    });
  });
});
