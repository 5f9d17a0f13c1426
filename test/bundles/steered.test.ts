import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variableNames, type VariableName } from '../../src/azure-devops/job-environment.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import type { Job, StepResult } from '../harness/types.ts';
import { over, readAnswer, startRefreshing } from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { listIssues, listSecrets, resetScene, runStep } from './task-run.ts';
import { isLeftToAgent, jobFolder, packFirst } from './temp-files.ts';

/** What somebody would like each kind of variable to be. */
function bend(name: VariableName, evil: string, url: string): string {
  if (/(?:uri|proxy|proxyurl|endpoint_url\w*)$/i.test(name)) return url;
  if (/tempdirectory|(?:file|dir|certs|conf|modules|bundle|root)$|agent\.(?:client|ca)/i.test(name)) return evil;
  if (name === 'System.HostType') return 'release';
  if (name.endsWith('REGION')) return 'ap-south-1';
  if (name.endsWith('Id')) return '00000000-0000-0000-0000-000000000000';
  if (/Skip|Debug|NODE_USE|LOAD_CONFIG/.test(name)) return '1';
  return name === 'NODE_OPTIONS' ? '--max-old-space-size=512' : 'evil';
}

/** Another name that becomes the same environment variable. */
function pose(name: string): string {
  return name.includes('.') ? name.replaceAll('.', '_').toUpperCase() : name.replace('_', '.');
}

/** What is left of a job but for summaries, which the agent uploads. */
function listLeft(paths: readonly string[]): readonly string[] {
  return paths.filter(path => !isLeftToAgent(path));
}

/** The warnings of a step but for the one of a stand-in's address. */
function listWarnings(step: StepResult): readonly string[] {
  return listIssues(step, 'warning').filter(one => !one.startsWith('stsEndpoint '));
}

const nodes = [
  { name: 'Node 20', job: {} },
  { name: 'Node 24', job: { node24: process.env['NODE24'] } },
] as const;

describe('bundles/steered: no variable says where a token or a key goes, who the session is or whom it is for', function () {
  this.timeout(600_000);
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

  /** What holds whatever became of the step. */
  function check(name: string, job: Job, step: StepResult): void {
    const log = step.log.join('\n');
    const asked = scene.azureDevOps.tokenRequests().length;
    assert.deepEqual([readdirSync(evil), step.exitCode], [[], 0], log);
    const secrets = listSecrets(scene);
    // A proxy sees CONNECT lines; nothing of ours goes through it while the stand-ins are loopback.
    for (const { headers, body } of stranger.requests) {
      const seen = `${JSON.stringify(headers)}${body}`;
      assert.ok(!secrets.some(secret => seen.includes(secret)), name);
    }
    if (step.result !== 'Succeeded') {
      assert.match(log, /##\[error\]\w+: [^\n]+\n\s+Expected: /);
      return;
    }
    const [call] = scene.sts.calls;
    assert.deepEqual([asked, scene.sts.calls.length], [1, 1], log);
    const isNamed = step.issues.some(({ message }) => message.includes(name));
    if (!isNamed) assert.equal(call?.parameters['RoleSessionName'], 'infra-main-4711-1', log);
    assert.ok((job.variable('AWS_CONFIG_FILE') ?? '').startsWith(job.tempDirectory), log);
  }

  for (const { name: nodeName, job: node } of nodes) {
    it(`main.js on ${nodeName}: each variable, by its own name or by a pose`, async function () {
      if ('node24' in node && node.node24 === undefined) {
        console.log('*** SKIPPED: no Node 24 here; name its binary in the environment variable NODE24 ***');
        return this.skip();
      }
      const first = 'node24' in node ? 1 : 0;
      for (const [index, name] of variableNames.entries()) {
        resetScene(scene);
        const job = await scene.startJob('node24' in node ? { node24: node.node24 ?? '' } : {});
        // What one Node sees by its own name the other sees posed.
        job.setVariable((index + first) % 2 === 0 ? name : pose(name), bend(name, evil, stranger.url));
        check(name, job, await runStep(scene, job));
        const { leftInTempDirectory } = await job.finish();
        assert.deepEqual(listLeft(leftInTempDirectory), [], name);
      }
    });
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
    await refreshing.job.finish();
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
      await job.finish();
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
    await job.finish();
  });
});
