import assert from 'node:assert/strict';
import type { Job } from '../harness/types.ts';
import { readAnswer, readers, runReader, skipWithout } from './readers.ts';
import { addChain, addProfiles, nameSession, threeRoles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { runTask } from './task-run.ts';
import { finishCleanly, packFirst } from './temp-files.ts';

/** How the same profiles are written: with keys, or with a command that the SDK runs. */
const kinds = { 'with keys': 'false', 'that refresh themselves': 'true' } as const;

for (const [kind, refreshCredentials] of Object.entries(kinds)) {
  describe(`bundles/readers: profiles ${kind}`, () => {
    let scene: Scene;
    let job: Job;
    let rows: readonly ProfileRow[];

    before(async function () {
      packFirst();
      scene = await openScene();
      rows = [...addProfiles(scene, 1), addChain(scene, 'chain', threeRoles)];
      const inputs = { profiles: writeProfiles(rows), refreshCredentials };
      const run = await runTask(scene, { inputs });
      assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
      job = run.job;
    });

    after(async () => {
      await finishCleanly(job);
      await scene.close();
    });

    for (const reader of readers) {
      describe(reader.name, () => {
        before(function () {
          this.timeout(60_000);
          skipWithout(reader, this);
          reader.call('');
        });

        it('is the default role without being told', async () => {
          const step = await runReader(reader, scene, job);
          assert.equal(readAnswer(step, 'Arn'), nameSession(names.roleArn), step.log.join('\n'));
        });

        for (const place of [0, 1]) {
          it(`is the role of the ${place === 0 ? 'named profile' : 'chain of three'}`, async () => {
            const { name, sessionArn } = rows[place] ?? assert.fail();
            const step = await runReader(reader, scene, job, name);
            assert.equal(readAnswer(step, 'Arn'), sessionArn, step.log.join('\n'));
          });
        }

        it('is nobody with a profile that is not in the files', async () => {
          const before = scene.sts.calls.length;
          const step = await runReader(reader, scene, job, 'nobody');
          assert.notEqual(step.exitCode, 0);
          assert.match(step.rawLines.join('\n'), reader.missing);
          assert.equal(scene.sts.calls.length, before);
        });
      });
    }
  });
}
