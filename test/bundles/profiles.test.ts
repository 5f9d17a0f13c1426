import assert from 'node:assert/strict';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import { keyNames, profileNames, toolkitNames } from './later-step.ts';
import { addChain, addProfiles, nameSession, threeRoles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { countRequests, resetScene, runTask } from './task-run.ts';
import { checkModes, jobFolder, packFirst, readJobFile } from './temp-files.ts';

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

  it('each of twenty profiles holds the keys of its own role', async () => {
    const { job, step } = await runTask(scene, { inputs: { profiles: writeProfiles(rows) } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    // One token; a session for each first role, and two more for the chain of three.
    assert.deepEqual(countRequests(scene), [1, 1 + 20 + 3]);
    checkModes(job);
    const found = readJobFile(job, 'credentials').matchAll(/^\[(.+)\]$[^[]*?^aws_access_key_id = (.+)$/gm);
    const roles = [...found].map(([, name = '', key]) => {
      const session = scene.sts.sessions.find(({ accessKeyId }) => accessKeyId === key);
      return [name, session?.assumedRoleArn];
    });
    const expected = rows.map(({ name, sessionArn }) => [name, sessionArn]);
    assert.deepEqual(Object.fromEntries(roles), {
      ...Object.fromEntries(expected),
      'azure-pipelines': nameSession(names.roleArn),
    });
  });

  it('a chain that refreshes itself is its last role to a step without env:', async () => {
    const inputs = { profiles: writeProfiles(rows.slice(-1)), refreshCredentials: 'true' };
    const { job } = await runTask(scene, { inputs });
    const caller = await runClient(javaScriptV3, scene, job, 'chain');
    assert.equal(readAnswer(caller, 'Arn'), rows.at(-1)?.sessionArn, caller.log.join('\n'));
    checkModes(job);
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
