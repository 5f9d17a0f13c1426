import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variableNames, type VariableName } from '../../src/azure-devops/job-environment.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import type { StepResult } from '../harness/types.ts';
import { bend, pose } from './bent-variables.ts';
import { over, readAnswer, startRefreshing } from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listIssues, listSecrets, resetScene, runStep } from './task-run.ts';
import { isLeftToAgent, jobFolder, packFirst } from './temp-files.ts';

/** What is left of a job but for summaries, which the agent uploads. */
function listLeft(paths: readonly string[]): readonly string[] {
  return paths.filter(path => !isLeftToAgent(path));
}

/** The warnings of a step but for the one of a stand-in's address. */
function listWarnings(step: StepResult): readonly string[] {
  return listIssues(step, 'warning').filter(one => !one.startsWith('stsEndpoint '));
}

/**
 * What comes of a step where one of these is bent, by its own name and by a pose: an error of this code, or a warning
 * that names the variable beside a session that is named after it, or nothing. All others change nothing by either name.
 */
const outcomes: Readonly<Partial<Record<VariableName, readonly [own: string, posed: string]>>> = {
  'Agent.TempDirectory': ['FilesRefused', 'FilesRefused'],
  'Build.BuildId': ['named', 'InputInvalid'],
  'Build.DefinitionName': ['named', 'InputInvalid'],
  'System.CollectionId': ['TokenNotForConnection', 'TokenNotForConnection'],
  'System.HostType': ['named', 'InputInvalid'],
  'System.JobAttempt': ['named', 'InputInvalid'],
  'System.OidcRequestUri': ['TokenUrlRefused', 'TokenUrlRefused'],
  AWS_CONFIG_FILE: ['nothing', 'ProfileHidden'],
  AWS_SHARED_CREDENTIALS_FILE: ['nothing', 'ProfileHidden'],
  AWS_PROFILE: ['nothing', 'ProfileHidden'],
  AWS_EC2_METADATA_DISABLED: ['nothing', 'ProfileHidden'],
  AWS_SDK_LOAD_CONFIG: ['nothing', 'ProfileHidden'],
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: ['ProfileHidden', 'ProfileHidden'],
  AWS_CONTAINER_CREDENTIALS_FULL_URI: ['ProfileHidden', 'ProfileHidden'],
};

const ways: readonly ((name: string) => string)[] = [name => name, pose];

/** The others, so that names that look alike are in different groups. */
const harmless = variableNames.filter(name => outcomes[name] === undefined);
const groups = Array.from({ length: 5 }, (_, group) => harmless.filter((_name, index) => index % 5 === group));

describe('bundles/steered: no variable says where a token or a key goes, who the session is or whom it is for', () => {
  let scene: Scene;
  let stranger: RecordedServer;
  let evil = '';

  before(async () => {
    packFirst();
    scene = await openScene();
    stranger = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    evil = mkdtempSync(join(tmpdir(), 'aws-assume-role-wif-evil-'));
  });

  after(async () => {
    rmSync(evil, { recursive: true });
    await stranger.close();
    await scene.close();
  });

  /** Runs the step with these variables bent; nothing went where one of them points. */
  async function runBent(names: readonly VariableName[], rename: (name: string) => string): Promise<StepResult> {
    resetScene(scene);
    const job = await scene.startJob();
    for (const name of names) job.setVariable(rename(name), bend(name, evil, stranger.url));
    const step = await runStep(scene, job);
    const log = step.log.join('\n');
    assert.deepEqual([readdirSync(evil), step.exitCode], [[], 0], log);
    const secrets = listSecrets(scene);
    // A proxy sees CONNECT lines; nothing of ours goes through it while the stand-ins are loopback.
    for (const { headers, body } of stranger.requests) {
      const seen = `${JSON.stringify(headers)}${body}`;
      assert.ok(!secrets.some(secret => seen.includes(secret)), names.join());
    }
    if (step.result === 'Succeeded') {
      assert.deepEqual(countRequests(scene), [1, 1], log);
      assert.ok((job.variable('AWS_CONFIG_FILE') ?? '').startsWith(job.tempDirectory), log);
    } else {
      assert.match(log, /##\[error\]\w+: [^\n]+\n\s+Expected: /);
    }
    job.discard();
    return step;
  }

  const readSession = (): string | undefined => scene.sts.calls[0]?.parameters['RoleSessionName'];

  for (const [index, rename] of ways.entries()) {
    const way = index === 0 ? 'its own name' : 'a pose';
    for (const group of groups) {
      it(`main.js: no change by ${group.map(rename).join(', ')}`, async () => {
        const step = await runBent(group, rename);
        assert.deepEqual([step.result, readSession()], ['Succeeded', 'infra-main-4711-1'], step.log.join('\n'));
      });
    }

    for (const [name, outcome] of Object.entries(outcomes) as [VariableName, readonly [string, string]][]) {
      it(`main.js: ${name} by ${way}: ${outcome[index] ?? ''}`, async () => {
        const step = await runBent([name], rename);
        if (outcome[index] === 'named' || outcome[index] === 'nothing') {
          assert.equal(step.result, 'Succeeded', step.log.join('\n'));
          if (outcome[index] === 'named') assert.ok(listWarnings(step).some(one => one.includes(name)));
        } else {
          assert.ok(listIssues(step, 'error')[0]?.startsWith(`${outcome[index] ?? ''}: `), step.log.join('\n'));
        }
      });
    }
  }

  it('cleanup.js: whatever the variables say, the folder of this use goes, and no other', async () => {
    const job = await scene.startJob();
    const other = `aws-${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`;
    mkdirSync(join(evil, other), { mode: 0o700 });
    const step = await runStep(scene, job);
    assert.ok(readdirSync(jobFolder(job)).includes('credentials'));
    for (const name of variableNames) {
      job.setVariable(name, bend(name, evil, stranger.url));
      if (name.includes('.')) job.setVariable(name.replaceAll('.', '_'), bend(name, evil, stranger.url));
    }
    const { postJobSteps, leftInTempDirectory } = await job.finish();
    assert.deepEqual(postJobSteps[0]?.stdoutLines, ['AWS profile files removed.'], step.log.join('\n'));
    assert.deepEqual(listLeft(leftInTempDirectory), []);
    assert.deepEqual(readdirSync(evil), [other]);
    rmSync(join(evil, other), { recursive: true });
  });

  it('credential-process.js: nothing in its environment changes what it asks', async () => {
    resetScene(scene);
    const refreshing = await startRefreshing(scene);
    const bent = variableNames.flatMap(name => {
      const value = bend(name, evil, stranger.url);
      return [[name, value] as const, [name.replaceAll('.', '_').toUpperCase(), value] as const];
    });
    // Node itself obeys these before the helper begins.
    const own = bent.filter(([name]) => !/^(?:NODE_|OPENSSL_|SSL_)/.test(name));
    resetScene(scene);
    refreshing.shift(over);
    const run = await refreshing.run(undefined, { ...agentEnvironment, ...Object.fromEntries(own) });
    assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
    assert.deepEqual([run.stderr, readdirSync(evil), stranger.requests.length], ['', [], 0]);
    assert.equal(scene.sts.calls[0]?.parameters['RoleSessionName'], 'infra-main-4711-1');
  });

  it('an authority, a skipped check or a client certificate of a variable is not believed, in a container neither', async () => {
    for (const container of [false, true]) {
      resetScene(scene);
      const job = await scene.startJob({ container });
      job.setVariable('AGENT_CAINFO', join(evil, 'ca.pem'));
      job.setVariable('Agent SkipCertValidation', 'True');
      job.setVariable('Agent.ClientCert', join(evil, 'c.pem'));
      const step = await runStep(scene, job);
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      for (const name of ['Agent.CAInfo', 'Agent.SkipCertValidation', 'Agent.ClientCert']) {
        const said = step.log.filter(line => line.includes(`${name} is `));
        assert.equal(said.length, 1, step.log.join('\n'));
        assert.equal(said[0]?.startsWith('##[warning]'), !container);
      }
    }
  });

  it('a second use works beside a variable group with AWS.Region, and says what stands beside it', async () => {
    resetScene(scene);
    const job = await scene.startJob({ variables: { 'AWS.Region': 'eu-central-1' } });
    for (const refName of ['one', 'two']) {
      const step = await runStep(scene, job, { step: { refName } });
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      const said = step.log.filter(line => line.startsWith('AWS_REGION: this job also has a variable "AWS.Region"'));
      assert.deepEqual([said.length, listWarnings(step)], [1, []]);
      assert.equal(job.variable('AWS_REGION'), names.region);
    }
  });
});
