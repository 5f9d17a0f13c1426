import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import type { Job } from '../harness/types.ts';
import { nameSession } from './roles.ts';
import { names, type Scene } from './scene.ts';
import { countRequests, listAwsVariables, listIssues, listPublished, runStep } from './task-run.ts';
import { finishCleanly, jobFolder } from './temp-files.ts';
import { useVictim, wrongFiles, type Plant, type Victim } from './victim.ts';

const privateMode = { mode: 0o700 } as const;

/** What may stand where the job's folder ought to be. */
const wrongFolders: Readonly<Record<string, Plant>> = {
  'a link': (path, { folder }) => {
    symlinkSync(folder, path);
  },
  'a link to nothing': (path, { folder }) => {
    symlinkSync(join(folder, 'nothing'), path);
  },
  'a file': path => {
    writeFileSync(path, '', { mode: 0o600 });
  },
  ...Object.fromEntries([0o701, 0o1777].map(mode => [`a folder of mode ${mode.toString(8)}`, open(mode)])),
  ...(process.getuid?.() === 0 ? { "another user's folder": plantOthersFolder } : {}),
};

function open(mode: number): Plant {
  return path => {
    mkdirSync(path);
    chmodSync(path, mode);
  };
}

function plantOthersFolder(path: string): void {
  mkdirSync(path, privateMode);
  chownSync(path, 65_534, 65_534);
}

describe('bundles/planted', () => {
  let scene: Scene;
  let victim: Victim;

  useVictim('planted', (opened, made) => {
    [scene, victim] = [opened, made];
  });

  async function checkRefused(job: Job, path: string, inputs: Readonly<Record<string, string>> = {}) {
    const step = await runStep(scene, job, { inputs });
    const [error = '', ...more] = listIssues(step, 'error');
    assert.deepEqual([step.result, more], ['Failed', []], step.log.join('\n'));
    assert.ok(error.startsWith(`FilesRefused: ${path} `), error);
    assert.deepEqual([listPublished(step), listAwsVariables(job), countRequests(scene)], [[], [], [0, 0]], error);
    victim.checkUntouched();
    assert.deepEqual(readdirSync(victim.folder), ['credentials']);
  }

  for (const [name, plant] of Object.entries(wrongFolders)) {
    it(`refuses ${name} in the place of the job's folder`, async () => {
      const job = await scene.startJob();
      plant(jobFolder(job), victim);
      await checkRefused(job, jobFolder(job));
      const { postJobSteps } = await job.finish();
      assert.deepEqual(
        postJobSteps.map(({ result }) => result),
        ['Succeeded'],
      );
      victim.checkUntouched();
    });
  }

  // Either file in turn; test/host/private-folder.test.ts has all of them.
  for (const [index, [name, plant]] of Object.entries(wrongFiles).entries()) {
    const file = index % 2 === 0 ? 'credentials' : 'config';
    it(`refuses ${name} in the place of ${file}`, async () => {
      const job = await scene.startJob();
      mkdirSync(jobFolder(job), privateMode);
      plant(join(jobFolder(job), file), victim);
      await checkRefused(job, join(jobFolder(job), file));
      await finishCleanly(job);
      victim.checkUntouched();
    });
  }

  // What else is of another tool is in test/handoff/profile-text.test.ts.
  const foreign = ['[default]\ncredential_process = /bin/false\n'];
  for (const text of foreign) {
    it(`refuses a config file that another tool wrote: ${JSON.stringify(text)}`, async () => {
      const job = await scene.startJob();
      mkdirSync(jobFolder(job), privateMode);
      writeFileSync(join(jobFolder(job), 'config'), text, { mode: 0o600 });
      const step = await runStep(scene, job);
      assert.match(listIssues(step, 'error').join('\n'), /^ProfileFileUnreadable: .*AWS config file/);
      assert.deepEqual([listPublished(step), listAwsVariables(job), countRequests(scene)], [[], [], [0, 0]]);
      await finishCleanly(job);
    });
  }

  it('is not led elsewhere by AWS_CONFIG_FILE and the like, and names what it replaces', async () => {
    const elsewhere = [join(victim.folder, 'config'), victim.file, 'mine'] as const;
    const [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE] = elsewhere;
    const job = await scene.startJob({ variables: { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE } });
    const step = await runStep(scene, job);
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    const warnings = listIssues(step, 'warning').filter(message => message.includes('not by this task'));
    assert.deepEqual(
      warnings.map(message => /^(\w+) is set to "([^"]+)"/.exec(message)?.slice(1)),
      [
        ['AWS_CONFIG_FILE', AWS_CONFIG_FILE],
        ['AWS_SHARED_CREDENTIALS_FILE', AWS_SHARED_CREDENTIALS_FILE],
        ['AWS_PROFILE', AWS_PROFILE],
      ],
    );
    assert.equal(job.variable('AWS_CONFIG_FILE'), join(jobFolder(job), 'config'));
    const caller = await runClient(javaScriptV3, scene, job);
    assert.equal(readAnswer(caller, 'Arn'), nameSession(names.roleArn), caller.log.join('\n'));
    victim.checkUntouched();
    assert.deepEqual(readdirSync(victim.folder), ['credentials']);
    await finishCleanly(job);
  });

  it('warns of nothing in a later use, where all of it is its own', async () => {
    const job = await scene.startJob();
    await runStep(scene, job);
    const step = await runStep(scene, job, { step: { refName: 'later' } });
    assert.deepEqual(
      listIssues(step, 'warning').filter(message => message.includes('not by this task')),
      [],
    );
    await finishCleanly(job);
  });

  for (const jobId of ['', '12f1170f-54f2-53f3-20dd-22fc7dff55f9/..']) {
    it(`makes no folder for a job that calls itself ${JSON.stringify(jobId)}`, async () => {
      const job = await scene.startJob({ variables: { 'System.JobId': jobId } });
      const step = await runStep(scene, job);
      assert.match(listIssues(step, 'error').join('\n'), /^FilesRefused: System\.JobId is /);
      assert.deepEqual(countRequests(scene), [0, 0]);
      assert.deepEqual((await finishCleanly(job)).leftInTempDirectory.length, 1);
    });
  }
});
