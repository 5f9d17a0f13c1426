import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { variableNames, type VariableName } from '../../src/azure-devops/job-environment.ts';
import { startRecordedServer, type RecordedServer } from '../fakes/recorded-server.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { StepResult } from '../harness/types.ts';
import { bend, pose } from './bent-variables.ts';
import { over, readAnswer, startRefreshing } from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { countRequests, listIssues, listOwnWarnings, resetScene, runStep } from './task-run.ts';
import { isLeftToAgent, jobFolder, packFirst } from './temp-files.ts';

/**
 * What comes of a step where one of these is bent, by its own name and by a second variable that becomes it: an error of
 * this code, a session beside a warning that names the variable, or a session and no word. All others change nothing.
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
  AWS_CONTAINER_CREDENTIALS_FULL_URI: ['ProfileHidden', 'ProfileHidden'],
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: ['ProfileHidden', 'ProfileHidden'],
  AWS_EC2_METADATA_DISABLED: ['nothing', 'ProfileHidden'],
  AWS_PROFILE: ['nothing', 'ProfileHidden'],
  AWS_SDK_LOAD_CONFIG: ['nothing', 'ProfileHidden'],
  AWS_SHARED_CREDENTIALS_FILE: ['nothing', 'ProfileHidden'],
};
const harmless = variableNames.filter(name => outcomes[name] === undefined);

/** What an endpoint is read for, by the names of single parameters that another connection may lack. */
const parameters = ['workloadIdentityFederationSubject', 'tenantid', 'environment', 'accesstoken', 'scheme', 'url'];

const node24 = process.env['NODE24'];
const decided = Object.entries(outcomes) as [VariableName, readonly [string, string]][];

/** What we decide of a variable is the same on each Node. */
const nodes = [
  { name: 'Node 20', job: {}, decided },
  ...(node24 === undefined ? [] : [{ name: 'Node 24', job: { node24 }, decided: [] }]),
];
if (node24 === undefined)
  console.log('*** SKIPPED: no Node 24 here; name its binary in the environment variable NODE24 ***');

/** Runs a check for many names at once; if it fails, for each alone, so that the failure says which. */
async function checkAll<Name extends string>(
  all: readonly Name[],
  check: (some: readonly Name[]) => Promise<void>,
): Promise<void> {
  try {
    await check(all);
  } catch (thrown) {
    const culprits: string[] = [];
    for (const name of all) await check([name]).catch(() => culprits.push(name));
    throw new Error(`by ${culprits.length === 0 ? 'several together' : culprits.join(', ')}`, { cause: thrown });
  }
}

function assertRefused(step: StepResult, code: string): void {
  const log = step.log.join('\n');
  assert.ok(listIssues(step, 'error')[0]?.startsWith(`${code}: `), log);
  assert.match(log, /##\[error\]\w+: [^\n]+\n\s+Expected: /);
}

describe('bundles/steered-programs: each variable through each program, on each Node', () => {
  let scene: Scene;
  let stranger: RecordedServer;
  let evil = '';

  before(async () => {
    packFirst();
    scene = await openScene();
    stranger = await startRecordedServer(() => ({ status: 200, body: '{}' }));
    evil = makeScratchFolder('evil');
  });

  after(async () => {
    await stranger.close();
    await scene.close();
  });

  for (const { name: node, job: options, decided } of nodes) {
    const runMain = async (variables: Readonly<Record<string, string>>): Promise<StepResult> => {
      resetScene(scene);
      const job = await scene.startJob(options);
      for (const [name, value] of Object.entries(variables)) job.setVariable(name, value);
      const step = await runStep(scene, job);
      const log = step.log.join('\n');
      assert.deepEqual([readdirSync(evil), stranger.requests.length, step.exitCode], [[], 0, 0], log);
      if (step.result === 'Succeeded') {
        assert.deepEqual(countRequests(scene), [1, 1], log);
        assert.ok((job.variable('AWS_CONFIG_FILE') ?? '').startsWith(job.tempDirectory), log);
      }
      const { leftInTempDirectory } = await job.finish();
      assert.deepEqual(
        leftInTempDirectory.filter(path => !isLeftToAgent(path)),
        [],
      );
      return step;
    };
    const checkUnchanged = async (variables: Readonly<Record<string, string>>): Promise<void> => {
      const step = await runMain(variables);
      const session = scene.sts.calls[0]?.parameters['RoleSessionName'];
      const seen = [step.result, countRequests(scene), session];
      assert.deepEqual(seen, ['Succeeded', [1, 1], 'infra-main-4711-1'], step.log.join('\n'));
    };
    const bendAll = (some: readonly VariableName[], rename: (name: string) => string) =>
      Object.fromEntries(some.map(name => [rename(name), bend(name, evil, stranger.url)]));

    it(`main.js on ${node}: those that decide nothing, by their own names`, () =>
      checkAll(harmless, some => checkUnchanged(bendAll(some, name => name))));

    it(`main.js on ${node}: those that decide nothing, by a pose`, () =>
      checkAll(harmless, some => checkUnchanged(bendAll(some, pose))));

    for (const [name, [own, code]] of decided) {
      it(`main.js on ${node}: ${name} by its own name: ${own}`, async () => {
        const step = await runMain(bendAll([name], one => one));
        if (own !== 'named' && own !== 'nothing') {
          assertRefused(step, own);
          return;
        }
        assert.equal(step.result, 'Succeeded', step.log.join('\n'));
        if (own === 'named') assert.ok(listOwnWarnings(step).some(one => one.includes(name)));
      });

      it(`main.js on ${node}: ${pose(name)} beside ${name}: ${code}`, async () => {
        assertRefused(await runMain(bendAll([name], pose)), code);
        assert.deepEqual(scene.sts.calls, []);
      });
    }

    it(`main.js on ${node}: each as a parameter that an endpoint lacks`, () =>
      checkAll([...variableNames, ...parameters], some => {
        const ids = ['SYSTEMVSSCONNECTION', names.connections.entra.id, names.connections['azure-devops'].id];
        const kinds = ids.flatMap(id =>
          ['AUTH_PARAMETER', 'AUTH_SCHEME', 'DATA'].map(kind => `ENDPOINT_${kind}_${id}`),
        );
        const posed = some.flatMap(name =>
          kinds.map(kind => [`${kind}_${name.replaceAll('.', '_')}`, 'evil'] as const),
        );
        return checkUnchanged(Object.fromEntries(posed));
      }));

    it(`cleanup.js on ${node}: the folder of this use goes, and no other`, () =>
      checkAll(variableNames, async some => {
        const job = await scene.startJob(options);
        const other = `aws-${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`;
        mkdirSync(join(evil, other), { mode: 0o700, recursive: true });
        const step = await runStep(scene, job);
        assert.ok(readdirSync(jobFolder(job)).includes('credentials'), step.log.join('\n'));
        for (const name of some)
          for (const as of new Set([name, pose(name)])) job.setVariable(as, bend(name, evil, stranger.url));
        const { postJobSteps, leftInTempDirectory } = await job.finish();
        assert.deepEqual(postJobSteps[0]?.stdoutLines, ['AWS profile files removed.']);
        assert.deepEqual(
          leftInTempDirectory.filter(path => !isLeftToAgent(path)),
          [],
        );
        assert.deepEqual(readdirSync(evil), [other]);
        rmSync(join(evil, other), { recursive: true });
      }));

    it(`credential-process.js on ${node}: nothing in its environment changes what it asks`, async () => {
      resetScene(scene);
      const refreshing = await startRefreshing(scene, { job: options });
      // Node itself obeys these before the helper begins.
      const own = variableNames.filter(name => !/^(?:NODE_|OPENSSL_|SSL_)/.test(name));
      await checkAll(own, async some => {
        const spellings = some.flatMap(name =>
          [name, name.replaceAll('.', '_').toUpperCase()].map(as => [as, name] as const),
        );
        const bent = Object.fromEntries(spellings.map(([as, name]) => [as, bend(name, evil, stranger.url)]));
        resetScene(scene);
        refreshing.shift(over);
        const run = await refreshing.run(undefined, { ...agentEnvironment, ...bent });
        assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
        assert.deepEqual([run.stderr, readdirSync(evil), stranger.requests.length], ['', [], 0]);
        assert.equal(scene.sts.calls[0]?.parameters['RoleSessionName'], 'infra-main-4711-1');
      });
      await refreshing.job.finish();
    });
  }
});
