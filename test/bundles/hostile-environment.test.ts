import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RecordedRequest } from '../fakes/faults.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import type { JobOptions } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { planted, setTrap, type Trap } from './planted-environment.ts';
import { recordProcess, type Recording } from './recorded-process.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { listIssues, listPublished, resetScene, runTask, type TaskRun } from './task-run.ts';
import { finishCleanly, isLeftToAgent, jobFolder, listJobFiles } from './temp-files.ts';

type Planting = Readonly<Record<string, string>>;

/** The two ways by which a name gets into a task's environment. */
const ways: Readonly<Record<string, (values: Planting, recording: Planting) => JobOptions>> = {
  "the agent's environment": (values, recording) => ({
    inheritedEnvironment: { ...agentEnvironment, ...values, ...recording },
  }),
  'pipeline variables': (values, recording) => ({
    inheritedEnvironment: { ...agentEnvironment, ...recording },
    variables: values,
  }),
};

/** What SDKs would prefer to a profile, and the groups in which some of it is planted. */
const hidingNames =
  /^AWS_(?:DEFAULT_PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_.*)$/;
const hiding: ReadonlySet<string> = new Set(['keys', 'a web identity', 'a container', 'another default profile']);

interface Watched extends TaskRun {
  readonly requests: readonly unknown[];
  readonly reads: readonly string[];
  readonly programs: readonly string[];
  readonly connections: readonly string[];
}

describe('bundles/hostile-environment', () => {
  let scene: Scene;
  let stranger: RecordedServer;
  let trap: Trap;
  let clean: readonly unknown[];
  /** The post-job part writes there, too. */
  const recordings: Recording[] = [];

  before(async () => {
    unpackTask();
    scene = await openScene();
    stranger = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    trap = setTrap(stranger.url);
    oidcRequestUri = scene.azureDevOps.oidcRequestUri();
    const run = await runWatched(recording => ({ inheritedEnvironment: { ...agentEnvironment, ...recording } }));
    clean = run.requests;
    // What a run reads and connects to is seen at all.
    for (const script of ['main.js', 'sts.js']) assert.ok(run.reads.some(path => path.endsWith(script)));
    checkUntouched(run);
  });

  after(async () => {
    for (const recording of recordings) recording.remove();
    trap.remove();
    await stranger.close();
    await scene.close();
  });

  /** The same job in every run, so that its requests can be compared. */
  let oidcRequestUri = '';

  async function runWatched(describe: (recording: Planting) => JobOptions, inputs: Planting = {}): Promise<Watched> {
    resetScene(scene);
    const recording = recordProcess();
    recordings.push(recording);
    const run = await runTask(scene, { inputs, job: { oidcRequestUri, ...describe(recording.environment) } });
    const own = { reads: recording.list('read'), programs: recording.list('program') };
    return { ...run, ...own, connections: recording.list('connection'), requests: listRequests(scene) };
  }

  function checkUntouched({ job, step, requests, reads, programs, connections }: Watched): void {
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.equal(requests.length, 2);
    assert.deepEqual(requests, clean);
    const taskFolder = join(job.workFolder, '_tasks');
    const own = [taskFolder, jobFolder(job)];
    const others = reads.filter(path => !own.some(folder => path === folder || path.startsWith(`${folder}/`)));
    // Whether the agent's own files have profiles that this step hides is looked for, and named in a warning.
    const strange = others.filter(path => !isLeftToAgent(relative(job.tempDirectory, path)) && !isOwnFile(path));
    assert.deepEqual([strange, programs], [[], []]);
    const known = [scene.azureDevOps.server.url, scene.sts.url].map(url => new URL(url).host);
    assert.deepEqual(connections, known);
    assert.deepEqual([stranger.connections, existsSync(trap.marker)], [0, false]);
    assert.deepEqual(scene.sts.violations, []);
  }

  function checkHidden({ step, job, requests, reads }: Watched, variables: readonly string[]): void {
    const [error = '', ...more] = listIssues(step, 'error');
    assert.deepEqual([step.result, more, requests], ['Failed', [], []], step.log.join('\n'));
    assert.match(error, /^ProfileHidden: .+\n {2}Expected: .+\n {2}What to do: /);
    for (const variable of variables) assert.ok(error.includes(variable), error);
    assert.deepEqual([listPublished(step), listAwsFiles(reads), listJobFiles(job)], [[], [], []]);
    assert.deepEqual([stranger.connections, existsSync(trap.marker)], [0, false]);
  }

  for (const [index, [way, describeJob]] of Object.entries(ways).entries()) {
    it(`changes nothing for all of it at once in ${way} without profile files`, async () => {
      const run = await runWatched(recording => describeJob(plantAll(trap), recording), { writeProfile: 'false' });
      checkUntouched(run);
      const log = run.step.log.join('\n');
      for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS']) assert.ok(log.includes(`${name} is set`), log);
    });

    it(`changes nothing for what hides no profile in ${way}`, async () => {
      const harmless = Object.entries(planted).filter(([name]) => !hiding.has(name));
      const values = Object.assign({}, ...harmless.map(([, plant]) => plant(trap))) as Planting;
      const run = await runWatched(recording => describeJob(values, recording));
      checkUntouched(run);
      await finishCleanly(run.job);
    });

    // Each group in one of both ways, all of them at once in the other.
    for (const name of index === 0 ? hiding : ['all of it at once']) {
      it(`writes no profile that ${name} in ${way} would hide`, async () => {
        const plant = planted[name] ?? plantAll;
        const run = await runWatched(recording => describeJob(plant(trap), recording));
        checkHidden(
          run,
          Object.keys(plant(trap)).filter(variable => hidingNames.test(variable)),
        );
      });
    }

    it(`takes no alias for empty inputs from ${way}`, async () => {
      const values = planted['inputs by their aliases']?.(trap) ?? {};
      // Without a role nobody asks for its region.
      const empty = index === 0 ? { roleArn: '', serviceConnection: '' } : { region: '' };
      const { step, requests } = await runWatched(recording => describeJob(values, recording), empty);
      const errors = listIssues(step, 'error').join('\n');
      for (const input of Object.keys(empty)) assert.ok(errors.includes(`Input ${input} is empty`), errors);
      assert.deepEqual(requests, []);
    });
  }
});

/** Whether profiles of the agent's user become hidden is looked at, and how the agent itself is configured. */
function isOwnFile(path: string): boolean {
  return /\/\.aws\/(?:config|credentials)$|\/\.certificates$/.test(path);
}

/** What a job's folder or anybody's AWS files are called. */
function listAwsFiles(reads: readonly string[]): readonly string[] {
  return reads.filter(path => /\/\.aws\/|\/(?:config|credentials|token)$|\/aws-[0-9a-f-]{36}/.test(path));
}

function plantAll(trap: Trap): Planting {
  return Object.assign({}, ...Object.values(planted).map(plant => plant(trap))) as Planting;
}

/** All that reached the stand-ins, without what differs in every run. */
function listRequests({ azureDevOps, sts }: Scene): readonly unknown[] {
  const tokens = azureDevOps.issuedTokens;
  const all = [...azureDevOps.tokenRequests(), ...sts.calls.map(({ request }) => request)];
  return all.map(request => describeRequest(request, tokens));
}

function describeRequest({ method, url, headers, body }: RecordedRequest, tokens: readonly string[]): unknown {
  const withoutTokens = tokens.reduce((text, token) => text.replaceAll(token, 'ID-TOKEN'), body);
  const same = Object.entries(headers).filter(([name]) => name !== 'amz-sdk-invocation-id');
  return { method, url, headers: Object.fromEntries(same), body: withoutTokens };
}
