import assert from 'node:assert/strict';
import { callsAction } from '../fakes/sts.ts';
import type { Fault } from '../fakes/faults.ts';
import { findLeaks } from '../harness/canaries.ts';
import type { AgentSettings } from '../harness/types.ts';
import { runSituation, type FailedRun, type Situation } from '../bundles/failure-row.ts';
import { unpackTask } from '../bundles/packed-task.ts';
import { recordProcess } from '../bundles/recorded-process.ts';
import { addChain, threeRoles } from '../bundles/roles.ts';
import { runAhead } from '../bundles/run-ahead.ts';
import type { Scene } from '../bundles/scene.ts';
import { listAwsVariables, listIssues, listPublished, listSecrets } from '../bundles/task-run.ts';
import { checkModes, listJobFiles, readOpenFiles } from '../bundles/temp-files.ts';
import { turnClock, watchMemory } from './preloads.ts';
import { heavyFaults, wireFaults } from './wire-faults.ts';

/** Passwords that the agent itself has, one of them in its proxy's URL. */
const secrets = { proxy: 'pr0xy;p%ss]w"rd+4QzT', url: 'url-p4ssw0rd-9XkLmQ2', variable: 's3cret-variable-7HbN' };
const agent: AgentSettings = {
  proxy: { url: `http://agent:${secrets.url}@proxy.invalid:8080`, password: secrets.proxy, bypassList: ['.*'] },
};

/** Starting a process and ending it, on a busy machine. */
const besidesMs = 45_000;

const [, ...further] = threeRoles;
const inputs = {
  roleChain: further.join('\n'),
  refreshCredentials: 'true',
  maxAttempts: '1',
};

type RequestName = 'the ID token' | 'the first role' | 'the role behind it';

interface Row {
  readonly name: string;
  readonly request: RequestName;
  readonly fault: Fault;
  readonly code: RegExp;
  readonly heavy?: true;
}

const requests: readonly RequestName[] = ['the ID token', 'the first role', 'the role behind it'];
const late = /^DeadlineExceeded: /;

/**
 * What the first two requests meet is in bundles/failures: here it is the hop behind them, with the ways in which a
 * request ends (more of them in hardness/refresh-faults), and what is heavy.
 */
const rows: readonly Row[] = [
  ...wireFaults
    .filter(row => /status 504|half an answer|less than|no HTTP/.test(row.name))
    .map(({ name, fault, sts }): Row => ({ name, request: 'the role behind it', fault, code: sts })),
  { name: 'no answer', request: 'the role behind it', fault: { kind: 'hang' }, code: late },
  ...heavyFaults.map(({ name, fault, azureDevOps, sts }, place): Row => {
    const request = requests[place % 3] ?? 'the ID token';
    return { name, request, fault, code: request === 'the ID token' ? azureDevOps : sts, heavy: true };
  }),
];

describe('hardness/task-faults', () => {
  const memory = watchMemory();
  let usualMb = 0;

  before(async () => {
    unpackTask();
    const { step, scene } = await runSituation(situate(undefined, memory.environment));
    usualMb = memory.readPeak('main.js');
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    await scene.close();
  });

  const find = runAhead(
    rows,
    async row => {
      const own = row.heavy === true ? watchMemory() : undefined;
      const recording = recordProcess();
      const run = await runSituation(situate(row, own?.environment ?? recording.environment));
      try {
        checkFailed(run, row.code);
        checkSilence(run, own === undefined ? recording.list('arguments') : []);
        const peak = own?.readPeak('main.js') ?? 0;
        assert.ok(peak < usualMb * 1.5, `${peak} MB where ${usualMb} MB are usual`);
      } finally {
        await run.scene.close();
        recording.remove();
      }
    },
    3,
  );

  for (const row of rows) {
    const bounded = row.heavy === true ? ', in no more than half as much memory again' : '';
    it(`${row.name} for ${row.request}: one clear failure, nothing handed on or shown${bounded}`, () => find(row));
  }

  for (const hours of [-30]) {
    it(`a clock that is off by ${hours} hours: a chain that refreshes, with signatures that AWS STS takes`, async () => {
      const { step, scene } = await runSituation(situate(undefined, turnClock(hours)));
      assert.equal(step.result, 'Succeeded', step.log.join('\n'));
      assert.deepEqual(scene.sts.violations, []);
      assert.equal(scene.sts.calls.length, threeRoles.length);
      await scene.close();
    });
  }
});

function situate(row: Row | undefined, environment: Readonly<Record<string, string>>): Situation {
  return {
    inputs: row?.code === late ? { ...inputs, timeoutSeconds: '5' } : inputs,
    variables: { 'System.Debug': 'true' },
    agentEnvironment: environment,
    job: () => ({ agent, secretVariables: { MY_SECRET: secrets.variable } }),
    arrange: scene => {
      addChain(scene, 'chain', threeRoles);
      if (row !== undefined) plan(scene, row);
    },
  };
}

function plan({ azureDevOps, sts }: Scene, { request, fault }: Row): void {
  if (request === 'the ID token') azureDevOps.failNext(fault);
  else sts.failNext(fault, 1, callsAction(request === 'the first role' ? 'AssumeRoleWithWebIdentity' : 'AssumeRole'));
}

function checkFailed({ job, step, timeoutSeconds }: FailedRun, code: RegExp): void {
  const [error = '', ...more] = listIssues(step, 'error');
  const shown = step.rawLines.join('\n');
  assert.deepEqual([step.result, step.exitCode, more], ['Failed', 0, []], shown);
  assert.match(error, /^\w+: .+\n {2}Expected: .+\n {2}What to do: .+$/, shown);
  assert.match(error, code, shown);
  assert.deepEqual([listPublished(step), listAwsVariables(job), step.outputVariables], [[], [], {}]);
  assert.deepEqual(listJobFiles(job), []);
  assert.ok(step.durationMs < timeoutSeconds * 1000 + besidesMs, `took ${step.durationMs} ms`);
}

/** No secret of the run in what is printed, in arguments, in files that others may read, or in the summary. */
function checkSilence({ job, step, scene }: FailedRun, commandLines: readonly string[]): void {
  const hidden = [...listSecrets(scene), ...Object.values(secrets)];
  const summaries = step.uploadedSummaries.flatMap(({ content }) => content.split('\n'));
  assert.equal(step.uploadedSummaries.length, 1);
  for (const lines of [step.rawLines, step.log, summaries, commandLines, readOpenFiles(job)]) {
    assert.deepEqual(findLeaks(lines, hidden), []);
  }
  assert.ok(step.rawLines.some(line => line.startsWith('##vso[task.debug]')));
  checkModes(job);
}
