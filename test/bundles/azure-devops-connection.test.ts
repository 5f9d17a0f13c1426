import assert from 'node:assert/strict';
import { findLeaks } from '../harness/canaries.ts';
import { over, readAnswer, startRefreshing, type RefreshingJob } from './refresh-scene.ts';
import { addChain, threeRoles, writeProfiles } from './roles.ts';
import { federation, names, openScene, type Scene } from './scene.ts';
import { countRequests, listSecrets, resetScene } from './task-run.ts';

/** What of an Azure DevOps connection goes on after the step; its runs by host type and Node are in happy-path. */
describe('bundles/azure-devops-connection', () => {
  let scene: Scene;
  let refreshing: RefreshingJob;

  before(async function () {
    this.timeout(60_000);
    scene = await openScene({ type: 'WorkloadIdentityUser' });
    const profiles = writeProfiles([addChain(scene, 'chained', [...threeRoles])]);
    refreshing = await startRefreshing(scene, { inputs: { profiles } });
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(async () => {
    await refreshing.job.finish();
    await scene.close();
  });

  it('assumes a chain beside the main role with one ID token, and says whose token it was without its text', () => {
    const [summary] = refreshing.step.uploadedSummaries;
    assert.ok(summary?.content.includes(federation.entra.subject), summary?.content);
    assert.ok(refreshing.step.log.some(line => line.includes(`connection ${names.connections.entra.id}`)));
    assert.deepEqual(findLeaks(refreshing.step.rawLines, listSecrets(scene)), []);
  });

  it('refreshes a profile with a new ID token of the same form', async () => {
    refreshing.shift(over, 'chained');
    const answer = readAnswer(await refreshing.run('chained'));
    assert.equal(answer.AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
    assert.deepEqual(countRequests(scene), [1, 3]);
  });

  it('does not send AWS a new ID token of another form', async () => {
    scene.azureDevOps.bendNext({
      claims: { iss: federation['azure-devops'].issuer, sub: 'sc://contoso/Platform/aws' },
    });
    refreshing.shift(over);
    const { exitCode, stdout, stderr } = await refreshing.run();
    assert.deepEqual([exitCode, stdout, ...countRequests(scene)], [1, '', 1, 0]);
    assert.match(stderr, /^TokenNotForConnection: .*Azure DevOps connection/);
  });
});
