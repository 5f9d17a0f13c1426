import assert from 'node:assert/strict';
import { awsCli } from '../clients/aws-cli.ts';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient, skipWithout } from '../clients/run-client.ts';
import type { Job } from '../harness/types.ts';
import { keyNames, profileNames, toolkitNames } from './later-step.ts';
import { addChain, addProfiles, nameSession, threeRoles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { countRequests, resetScene, runTask } from './task-run.ts';
import { checkModes, finishCleanly, jobFolder, listJobFiles, packFirst, readJobFile } from './temp-files.ts';

const kinds = [
  ['one with keys and a chain', 1, 'false'],
  ['one that refreshes itself and a chain', 1, 'true'],
] as const;

describe('bundles/profiles', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];

  before(async function () {
    packFirst();
    scene = await openScene();
    rows = [...addProfiles(scene, 20), addChain(scene, 'chain', threeRoles)];
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  for (const [kind, count, refreshCredentials] of kinds) {
    describe(`${kind}, to the AWS CLI in a step without env:`, () => {
      let job: Job;
      let own: readonly ProfileRow[];

      before(async function () {
        skipWithout(awsCli, this);
        resetScene(scene);
        own = rows.slice(-1 - count);
        const run = await runTask(scene, { inputs: { profiles: writeProfiles(own), refreshCredentials } });
        assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
        // One token; a session for each first role, and two more for the chain of three.
        assert.deepEqual(countRequests(scene), [1, 1 + count + 3]);
        job = run.job;
      });

      after(async () => {
        // Without the AWS CLI there is no job.
        if (awsCli.findGap() === undefined) await finishCleanly(job);
      });

      it('the default profile is the main role, and a named one its own', async () => {
        const step = await runClient(awsCli, scene, job);
        assert.equal(readAnswer(step, 'Arn'), nameSession(names.roleArn), step.log.join('\n'));
        const [{ name, sessionArn } = assert.fail()] = own.slice(-1);
        const named = await runClient(awsCli, scene, job, name);
        assert.equal(readAnswer(named, 'Arn'), sessionArn, named.log.join('\n'));
      });

      it('nobody but the agent can read what was written', () => {
        checkModes(job);
        const files = listJobFiles(job);
        assert.ok(files.includes('config') && files.includes('credentials'), files.join());
      });
    });
  }

  it('each of twenty profiles holds the keys of its own role', async () => {
    const own = rows.slice(-21);
    const { job } = await runTask(scene, { inputs: { profiles: writeProfiles(own) } });
    const found = readJobFile(job, 'credentials').matchAll(/^\[(.+)\]$[^[]*?^aws_access_key_id = (.+)$/gm);
    const roles = [...found].map(([, name = '', key]) => {
      const session = scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === key);
      return [name, session?.assumedRoleArn];
    });
    const expected = own.map(({ name, sessionArn }) => [name, sessionArn]);
    assert.deepEqual(Object.fromEntries(roles), {
      ...Object.fromEntries(expected),
      'azure-pipelines': nameSession(names.roleArn),
    });
  });

  it('sets no keys and no default profile with profiles alone', async () => {
    const inputs = { roleArn: '', profiles: writeProfiles(rows.slice(0, 2)) };
    const { job, step } = await runTask(scene, { inputs });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), [1, 2]);
    const unset = [...keyNames, ...toolkitNames, ...keyNames.map(name => `aws.${name}`), 'AWS_PROFILE'];
    assert.deepEqual(
      unset.filter(name => job.variable(name) !== undefined),
      [],
    );
    assert.deepEqual(
      profileNames.map(name => job.variable(name)),
      [`${jobFolder(job)}/config`, `${jobFolder(job)}/credentials`, undefined],
    );
    const caller = await runClient(javaScriptV3, scene, job, rows[1]?.name);
    assert.equal(readAnswer(caller, 'Arn'), rows[1]?.sessionArn, caller.log.join('\n'));
  });

  it('has names that later steps can use as they stand, odd characters and all', async () => {
    const name = '0.a_B@c+d-'.padEnd(64, 'x');
    const inputs = { profileName: name };
    const { job, step } = await runTask(scene, { inputs });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.equal(job.variable('AWS_PROFILE'), name);
    const caller = await runClient(javaScriptV3, scene, job);
    assert.equal(readAnswer(caller, 'Arn'), nameSession(names.roleArn), caller.log.join('\n'));
  });
});
