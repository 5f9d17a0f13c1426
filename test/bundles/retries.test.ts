import assert from 'node:assert/strict';
import type { Fault } from '../fakes/faults.ts';
import { stsErrors, type StsError } from '../fakes/sts-errors.ts';
import { answerWith } from './failure-row.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import type { Scene } from './scene.ts';
import { countRequests, listPublished, runInScene, type TaskSetup } from './task-run.ts';

type Row = readonly [
  name: string,
  plan: (scene: Scene) => void,
  requests: readonly [number, number],
  setup?: TaskSetup,
];

const page = answerWith(503, '<html>busy</html>', 'text/html');

/** One way of each kind: test/host/retry.test.ts, test/identity/id-token.test.ts and test/session have all that passes. */
const passing: readonly Row[] = [
  ['a page from Azure DevOps', plan('azureDevOps', page, 1), [2, 1]],
  ['a reset after the work is done', plan('azureDevOps', { kind: 'reset-after-answer-is-made' }, 1), [2, 1]],
  ['a reset within the body of AWS STS', plan('sts', { kind: 'reset-mid-body' }, 1), [1, 2]],
  ['an issuer that AWS cannot reach', plan('sts', stsErrors.idpCommunication, 1), [1, 2]],
  ['two throttlings from AWS STS', plan('sts', stsErrors.throttling, 2), [1, 3]],
  ['one fault of each with two attempts', failBoth, [2, 2], { inputs: { maxAttempts: '2' }, issuer: 'azure-devops' }],
];

/** What does not pass is in bundles/failures, with two attempts at hand. */
const lasting: readonly Row[] = [
  ['a 500 and a single attempt', plan('azureDevOps', answerWith(500, {}), 1), [1, 0], { inputs: { maxAttempts: '1' } }],
  ['AccessDenied with five attempts', plan('sts', stsErrors.accessDenied, 1), [1, 1]],
];

function plan(service: 'azureDevOps' | 'sts', fault: Fault | StsError, times: number): (scene: Scene) => void {
  return ({ azureDevOps, sts }) => {
    if (service === 'sts') sts.failNext(fault, times);
    else if ('kind' in fault) azureDevOps.failNext(fault, times);
  };
}

function failBoth(scene: Scene): void {
  plan('azureDevOps', answerWith(500, {}), 1)(scene);
  plan('sts', stsErrors.throttling, 1)(scene);
}

function succeedsAfter(row: Row): Promise<void> {
  const [, arrange, requests, setup] = row;
  return runInScene(arrange, setup, ({ scene, step }) => {
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), requests);
    assert.deepEqual(scene.sts.violations, []);
    const told = step.log.filter(line => /Trying again in \d+\.\d s \(attempt [23] of \d\)/.test(line));
    assert.equal(told.length, requests[0] + requests[1] - 2, step.log.join('\n'));
  });
}

function failsAtOnce(row: Row): Promise<void> {
  const [, arrange, requests, setup] = row;
  return runInScene(arrange, setup, ({ scene, step }) => {
    assert.equal(step.result, 'Failed', step.log.join('\n'));
    assert.deepEqual(countRequests(scene), requests);
    assert.deepEqual(listPublished(step), []);
    assert.ok(!step.log.join().includes('Trying again'));
    assert.doesNotMatch(step.log.join(), /\d attempts/);
  });
}

describe('bundles/retries', () => {
  before(() => {
    unpackTask();
  });

  describe('gets over', () => {
    const find = runAhead(passing, succeedsAfter);
    for (const row of passing) it(row[0], () => find(row));
  });

  describe('does not try again after', () => {
    const find = runAhead(lasting, failsAtOnce);
    for (const row of lasting) it(row[0], () => find(row));
  });
});
