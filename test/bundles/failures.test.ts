import assert from 'node:assert/strict';
import { findLeaks } from '../harness/canaries.ts';
import { refusedTokens, wrongTokens } from './failure-azure-devops.ts';
import { unusableJobs, wrongInputs } from './failure-inputs.ts';
import { azureDevOpsUnreachable, stsUnreachable } from './failure-network.ts';
import { agentSecrets, runSituation, type FailedRun, type FailureRow } from './failure-row.ts';
import { refusedSessions, wrongAnswers } from './failure-sts.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import { checkModes, listJobFiles, readOpenFiles } from './temp-files.ts';
import { countRequests, listAwsVariables, listIssues, listPublished, listSecrets } from './task-run.ts';

const groups: Readonly<Record<string, readonly FailureRow[]>> = {
  'wrong inputs': wrongInputs,
  'jobs that cannot ask for a token': unusableJobs,
  'refused by Azure DevOps': refusedTokens,
  'wrong tokens': wrongTokens,
  'refused by AWS STS': refusedSessions,
  'wrong answers in the place of AWS STS': wrongAnswers,
  'Azure DevOps unreachable': azureDevOpsUnreachable,
  'AWS STS unreachable': stsUnreachable,
};

/** Starting a process and ending it, on a busy machine. */
const besidesMs = 45_000;

describe('bundles/failures', () => {
  before(() => {
    unpackTask();
  });

  const rows = Object.values(groups).flat();
  const find = runAhead(rows, async ([, situation, ...expected]) => {
    const run = await runSituation(situation);
    try {
      judge(run, ...expected);
    } finally {
      await run.scene.close();
    }
  });

  for (const [title, group] of Object.entries(groups)) {
    describe(title, () => {
      for (const row of group) it(row[0], () => find(row));
    });
  }
});

/** What the user reads is pinned where it is written: here it is the code, and what of this run it has to name. */
function judge(run: FailedRun, requests: FailureRow[2], code: string, ...named: string[]): void {
  const { job, step, scene, timeoutSeconds } = run;
  const errors = listIssues(step, 'error');
  const shown = `${errors.join('\n')}\n${step.log.join('\n')}`;
  assert.equal(step.result, 'Failed', shown);
  assert.equal(step.exitCode, 0, shown);
  assert.ok(errors[0]?.startsWith(`${code}: `), shown);
  for (const error of errors) assert.match(error, /^[A-Z]\w+: .+\n {2}Expected: .+\n {2}What to do: .+$/);
  for (const text of named) assert.ok(errors.join('\n').includes(text), `"${text}" is not named in:\n${shown}`);
  assert.deepEqual(countRequests(scene), requests, shown);
  assert.deepEqual(scene.sts.violations, []);
  assert.deepEqual([listPublished(step), listAwsVariables(job), step.outputVariables], [[], [], {}]);
  assert.deepEqual(listJobFiles(job), []);
  assert.deepEqual(
    step.uploadedSummaries.map(({ content }) => content.includes(`**${code}**`)),
    [true],
  );
  assert.ok(step.durationMs < timeoutSeconds * 1000 + besidesMs, `took ${step.durationMs} ms`);
  checkModes(job);
  const hidden = [...listSecrets(scene), ...Object.values(agentSecrets)];
  assert.ok(step.rawLines.some(line => line.startsWith('##vso[task.debug]')));
  for (const lines of [step.rawLines, step.log, readOpenFiles(job)]) assert.deepEqual(findLeaks(lines, hidden), []);
}
