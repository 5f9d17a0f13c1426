import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { botocore } from '../clients/botocore.ts';
import { javaScriptV3 } from '../clients/javascript.ts';
import type { Client } from '../clients/client.ts';
import { bareStep, readAnswer, runClient, skipWithout } from '../clients/run-client.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { openScene, type Scene } from './scene.ts';
import { listIssues, resetScene, runStep, runTask } from './task-run.ts';
import { jobFolder, packFirst } from './temp-files.ts';

/** A role whose credentials lie around in the other target. */
const ambient = 'arn:aws:iam::999999999999:role/ambient';

/** What a tool of each kind says (test/clients has all, with files removed) where AWS_PROFILE names a profile and the files are not to be seen. */
const complaints: readonly (readonly [client: Client, says: RegExp])[] = [
  [botocore, /config profile \(azure-pipelines\) could not be found/],
  [javaScriptV3, /Could not load credentials from any providers/],
];

/** This one looks for the profile and for nothing else; the other goes on to a container's credentials. */
const strict: readonly Client[] = [botocore];

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

  /** Runs a client where the job's folder is not to be seen, as in another container. */
  async function runElsewhere(job: Job, client: Client, environment: Readonly<Record<string, string>>) {
    const hidden = join(job.workFolder, 'hidden');
    renameSync(jobFolder(job), hidden);
    const step = await runClient(client, scene, job, undefined, environment);
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

  for (const [client, says] of complaints) {
    it(`leaves the ${client.name} without any identity in another target, whatever is in its home`, async function () {
      skipWithout(client, this);
      const { job } = await runTask(scene);
      checkNobody(await runElsewhere(job, client, describeHome()), says);
    });

    if (!strict.includes(client)) continue;
    it(`leaves the ${client.name} without any identity in another target that has a role of its own`, async function () {
      skipWithout(client, this);
      const { job } = await runTask(scene);
      const environment = { ...describeHome(), AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/role` };
      checkNobody(await runElsewhere(job, client, environment), says);
      assert.equal(container.connections, 0);
    });
  }

  it('is refused in another temp directory than the one beside its own folder, and writes nothing there', async () => {
    const { job } = await runTask(scene);
    const other = join(job.workFolder, '_temp_of_another');
    mkdirSync(other);
    job.setVariable('Agent.TempDirectory', other);
    const step = await runStep(scene, job, { step: { refName: 'inside' } });
    assert.match(listIssues(step, 'error').join('\n'), /^FilesRefused: /);
    assert.deepEqual(readdirSync(other), []);
  });
});
