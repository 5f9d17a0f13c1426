import assert from 'node:assert/strict';
import { javaScriptV3 } from '../clients/javascript.ts';
import { readAnswer, runClient } from '../clients/run-client.ts';
import type { JobOptions } from '../harness/types.ts';
import { nameSession } from './roles.ts';
import { names, openScene, type Scene } from './scene.ts';
import { listIssues, resetScene, runStep, runTask, type TaskRun } from './task-run.ts';
import { packFirst, readJobFile } from './temp-files.ts';

const far = 'arn:aws:iam::222222222222:role/far';
const china = 'arn:aws-cn:iam::333333333333:role/china';
const government = 'arn:aws-us-gov:iam::444444444444:role/gov';

/** Two regions, and two more partitions, besides the main role's own region. */
const lines = `far = ${far} us-east-2\nchina = ${china} cn-north-1\n# a comment\n\ngov = ${government} us-gov-west-1`;

describe('bundles/regions', () => {
  let scene: Scene;

  before(async () => {
    packFirst();
    scene = await openScene();
    for (const arn of [far, china, government]) scene.addRole(arn);
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  const callers = [
    ['far', far, 'us-east-2'],
    ['china', china, 'cn-north-1'],
  ] as const;
  it("writes each profile's region beside it, as an SDK reads it, and sets no region for the job", async () => {
    const { job, step } = await runTask(scene, { inputs: { profiles: lines } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(readRegions(readJobFile(job, 'config')), {
      'profile azure-pipelines': names.region,
      'profile far': 'us-east-2',
      'profile china': 'cn-north-1',
      'profile gov': 'us-gov-west-1',
    });
    assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_DEFAULT_REGION')], [undefined, undefined]);
    assert.equal(job.variable('aws.AWS_REGION'), names.region);
    for (const [profile, roleArn, region] of callers) {
      const caller = await runClient(javaScriptV3, scene, job, profile);
      const answer = [readAnswer(caller, 'Arn'), readAnswer(caller, 'Region')];
      assert.deepEqual(answer, [nameSession(roleArn), region], caller.log.join('\n'));
    }
  });

  it('sets the region for the job where all roles share it', async () => {
    const { job, step } = await runTask(scene, { inputs: { profiles: `far = ${far}\nagain = ${far} eu-west-1` } });
    assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_DEFAULT_REGION')], [names.region, names.region]);
    assert.deepEqual(listRegionWarnings(step), []);
  });

  it("sets the region for later steps, which do not have the step's own env:", async () => {
    const { job } = await runTask(scene, { step: { environment: { AWS_REGION: names.region } } });
    assert.deepEqual([job.variable('AWS_REGION'), job.variable('AWS_DEFAULT_REGION')], [names.region, names.region]);
  });

  const jobs: readonly (readonly [name: string, options: JobOptions, overridden: readonly string[]])[] = [
    ['AWS_REGION', { variables: { AWS_REGION: 'us-east-2' } }, ['azure-pipelines', 'china', 'gov']],
    ['AWS_DEFAULT_REGION', { variables: { AWS_DEFAULT_REGION: 'eu-west-1' } }, ['far', 'china', 'gov']],
  ];
  for (const [name, options, overridden] of jobs) {
    it(`warns of the profiles that ${name} of the job overrides, and leaves it`, async () => {
      const { job, step } = await runTask(scene, { inputs: { profiles: lines }, job: options });
      const before = options.variables?.[name];
      const [warning = '', ...more] = listRegionWarnings(step);
      assert.ok(warning.startsWith(`${name} is "${before ?? ''}"`), warning);
      const all = ['azure-pipelines', 'far', 'china', 'gov'];
      assert.deepEqual([all.filter(profile => warning.includes(`${profile} (`)), more], [overridden, []]);
      assert.equal(job.variable(name), before);
    });
  }

  it('warns in a later use of the region that an earlier one set', async () => {
    const { job } = await runTask(scene);
    const step = await runStep(scene, job, { inputs: { roleArn: '', region: '', profiles: lines } });
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.equal(listRegionWarnings(step).length, 1, step.log.join('\n'));
    assert.equal(job.variable('AWS_REGION'), names.region);
  });

  it('warns where the job has a region and a prefixed profile has another', async () => {
    const { job } = await runTask(scene);
    const inputs = { roleArn: far, region: 'us-east-2', variablePrefix: 'FAR_' };
    const step = await runStep(scene, job, { inputs, step: { refName: 'far' } });
    const [warning = ''] = listRegionWarnings(step);
    assert.match(warning, /^AWS_REGION is "eu-west-1".* far \(us-east-2\)/, step.log.join('\n'));
  });
});

function listRegionWarnings(step: TaskRun['step']): readonly string[] {
  return listIssues(step, 'warning').filter(message => /^AWS_(?:DEFAULT_)?REGION is /.test(message));
}

/** Section titles and regions of a config file. */
function readRegions(text: string): Readonly<Record<string, string>> {
  const sections = text.split(/^\[/m).slice(1);
  const pairs = sections.map(section => [/^[^\]]*/.exec(section)?.[0], /^region = (.*)$/m.exec(section)?.[1]]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
