import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import { callsAction } from '../fakes/sts.ts';
import { stsErrors, unauthorized } from '../fakes/sts-errors.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { recordProcess, type Recording } from './recorded-process.ts';
import { addChain, addProfiles, nameSession, threeRoles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { listSecrets, resetScene, runStep, runTask, type TaskSetup } from './task-run.ts';
import { checkModes, finishCleanly, packFirst, readJobFile, readOpenFiles } from './temp-files.ts';

const debug = { 'System.Debug': 'true' };

describe('bundles/profile-canaries', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];
  let recording: Recording | undefined;

  before(async () => {
    packFirst();
    scene = await openScene();
    rows = [...addProfiles(scene, 2), addChain(scene, 'chain', threeRoles)];
  });

  beforeEach(() => {
    resetScene(scene);
    recording = undefined;
  });

  afterEach(() => {
    recording?.remove();
  });

  after(() => scene.close());

  /** From then on every process of the job writes down how it was started: the task, the helper, the post-job part. */
  function record(): Recording {
    recording = recordProcess();
    return recording;
  }

  function run(setup: TaskSetup) {
    const inheritedEnvironment = { ...agentEnvironment, ...recording?.environment };
    const inputs = { profiles: writeProfiles(rows), ...setup.inputs };
    return runTask(scene, { ...setup, inputs, job: { inheritedEnvironment, variables: debug, ...setup.job } });
  }

  function checkSilence(job: Job, steps: readonly StepResult[]): void {
    const hidden = listSecrets(scene);
    assert.ok(hidden.length > 3);
    for (const step of steps) assert.deepEqual(findLeaks([...step.rawLines, ...step.log], hidden), []);
    assert.deepEqual(findLeaks(recording?.list('arguments') ?? [], hidden), []);
    assert.deepEqual(findLeaks(readOpenFiles(job), hidden), []);
    checkModes(job);
  }

  const situations: readonly (readonly [name: string, arrange: () => void, inputs: TaskSetup['inputs']])[] = [
    ['profiles that refresh themselves', () => undefined, { refreshCredentials: 'true' }],
    ['profiles alone', () => undefined, { roleArn: '' }],
    ['a chain that is refused', refuseChain, { refreshCredentials: 'true' }],
    ['a chain that answers oddly', spoilAnswer, {}],
    ['a refusal of all', refuseAll, {}],
  ];

  function refuseChain(): void {
    record();
    const [hub, second] = threeRoles;
    scene.sts.failNext(unauthorized(nameSession(hub), 'sts:AssumeRole', second), 9, callsAction('AssumeRole'));
  }

  function spoilAnswer(): void {
    scene.sts.tamperNext({ kind: 'replace', element: 'Arn', text: 'arn:aws:sts::1:x' }, 1 + rows.length);
  }

  function refuseAll(): void {
    scene.sts.failNext(stsErrors.accessDenied, 9);
  }

  it('shows no secret to who looks at the processes of a later step that refreshes', async () => {
    const { list } = record();
    const { job, step } = await run({ inputs: { refreshCredentials: 'true' } });
    const later = await runClient(javaScriptV3, scene, job, 'chain');
    assert.equal(readAnswer(later, 'Arn'), rows[2]?.sessionArn, later.log.join('\n'));
    checkSilence(job, [step, later]);
    const started = list('arguments');
    assert.ok(
      started.some(text => text.includes('credential-process.js')),
      started.join('\n'),
    );
    await finishCleanly(job);
  });

  it('keeps neither ID tokens nor credentials on the way of a chain in any file', async () => {
    const { job } = await run({ inputs: { roleArn: '', refreshCredentials: 'true' } });
    const final = new Set(rows.map(({ sessionArn }) => sessionArn));
    const passing = scene.sts.sessions.filter(({ assumedRoleArn }) => !final.has(assumedRoleArn));
    const keys = passing.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
      accessKeyId,
      secretAccessKey,
      sessionToken,
    ]);
    assert.ok(keys.length >= 6);
    const files = job.listTempDirectory().filter(path => path.startsWith('aws-') && path.includes('/'));
    const lines = files.flatMap(path => readFileSync(`${job.tempDirectory}/${path}`, 'utf8').split('\n'));
    assert.deepEqual(findLeaks(lines, [...keys, ...scene.azureDevOps.issuedTokens]), []);
    await finishCleanly(job);
  });

  const accounts = ['111111111111', '200000000001', '200000000002', '333333333333', '444444444444'];
  for (const [name, arrange, inputs] of situations) {
    it(`shows no secret and no account id with ${name} and maskAccountId`, async () => {
      arrange();
      const { job, step } = await run({ inputs: { ...inputs, maskAccountId: 'true' } });
      checkSilence(job, [step]);
      const { postJobSteps } = await finishCleanly(job);
      const summaries = step.uploadedSummaries.flatMap(({ content }) => content.split('\n'));
      const later = [...summaries, ...postJobSteps.flatMap(post => [...post.rawLines, ...post.log])];
      assert.deepEqual(findLeaks(later, listSecrets(scene)), []);
      const shown = [...step.log, ...step.issues.map(({ message }) => message), ...later];
      assert.deepEqual(
        shown.filter(line => accounts.some(account => line.includes(account))),
        [],
      );
    });
  }

  it('names no account id where a profile is replaced, with maskAccountId, and holds them in outputs and files', async () => {
    const { job } = await run({ inputs: { maskAccountId: 'true' } });
    assert.equal(job.variable('aws.AWS_ACCOUNT_ID'), names.accountId);
    assert.equal(job.variable('aws.AWS_ASSUMED_ROLE_ARN'), nameSession(names.roleArn));
    assert.ok(readJobFile(job, 'credentials').includes('200000000001'));
    const inputs = { roleArn: rows[0]?.roleArn ?? '', maskAccountId: 'true' };
    const step = await runStep(scene, job, { inputs, step: { refName: 'again' } });
    const own = step.rawLines.filter(line => line.includes('azure-pipelines used'));
    assert.equal(own.length, 1);
    assert.deepEqual(
      step.log.filter(line => accounts.some(account => line.includes(account))),
      [],
    );
  });
});
