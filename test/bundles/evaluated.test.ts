import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Job, StepResult } from '../harness/types.ts';
import { unpackTask } from './packed-task.ts';
import { ending, over, startRefreshing, type RefreshingJob } from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { runTask, type TaskSetup } from './task-run.ts';

const other = 'arn:aws:iam::222222222222:role/other';

/** One of each outcome, and each file of the task that is loaded when it is needed. */
const rows: readonly (readonly [name: string, setup: TaskSetup, arrange?: (scene: Scene) => unknown])[] = [
  ['a session', {}],
  ['a session, with debug lines', { job: { variables: { 'System.Debug': 'true' } } }],
  ['the retiring issuer', { issuer: 'azure-devops' }],
  ['profiles that refresh themselves', { inputs: { profiles: `network = ${other}`, refreshCredentials: 'true' } }],
  ['wrong inputs', { inputs: { roleArn: 'deploy', durationSeconds: '899' } }],
  [
    'a proxy',
    { job: { agent: { proxy: { url: 'http://127.0.0.1:9', bypassList: [] } } }, inputs: { maxAttempts: '1' } },
  ],
  ['a role that nobody knows', { inputs: { roleArn: 'arn:aws:iam::111111111111:role/absent' } }],
  ['a refused token', {}, ({ azureDevOps }) => azureDevOps.jobTokens.delete(names.jobToken)],
  [
    'an answer that is cut off',
    {},
    ({ sts }) => {
      sts.failNext({ kind: 'reset-before-headers' });
    },
  ],
];

/** What differs from run to run: folders, ids, tokens, keys, ports, times and pauses. */
function omitChance(text: string): string {
  const open = text
    .replace(/^(##vso[^\]]*issecret=true[^\]]*\]).*/, '$1#')
    .replace(/\/agent-\w{6}\//g, '/')
    .replace(/(AWSAssumeRoleWIF-)[0-9a-f]{8}(\.md)/, '$1#$2');
  return open.replace(/[\w+/=-]*\d[\w+/=.:-]*/g, '#');
}

/** How many forms a secret has is chance, too. */
function describeLines(lines: readonly string[]): readonly string[] {
  const [secrets, others] = [true, false].map(are =>
    lines.filter(line => line.startsWith('##vso[task.setsecret]') === are),
  );
  return [`secrets: ${(secrets ?? []).length > 0}`, ...(others ?? []).map(omitChance)];
}

async function describeRun(step: StepResult, job: Job): Promise<unknown> {
  const { postJobSteps, leftInTempDirectory } = await job.finish();
  return {
    ends: [step, ...postJobSteps].map(({ result, exitCode, signal }) => [result, exitCode, signal]),
    lines: [step, ...postJobSteps].map(({ stdoutLines, stderrLines }) => [stdoutLines, stderrLines].map(describeLines)),
    log: step.log.map(omitChance),
    summaries: step.uploadedSummaries.map(({ content }) => omitChance(content)),
    left: leftInTempDirectory.map(omitChance),
  };
}

describe('bundles/evaluated: what is evaluated in the process of the tests does what a process of its own does', () => {
  before(() => {
    unpackTask();
  });

  for (const [name, setup, arrange] of rows) {
    it(name, async () => {
      const runs: unknown[] = [];
      for (const isEvaluated of [true, false]) {
        const scene = await openScene();
        try {
          scene.addRole(other);
          arrange?.(scene);
          const { job, step } = await runTask(scene, { ...setup, job: { ...setup.job, isEvaluated } });
          runs.push(await describeRun(step, job));
        } finally {
          await scene.close();
        }
      }
      assert.deepEqual(runs[0], runs[1]);
    });
  }

  const refreshes: readonly (readonly [name: string, arrange: (refreshing: RefreshingJob, scene: Scene) => unknown])[] =
    [
      ['a session that is cached', () => undefined],
      [
        'a session that is over',
        ({ shift }) => {
          shift(over);
        },
      ],
      [
        'a session that works and cannot be renewed',
        ({ shift }, { sts }) => {
          shift(ending);
          sts.failNext({ kind: 'reset-before-headers' }, 9);
        },
      ],
      [
        'a refused token',
        ({ shift }, { azureDevOps }) => {
          shift(over);
          azureDevOps.jobTokens.delete(names.jobToken);
        },
      ],
      [
        'a state that is no JSON',
        ({ shift, statePath }) => {
          shift(over);
          writeFileSync(statePath(), '{');
        },
      ],
    ];
  for (const [name, arrange] of refreshes) {
    it(`the helper: ${name}`, async () => {
      const runs: unknown[] = [];
      for (const isEvaluated of [true, false]) {
        const scene = await openScene();
        try {
          const refreshing = await startRefreshing(scene, { inputs: { maxAttempts: '1' } });
          arrange(refreshing, scene);
          const run = await (isEvaluated ? refreshing.run() : refreshing.start().ended);
          const { exitCode, signal, stdout, stderr } = run;
          runs.push({
            exitCode,
            signal,
            // A key has no digit once in a thousand times.
            stdout: omitChance(stdout.replace(/"(\w+)":"[^"]+"/g, '"$1":"#"')),
            stderr: omitChance(stderr),
          });
        } finally {
          await scene.close();
        }
      }
      assert.deepEqual(runs[0], runs[1]);
    });
  }

  it('does not evaluate what is stopped', async () => {
    const scene = await openScene();
    scene.sts.failNext({ kind: 'delay', ms: 500 });
    const job = await scene.startJob();
    const running = job.runTask({ refName: 'aws', taskDirectory: unpackTask(), inputs: scene.inputs('entra') });
    job.cancel();
    const step = await running;
    await scene.close();
    assert.match(step.log.join('\n'), /needs a process of its own/);
  });
});
