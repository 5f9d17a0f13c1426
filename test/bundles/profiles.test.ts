import assert from 'node:assert/strict';
import { awsCli } from '../clients/aws-cli.ts';
import { javaScriptV3 } from '../clients/javascript.ts';
import { bareStep, readAnswer, runClient, skipWithout } from '../clients/run-client.ts';
import type { Job } from '../harness/types.ts';
import { keyNames, profileNames, toolkitNames } from './later-step.ts';
import { addChain, addProfiles, nameSession, threeRoles, writeProfiles, type ProfileRow } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { countRequests, listPublished, resetScene, runTask } from './task-run.ts';
import { checkModes, finishCleanly, jobFolder, listJobFiles, packFirst } from './temp-files.ts';

const kinds = [
  ['twenty with keys and a chain', 20, 'false'],
  ['four that refresh themselves and a chain', 4, 'true'],
] as const;

const furtherRoles = threeRoles.slice(1).join('\n');

/** One line for each profile: its name and the ARN that AWS STS knew the caller by. */
const askAll = `url=$1; shift; export url
printf '%s\\n' "$@" | xargs -P 3 -I NAME sh -c \
  'echo "NAME $(aws sts get-caller-identity --endpoint-url "$url" --profile NAME --query Arn --output text)"'`;

describe('bundles/profiles', () => {
  let scene: Scene;
  let rows: readonly ProfileRow[];

  before(async function () {
    packFirst();
    scene = await openScene();
    rows = [...addProfiles(scene, 20), addChain(scene, 'chain', threeRoles)];
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  for (const [kind, count, refreshCredentials] of kinds) {
    describe(`${kind}, to the AWS CLI in a step without env:`, () => {
      let job: Job;
      let own: readonly ProfileRow[];

      before(async function () {
        skipWithout(awsCli, this);
        own = rows.slice(-1 - count);
        const run = await runTask(scene, { inputs: { profiles: writeProfiles(own), refreshCredentials } });
        assert.equal(run.step.result, 'Succeeded', run.step.log.join('\n'));
        // One token; a session for each first role, and two more for the chain of three.
        assert.deepEqual(countRequests(scene), [1, 1 + count + 3]);
        job = run.job;
      });

      after(async () => {
        // Without the AWS CLI there is no job.
        if (awsCli.findGap() === undefined) await finishCleanly(job);
      });

      it('the default profile is the main role', async () => {
        const step = await runClient(awsCli, scene, job);
        assert.equal(readAnswer(step, 'Arn'), nameSession(names.roleArn), step.log.join('\n'));
      });

      it('each profile is its own role', async function () {
        if (process.platform === 'win32') return this.skip();
        this.timeout(90_000);
        const args = ['-c', askAll, 'sh', scene.sts.url, ...own.map(({ name }) => name)];
        const step = await job.runScript({ command: 'sh', args, environment: bareStep() });
        const expected = own.map(({ name, sessionArn }) => `${name} ${sessionArn}`);
        assert.deepEqual(step.stdoutLines.toSorted(), expected.toSorted(), step.log.join('\n'));
      });

      it('nobody but the agent can read what was written', () => {
        checkModes(job);
        const files = listJobFiles(job);
        assert.ok(files.includes('config') && files.includes('credentials'), files.join());
      });
    });
  }

  it('sets no keys and no default profile with profiles alone', async () => {
    const inputs = { roleArn: '', profiles: writeProfiles(rows.slice(0, 2)) };
    const { job, step } = await runTask(scene, { inputs });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), [1, 2]);
    const unset = [...keyNames, ...toolkitNames, ...keyNames.map(name => `aws.${name}`), 'AWS_PROFILE'];
    assert.deepEqual(
      unset.filter(name => job.variable(name) !== undefined),
      [],
    );
    assert.deepEqual(
      profileNames.map(name => job.variable(name)),
      [`${jobFolder(job)}/config`, `${jobFolder(job)}/credentials`, undefined],
    );
    const caller = await runClient(javaScriptV3, scene, job, rows[1]?.name);
    assert.equal(readAnswer(caller, 'Arn'), rows[1]?.sessionArn, caller.log.join('\n'));
    await finishCleanly(job);
  });

  it('has names that later steps can use as they stand, odd characters and all', async () => {
    const name = '0.a_B@c+d-'.padEnd(64, 'x');
    const inputs = { profileName: name };
    const { job, step } = await runTask(scene, { inputs });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.equal(job.variable('AWS_PROFILE'), name);
    const caller = await runClient(javaScriptV3, scene, job);
    assert.equal(readAnswer(caller, 'Arn'), nameSession(names.roleArn), caller.log.join('\n'));
    await finishCleanly(job);
  });

  const refused: readonly (readonly [name: string, inputs: Readonly<Record<string, string>>, says: RegExp])[] = [
    ['a profile without files', { profiles: 'a = arn:aws:iam::1:role/x', writeProfile: 'false' }, /profiles, line 1/],
    ['files off and profiles', { profiles: `a = ${names.roleArn}`, writeProfile: 'false' }, /writeProfile is false/],
    ['the default name again', { profiles: `azure-pipelines = ${names.roleArn}` }, /that of roleArn/],
    ['a name twice', { profiles: `a = ${names.roleArn}\na = ${names.roleArn}` }, /line 2, holds the profile "a" again/],
    ['a section', { profileName: 'a]\n[b' }, /profileName is /],
    ['a blank', { profileName: 'a b' }, /profileName is "a b"/],
    ['a name of 65', { profileName: 'x'.repeat(65) }, /profileName is "x{65}"/],
    ['a dash first', { profileName: '-x' }, /profileName is "-x"/],
    ['a refresh without files', { refreshCredentials: 'true', writeProfile: 'false' }, /refreshCredentials/],
    ['another partition', { profiles: 'a = arn:aws-cn:iam::222222222222:role/x' }, /not in partition aws-cn/],
    ['a chain over partitions', { profiles: `a = ${names.roleArn} > arn:aws-cn:iam::222222222222:role/x` }, /aws-cn/],
    ['a chain of two hours', { roleChain: furtherRoles, durationSeconds: '7200' }, /at most 3600 s/],
  ];
  for (const [name, inputs, says] of refused) {
    it(`refuses ${name} before any request`, async () => {
      const { job, step } = await runTask(scene, { inputs });
      assert.equal(step.result, 'Failed');
      assert.match(step.issues.map(({ message }) => message).join('\n'), says);
      assert.deepEqual([countRequests(scene), listPublished(step), listJobFiles(job)], [[0, 0], [], []]);
      await finishCleanly(job);
    });
  }
});
