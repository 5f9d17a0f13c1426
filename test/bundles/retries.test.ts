import assert from 'node:assert/strict';
import type { Fault } from '../fakes/faults.ts';
import { stsErrors, type StsError } from '../fakes/sts-errors.ts';
import { answerWith } from './failure-row.ts';
import { unpackTask } from './packed-task.ts';
import { runAhead } from './run-ahead.ts';
import type { Scene } from './scene.ts';
import { countRequests, listPublished, runInScene, type TaskSetup } from './task-run.ts';

/** What passes at either service. */
const wire: Readonly<Record<string, Fault>> = {
  'a 500': answerWith(500, {}),
  'a 503 page': answerWith(503, '<html>busy</html>', 'text/html'),
  'a 429': answerWith(429, ''),
  'a reset before headers': { kind: 'reset-before-headers' },
  'a reset after the work is done': { kind: 'reset-after-answer-is-made' },
  'a reset after headers': { kind: 'reset-after-headers' },
  'a reset within the body': { kind: 'reset-mid-body' },
  'what is no HTTP': { kind: 'raw', bytes: 'hello\r\n' },
};

/** What passes at AWS STS. */
const refusals: Readonly<Record<string, StsError>> = {
  throttling: stsErrors.throttling,
  'a throttling exception': stsErrors.throttlingException,
  'too many requests': stsErrors.tooManyRequests,
  'a request limit': stsErrors.requestLimitExceeded,
  'a slow-down': stsErrors.slowDown,
  'an internal failure': stsErrors.internalFailure,
  'an unavailable service': stsErrors.serviceUnavailable,
  'an issuer that AWS cannot reach': stsErrors.idpCommunication,
  'a key that AWS cannot get': stsErrors.noVerificationKey,
};

type Row = readonly [
  name: string,
  plan: (scene: Scene) => void,
  requests: readonly [number, number],
  setup?: TaskSetup,
];

const passing: readonly Row[] = [
  ...Object.entries(wire).flatMap(([name, fault]): readonly Row[] => [
    [`${name} from Azure DevOps`, plan('azureDevOps', fault, 1), [2, 1]],
    [`${name} from AWS STS`, plan('sts', fault, 1), [1, 2]],
  ]),
  ...Object.entries(refusals).map(([name, error]): Row => [`${name} from AWS STS`, plan('sts', error, 1), [1, 2]]),
  ['two 500s from Azure DevOps', plan('azureDevOps', answerWith(500, {}), 2), [3, 1]],
  ['two throttlings from AWS STS', plan('sts', stsErrors.throttling, 2), [1, 3]],
  ['one fault of each with two attempts', failBoth, [2, 2], { inputs: { maxAttempts: '2' } }],
  ['Azure DevOps issuer', failBoth, [2, 2], { issuer: 'azure-devops' }],
];

const lasting: readonly Row[] = [
  [
    'a 401',
    scene => {
      scene.azureDevOps.jobTokens.clear();
    },
    [1, 0],
  ],
  ['a 403', plan('azureDevOps', answerWith(403, {}), 1), [1, 0]],
  ['a 404', plan('azureDevOps', answerWith(404, {}), 1), [1, 0]],
  ['AccessDenied', plan('sts', stsErrors.accessDenied, 1), [1, 1]],
  ['a ValidationError', plan('sts', stsErrors.durationOverRole, 1), [1, 1]],
  ['a token that is not valid', plan('sts', stsErrors.notAJwt, 1), [1, 1]],
  ['an audience that is not known', plan('sts', stsErrors.incorrectAudience, 1), [1, 1]],
  ['a 500 and a single attempt', plan('azureDevOps', answerWith(500, {}), 1), [1, 0], { inputs: { maxAttempts: '1' } }],
  ['throttling and a single attempt', plan('sts', stsErrors.throttling, 1), [1, 1], { inputs: { maxAttempts: '1' } }],
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
