import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { cleanUp, readUse } from './post-job.ts';
import { awsCli, bareStep, goSdk, javaScriptSdk, pythonSdk, readAnswer, readers, runReader } from './readers.ts';
import { skipWithout, type Reader } from './readers.ts';
import { nameSession } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { resetScene, runStep, runTask } from './task-run.ts';
import { finishCleanly, isLeftToAgent, jobFolder, packFirst } from './temp-files.ts';

/** A role whose credentials lie around in the other target. */
const ambient = 'arn:aws:iam::999999999999:role/ambient';

/** What the tools say where AWS_PROFILE names a profile and the files are not to be seen. */
const complaints: readonly (readonly [reader: Reader, says: RegExp])[] = [
  [awsCli, /config profile \(azure-pipelines\) could not be found/],
  [pythonSdk, /config profile \(azure-pipelines\) could not be found/],
  [goSdk, goSdk.missing],
  [javaScriptSdk, javaScriptSdk.missing],
];

/** These look for the profile and for nothing else; the two others go on to a container's credentials. */
const strict: readonly Reader[] = [awsCli, pythonSdk];

describe('bundles/targets', () => {
  let scene: Scene;
  let container: RecordedServer;

  before(async () => {
    packFirst();
    scene = await openScene();
    container = await startRecordedServer(() => ({ status: 200, body: JSON.stringify(issueAmbient()) }));
  });

  beforeEach(() => {
    resetScene(scene);
    container.reset();
  });

  after(async () => {
    await container.close();
    await scene.close();
  });

  /** As the container's endpoint answers. */
  function issueAmbient() {
    const session = scene.sts.issueSession({ roleArn: ambient });
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = session;
    return { AccessKeyId, SecretAccessKey, Token, Expiration: session.expiration.toISOString() };
  }

  /** A step's environment in a home with keys for the default profile, and for one of the task's own name. */
  function describeHome(): Readonly<Record<string, string>> {
    const environment = bareStep();
    const folder = join(environment['HOME'] ?? '', '.aws');
    const { AccessKeyId, SecretAccessKey, Token } = issueAmbient();
    const keys = `aws_access_key_id = ${AccessKeyId}\naws_secret_access_key = ${SecretAccessKey}\naws_session_token = ${Token}\n`;
    mkdirSync(folder);
    writeFileSync(join(folder, 'credentials'), `[default]\n${keys}[azure-pipelines]\n${keys}`);
    writeFileSync(
      join(folder, 'config'),
      '[default]\nregion = us-east-1\n[profile azure-pipelines]\nregion = us-east-1\n',
    );
    return environment;
  }

  /** Runs a reader where the job's folder is not to be seen, as in another container. */
  async function runElsewhere(job: Job, reader: Reader, environment: Readonly<Record<string, string>>) {
    const hidden = join(job.workFolder, 'hidden');
    renameSync(jobFolder(job), hidden);
    const step = await runReader(reader, scene, job, undefined, environment);
    renameSync(hidden, jobFolder(job));
    return step;
  }

  function checkNobody(step: StepResult, says: RegExp): void {
    assert.notEqual(step.exitCode, 0);
    assert.match(step.rawLines.join('\n'), says);
    assert.equal(readAnswer(step, 'Arn'), undefined);
    const asked = scene.sts.calls.filter(({ action }) => action === 'GetCallerIdentity');
    assert.deepEqual(asked, []);
  }

  for (const [reader, says] of complaints) {
    it(`leaves the ${reader.name} without any identity in another target, whatever is in its home`, async function () {
      skipWithout(reader, this);
      const { job } = await runTask(scene);
      checkNobody(await runElsewhere(job, reader, describeHome()), says);
      await finishCleanly(job);
    });

    if (!strict.includes(reader)) continue;
    it(`leaves the ${reader.name} without any identity in another target that has a role of its own`, async function () {
      skipWithout(reader, this);
      const { job } = await runTask(scene);
      const environment = { ...describeHome(), AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/role` };
      checkNobody(await runElsewhere(job, reader, environment), says);
      assert.equal(container.connections, 0);
      await finishCleanly(job);
    });
  }

  for (const reader of readers) {
    it(`serves the ${reader.name} in the same target, whatever is in its home`, async function () {
      skipWithout(reader, this);
      const { job } = await runTask(scene);
      const environment = { ...describeHome(), AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/role` };
      const step = await runReader(reader, scene, job, undefined, environment);
      assert.equal(readAnswer(step, 'Arn'), nameSession(names.roleArn), step.log.join('\n'));
      await finishCleanly(job);
    });
  }

  it('serves another target by another use of the task there, in a temp directory of its own', async () => {
    const second = 'arn:aws:iam::111111111111:role/second';
    scene.addRole(second);
    const { job } = await runTask(scene);
    const other = join(job.workFolder, '_temp_of_the_container');
    mkdirSync(other);
    job.setVariable('Agent.TempDirectory', other);
    const step = await runStep(scene, job, { inputs: { roleArn: second }, step: { refName: 'inside' } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.ok(job.variable('AWS_CONFIG_FILE')?.startsWith(`${other}/aws-`));
    const inside = await runElsewhere(job, javaScriptSdk, bareStep());
    assert.equal(readAnswer(inside, 'Arn'), nameSession(second), inside.log.join('\n'));
    cleanUp(job, step, readUse(step));
    assert.deepEqual(
      readdirSync(other).filter(path => !isLeftToAgent(path)),
      [],
    );
    job.setVariable('Agent.TempDirectory', job.tempDirectory);
    await finishCleanly(job);
  });
});
