import assert from 'node:assert/strict';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import { callsRole } from '../fakes/sts.ts';
import { stsErrors } from '../fakes/sts-errors.ts';
import { findLeaks } from '../harness/canaries.ts';
import { addProfiles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import {
  countRequests,
  listAwsVariables,
  listIssues,
  listPublished,
  listSecrets,
  resetScene,
  runStep,
  runTask,
} from './task-run.ts';
import { checkModes, listJobFiles, packFirst, readJobFile } from './temp-files.ts';

describe('bundles/many-roles', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];
  let inputs: Readonly<Record<string, string>>;

  before(async () => {
    packFirst();
    scene = await openScene();
    rows = addProfiles(scene, 60);
    inputs = { roleArn: '', profiles: writeProfiles(rows.slice(0, 30)) };
  });

  beforeEach(() => {
    resetScene(scene);
    scene.sts.server.setDelay(50);
  });

  after(() => scene.close());

  it('opens sixty sessions and one with one ID token, twenty at a time, and lists each in the summary', async () => {
    const { job, step } = await runTask(scene, { inputs: { profiles: writeProfiles(rows) } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), [1, 61]);
    const { maxInFlight } = scene.sts.server;
    assert.ok(maxInFlight > 5 && maxInFlight <= 20, `${maxInFlight} at a time`);
    assert.equal(new Set(scene.sts.calls.map(({ parameters }) => parameters['WebIdentityToken'])).size, 1);
    assert.deepEqual(scene.sts.violations, []);
    checkModes(job);
    const credentials = readJobFile(job, 'credentials');
    assert.equal(credentials.match(/^\[account-\d+\]$/gm)?.length, 60);
    const [summary] = step.uploadedSummaries;
    for (const { name, roleArn } of [{ name: 'azure-pipelines', roleArn: names.roleArn }, ...rows])
      assert.ok(summary?.content.includes(`| \`${name}\` | \`${roleArn}\` |`), name);
    const caller = await runClient(javaScriptV3, scene, job, 'account-60');
    assert.equal(readAnswer(caller, 'Arn'), rows[59]?.sessionArn, caller.log.join('\n'));
  });

  const refusals: readonly (readonly [refused: readonly number[], refreshCredentials: string])[] = [
    [[3, 15, 29], 'true'],
  ];
  for (const [refused, refreshCredentials] of refusals) {
    const shown = `${refused.length} of thirty ${refused.length === 1 ? 'is' : 'are'} refused`;
    it(`hands on nothing where ${shown} (refreshCredentials: ${refreshCredentials})`, async () => {
      const wanted = refused.map(place => rows[place] ?? assert.fail());
      for (const { roleArn } of wanted) scene.sts.failNext(stsErrors.accessDenied, 9, callsRole(roleArn));
      const { job, step } = await runTask(scene, { inputs: { ...inputs, refreshCredentials } });
      const errors = listIssues(step, 'error');
      const [headline, cause] = errors;
      assert.deepEqual([step.result, errors.length], ['Failed', 2], step.log.join('\n'));
      assert.match(
        headline ?? '',
        new RegExp(`^${wanted.length} of 30 roles (?:was|were) refused; no credentials were published\\.$`),
      );
      assert.match(cause ?? '', /^StsAccessDenied: /);
      const log = step.log.join('\n');
      for (const { name, roleArn } of wanted) assert.ok(log.includes(`${name} = ${roleArn}`), log);
      assert.deepEqual([listPublished(step), listAwsVariables(job), listJobFiles(job)], [[], [], []]);
      assert.deepEqual(findLeaks(step.rawLines, listSecrets(scene)), []);
    });
  }

  it("names the profile whose role's answer is another's, and keeps what earlier uses wrote", async () => {
    const { job } = await runTask(scene);
    const before = [readJobFile(job, 'config'), readJobFile(job, 'credentials')];
    scene.sts.tamperNext({ kind: 'replace', element: 'Arn', text: 'arn:aws:sts::1:assumed-role/a/b' });
    const step = await runStep(scene, job, { inputs, step: { refName: 'many' } });
    assert.match(listIssues(step, 'error').join('\n'), /^StsIdentityMismatch: profile account-\d+: /m);
    assert.deepEqual([readJobFile(job, 'config'), readJobFile(job, 'credentials')], before);
  });
});
